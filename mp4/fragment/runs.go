package fragment

import (
	"cmp"
	"slices"
)

// run is samples of one traf that lie one behind the other: at first in the
// source, and once they are placed in the output.
type run struct {
	traf   int
	first  int // sample of the traf
	n      int // samples
	entry  uint32
	offset int64 // of the first in the source
	size   int64 // bytes
	place  int64 // in the mdat's payload
	patch  int   // where in the moof its data offset stands
}

func (r run) end() int64 { return r.offset + r.size }

// place orders the payload of a fragment. It gives the runs, by traf, and the
// ranges of the source that make up the payload.
func (l layout) place(trafs []traf) (runs []run, ranges []Part, payload int64) {
	if l.byTrack {
		runs = interleave(trafs, l.groups)
		ranges, payload = placeInOrder(runs)
		slices.SortStableFunc(runs, func(a, b run) int { return cmp.Compare(a.traf, b.traf) })
	} else {
		runs = splitRuns(trafs)
		ranges, payload = placeByFile(runs, l.gap)
		if payload > carriedMost+2*sizeOf(runs) && len(runs) <= rangesMost {
			ranges, payload = placeByFile(runs, 0)
		}
	}
	return joinRuns(runs), ranges, payload
}

const (
	// carriedMost is how many bytes of gaps a fragment may carry beside as many
	// as its samples have. Of the sound alone of a film whose picture lies between
	// it, the gaps are ten times the sound.
	carriedMost = 64 << 10
	// rangesMost keeps the memory for what is left without its gaps small.
	rangesMost = 1 << 12
)

func sizeOf(runs []run) (total int64) {
	for _, r := range runs {
		total += r.size
	}
	return total
}

// splitRuns finds the runs of all trafs in the source, traf by traf.
func splitRuns(trafs []traf) []run {
	// Making room for all at once would cost more where samples lie together.
	const usual = 32
	room := 0
	for _, t := range trafs {
		room += min(len(t.samples), usual)
	}
	runs := make([]run, 0, room)
	for k, t := range trafs {
		runs = appendRuns(runs, k, t.samples, 0, len(t.samples))
	}
	return runs
}

// appendRuns adds the runs of samples [from, to) of traf k.
func appendRuns(runs []run, k int, samples []sample, from, to int) []run {
	for i := from; i < to; i++ {
		s := samples[i]
		if last := len(runs) - 1; i > from && runs[last].end() == s.offset && runs[last].entry == s.entry {
			runs[last].size += int64(s.size)
			runs[last].n++
			continue
		}
		runs = append(runs, run{traf: k, first: i, n: 1, entry: s.entry, offset: s.offset, size: int64(s.size)})
	}
	return runs
}

// interleave takes so many samples of each traf in turn; all at once for 0.
func interleave(trafs []traf, groups int) []run {
	if groups <= 0 {
		return splitRuns(trafs)
	}
	var runs []run
	for from, more := 0, true; more; from += groups {
		more = false
		for k, t := range trafs {
			if from < len(t.samples) {
				runs = appendRuns(runs, k, t.samples, from, min(from+groups, len(t.samples)))
				more = true
			}
		}
	}
	return runs
}

// placeByFile keeps the order of the source, and gaps of some length with it.
func placeByFile(runs []run, gap int64) (ranges []Part, payload int64) {
	for _, i := range byOffset(runs) {
		r := &runs[i]
		last := len(ranges) - 1
		if last >= 0 && r.offset-(ranges[last].Offset+ranges[last].Size) <= gap {
			p := &ranges[last]
			r.place = payload - p.Size + r.offset - p.Offset
			grown := max(0, r.end()-(p.Offset+p.Size))
			p.Size += grown
			payload += grown
			continue
		}
		r.place = payload
		ranges = append(ranges, Part{Offset: r.offset, Size: r.size})
		payload += r.size
	}
	return slices.DeleteFunc(ranges, func(p Part) bool { return p.Size == 0 }), payload
}

// byOffset lists runs in the order of the source.
func byOffset(runs []run) []int32 {
	order := make([]int32, len(runs))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(runs[a].offset, runs[b].offset), cmp.Compare(a, b))
	})
	return order
}

// placeInOrder lays runs one behind the other.
func placeInOrder(runs []run) (ranges []Part, payload int64) {
	for i := range runs {
		r := &runs[i]
		r.place = payload
		payload += r.size
		if last := len(ranges) - 1; last >= 0 && ranges[last].Offset+ranges[last].Size == r.offset {
			ranges[last].Size += r.size
		} else if r.size > 0 {
			ranges = append(ranges, Part{Offset: r.offset, Size: r.size})
		}
	}
	return ranges, payload
}

// joinRuns makes one run of those of a traf that have come to lie one behind
// the other, whatever lay between them in the source.
func joinRuns(runs []run) []run {
	joined := runs[:0]
	for _, r := range runs {
		last := len(joined) - 1
		if last >= 0 && joined[last].traf == r.traf && joined[last].entry == r.entry && joined[last].place+joined[last].size == r.place {
			joined[last].n += r.n
			joined[last].size += r.size
			continue
		}
		joined = append(joined, r)
	}
	return joined
}
