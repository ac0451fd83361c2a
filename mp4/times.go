package mp4

import "slices"

// timeTable holds the decode times of samples in runs of equal duration.
// Times never fall. What is in it never changes, so that a copy of it stays
// good while it grows: a run of which a later one takes back the only sample
// stays, empty.
type timeTable struct {
	first []uint32 // first sample of each run
	start []int64  // its decode time in ticks
	delta []uint32 // duration of each sample of the run in ticks
	n     uint32
	end   int64 // decode time after the last sample
}

// add appends samples of one duration. It reports false when times get too
// large to compute with.
func (t *timeTable) add(count, delta uint32) bool {
	if count == 0 {
		return true
	}
	end := t.end + int64(count)*int64(delta)
	if int64(count) > maxTime/(int64(delta)+1) || end > maxTime {
		return false
	}
	if k := len(t.delta); k == 0 || t.delta[k-1] != delta || t.startsAnew(k-1) {
		t.first = append(t.first, t.n)
		t.start = append(t.start, t.end)
		t.delta = append(t.delta, delta)
	}
	t.n += count
	t.end = end
	return true
}

// startsAnew tells whether the next sample does not follow run k seamlessly.
func (t *timeTable) startsAnew(k int) bool {
	return t.start[k]+int64(t.n-t.first[k])*int64(t.delta[k]) != t.end
}

// jump sets the time of the next sample. Where it lies within the last sample,
// that one becomes shorter; where it lies before, nothing changes, and jump
// reports false.
func (t *timeTable) jump(dts int64) bool {
	if t.n == 0 || dts >= t.end {
		t.end = max(t.end, dts)
		return true
	}
	last, delta := t.at(t.n - 1)
	if dts <= last {
		return false
	}
	if dts-last < int64(delta) {
		t.first = append(t.first, t.n-1)
		t.start = append(t.start, last)
		t.delta = append(t.delta, uint32(dts-last))
	}
	t.end = dts
	return true
}

func (t *timeTable) runEnd(k int) uint32 {
	if k+1 < len(t.first) {
		return t.first[k+1]
	}
	return t.n
}

func (t *timeTable) at(i uint32) (dts int64, delta uint32) {
	k := runOf(t.first, i)
	return t.start[k] + int64(i-t.first[k])*int64(t.delta[k]), t.delta[k]
}

// search returns the first sample whose decode time is at or after dts; n if
// there is none.
func (t *timeTable) search(dts int64) uint32 {
	k, _ := slices.BinarySearch(t.start, dts) // runs before k start before dts
	if k == 0 {
		return 0
	}
	k--
	delta := int64(t.delta[k])
	if delta == 0 {
		return t.runEnd(k)
	}
	steps := (dts - t.start[k] + delta - 1) / delta
	return uint32(min(int64(t.first[k])+steps, int64(t.runEnd(k))))
}

func (t *timeTable) cut(n uint32) {
	if n >= t.n {
		return
	}
	if n == 0 {
		*t = timeTable{}
		return
	}
	dts, delta := t.at(n - 1)
	k := runOf(t.first, n-1) + 1
	t.first, t.start, t.delta = t.first[:k], t.start[:k], t.delta[:k]
	t.n, t.end = n, dts+int64(delta)
}

func (t *timeTable) compact() {
	t.first, t.start, t.delta = compact(t.first), compact(t.start), compact(t.delta)
}

// clip makes appending copy the table.
func (t *timeTable) clip() {
	t.first, t.start, t.delta = slices.Clip(t.first), slices.Clip(t.start), slices.Clip(t.delta)
}

// timeCursor walks a timeTable sample by sample.
type timeCursor struct {
	t     *timeTable
	k     int
	end   uint32
	dts   int64
	delta uint32
}

func (t *timeTable) cursor(i uint32) timeCursor {
	c := timeCursor{t: t}
	if i < t.n {
		c.k = runOf(t.first, i)
		c.end = t.runEnd(c.k)
		c.dts, c.delta = t.at(i)
	}
	return c
}

// next returns the time of sample i, which must follow the one asked for last.
func (c *timeCursor) next(i uint32) (dts int64, delta uint32) {
	for i >= c.end {
		c.k++
		c.end = c.t.runEnd(c.k)
		c.dts, c.delta = c.t.start[c.k], c.t.delta[c.k]
	}
	dts = c.dts
	c.dts += int64(c.delta)
	return dts, c.delta
}
