package mp4

import (
	"math"
	"slices"
	"sort"
)

// Index is all samples of a track in decode order, kept in runs. Samples are
// numbered from 0.
type Index struct {
	n        uint32
	times    timeTable
	offsets  runTable // composition offsets, as the bits of an int32
	sizes    runTable
	entries  runTable // sample description indexes
	chunks   chunkTable
	sync     syncTable
	latest   []int64 // latest presentation time up to the end of each whole stretch; nil where samples are not reordered
	total    int64   // bytes of all samples
	minCTO   int32
	maxCTO   int32
	maxDelta uint32
	done     uint32 // samples that finish has seen
	divided  int    // chunks that it has
}

// syncTable lists the samples at which decoding can start.
type syncTable struct {
	some bool     // not all samples are sync
	list []uint32 // those that are, ascending, when only some are
}

func (t *syncTable) add(first, count uint32, sync bool) {
	if count == 0 || sync && !t.some {
		return
	}
	if !t.some {
		t.some = true
		t.list = make([]uint32, first)
		for i := range t.list {
			t.list[i] = uint32(i)
		}
	}
	if sync {
		for i := range count {
			t.list = append(t.list, first+i)
		}
	}
}

// Len is the number of samples.
func (x *Index) Len() int { return int(x.n) }

// TotalSize is the number of bytes of all samples together.
func (x *Index) TotalSize() int64 { return x.total }

// Start is the decode time of the first sample and End that after the last
// one, in ticks.
func (x *Index) Start() int64 {
	if x.n == 0 {
		return 0
	}
	return x.times.start[0]
}

// End is the decode time after the last sample, in ticks.
func (x *Index) End() int64 { return x.times.end }

// Reorder gives the bounds of the composition offsets, in ticks.
func (x *Index) Reorder() (least, most int32) { return x.minCTO, x.maxCTO }

// Uneven tells whether samples follow each other without gaps, and some, the
// last aside, last longer than others by more than so many ticks.
func (x *Index) Uneven(ticks uint32) bool {
	t := &x.times
	least, most := uint32(math.MaxUint32), uint32(0)
	for k, delta := range t.delta {
		n := t.runEnd(k) - t.first[k]
		if k+1 < len(t.start) && t.start[k]+int64(n)*int64(delta) != t.start[k+1] {
			return false
		}
		if n > 0 && (t.runEnd(k) < t.n || n > 1) {
			least, most = min(least, delta), max(most, delta)
		}
	}
	return most > least && most-least > ticks
}

// At returns sample i.
func (x *Index) At(i int) Sample {
	c := x.Cursor(i)
	s, _ := c.Next()
	return s
}

// EntryChanges lists the samples that use another sample entry than the one
// before them.
func (x *Index) EntryChanges() []int { return x.entries.changes() }

// EntriesUsed lists the sample description indexes that samples have, ascending.
func (x *Index) EntriesUsed() []uint32 {
	var list []uint32
	for values := range x.entries.values(0) {
		for _, v := range values {
			if k, found := slices.BinarySearch(list, v); !found {
				list = slices.Insert(list, k, v)
			}
		}
	}
	return list
}

// Search returns the first sample decoded at or after dts; Len if there is
// none.
func (x *Index) Search(dts int64) int { return int(x.times.search(dts)) }

// SearchPTS returns the first sample in decode order that is presented at or
// after pts (media time); Len if there is none.
func (x *Index) SearchPTS(pts int64) int {
	if x.minCTO == x.maxCTO {
		return x.Search(pts - int64(x.maxCTO))
	}
	// Neither stretches that are over by then nor samples decoded too early for
	// any offset can hold it.
	k, _ := slices.BinarySearch(x.latest, pts)
	i := max(uint32(k*stretch), x.times.search(pts-int64(x.maxCTO)))
	times, offsets := x.times.cursor(i), x.offsets.cursor(i)
	for ; i < x.n; i++ {
		dts, _ := times.next(i)
		if dts+int64(int32(offsets.at(i))) >= pts {
			break
		}
	}
	return int(i)
}

// PTS is the presentation time of sample i (media time), which costs less than
// all of the sample.
func (x *Index) PTS(i int) int64 {
	dts, _ := x.times.at(uint32(i))
	return dts + int64(int32(x.offsets.at(uint32(i))))
}

