package codec

// bitReader reads big-endian bit fields. Reading past the end gives zeros and is
// remembered.
type bitReader struct {
	b     []byte
	at    int // in bits
	short bool
}

func (r *bitReader) left() int { return len(r.b)*8 - r.at }

// u reads n bits, 32 at most.
func (r *bitReader) u(n int) uint32 {
	if n > r.left() {
		r.short, r.at = true, len(r.b)*8
		return 0
	}
	var v uint32
	for range n {
		v = v<<1 | uint32(r.b[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return v
}

func (r *bitReader) flag() bool { return r.u(1) == 1 }

func (r *bitReader) skip(n int) {
	if n > r.left() {
		r.short, n = true, r.left()
	}
	r.at += n
}

// align goes on to the next whole byte.
func (r *bitReader) align() { r.at = (r.at + 7) / 8 * 8 }
