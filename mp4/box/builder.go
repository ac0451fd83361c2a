package box

import (
	"encoding/binary"
	"math"
)

// Builder writes boxes into memory: Start, the fields and children, End. Sizes
// are filled in by End.
type Builder struct {
	b     []byte
	opens []int
}

// NewBuilder has room for about n bytes.
func NewBuilder(n int) *Builder { return &Builder{b: make([]byte, 0, n)} }

// Len is the number of bytes so far.
func (b *Builder) Len() int { return len(b.b) }

// Done returns what was written.
func (b *Builder) Done() []byte {
	if len(b.opens) != 0 {
		panic("internal: a box was not ended")
	}
	return b.b
}

// Start begins a box.
func (b *Builder) Start(t string) {
	b.opens = append(b.opens, len(b.b))
	b.U32(0)
	b.Type(T(t))
}

// StartFull begins a FullBox with a version and flags.
func (b *Builder) StartFull(t string, version uint8, flags uint32) {
	b.Start(t)
	b.U32(uint32(version)<<24 | flags&0xffffff)
}

// End ends the box begun last.
func (b *Builder) End() {
	at := b.opens[len(b.opens)-1]
	b.opens = b.opens[:len(b.opens)-1]
	n := len(b.b) - at
	if n > math.MaxUint32 {
		panic("internal: a box of more than 4 GiB was built in memory")
	}
	binary.BigEndian.PutUint32(b.b[at:], uint32(n))
}

// U8 writes 8 bits.
func (b *Builder) U8(v uint8) { b.b = append(b.b, v) }

// U16 writes 16 bits.
func (b *Builder) U16(v uint16) { b.b = binary.BigEndian.AppendUint16(b.b, v) }

// U32 writes 32 bits.
func (b *Builder) U32(v uint32) { b.b = binary.BigEndian.AppendUint32(b.b, v) }

// U64 writes 64 bits.
func (b *Builder) U64(v uint64) { b.b = binary.BigEndian.AppendUint64(b.b, v) }

// Type writes a four-character code.
func (b *Builder) Type(t Type) { b.b = append(b.b, t[:]...) }

// Bytes writes bytes as they are.
func (b *Builder) Bytes(p []byte) { b.b = append(b.b, p...) }

// Write makes a Builder an io.Writer; it never fails.
func (b *Builder) Write(p []byte) (int, error) {
	b.b = append(b.b, p...)
	return len(p), nil
}

// PatchU32 overwrites 32 bits at an earlier position.
func (b *Builder) PatchU32(at int, v uint32) { binary.BigEndian.PutUint32(b.b[at:], v) }
