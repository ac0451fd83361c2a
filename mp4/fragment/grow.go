package fragment

import (
	"math"
	"slices"

	"vodsrv/mp4"
)

// gone is how far, in seconds, a track may be behind the others of a film that
// grows before it is taken to have ended.
const gone = 10

// NewGrowing plans a movie that is still being written: it has those segments
// that nothing that may come can change. The plan of the whole film has the
// same ones, but that video alone keeps its times here also where its pictures
// last unevenly. whole says that nothing will come any more: then all segments
// are there, and only their init segments differ from those of NewPlan: they
// can't tell how long the film is.
func NewGrowing(m *mp4.Movie, whole bool) *Plan {
	p := &Plan{movie: m, open: !whole, endless: true}
	p.prepare()
	p.cut(nil)
	return p
}

// Grow plans a movie that goes on where this one's ends (mp4.Movie.Resume); p
// stays as it is. It fails with mp4.ErrChanged if what has come changes
// segments that are there: a track that begins earlier than all others did.
func (p *Plan) Grow(m *mp4.Movie, whole bool) (*Plan, error) {
	next := &Plan{movie: m, open: !whole, endless: true}
	next.prepare()
	if p.Len() > 0 && !next.continues(p) {
		return nil, mp4.ErrChanged
	}
	if p.Len() == 0 {
		next.cut(nil)
	} else {
		next.cut(slices.Clip(p.cuts))
	}
	return next, nil
}

// Open tells whether segments are still to come.
func (p *Plan) Open() bool { return p.open }

// continues tells whether tracks are shown as they were in another plan.
func (p *Plan) continues(old *Plan) bool {
	return p.ref != nil && p.ref.track.ID == old.ref.track.ID && slices.EqualFunc(p.views, old.views, func(a, b *view) bool {
		return a.track.ID == b.track.ID && a.first == b.first && a.shift == b.shift && a.dshift == b.dshift && a.scale == b.scale && len(a.lead) == len(b.lead)
	})
}

// settled tells whether a cut that follows another is that of the whole film,
// whatever comes, and if so, whether all samples before it are there.
func (c *cutter) settled(last, next cut) bool {
	base, ok := c.inFragments(last)
	if !ok || base.time >= c.p.end || !c.decided(last, base) {
		return false
	}
	for _, v := range c.p.views {
		if !c.bounded(v, next) {
			return false
		}
	}
	return true
}

// decided tells whether a cut follows another in the whole film, too, as far as
// the fragments and the groups of pictures say. What is to come begins at the
// horizon.
func (c *cutter) decided(last, base cut) bool {
	known := c.candidates[:max(len(c.candidates)-1, 0)] // without the end
	horizon := c.horizon(c.ref)
	if base.fragment >= 0 {
		if base != known[len(known)-1] {
			return true
		}
		// The next one may be so near that both are joined.
		return horizon-last.time > 2*c.second || base.time-last.time >= c.second/2 && horizon-base.time >= c.second/2
	}
	if len(known) > 0 {
		return true // one that is so far away that the film is cut before it
	}
	if c.p.movie.Fragmented && horizon-last.time <= 4*c.second {
		return false
	}
	target := c.target(last)
	if !c.video {
		return horizon > base.time
	}
	if target >= c.videoEnd {
		return horizon == math.MaxInt64
	}
	next := c.syncAt(c.sampleAt(target), target)
	if next < c.ref.end {
		return c.ref.presentation(next) < horizon
	}
	return base.time == target && horizon-c.groupStart(next) > 4*c.second
}

// horizon is a time, in ticks of ref, before which no sample of a track is
// shown that is still to come. That of a track that has ended is the end of
// time.
func (c *cutter) horizon(v *view) int64 {
	most := int64(math.MinInt64)
	for _, other := range c.p.views {
		most = max(most, c.seen(other))
	}
	if at := c.seen(v); most-at <= gone*c.second {
		return at
	}
	return math.MaxInt64
}

// seen is the horizon of a track if it goes on.
func (c *cutter) seen(v *view) int64 {
	x := v.track.Index
	least, _ := x.Reorder()
	// A sample may be cut short by the next.
	media := x.At(x.Len()-1).DTS + 1 + int64(least)
	return mp4.Rescale(media*v.times+v.shift, v.scale, c.ref.scale)
}

// bounded tells whether all samples of a track before a cut are known.
func (c *cutter) bounded(v *view, at cut) bool {
	horizon := c.horizon(v)
	if v == c.ref {
		return at.sample < v.track.Index.Len() || horizon == math.MaxInt64
	}
	if at.fragment < 0 {
		return horizon > at.time
	}
	if i, ok := fragmentStart(v.track, at.fragment); ok {
		return c.p.near(v, i, at.time) || horizon > at.time
	}
	return horizon >= at.time+c.second/2
}
