package fragment

import (
	"fmt"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// Independent tells whether the default video can be decoded from segment k on,
// or whether there is none to decode. For a film that grows it is known of the
// segment to come, too.
func (p *Plan) Independent(k int) bool {
	if p.ref.track.Kind != codec.Video || k == 0 {
		return true
	}
	i := p.cuts[k].sample
	return i >= p.ref.end || p.ref.track.Index.SyncBefore(i) == i
}

// Endless tells whether nothing says how long the film is, since it grows or
// has grown while it was watched.
func (p *Plan) Endless() bool { return p.endless }

// Samples is the number of samples that the stream has in segment k.
func (s *Stream) Samples(k int) int {
	n := 0
	for _, view := range s.views {
		bounds := s.plan.bounds[view]()
		n += int(bounds[k+1] - bounds[k])
	}
	return n
}

// Frames tells whether the stream is the default video alone.
func (s *Stream) Frames() bool {
	return len(s.views) == 1 && s.plan.views[s.views[0]] == s.plan.ref && s.plan.ref.track.Kind == codec.Video
}

// IFrame gives the sync sample that segment k of the default video begins with
// as a segment by itself, which lasts until the end of segment last.
func (s *Stream) IFrame(k, last int) (*Segment, error) {
	if !s.Frames() || k < 0 || last < k || last >= s.plan.Len() ||
		!s.plan.Independent(k) || s.Samples(k) == 0 {
		return nil, fmt.Errorf("no picture begins segment %d", k)
	}
	v := s.plan.ref
	i := int(s.plan.bounds[s.views[0]]()[k])
	list := v.samples(i, i+1)
	_, end := s.plan.Span(last)
	list[0].dts += list[0].cto
	list[0].cto = 0
	list[0].duration = uint32(min(max(1, mp4.Ticks(end, v.scale)-list[0].dts), 1<<32-1))
	return layout{sequence: uint32(k) + 1, local: true}.build(appendTrafs(nil, v.track, v.track.ID, list))
}
