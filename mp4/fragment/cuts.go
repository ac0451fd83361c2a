package fragment

import (
	"slices"
	"sort"

	"vodsrv/mp4"
)

// cutter decides where segments begin. All times are presentation times in
// ticks of the reference track: the default video, or the default audio of a
// film without one.
type cutter struct {
	p          *Plan
	ref        *view
	x          *mp4.Index
	video      bool
	second     int64
	videoEnd   int64
	candidates []cut // starts of the file's own fragments at which ref is sync, and their end
	changes    []cut // where a sample entry of any track changes
	sync       int   // sync samples before this one are presented before the last cut
}

func newCutter(p *Plan) *cutter {
	c := &cutter{p: p, ref: p.ref, x: p.ref.track.Index, second: int64(p.ref.scale)}
	c.video = p.ref.track.Kind == "video"
	c.videoEnd = p.ref.stop
	c.changes = c.entryChanges()
	return c
}

// ownFragments lists the starts of the file's fragments behind a cut that begin
// with a sync sample of ref and, behind them, the end of the film, where the
// last one ends.
func (c *cutter) ownFragments(from cut) []cut {
	var list []cut
	starts := c.ref.track.Starts
	k := sort.Search(len(starts), func(k int) bool { return int(starts[k].Sample) > from.sample })
	for _, s := range starts[k:] {
		if i := int(s.Sample); i < c.ref.end && c.x.SyncBefore(i) == i {
			list = append(list, cut{time: c.ref.presentation(i), sample: i, fragment: int(s.Fragment)})
		}
	}
	if len(c.ref.track.Starts) > 0 {
		list = append(list, cut{time: c.p.end, sample: c.ref.end, fragment: -1})
	}
	return list
}

// entryChanges lists where a track begins to use another sample entry.
func (c *cutter) entryChanges() []cut {
	var list []cut
	for _, v := range c.p.views {
		for _, i := range v.track.Index.EntryChanges() {
			if i <= v.first || i >= v.end {
				continue
			}
			at := cut{time: mp4.Rescale(v.presentation(i), v.scale, c.ref.scale), sample: i, fragment: -1}
			if v != c.ref {
				at.sample = c.sampleAt(at.time)
			}
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b cut) int { return int(max(-1, min(1, a.time-b.time))) })
	return list
}

// sampleAt is the first sample of ref, in decode order, presented at or after
// a time.
func (c *cutter) sampleAt(time int64) int {
	return c.x.SearchPTS(c.ref.media(time, c.ref.scale))
}

// cuts lists all cuts, from time 0 on; those that are there already come first.
func (c *cutter) cuts(list []cut) []cut {
	if len(list) == 0 {
		list = []cut{{time: 0, sample: c.ref.first, fragment: -1}}
		if starts := c.ref.track.Starts; len(starts) > 0 && int(starts[0].Sample) == c.ref.first {
			list[0].fragment = int(starts[0].Fragment)
		}
	}
	c.candidates = c.ownFragments(list[len(list)-1])
	for {
		last := list[len(list)-1]
		next, ok := c.after(last)
		if !ok || next.time >= c.p.end || next.time <= last.time || c.p.open && !c.settled(last, next) {
			return list
		}
		list = append(list, next)
	}
}

// after is the cut that follows one.
func (c *cutter) after(last cut) (cut, bool) {
	next, ok := c.inFragments(last)
	for len(c.changes) > 0 && c.changes[0].time <= last.time {
		c.changes = c.changes[1:]
	}
	if len(c.changes) > 0 && (!ok || c.changes[0].time < next.time) {
		next, ok = c.changes[0], true
	}
	return next, ok
}

// inFragments is the cut that follows one where no sample entry changes.
func (c *cutter) inFragments(last cut) (cut, bool) {
	next, ok := c.ownFragment(last)
	if !ok || next.time-last.time > 4*c.second {
		if regular, found := c.regular(last); found && (!ok || regular.time < next.time) {
			next, ok = regular, true
		}
	}
	return next, ok
}

// ownFragment is the next start of one of the file's own fragments; those
// shorter than half a second are joined up to two seconds.
func (c *cutter) ownFragment(last cut) (cut, bool) {
	list := c.candidates
	for len(list) > 0 && list[0].time <= last.time {
		list = list[1:]
	}
	c.candidates = list
	if len(list) == 0 {
		return cut{}, false
	}
	k := 0
	for k+1 < len(list) && list[k+1].time-last.time <= 2*c.second &&
		(list[k].time-last.time < c.second/2 || list[k+1].time-list[k].time < c.second/2) {
		k++
	}
	return list[k], true
}

// regular is the cut after a time in a film, or a stretch of one, that brings
// no fragments of its own: the first sync sample two seconds later or more; or
// just two seconds later where the group of pictures is longer than four, or
// no video is left.
func (c *cutter) regular(last cut) (cut, bool) {
	target := c.target(last)
	if target >= c.p.end {
		return cut{}, false
	}
	sample := c.sampleAt(target)
	there := cut{time: target, sample: sample, fragment: -1}
	if !c.video || target >= c.videoEnd {
		return there, true
	}
	next := c.syncAt(sample, target)
	begin, end := c.groupStart(next), c.videoEnd
	if next < c.ref.end {
		end = c.ref.presentation(next)
	}
	if end-begin > 4*c.second && end > target {
		return there, true
	}
	if next < c.ref.end {
		return cut{time: end, sample: next, fragment: -1}, true
	}
	return cut{time: end, sample: c.ref.end, fragment: -1}, c.p.end-end >= c.second
}

// target is two seconds after the last cut; or, where no sample of any track
// begins in these, as many times two seconds later as brings the next sample:
// a film has no more segments than samples, whatever durations it claims.
func (c *cutter) target(last cut) int64 {
	step := 2 * c.second
	next := c.p.end
	for _, v := range c.p.views {
		i := last.sample
		if v != c.ref {
			i = max(v.track.Index.SearchPTS(v.media(last.time, c.ref.scale)), v.first)
		}
		if i < v.end {
			next = min(next, mp4.Rescale(v.presentation(i), v.scale, c.ref.scale))
		}
		if next < last.time+step {
			return last.time + step
		}
	}
	return next - (next-last.time)%step
}

// syncAt is the first sync sample of ref presented at or after a time, which is
// that of a sample; the end of ref if there is none. Times asked for ascend.
func (c *cutter) syncAt(sample int, time int64) int {
	i := max(c.sync, c.x.SyncAfter(sample))
	for i < c.ref.end && c.ref.presentation(i) < time {
		i = c.x.SyncAfter(i + 1)
	}
	c.sync = i
	return min(i, c.ref.end)
}

// groupStart is when the group of pictures before a sync sample begins.
func (c *cutter) groupStart(next int) int64 {
	i := c.x.SyncBefore(next - 1)
	if i < c.ref.first {
		return 0
	}
	return c.ref.presentation(i)
}
