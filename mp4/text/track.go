package text

import (
	"errors"
	"io"
	"iter"
	"math"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
)

const (
	// maxSample is how much of a sample is read.
	maxSample = 64 << 10
	// maxSamples is how many are: ten hours of more than anyone reads.
	maxSamples = 1 << 20
)

// Supported tells whether a track's text can be read.
func Supported(t *mp4.Track) bool {
	if t.Kind != codec.Text || t.Broken != nil || t.Index.Len() == 0 || t.Entries[0].Encrypted {
		return false
	}
	switch t.Entries[0].Format {
	case "tx3g", "text", "wvtt":
		return true
	}
	return false
}

// Head are the blocks with styles and regions of a track; "" for none.
func Head(t *mp4.Track) string {
	if t.Entries[0].Format != "wvtt" {
		return ""
	}
	return vttHead(t.Entries[0].Raw)
}

// Cues reads the text of a track of the film that r holds, in the order in
// which it is shown. An error of r is the last.
func Cues(r io.ReaderAt, m *mp4.Movie, t *mp4.Track) iter.Seq2[Cue, error] {
	return func(yield func(Cue, error) bool) {
		rd := trackReader{src: box.NewSource(r, m.Size), track: t, show: func(c Cue) bool { return yield(c, nil) }}
		rd.src.SetAhead(4 << 10) // samples of text lie far apart
		if err := rd.read(); err != nil {
			yield(Cue{}, err)
		}
	}
}

// trackReader reads one track. Cues of wvtt that go on from sample to sample
// become one: they wait until it is known how long they last.
type trackReader struct {
	src     *box.Source
	track   *mp4.Track
	waiting []waiting // in the order in which they begin
	show    func(Cue) bool
	enough  bool // nobody wants more
}

// waiting is a cue that may go on. Times are in ticks of the track.
type waiting struct {
	vttCue
	from, to int64
}

func (r *trackReader) read() error {
	line, scale := r.track.Timeline(), r.track.Timescale
	c := r.track.Index.Cursor(r.track.Index.FirstShown(line.From))
	for range maxSamples {
		s, ok := c.Next()
		if !ok || s.PTS() >= line.To || r.enough {
			break
		}
		from, to := max(s.PTS(), line.From)+line.Shift, min(s.PTS()+int64(s.Duration), line.To)+line.Shift
		if to <= from || s.Size < 2 {
			continue
		}
		b, err := r.src.Bytes(s.Offset, int(min(s.Size, maxSample)))
		if errors.Is(err, io.ErrUnexpectedEOF) {
			continue
		}
		if err != nil {
			return err
		}
		switch e := r.track.Entry(s.Description); e.Format {
		case "wvtt":
			r.take(vttCues(b), from, to)
		case "tx3g":
			r.emit(Cue{Start: duration(from, scale), End: duration(to, scale), Text: timedText(b, defaultFace(e.Raw))})
		case "text":
			r.emit(Cue{Start: duration(from, scale), End: duration(to, scale), Text: timedText(b, 0)})
		}
	}
	r.flush(math.MaxInt64)
	return nil
}

// take takes in the cues of a sample: those that were shown up to its start go
// on, the others have ended.
func (r *trackReader) take(cues []vttCue, from, to int64) {
	for _, c := range cues {
		if k := r.goesOn(c, from); k >= 0 {
			r.waiting[k].to = to
		} else {
			r.waiting = append(r.waiting, waiting{c, from, to})
		}
	}
	r.flush(to)
}

func (r *trackReader) goesOn(c vttCue, at int64) int {
	for k, w := range r.waiting {
		if w.to == at && w.vttCue == c {
			return k
		}
	}
	return -1
}

// flush shows the cues that ended before a time, but none before one that began
// earlier and may go on. There are never many.
func (r *trackReader) flush(now int64) {
	for len(r.waiting) > 0 && (r.waiting[0].to < now || len(r.waiting) > 2*maxCues) {
		w := r.waiting[0]
		r.waiting = r.waiting[1:]
		scale := r.track.Timescale
		r.emit(Cue{Start: duration(w.from, scale), End: duration(w.to, scale), ID: w.id, Settings: w.settings, Text: w.text})
	}
}

func (r *trackReader) emit(c Cue) {
	if c.Text != "" && !r.enough {
		r.enough = !r.show(c)
	}
}

// duration turns ticks into a time, which all but forged films are short enough
// for.
func duration(ticks int64, scale uint32) time.Duration {
	return time.Duration(mp4.Rescale(max(ticks, 0), scale, 1_000_000_000))
}
