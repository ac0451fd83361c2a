package mp4

import (
	"math"
	"slices"
)

// piece is a span of a track's media and when it is shown, in ticks of the
// track.
type piece struct {
	at   int64 // presentation time
	from int64 // media time
	to   int64
}

const (
	// maxPieces and maxJoined bound what a small list can make of a file: of
	// more pieces only the first is shown, and after so many times the samples
	// of the media the track ends.
	maxPieces = 4096
	maxJoined = 2
)

// pieces reads the edit list: what is shown of the media, when, with edits
// merged that go on where the one before ends. Without any, delay is by how
// much empty edits hold the track back, in its ticks. A list of which nothing
// is in the media is taken for a mistake: no pieces, no delay.
func (t *Track) pieces(m *Movie) (list []piece, delay int64) {
	// Durations are rounded to the movie's ticks: that much is no gap.
	slack := Rescale(1, max(m.Timescale, 1), t.Timescale) + 1
	end := t.Index.End() + int64(t.Index.maxCTO)
	still := t.stillEdits()
	when, gap, beyond := int64(0), false, false
	for i, e := range t.Edits {
		length := int64(min(e.Duration, maxTime/4))
		at := min(Rescale(when, m.Timescale, t.Timescale), maxTime/4)
		when = min(when+length, maxTime/4)
		if e.MediaTime < 0 || still && e.Rate == 0 {
			gap = gap || length > 0
			continue
		}
		if length == 0 && i < len(t.Edits)-1 && !m.hasFragments() {
			continue
		}
		p := piece{at: at, from: min(e.MediaTime, maxTime/4), to: maxTime}
		if length > 0 {
			p.to = p.from + min(Rescale(length, m.Timescale, t.Timescale), maxTime/2)
		}
		if p.from >= end && t.Index.n > 0 {
			beyond, gap = true, true
			continue
		}
		if n := len(list); n > 0 && !gap && abs(p.from-list[n-1].to) <= slack {
			list[n-1].to = p.to
			continue
		}
		list, gap = append(list, p), false
	}
	if len(list) == 0 && !beyond {
		delay = min(Rescale(when, m.Timescale, t.Timescale), maxTime/4)
	}
	return list, delay
}

// stillEdits tells whether a rate of 0 is to be believed, which stops at a
// picture: not where there is no other rate.
func (t *Track) stillEdits() bool {
	return slices.ContainsFunc(t.Edits, func(e Edit) bool { return e.MediaTime >= 0 && e.Rate != 0 })
}

func abs(v int64) int64 { return max(v, -v) }

// join makes an index of the pieces of another, in which all media times but
// those of the first piece are moved to where they are shown, and tells up to
// which of these times it is shown. Pieces behind the first begin at a sample
// that decoding can start with, and end where decoding comes to a sample that
// is shown too late: what a cut splits is left out, and the sample before
// stays until the next one. So no piece lends time from another, and the
// track keeps together with the others.
func join(x *Index, pieces []piece) (*Index, int64) {
	j := joiner{out: &Index{}, left: maxJoined*int64(x.n) + stretch}
	to := int64(maxTime)
	for k, p := range pieces {
		shift := p.at - pieces[0].at + pieces[0].from - p.from
		last := k == len(pieces)-1
		if to = maxTime; p.to < maxTime/2 {
			to = p.to + shift
		}
		first := max(x.SyncBefore(x.FirstShown(p.from)), 0)
		earliest := int64(minTime)
		if k > 0 {
			if first = x.SyncAfter(x.FirstShown(p.from)); first == x.Len() {
				continue
			}
			earliest = x.PTS(first)
		}
		for c := x.Cursor(first); j.left > 0; j.left-- {
			s, ok := c.Next()
			if !ok || !last && s.PTS() >= p.to || s.DTS+int64(x.minCTO) >= p.to {
				break
			}
			if s.PTS() < earliest {
				continue
			}
			if k > 0 && s.PTS() < p.from {
				s.begin(p.from)
			}
			s.DTS += shift
			j.add(s)
		}
	}
	if j.some {
		j.flush(j.last.DTS + int64(j.last.Duration))
	}
	j.out.finish()
	j.out.compact()
	return j.out, to
}

// begin makes a sample that is shown at a media time already begin there.
func (s *Sample) begin(pts int64) {
	late := pts - s.PTS()
	s.DTS += late
	s.Duration -= uint32(min(late, int64(s.Duration)))
}

// joiner appends samples to an index, each once the time of the next is known.
type joiner struct {
	out  *Index
	left int64 // how many samples more may be looked at
	last Sample
	some bool
	end  int64 // of the last sample written, in the file
}

func (j *joiner) add(s Sample) {
	if j.some {
		if pts := s.PTS(); s.DTS <= j.last.DTS {
			s.DTS = j.last.DTS + 1
			if pts-s.DTS < math.MinInt32 {
				return
			}
			s.CTO = int32(pts - s.DTS)
		}
		j.flush(s.DTS)
	}
	j.out.times.jump(s.DTS)
	j.last, j.some = s, true
}

// flush writes the last sample, which lasts until a decode time.
func (j *joiner) flush(until int64) {
	x, s := j.out, j.last
	if !x.times.add(1, uint32(min(max(until-s.DTS, 0), math.MaxInt32))) {
		return
	}
	if x.n == 0 || s.Offset != j.end {
		x.chunks.add(x.n, s.Offset)
	}
	j.end = s.End()
	x.entries.add(1, s.Description)
	x.sizes.add(1, s.Size)
	x.offsets.add(1, uint32(s.CTO))
	x.sync.add(x.n, 1, s.Sync)
	x.total += int64(s.Size)
	x.n++
}
