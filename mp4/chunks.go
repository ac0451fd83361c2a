package mp4

import "slices"

// chunkTable says where runs of contiguous samples begin. A place takes 32
// bits: the upper half of an offset is the same for long stretches.
type chunkTable struct {
	first []uint32 // first sample of each chunk
	low   []uint32 // its place in the file, the lower 32 bits
	high  runTable // and the upper ones
}

func (t *chunkTable) add(first uint32, offset int64) {
	t.first = append(t.first, first)
	t.low = append(t.low, uint32(offset))
	if high := uint32(offset >> 32); !t.high.again(high) {
		t.high.add(1, high)
	}
}

// newChunkTable makes room for n chunks, which must be known to be there.
func newChunkTable(n uint32) chunkTable {
	return chunkTable{first: make([]uint32, 0, n), low: make([]uint32, 0, n)}
}

// at is the place of chunk k.
func (t *chunkTable) at(k int) int64 {
	return int64(t.high.at(uint32(k)))<<32 | int64(t.low[k])
}

// furthest is where the last in the file of the chunks from one on begins.
func (t *chunkTable) furthest(from int) int64 {
	most := int64(0)
	low := t.low[from:]
	t.high.spans(uint32(from), uint32(len(t.low)), func(count int64, values []uint32) {
		for _, high := range values {
			most = max(most, int64(high)<<32|int64(slices.Max(low[:count])))
			low = low[count:]
		}
	})
	return most
}

// cut forgets the chunks from k on.
func (t *chunkTable) cut(k int) {
	t.first, t.low = t.first[:k], t.low[:k]
	t.high.cut(uint32(k))
}

func (t *chunkTable) compact() {
	t.first, t.low = compact(t.first), compact(t.low)
	t.high.compact()
}

// clip makes appending copy the table.
func (t *chunkTable) clip() {
	t.first, t.low = slices.Clip(t.first), slices.Clip(t.low)
	t.high.clip()
}
