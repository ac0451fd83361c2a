package text

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"math"
	"slices"
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
	// maxRead is how many bytes of samples are: many may be the same bytes.
	maxRead = 64 << 20
)

// Supported tells whether a track's text can be read.
func Supported(t *mp4.Track) bool {
	if t.Kind != codec.Text || t.Broken != nil || t.Index.Len() == 0 || t.FirstEntry().Encrypted {
		return false
	}
	switch t.FirstEntry().Format {
	case "tx3g", "text", "wvtt", "stpp":
		return true
	}
	return false
}

// Head are the blocks with styles and regions of a track; "" for none.
func Head(t *mp4.Track) string {
	if t.FirstEntry().Format != "wvtt" {
		return ""
	}
	return vttHead(t.FirstEntry().Raw)
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

// trackReader reads one track. Cues of wvtt and stpp that go on from sample to sample
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
	for n, left := 0, maxRead; n < maxSamples && left > 0; n++ {
		s, ok := c.Next()
		if !ok || s.PTS() >= line.To || r.enough {
			break
		}
		from, to := max(s.PTS(), line.From)+line.Shift, min(s.PTS()+int64(s.Duration), line.To)+line.Shift
		if to <= from || s.Size < 2 {
			continue
		}
		e := r.track.Entry(s.Description)
		most := uint32(maxSample)
		if e.Format == "stpp" {
			most = box.MaxRead // a whole file may be one sample
		}
		size := int(min(s.Size, most))
		left -= size
		b, err := r.src.Bytes(s.Offset, size)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			continue
		}
		if err != nil {
			return err
		}
		switch e.Format {
		case "wvtt":
			for _, c := range vttCues(b) {
				r.take(c, from, to)
			}
			r.flush(to)
		case "stpp":
			r.takeTTML(readTTML(b), from, to)
			r.flush(to)
		case "tx3g":
			r.emit(Cue{Start: duration(from, scale), End: duration(to, scale), Text: timedText(b, defaultFace(e.Raw))})
		case "text":
			r.emit(Cue{Start: duration(from, scale), End: duration(to, scale), Text: timedText(b, 0)})
		}
	}
	r.flush(math.MaxInt64)
	return nil
}

// take takes in a cue of a sample. One that was shown up to its start goes on.
func (r *trackReader) take(c vttCue, from, to int64) {
	if k := r.goesOn(c, from); k >= 0 {
		r.waiting[k].to = to
	} else {
		r.waiting = append(r.waiting, waiting{c, from, to})
	}
}

// takeTTML takes in the cues of a document, as far as they are in the time of
// its sample. Their times are those of the track's media.
func (r *trackReader) takeTTML(cues []ttmlCue, from, to int64) {
	shift, scale := r.track.Timeline().Shift, r.track.Timescale
	slices.SortStableFunc(cues, func(a, b ttmlCue) int { return cmp.Compare(a.from, b.from) })
	for _, c := range cues {
		start, end := max(mp4.Ticks(c.from, scale)+shift, from), min(mp4.Ticks(c.to, scale)+shift, to)
		if end > start {
			r.flush(start)
			r.take(vttCue{text: c.text}, start, end)
		}
	}
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
