package fragment

import (
	"math"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
)

// packets is a track as ffmpeg's muxer gets it: all its samples, in times that
// count from where the source's edit list begins, so that what comes before
// has negative times. The regimes (SHIFT and EDIT) move them from there.
type packets struct {
	track *mp4.Track
	id    uint32 // in the output
	scale uint32 // ticks a second in the output
	times int64  // ticks of the output for each of the track
	first int    // samples [first, end) are copied
	end   int

	shift  int64 // added to decode times, in ticks of the output
	lower  int64 // how far decode times are lowered so that no offset is negative
	start  int64 // decode time of the first sample; what tfdt counts from
	forced bool  // SHIFT: the first sample begins at 0, whatever its own time
	to     int64 // presentation time at which the track ends, in ticks of the output
	early  int64 // how far decode times are delayed against those that packets are ordered by
}

// newPackets prepares a track for the converter; line is the part of it that
// is shown.
func newPackets(t *mp4.Track, line mp4.Timeline, id uint32) *packets {
	x := t.Index
	p := &packets{track: t, id: id, times: timescaleFactor(t), first: firstCopied(t, line.From), end: x.Len()}
	p.scale = t.Timescale * uint32(p.times)
	if e := endShown(x, line.To); e < p.end {
		p.end = x.SyncAfter(e)
	}
	p.end = max(p.end, p.first)
	if least, _ := x.Reorder(); least < 0 {
		p.lower = int64(least) * p.times
	}
	p.shift = line.Shift*p.times + p.lower
	p.to = (min(line.To, math.MaxInt64/4/p.times) + line.Shift) * p.times
	if p.first < p.end {
		p.start = p.dts(x.At(p.first))
	}
	return p
}

// timescaleFactor is what ffmpeg multiplies a timescale by: video's is doubled
// until it is 10,000 or more, audio's becomes the sample rate. An audio
// timescale that does not divide the rate is kept, since times would be
// rounded.
func timescaleFactor(t *mp4.Track) int64 {
	factor := int64(1)
	switch t.Kind {
	case codec.Video:
		for t.Timescale != 0 && int64(t.Timescale)*factor < 10000 {
			factor *= 2
		}
	case codec.Audio:
		rate := t.FirstEntry().SampleRate
		if rate > 0 && rate%int(t.Timescale) == 0 {
			factor = int64(rate) / int64(t.Timescale)
		}
	}
	return factor
}

// firstCopied is the first sample that goes into the output. Like ffmpeg's
// demuxer, video begins with the sync sample that the edit needs, and sound up
// to a second earlier than the edit, for decoders to settle.
func firstCopied(t *mp4.Track, from int64) int {
	if t.Kind == codec.Video || !t.Index.AllSync() {
		return min(firstNeeded(t.Index, from), t.Index.Len())
	}
	return t.Index.FirstShown(from - int64(t.Timescale))
}

// dts is a sample's decode time in ticks of the output.
func (p *packets) dts(s mp4.Sample) int64 { return s.DTS*p.times + p.shift }

// cto is a sample's composition offset in ticks of the output.
func (p *packets) cto(s mp4.Sample) int64 { return int64(s.CTO)*p.times - p.lower }

// editStart is the presentation time of the first sample; negative if it lies
// before the edit.
func (p *packets) editStart() int64 {
	s := p.track.Index.At(p.first)
	return p.dts(s) + p.cto(s)
}

// edits is the edit list that brings the track's times, which count from its
// first decode time, back to presentation times (EDIT). Its last entry has no
// duration: it goes on to the end of all fragments.
func (p *packets) edits(movieScale uint32) []mp4.Edit {
	if p.first == p.end {
		return nil
	}
	const rate = 0x10000
	if delay := p.editStart(); delay > 0 {
		cto := p.cto(p.track.Index.At(p.first))
		if d := mp4.Rescale(delay, p.scale, movieScale); d > 0 {
			return []mp4.Edit{{Duration: uint64(d), MediaTime: -1, Rate: rate}, {MediaTime: cto, Rate: rate}}
		}
	}
	return []mp4.Edit{{MediaTime: max(0, -p.start), Rate: rate}}
}

// shownEnd is the presentation time at which the track ends, in ticks of the
// output.
func (p *packets) shownEnd() int64 {
	const reordered = 64 // more samples than codecs reorder
	from := max(p.first, p.end-reordered)
	c := p.track.Index.Cursor(from)
	end := int64(0)
	for range p.end - from {
		s, _ := c.Next()
		end = max(end, p.dts(s)+p.cto(s)+int64(s.Duration)*p.times)
	}
	return min(end, p.to)
}

// source walks a track's samples as the output has them.
type source struct {
	p      *packets
	cursor mp4.Cursor
	i      int
	head   sample // the sample at the cursor
	order  int64  // its decode time before it was forced, for interleaving
	more   bool
	next   mp4.Sample
	has    bool
}

func (p *packets) source() *source {
	s := &source{p: p, cursor: p.track.Index.Cursor(p.first), i: p.first}
	s.next, s.has = s.cursor.Next()
	s.has = s.has && p.first < p.end
	s.advance()
	return s
}

// advance moves to the next sample. A duration reaches to the next decode
// time; only the last sample has its own.
func (s *source) advance() {
	p, now := s.p, s.next
	s.more = s.has
	if !s.more {
		return
	}
	dts := p.dts(now)
	s.order = dts - p.early
	if p.forced && s.i == p.first {
		dts = 0
	}
	number := uint32(s.i)
	s.i++
	s.next, s.has = s.cursor.Next()
	s.has = s.has && s.i < p.end
	duration := int64(now.Duration) * p.times
	if s.has {
		duration = p.dts(s.next) - dts
	}
	s.head = sample{
		offset:   now.Offset,
		size:     now.Size,
		entry:    now.Description,
		dts:      dts,
		duration: uint32(min(max(duration, 0), math.MaxUint32)),
		number:   number,
		cto:      p.cto(now),
		sync:     now.Sync,
	}
}

// isVideo tells whether the track's sync samples cut fragments.
func (p *packets) isVideo() bool { return p.track.Handler == box.T("vide") }
