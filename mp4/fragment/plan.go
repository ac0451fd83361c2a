// Package fragment turns a Movie into fragments: which samples form a segment
// (Plan), at what times they are shown, and in what bytes (Segment). The server
// has one Plan for each film, whatever carries its segments away.
package fragment

import (
	"sort"
	"sync"

	"vodsrv/mp4"
)

// Version names the rules by which films are cut and segments laid out. It is
// raised whenever the same film would give other bytes, so that caches don't
// mix them.
const Version = 8

// Plan is the list of segments of one film. It is read-only and safe for any
// number of goroutines.
type Plan struct {
	movie *mp4.Movie
	views []*view // of the tracks that MSE can carry, in the order of the file
	ref   *view   // the track that decides where cuts fall; nil if none can be played
	end   int64   // of the film, in ticks of ref
	cuts  []cut
	// bounds gives, for each view, the first sample of each segment and, last,
	// the end of the final one. They are worked out for tracks that are asked
	// for: a film may have a thousand.
	bounds []func() []uint32

	clip *clip // the part of the movie that is planned; nil for all of it

	open    bool // the film grows: the last cut begins what is not yet a segment
	endless bool // nothing tells how long the film is, since it grew
}

// cut is where a segment begins.
type cut struct {
	time     int64 // presentation time in ticks of ref
	sample   int   // of ref
	fragment int   // of the source that begins here; -1 if none does
}

// NewPlan plans a movie's segments.
func NewPlan(m *mp4.Movie) *Plan {
	p := &Plan{movie: m}
	p.prepare()
	p.cut(nil)
	return p
}

// prepare works out how the tracks are shown.
func (p *Plan) prepare() {
	ids := DefaultTracks(p.movie)
	for _, t := range p.movie.Tracks {
		if !t.Playable() {
			continue
		}
		v := p.clip.view(t)
		// What is to come of a film that grows may be shown before what is there.
		v.uneven = p.clip == nil && !p.endless && v.showsUnevenly()
		// Fragments of the file's own go out as they are.
		if p.clip == nil && !p.movie.Fragmented {
			v.early = v.newEarly()
		}
		p.views = append(p.views, v)
		if len(ids) > 0 && t.ID == ids[0] {
			p.ref = v
		}
	}
	for _, v := range p.views {
		if v.first < v.end && p.ref != nil {
			p.end = max(p.end, mp4.Rescale(v.stop, v.scale, p.ref.scale))
		}
		p.bounds = append(p.bounds, sync.OnceValue(func() []uint32 { return p.boundsOf(v) }))
	}
}

// cut cuts the film, from the last of the cuts that are there already.
func (p *Plan) cut(there []cut) {
	if p.ref != nil {
		p.cuts = newCutter(p).cuts(there)
	}
}

// Movie is the film's index.
func (p *Plan) Movie() *mp4.Movie { return p.movie }

// Len is the number of segments.
func (p *Plan) Len() int {
	if p.open {
		return max(len(p.cuts)-1, 0)
	}
	return len(p.cuts)
}

// Duration is the film's, in seconds of presentation time; up to the end of the
// last segment if it grows.
func (p *Plan) Duration() float64 {
	if p.ref == nil {
		return 0
	}
	if p.open {
		return mp4.Seconds(p.cuts[p.Len()].time, p.ref.scale)
	}
	return mp4.Seconds(p.end, p.ref.scale)
}

// Span tells when segment k starts and ends, in presentation seconds.
func (p *Plan) Span(k int) (start, end float64) {
	stop := p.end
	if k+1 < len(p.cuts) {
		stop = p.cuts[k+1].time
	}
	return mp4.Seconds(p.cuts[k].time, p.ref.scale), mp4.Seconds(stop, p.ref.scale)
}

// At is the number of the segment that holds a presentation time in seconds,
// the first or last one for times outside.
func (p *Plan) At(seconds float64) int {
	if p.ref == nil {
		return 0
	}
	t := mp4.Ticks(seconds, p.ref.scale)
	k := sort.Search(p.Len(), func(k int) bool { return p.cuts[k].time > t })
	return max(k-1, 0)
}

// holding is the number of the segment that holds a sample of view n.
func (p *Plan) holding(n int, sample int) int {
	b := p.bounds[n]()
	k := sort.Search(len(b), func(k int) bool { return int(b[k]) > sample })
	return min(max(k-1, 0), p.Len()-1)
}

// boundsOf finds the first sample of a track in each segment. Where a cut is
// the start of one of the file's own fragments, the track is cut where it is
// cut in the file, if that is at about the same time: then the fragment can go
// out as it is. Else video is cut in decode order, all other kinds by
// presentation time, which is the same search.
func (p *Plan) boundsOf(v *view) []uint32 {
	bounds := make([]uint32, 0, len(p.cuts)+1)
	least := v.first
	for k, c := range p.cuts {
		i := v.first
		switch {
		case k == 0:
		case v == p.ref:
			i = c.sample
		default:
			i = p.boundAt(v, c)
		}
		least = min(max(least, i), v.end)
		bounds = append(bounds, uint32(least))
	}
	return append(bounds, uint32(v.end))
}

func (p *Plan) boundAt(v *view, c cut) int {
	if c.fragment >= 0 {
		if i, ok := fragmentStart(v.track, c.fragment); ok && p.near(v, i, c.time) {
			return i
		}
	}
	return v.track.Index.SearchPTS(v.media(c.time, p.ref.scale))
}

// fragmentStart is the first sample of a track in a fragment or a later one;
// false if there is none, also where the end of the file cut it off.
func fragmentStart(t *mp4.Track, fragment int) (int, bool) {
	k := startAfter(t, fragment)
	if k == len(t.Starts) || int(t.Starts[k].Sample) >= t.Index.Len() {
		return 0, false
	}
	return int(t.Starts[k].Sample), true
}

// startAfter is the first of a track's starts in a fragment or a later one.
func startAfter(t *mp4.Track, fragment int) int {
	return sort.Search(len(t.Starts), func(k int) bool { return int(t.Starts[k].Fragment) >= fragment })
}

// startIn is the track's start in just that fragment; -1 if it has none.
func startIn(t *mp4.Track, fragment int) int {
	k := startAfter(t, fragment)
	if k == len(t.Starts) || int(t.Starts[k].Fragment) != fragment {
		return -1
	}
	return k
}

// near tells whether a sample is presented within half a second of a time of
// the plan.
func (p *Plan) near(v *view, i int, time int64) bool {
	d := mp4.Rescale(v.presentation(i), v.scale, p.ref.scale) - time
	half := int64(p.ref.scale) / 2
	return -half <= d && d <= half
}
