package mp4

import "iter"

// pages is an array of 32-bit values that grows without moving what is there:
// an index of a long film would else be copied many times over while it is
// read.
type pages struct {
	list [][]uint32 // all of pageSize values but the last
	n    uint32
}

// pageSize is a power of two.
const pageSize = 4096

func (p *pages) add(v uint32) {
	if p.n%pageSize == 0 {
		p.list = append(p.list, make([]uint32, 0, pageSize))
	}
	last := &p.list[len(p.list)-1]
	*last = append(*last, v)
	p.n++
}

// addColumn appends one value for each entry of a trun from one on.
func (p *pages) addColumn(c column, from uint32) {
	for i := from; i < c.count; {
		if p.n%pageSize == 0 {
			p.list = append(p.list, make([]uint32, 0, pageSize))
		}
		page := p.list[len(p.list)-1]
		n := min(c.count-i, uint32(pageSize-len(page)))
		for k := range n {
			page = append(page, c.at(i+k))
		}
		p.list[len(p.list)-1] = page
		p.n += n
		i += n
	}
}

func (p *pages) at(i uint32) uint32 { return p.list[i/pageSize][i%pageSize] }

// spans gives the values [from, to) in pieces.
func (p *pages) spans(from, to uint32) iter.Seq[[]uint32] {
	return func(yield func([]uint32) bool) {
		for from < to {
			page := p.list[from/pageSize]
			end := min(to-from/pageSize*pageSize, uint32(len(page)))
			if !yield(page[from%pageSize : end]) {
				return
			}
			from = from/pageSize*pageSize + end
		}
	}
}

// cut forgets the values from n on.
func (p *pages) cut(n uint32) {
	p.n = n
	p.list = p.list[:(n+pageSize-1)/pageSize]
	if rest := n % pageSize; rest > 0 {
		last := &p.list[len(p.list)-1]
		*last = (*last)[:rest]
	}
}

// compact gives back memory that is not used.
func (p *pages) compact() {
	p.list = compact(p.list)
	if k := len(p.list); k > 0 {
		p.list[k-1] = compact(p.list[k-1])
	}
}
