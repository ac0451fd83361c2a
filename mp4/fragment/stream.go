package fragment

import (
	"fmt"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// gapKept is the longest gap between runs of samples, in bytes, that a
// server's segment carries along as unreferenced bytes: one long range of the
// source costs less to send than two with a little left out between them.
const gapKept = 16 << 10

// maxSamples is the most samples of a track that a segment may have: more than
// any codec makes of a few seconds, few enough to hold in memory.
const maxSamples = 1 << 20

// Stream is some tracks of a film, muxed into one stream of segments. It is
// safe for any number of goroutines.
type Stream struct {
	plan  *Plan
	views []int // into plan.views, in the order of the file
	init  []byte
}

// Stream chooses tracks by their ids. It fails for an id that is not there, is
// there twice, or that MSE can't carry.
func (p *Plan) Stream(ids []uint32) (*Stream, error) {
	s := &Stream{plan: p}
	wanted := map[uint32]bool{}
	for _, id := range ids {
		t := p.movie.Track(id)
		switch {
		case t == nil:
			return nil, fmt.Errorf("there is no track %d", id)
		case wanted[id]:
			return nil, fmt.Errorf("track %d is asked for twice", id)
		case !t.Playable():
			return nil, fmt.Errorf("track %d can't be played: %s", id, reason(t))
		}
		wanted[id] = true
	}
	if len(wanted) == 0 {
		return nil, fmt.Errorf("no track is asked for")
	}
	for n, v := range p.views {
		if wanted[v.track.ID] {
			s.views = append(s.views, n)
		}
	}
	s.init = s.makeInit()
	return s, nil
}

func reason(t *mp4.Track) string {
	switch {
	case t.Broken != nil:
		return t.Broken.Error()
	case t.Index.Len() == 0:
		return "it has no samples"
	}
	return t.FirstEntry().Reason
}

// Memory is roughly how many bytes the stream takes, with its plan.
func (s *Stream) Memory() int64 {
	const around, segment, sample = 256, 32, 56
	size := around + int64(len(s.init)) + segment*int64(s.Len())
	for _, n := range s.views {
		size += sample * int64(len(s.plan.views[n].lead))
	}
	return size
}

// Len is the number of segments, some of which may have no samples.
func (s *Stream) Len() int { return s.plan.Len() }

// Tracks are the ids of the stream's tracks, in the order of the file.
func (s *Stream) Tracks() []uint32 {
	var ids []uint32
	for _, n := range s.views {
		ids = append(ids, s.plan.views[n].track.ID)
	}
	return ids
}

// MIME is the type to ask MediaSource.isTypeSupported for.
func (s *Stream) MIME() string {
	var entries []codec.Entry
	for _, n := range s.views {
		entries = append(entries, *s.plan.views[n].track.FirstEntry())
	}
	return codec.MIME(entries...)
}

// Init is the init segment: ftyp and moov.
func (s *Stream) Init() []byte { return s.init }

// Seek is the number of the segment that holds the key frame at or before a
// presentation time in seconds.
func (s *Stream) Seek(seconds float64) int {
	at := s.plan.At(seconds)
	for _, n := range s.views {
		v := s.plan.views[n]
		if v.track.Kind != codec.Video {
			continue
		}
		i := v.syncBefore(mp4.Ticks(seconds, v.scale), v.scale)
		if i < 0 {
			return at
		}
		return min(at, s.plan.holding(n, i))
	}
	return at
}

// Segment gives segment k; nil if the stream has no samples in it.
func (s *Stream) Segment(k int) (*Segment, error) {
	if k < 0 || k >= s.plan.Len() {
		return nil, fmt.Errorf("there is no segment %d", k)
	}
	uneven := len(s.views) == 1 && s.plan.views[s.views[0]].uneven
	if g := s.untouched(k); g != nil && !uneven {
		return g, nil
	}
	var trafs []traf
	for _, n := range s.views {
		v := s.plan.views[n]
		bounds := s.plan.bounds[n]()
		from, to := int(bounds[k]), int(bounds[k+1])
		if to-from > maxSamples {
			return nil, &mp4.UnsupportedError{Box: "moov", Reason: fmt.Sprintf("%d samples of track %d belong to one segment, which has room for %d", to-from, v.track.ID, maxSamples)}
		}
		list := v.samples(from, to)
		for i := range list {
			list[i].cto += v.delay
		}
		switch {
		case uneven:
			v.lastUntilNext(list, from, to)
		case len(s.views) > 1 && v.early.by > 0:
			v.decodeEarly(list, from)
		}
		trafs = appendTrafs(trafs, v.track, v.track.ID, list)
	}
	if len(trafs) == 0 {
		return nil, nil
	}
	return layout{sequence: uint32(k) + 1, gap: gapKept, local: true}.build(trafs)
}

// appendTrafs adds a traf for each run of samples with one sample entry and no
// gap in time, since a traf can name only one entry, and one time.
func appendTrafs(list []traf, track *mp4.Track, id uint32, samples []sample) []traf {
	for len(samples) > 0 {
		n := 1
		for n < len(samples) && samples[n].entry == samples[0].entry && samples[n].dts <= samples[n-1].dts+int64(samples[n-1].duration) {
			n++
		}
		list = append(list, traf{track: track, id: id, samples: samples[:n:n]})
		samples = samples[n:]
	}
	return list
}

// untouched returns the moof and mdat that stand in the file, if they are just
// what segment k has to be.
func (s *Stream) untouched(k int) *Segment {
	number := s.plan.cuts[k].fragment
	if number < 0 || !s.plan.movie.Fragments[number].Plain {
		return nil
	}
	found := 0
	for _, n := range s.views {
		v := s.plan.views[n]
		bounds := s.plan.bounds[n]()
		from, to := int(bounds[k]), int(bounds[k+1])
		start, end, ok := span(v.track, number)
		if !ok && from == to {
			continue
		}
		if !ok || from != start || to != end || !v.untouched(from) {
			return nil
		}
		found++
	}
	if found != s.plan.tracksIn(number) {
		return nil
	}
	f := s.plan.movie.Fragments[number]
	size := f.End - f.Offset
	return &Segment{Parts: []Part{{Offset: f.Offset, Size: size}}, size: size}
}

// span is the samples of a track in one fragment of the file.
func span(t *mp4.Track, fragment int) (from, to int, ok bool) {
	k := startIn(t, fragment)
	if k < 0 {
		return 0, 0, false
	}
	to = t.Index.Len()
	if k+1 < len(t.Starts) {
		to = int(t.Starts[k+1].Sample)
	}
	return int(t.Starts[k].Sample), to, true
}

// tracksIn counts the tracks that have samples in a fragment of the file.
func (p *Plan) tracksIn(fragment int) int {
	n := 0
	for _, t := range p.movie.Tracks {
		if startIn(t, fragment) >= 0 {
			n++
		}
	}
	return n
}
