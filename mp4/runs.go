package mp4

import "slices"

// runTable holds one 32-bit value for each sample, run-length coded as long as
// that is smaller, else as a plain array: never more than 4 bytes a sample.
type runTable struct {
	first []uint32 // first sample of each run
	value []uint32 // its value
	dense []uint32 // one value for each sample, once runs were too short
	n     uint32
}

// minDense is the number of runs from which on the plain array is considered.
const minDense = 256

func (t *runTable) add(count, value uint32) {
	if count == 0 {
		return
	}
	if t.dense != nil {
		t.grow(int(count))
		for range count {
			t.dense = append(t.dense, value)
		}
		t.n += count
		return
	}
	if k := len(t.value); k == 0 || t.value[k-1] != value {
		t.first = append(t.first, t.n)
		t.value = append(t.value, value)
	}
	t.n += count
	if len(t.first) >= minDense && uint64(len(t.first))*8 > uint64(t.n)*4 {
		t.unroll()
	}
}

// addColumn appends one value for each entry of a trun.
func (t *runTable) addColumn(c column) {
	i := uint32(0)
	for ; i < c.count && t.dense == nil; i++ {
		t.add(1, c.at(i))
	}
	t.grow(int(c.count - i))
	for ; i < c.count; i++ {
		t.dense = append(t.dense, c.at(i))
		t.n++
	}
}

// grow makes room in the plain array, for twice as much as there is if it has
// to be moved: append itself would move it many times over.
func (t *runTable) grow(n int) {
	if t.dense != nil && cap(t.dense)-len(t.dense) < n {
		t.dense = slices.Grow(t.dense, max(n, len(t.dense)))
	}
}

func (t *runTable) unroll() {
	dense := make([]uint32, 0, t.n+t.n/2)
	for k, v := range t.value {
		for range t.runEnd(k) - t.first[k] {
			dense = append(dense, v)
		}
	}
	t.dense, t.first, t.value = dense, nil, nil
}

func (t *runTable) runEnd(k int) uint32 {
	if k+1 < len(t.first) {
		return t.first[k+1]
	}
	return t.n
}

// run returns the number of the run that holds sample i.
func (t *runTable) run(i uint32) int { return runOf(t.first, i) }

// runOf returns the last k with first[k] <= i. It needs first[0] == 0.
func runOf(first []uint32, i uint32) int {
	k, found := slices.BinarySearch(first, i)
	if found {
		return k
	}
	return k - 1
}

func (t *runTable) at(i uint32) uint32 {
	if t.dense != nil {
		return t.dense[i]
	}
	return t.value[t.run(i)]
}

// sum adds up the values of samples [from, to).
func (t *runTable) sum(from, to uint32) int64 {
	var total int64
	if t.dense != nil {
		for _, v := range t.dense[from:to] {
			total += int64(v)
		}
		return total
	}
	for k := t.run(from); from < to; k++ {
		end := min(t.runEnd(k), to)
		total += int64(end-from) * int64(t.value[k])
		from = end
	}
	return total
}

// anyNegative tells whether a sample from one on has a value that is negative
// as an int32.
func (t *runTable) anyNegative(from uint32) bool {
	negative := func(v uint32) bool { return int32(v) < 0 }
	switch {
	case from >= t.n:
		return false
	case t.dense != nil:
		return slices.ContainsFunc(t.dense[from:], negative)
	}
	return slices.ContainsFunc(t.value[t.run(from):], negative)
}

// cut forgets the samples from n on.
func (t *runTable) cut(n uint32) {
	if n >= t.n {
		return
	}
	t.n = n
	if t.dense != nil {
		t.dense = t.dense[:n]
		return
	}
	k := 0
	if n > 0 {
		k = t.run(n-1) + 1
	}
	t.first, t.value = t.first[:k], t.value[:k]
}

func (t *runTable) compact() {
	t.first, t.value, t.dense = compact(t.first), compact(t.value), compact(t.dense)
}

// compact gives back memory that append took beyond what is used.
func compact[T any](s []T) []T {
	if cap(s)-len(s) > len(s)/16 {
		return slices.Clone(s)
	}
	return s
}

// runCursor walks a runTable sample by sample.
type runCursor struct {
	t     *runTable
	k     int
	end   uint32
	value uint32
}

func (t *runTable) cursor(i uint32) runCursor {
	c := runCursor{t: t}
	if t.dense == nil && i < t.n {
		c.k = t.run(i)
		c.end, c.value = t.runEnd(c.k), t.value[c.k]
	}
	return c
}

func (c *runCursor) at(i uint32) uint32 {
	if c.t.dense != nil {
		return c.t.dense[i]
	}
	if i >= c.end {
		c.k++
		c.end, c.value = c.t.runEnd(c.k), c.t.value[c.k]
	}
	return c.value
}