// AllSync tells whether decoding can start at every sample.
func (x *Index) AllSync() bool { return !x.sync.some }

// SyncBefore returns the last sync sample at or before sample i; -1 if there
// is none.
func (x *Index) SyncBefore(i int) int {
	if !x.sync.some || i < 0 {
		return min(i, x.Len()-1)
	}
	k := sort.Search(len(x.sync.list), func(k int) bool { return int(x.sync.list[k]) > i })
	if k == 0 {
		return -1
	}
	return int(x.sync.list[k-1])
}

// SyncAfter returns the first sync sample at or after sample i; Len if there
// is none.
func (x *Index) SyncAfter(i int) int {
	i = max(i, 0)
	if !x.sync.some {
		return min(i, x.Len())
	}
	k, _ := slices.BinarySearch(x.sync.list, uint32(min(i, x.Len())))
	if k == len(x.sync.list) {
		return x.Len()
	}
	return int(x.sync.list[k])
}

// Cursor walks samples in decode order, from sample i on.
func (x *Index) Cursor(i int) Cursor {
	c := Cursor{x: x, i: uint32(min(max(i, 0), x.Len()))}
	if c.i == x.n {
		return c
	}
	c.times = x.times.cursor(c.i)
	c.offsets = x.offsets.cursor(c.i)
	c.sizes = x.sizes.cursor(c.i)
	c.entries = x.entries.cursor(c.i)
	c.chunk = runOf(x.chunks.first, c.i)
	c.chunkEnd = x.chunkEnd(c.chunk)
	first := x.chunks.first[c.chunk]
	c.place = x.chunks.at(c.chunk) + x.sizes.sum(first, c.i)
	if x.sync.some {
		c.sync, _ = slices.BinarySearch(x.sync.list, c.i)
	}
	return c
}

func (x *Index) chunkEnd(k int) uint32 {
	if k+1 < len(x.chunks.first) {
		return x.chunks.first[k+1]
	}
	return x.n
}

// Cursor is a place in an Index.
type Cursor struct {
	x        *Index
	i        uint32
	times    timeCursor
	offsets  runCursor
	sizes    runCursor
	entries  runCursor
	chunk    int
	chunkEnd uint32
	place    int64
	sync     int
}

// Next returns the sample at the cursor and moves on; false at the end.
func (c *Cursor) Next() (Sample, bool) {
	x, i := c.x, c.i
	if i >= x.n {
		return Sample{}, false
	}
	if i >= c.chunkEnd {
		c.chunk++
		c.chunkEnd = x.chunkEnd(c.chunk)
		c.place = x.chunks.at(c.chunk)
	}
	s := Sample{Offset: c.place, Size: c.sizes.at(i), CTO: int32(c.offsets.at(i)), Description: c.entries.at(i), Sync: true}
	s.DTS, s.Duration = c.times.next(i)
	if x.sync.some {
		list := x.sync.list
		s.Sync = c.sync < len(list) && list[c.sync] == i
		if s.Sync {
			c.sync++
		}
	}
	c.place += int64(s.Size)
	c.i++
	return s, true
}

// cut forgets the samples from n on.
func (x *Index) cut(n uint32) {
	if n >= x.n {
		return
	}
	if n < x.done {
		x.latest, x.minCTO, x.maxCTO, x.maxDelta, x.done, x.divided = nil, 0, 0, 0, 0, 0
	}
	x.total -= x.sizes.sum(n, x.n)
	x.n = n
	x.times.cut(n)
	x.offsets.cut(n)
	x.sizes.cut(n)
	x.entries.cut(n)
	k := sort.Search(len(x.chunks.first), func(k int) bool { return x.chunks.first[k] >= n })
	x.chunks.cut(k)
	if x.sync.some {
		k, _ := slices.BinarySearch(x.sync.list, n)
		x.sync.list = x.sync.list[:k]
	}
}

// mark is how far an index goes.
type mark struct {
	n      uint32
	runs   int   // of times
	end    int64 // the time after the last sample
	chunks int
	total  int64
	some   bool // not all samples are sync
	sync   int  // how many are, if some
}

func (x *Index) mark() mark {
	return mark{x.n, len(x.times.first), x.times.end, len(x.chunks.first), x.total, x.sync.some, len(x.sync.list)}
}

