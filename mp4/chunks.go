package mp4

import (
	"encoding/binary"
	"slices"
)

// chunkTable says where runs of contiguous samples begin. A place takes 32
// bits: the upper half of an offset is the same for long stretches.
type chunkTable struct {
	first []uint32 // first sample of each chunk
	low   []uint32 // its place in the file, the lower 32 bits
	high  runTable // and the upper ones

	furthest int64  // no chunk begins behind it
	longest  uint32 // no chunk but the last has more samples
}

func (t *chunkTable) add(first uint32, offset int64) {
	if k := len(t.first); k > 0 {
		t.longest = max(t.longest, first-t.first[k-1])
	}
	t.furthest = max(t.furthest, offset)
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

// addColumn appends chunks of so many samples each, from one on, whose places
// stand in b, of 4 or 8 bytes each. It stops at a place that can't be, and
// returns how many it has appended.
func (t *chunkTable) addColumn(first, samples uint32, b []byte, size int) int {
	n, at := len(b)/size, len(t.first)
	if n == 0 {
		return 0
	}
	if at > 0 {
		t.longest = max(t.longest, first-t.first[at-1])
	}
	t.longest = max(t.longest, samples)
	t.first, t.low = slices.Grow(t.first, n)[:at+n], slices.Grow(t.low, n)[:at+n]
	starts := t.first[at:]
	for k := range starts {
		starts[k] = first
		first += samples
	}
	if size == 4 {
		t.addPlaces(t.low[at:], b)
	} else if done := t.addLargePlaces(t.low[at:], b); done < n {
		t.first, t.low, n = t.first[:at+done], t.low[:at+done], done
	}
	return n
}

// addPlaces reads places of 4 bytes.
func (t *chunkTable) addPlaces(low []uint32, b []byte) {
	furthest := uint32(0)
	for k := range low {
		v := binary.BigEndian.Uint32(b[4*k:])
		low[k] = v
		furthest = max(furthest, v)
	}
	t.furthest = max(t.furthest, int64(furthest))
	t.high.add(uint32(len(low)), 0)
}

// maxPlace is behind all places that there can be.
const maxPlace = 1 << 62

// addLargePlaces reads places of 8 bytes, up to one that can't be.
func (t *chunkTable) addLargePlaces(low []uint32, b []byte) int {
	high, alike, furthest := uint32(0), uint32(0), uint64(0)
	k := 0
	for ; k < len(low); k++ {
		v := binary.BigEndian.Uint64(b[8*k:])
		if v >= maxPlace {
			break
		}
		if h := uint32(v >> 32); h != high {
			t.high.add(alike, high)
			high, alike = h, 0
		}
		alike++
		low[k] = uint32(v)
		furthest = max(furthest, v)
	}
	t.high.add(alike, high)
	t.furthest = max(t.furthest, int64(furthest))
	return k
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
