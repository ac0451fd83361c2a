package box

import (
	"encoding/binary"
	"fmt"
)

// Cursor reads big-endian fields one after another. Reading past the end gives
// zeros and is remembered: read all fields, ask Err once at the end.
type Cursor struct {
	b     []byte
	short bool
}

// NewCursor reads from b.
func NewCursor(b []byte) *Cursor { return &Cursor{b: b} }

// Left is the number of bytes not read yet.
func (c *Cursor) Left() int { return len(c.b) }

// OK tells whether all reads so far found their bytes.
func (c *Cursor) OK() bool { return !c.short }

// Err is a FormatError for the box of that path and offset if a read went past
// its end.
func (c *Cursor) Err(path string, offset int64) error {
	if c.short {
		return Errorf(path, offset, "is too short for its fields")
	}
	return nil
}

// Bytes returns the next n bytes without copying them, or nil.
func (c *Cursor) Bytes(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.short, c.b = true, nil
		return nil
	}
	b := c.b[:n:n]
	c.b = c.b[n:]
	return b
}

// Skip passes over n bytes.
func (c *Cursor) Skip(n int) { c.Bytes(n) }

// U8 reads 8 bits.
func (c *Cursor) U8() uint8 {
	if b := c.Bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// U16 reads 16 bits.
func (c *Cursor) U16() uint16 {
	if b := c.Bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// U24 reads 24 bits.
func (c *Cursor) U24() uint32 { return uint32(c.U8())<<16 | uint32(c.U16()) }

// U32 reads 32 bits.
func (c *Cursor) U32() uint32 {
	if b := c.Bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// U64 reads 64 bits.
func (c *Cursor) U64() uint64 {
	if b := c.Bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Type reads a four-character code.
func (c *Cursor) Type() Type {
	if b := c.Bytes(4); b != nil {
		return Type(b)
	}
	return Type{}
}

// FullBox reads the version and flags that a FullBox begins with (section
// 4.2.2).
func (c *Cursor) FullBox() (version uint8, flags uint32) { return c.U8(), c.U24() }

func bytesText(n int64) string { return fmt.Sprintf("%d bytes", n) }

// Each calls visit with the type and payload of each box in b, the payload of
// the box of that path, which begins at offset in the file. It ends with the
// first error of visit. A child that does not fit is a FormatError; a
// remainder too short for a header is passed over.
func Each(path string, b []byte, offset int64, visit func(t Type, body []byte) error) error {
	for at := 0; len(b)-at >= 8; {
		h, err := ParseHeader(b[at:], offset+int64(at), offset+int64(len(b)))
		if err != nil {
			return within(path, err)
		}
		if h.Size > int64(len(b)-at) {
			return Errorf(join(path, h.Type.String()), offset+int64(at), "does not fit into its container")
		}
		if err := visit(h.Type, b[at+int(h.HeadSize):at+int(h.Size)]); err != nil {
			return err
		}
		at += int(h.Size)
	}
	return nil
}
