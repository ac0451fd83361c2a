// Package box is the grammar of ISO base media files (ISO/IEC 14496-12,
// section 4.2): headers, bounded reading and writing of boxes. It knows what
// boxes look like, not what they mean.
package box

import (
	"encoding/binary"
	"strconv"
)

// Type is a four-character code.
type Type [4]byte

// T makes a Type of a string of four bytes.
func T(s string) Type {
	if len(s) != 4 {
		panic("internal: a box type has four characters: " + strconv.Quote(s))
	}
	return Type([]byte(s))
}

// String returns the code, with bytes that can't be printed escaped.
func (t Type) String() string {
	for _, c := range t {
		if c < 0x20 || c > 0x7e {
			q := strconv.QuoteToASCII(string(t[:]))
			return q[1 : len(q)-1]
		}
	}
	return string(t[:])
}

// Header is what stands before a box's payload.
type Header struct {
	Type     Type
	UserType [16]byte // of a "uuid" box
	Offset   int64    // of the box in the file, in bytes
	Size     int64    // of the whole box with its header, in bytes
	HeadSize int64    // of the header: 8, 16, 24 or 32 bytes
	ToEnd    bool     // the size was given as 0: the box goes to the end of its container
}

// MaxHeadSize is the size in bytes of the longest header: a 64-bit size and a
// user type.
const MaxHeadSize = 32

// End is the offset of the first byte after the box.
func (h Header) End() int64 { return h.Offset + h.Size }

// Body is the offset of the first byte of the payload.
func (h Header) Body() int64 { return h.Offset + h.HeadSize }

// BodySize is the number of bytes of the payload.
func (h Header) BodySize() int64 { return h.Size - h.HeadSize }

var typeUUID = T("uuid")

// ParseHeader reads the header that b begins with. The box begins at offset
// and its container ends at limit; the size is not checked against the limit,
// since a box that goes on past the end of a cut file may still be of use.
func ParseHeader(b []byte, offset, limit int64) (Header, error) {
	if len(b) < 8 {
		return Header{}, Errorf("", offset, "%d bytes left, too few for a box header", limit-offset)
	}
	h := Header{Type: Type(b[4:8]), Offset: offset, HeadSize: 8}
	switch size := binary.BigEndian.Uint32(b); size {
	case 0:
		h.Size, h.ToEnd = limit-offset, true
	case 1:
		if len(b) < 16 {
			return h, Errorf(h.Type.String(), offset, "the 64-bit size is cut off")
		}
		large := binary.BigEndian.Uint64(b[8:])
		if large > 1<<62 {
			return h, Errorf(h.Type.String(), offset, "says it is %d bytes long", large)
		}
		h.Size, h.HeadSize = int64(large), 16
	default:
		h.Size = int64(size)
	}
	if h.Type == typeUUID {
		at := int(h.HeadSize)
		if len(b) < at+16 {
			return h, Errorf("uuid", offset, "the user type is cut off")
		}
		h.UserType = [16]byte(b[at : at+16])
		h.HeadSize += 16
	}
	if h.Size < h.HeadSize {
		return h, Errorf(h.Type.String(), offset, "says it is %d bytes long, shorter than its own header", h.Size)
	}
	return h, nil
}
