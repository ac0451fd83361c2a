package mp4

import (
	"iter"
	"slices"
)

// runTable holds one 32-bit value for each sample, run-length coded as long as
// that is smaller, else as a plain array: never more than 4 bytes a sample.
// What is in it never changes, so that a copy of it stays good while it grows.
type runTable struct {
	first []uint32 // first sample of each run
	value []uint32 // its value
	plain pages    // one value for each sample, if dense
	dense bool     // runs were too short
	most  uint32   // so many runs the values make at most, if dense
	n     uint32
}

// minDense is the number of runs from which on the plain array is considered.
const minDense = 256

func (t *runTable) add(count, value uint32) {
	if count == 0 {
		return
	}
	if t.dense && t.rolls(count) {
		t.roll()
	}
	if t.dense {
		for range count {
			t.plain.add(value)
		}
		t.n += count
		t.most++
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

// again appends a value if that only makes the last run longer, which is quick
// to do.
func (t *runTable) again(value uint32) bool {
	k := len(t.value)
	if k == 0 || t.value[k-1] != value {
		return false
	}
	t.n++
	return true
}

// addColumn appends one value for each entry of a trun, and adds them up; bits
// are those that any of them has.
func (t *runTable) addColumn(c column) (total int64, bits uint32) {
	i := uint32(0)
	for ; i < c.count && !t.dense; i++ {
		v := c.at(i)
		t.add(1, v)
		total += int64(v)
		bits |= v
	}
	if t.dense {
		sum, more := t.plain.addColumn(c, i)
		total, bits = total+sum, bits|more
		t.n += c.count - i
		t.most += c.count - i
	}
	return total, bits
}

func (t *runTable) unroll() {
	for k, v := range t.value {
		for range t.runEnd(k) - t.first[k] {
			t.plain.add(v)
		}
	}
	t.most = uint32(len(t.first))
	t.dense, t.first, t.value = true, nil, nil
}

// rolls tells whether runs are much smaller again with one more of so many
// samples: a few bytes of a file can tell one of any length.
func (t *runTable) rolls(count uint32) bool {
	return 4*(uint64(t.most)+1) < uint64(t.n)+uint64(count)
}

// roll makes runs of the plain array again.
func (t *runTable) roll() {
	plain := t.plain
	n := t.n
	t.plain, t.dense, t.n = pages{}, false, 0
	for span := range plain.spans(0, n) {
		for _, v := range span {
			if !t.again(v) {
				t.first, t.value = append(t.first, t.n), append(t.value, v)
				t.n++
			}
		}
	}
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
	k, _ := slices.BinarySearch(first, i+1)
	return k - 1
}

func (t *runTable) at(i uint32) uint32 {
	if t.dense {
		return t.plain.at(i)
	}
	return t.value[t.run(i)]
}

// sum adds up the values of samples [from, to).
func (t *runTable) sum(from, to uint32) int64 {
	var total int64
	if t.dense {
		for span := range t.plain.spans(from, to) {
			for _, v := range span {
				total += int64(v)
			}
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

// largest is the greatest value that any sample has; 0 if there is none.
func (t *runTable) largest() int64 {
	most := uint32(0)
	for piece := range t.values(0) {
		most = max(most, slices.Max(piece))
	}
	return int64(most)
}

// values gives the values of samples from one on in pieces, equal neighbours
// once where they are in runs.
func (t *runTable) values(from uint32) iter.Seq[[]uint32] {
	if t.dense {
		return t.plain.spans(from, t.n)
	}
	return func(yield func([]uint32) bool) {
		if from < t.n {
			yield(t.value[t.run(from):])
		}
	}
}

// spans calls visit with the values of samples [from, to) in pieces, each of
// which stands for so many samples.
func (t *runTable) spans(from, to uint32, visit func(count int64, values []uint32)) {
	if t.dense {
		for span := range t.plain.spans(from, to) {
			visit(1, span)
		}
		return
	}
	for k := t.run(from); from < to; k++ {
		end := min(t.runEnd(k), to)
		visit(int64(end-from), t.value[k:k+1])
		from = end
	}
}

// changes lists the samples whose value is another than that of the one
// before.
func (t *runTable) changes() []int {
	var list []int
	for k := 1; k < len(t.first); k++ {
		list = append(list, int(t.first[k]))
	}
	if t.dense {
		for i := uint32(1); i < t.n; i++ {
			if t.plain.at(i) != t.plain.at(i-1) {
				list = append(list, int(i))
			}
		}
	}
	return list
}

// cut forgets the samples from n on.
func (t *runTable) cut(n uint32) {
	if n >= t.n {
		return
	}
	t.n = n
	if t.dense {
		t.plain.cut(n)
		return
	}
	k := 0
	if n > 0 {
		k = t.run(n-1) + 1
	}
	t.first, t.value = t.first[:k], t.value[:k]
}

func (t *runTable) compact() {
	t.first, t.value = compact(t.first), compact(t.value)
	t.plain.compact()
}

// clip makes appending copy the table.
func (t *runTable) clip() {
	t.first, t.value = slices.Clip(t.first), slices.Clip(t.value)
	t.plain.clip()
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
	if !t.dense && i < t.n {
		c.k = t.run(i)
		c.end, c.value = t.runEnd(c.k), t.value[c.k]
	}
	return c
}

func (c *runCursor) at(i uint32) uint32 {
	if c.t.dense {
		return c.t.plain.at(i)
	}
	if i >= c.end {
		c.k++
		c.end, c.value = c.t.runEnd(c.k), c.t.value[c.k]
	}
	return c.value
}