// undo forgets all that came behind a mark.
func (x *Index) undo(m mark) {
	x.n, x.total = m.n, m.total
	t := &x.times
	t.first, t.start, t.delta, t.n, t.end = t.first[:m.runs], t.start[:m.runs], t.delta[:m.runs], m.n, m.end
	x.offsets.cut(m.n)
	x.sizes.cut(m.n)
	x.entries.cut(m.n)
	x.chunks.cut(m.chunks)
	x.sync = syncTable{some: m.some, list: x.sync.list[:m.sync]}
}

// finish is called once all samples are in. Where it was called before, and
// samples came since, it looks at those.
func (x *Index) finish() {
	if x.done < x.n {
		for _, d := range x.times.delta[runOf(x.times.first, x.done):] {
			x.maxDelta = max(x.maxDelta, d)
		}
		x.bound()
	}
	x.divide()
	x.noteLatest()
	x.done = x.n
}

// compact gives back memory that is not used.
func (x *Index) compact() {
	x.times.compact()
	x.offsets.compact()
	x.sizes.compact()
	x.entries.compact()
	x.chunks.compact()
	x.sync.list = compact(x.sync.list)
}

// clip makes appending copy the tables.
func (x *Index) clip() {
	x.times.clip()
	x.offsets.clip()
	x.sizes.clip()
	x.entries.clip()
	x.chunks.clip()
	x.sync.list, x.latest = slices.Clip(x.sync.list), slices.Clip(x.latest)
}

// stretch is how many samples a look-up may have to walk over.
const stretch = 1024

// divide splits long chunks, so that the place of a sample is found without
// adding up the sizes of thousands of others. Where sizes are few, adding up is
// cheap already.
func (x *Index) divide() {
	if !x.sizes.dense && len(x.sizes.first) < stretch {
		return
	}
	if x.longestChunk() > stretch {
		divided := x.chunks
		divided.cut(x.divided)
		divided.clip() // there may be copies of the table
		for k := x.divided; k < len(x.chunks.first); k++ {
			first, offset, end := x.chunks.first[k], x.chunks.at(k), x.chunkEnd(k)
			divided.add(first, offset)
			for end-first > stretch {
				offset += x.sizes.sum(first, first+stretch)
				first += stretch
				divided.add(first, offset)
			}
		}
		divided.longest = stretch
		x.chunks = divided
	}
	x.divided = len(x.chunks.first)
}

// longestChunk is the most samples that a chunk may have.
func (x *Index) longestChunk() uint32 {
	k := len(x.chunks.first)
	if k == 0 {
		return 0
	}
	return max(x.chunks.longest, x.n-x.chunks.first[k-1])
}

// noteLatest fills the table that finds presentation times, which do not
// ascend where pictures are reordered. However a file lies about composition
// offsets, a look-up walks one stretch and no more.
func (x *Index) noteLatest() {
	if x.minCTO == x.maxCTO {
		return
	}
	first, most := uint32(len(x.latest))*stretch, int64(minTime)
	if first > 0 {
		most = x.latest[len(x.latest)-1]
	}
	for ; x.n-first >= stretch; first += stretch {
		most = max(most, x.latestOf(first, first+stretch))
		x.latest = append(x.latest, most)
	}
}

// latestOf is the latest presentation time of the samples [from, to).
func (x *Index) latestOf(from, to uint32) int64 {
	most := int64(minTime)
	for k := runOf(x.times.first, from); from < to; k++ {
		end := min(x.times.runEnd(k), to)
		delta := int64(x.times.delta[k])
		dts := x.times.start[k] + int64(from-x.times.first[k])*delta
		x.offsets.spans(from, end, func(count int64, values []uint32) {
			step, at, latest := count*delta, dts-delta, most
			for _, v := range values {
				at += step
				latest = max(latest, at+int64(int32(v)))
			}
			dts, most = at+delta, latest
		})
		from = end
	}
	return most
}

// bound widens the bounds of composition offsets by those of new samples.
func (x *Index) bound() {
	if x.done == 0 {
		x.minCTO = int32(x.offsets.at(0))
		x.maxCTO = x.minCTO
	}
	for span := range x.offsets.values(x.done) {
		least, most := x.minCTO, x.maxCTO
		for _, v := range span {
			least, most = min(least, int32(v)), max(most, int32(v))
		}
		x.minCTO, x.maxCTO = least, most
	}
}
