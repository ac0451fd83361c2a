package mp4

import (
	"encoding/binary"
	"iter"
	"slices"
)

// pages is an array of 32-bit values that grows without moving what is there:
// an index of a long film would else be copied many times over while it is
// read. What is in it never changes, so that a copy of it stays good while it
// grows.
type pages struct {
	full [][]uint32 // of pageSize values each
	tail []uint32   // the values behind them
}

// pageSize is a power of two.
const pageSize = 4096

// room makes room in the tail for at least one value more.
func (p *pages) room() {
	if len(p.tail) == pageSize {
		p.full = append(p.full, p.tail)
		p.tail = nil
	}
	if len(p.tail) == cap(p.tail) {
		p.tail = append(make([]uint32, 0, pageSize), p.tail...)
	}
}

func (p *pages) add(v uint32) {
	if len(p.tail) == cap(p.tail) || len(p.tail) == pageSize {
		p.room()
	}
	p.tail = append(p.tail, v)
}

// addColumn appends one value for each entry of a trun from one on, and adds
// them up; bits are those that any of them has.
func (p *pages) addColumn(c column, from uint32) (total int64, bits uint32) {
	size := c.size
	for i := from; i < c.count; {
		p.room()
		n := min(int(c.count-i), min(cap(p.tail), pageSize)-len(p.tail))
		room := p.tail[len(p.tail) : len(p.tail)+n]
		p.tail = p.tail[:len(p.tail)+n]
		b, at := c.b[int(i)*c.size:], 0
		for k := range room {
			v := binary.BigEndian.Uint32(b[at : at+4])
			room[k] = v
			total += int64(v)
			bits |= v
			at += size
		}
		i += uint32(n)
	}
	return total, bits
}

func (p *pages) at(i uint32) uint32 {
	if k := int(i / pageSize); k < len(p.full) {
		return p.full[k][i%pageSize]
	}
	return p.tail[i%pageSize]
}

// page is the page that holds value i.
func (p *pages) page(i uint32) []uint32 {
	if k := int(i / pageSize); k < len(p.full) {
		return p.full[k]
	}
	return p.tail
}

// spans gives the values [from, to) in pieces.
func (p *pages) spans(from, to uint32) iter.Seq[[]uint32] {
	return func(yield func([]uint32) bool) {
		for from < to {
			page, begin := p.page(from), from%pageSize
			end := min(to-from+begin, uint32(len(page)))
			if !yield(page[begin:end]) {
				return
			}
			from += end - begin
		}
	}
}

// cut forgets the values from n on.
func (p *pages) cut(n uint32) {
	rest := n % pageSize
	p.tail = p.page(n)[:rest:rest]
	p.full = p.full[:min(int(n/pageSize), len(p.full))]
}

// compact gives back memory that is not used.
func (p *pages) compact() { p.full, p.tail = compact(p.full), compact(p.tail) }

// clip makes appending copy the last page.
func (p *pages) clip() { p.full, p.tail = slices.Clip(p.full), slices.Clip(p.tail) }
