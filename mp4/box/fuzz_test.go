package box

import (
	"bytes"
	"slices"
	"testing"

	gomp4 "github.com/abema/go-mp4"
)

// FuzzParseHeader walks over the same bytes in memory and through a Source:
// both must see the same boxes, each within its container.
func FuzzParseHeader(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x0aaaaaAB\x00\x00\x00\x08bbbb\x00\x00\x00\x00"), int64(0))
	f.Add([]byte("\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x11A"), int64(1000))
	f.Add([]byte("\x00\x00\x00\x01uuid\x00\x00\x00\x00\x00\x00\x00\x200123456789abcdef"), int64(1<<40))
	f.Fuzz(func(t *testing.T, b []byte, offset int64) {
		offset &= 1<<62 - 1
		limit := offset + int64(len(b))
		h, err := ParseHeader(b, offset, limit)
		if err == nil {
			if h.Size < h.HeadSize || h.HeadSize < 8 || h.HeadSize > MaxHeadSize || h.HeadSize > int64(len(b)) || h.BodySize() < 0 {
				t.Fatalf("%d bytes gave %+v", len(b), h)
			}
			if h.End() < offset || h.Body() > h.End() {
				t.Fatalf("body at %d, end at %d, box at %d", h.Body(), h.End(), offset)
			}
		}
		var inMemory [][]byte
		total := 0
		errEach := Each("", b, offset, func(_ Type, body []byte) error {
			inMemory = append(inMemory, slices.Clone(body))
			total += 8 + len(body)
			return nil
		})
		if total > len(b) {
			t.Fatalf("%d bytes hold boxes of %d", len(b), total)
		}
		i := 0
		s := NewSource(bytes.NewReader(b), int64(len(b)))
		errChildren := s.Children("", 0, int64(len(b)), func(h Header) error {
			if i == len(inMemory) {
				t.Fatalf("Children sees %+v, Each does not", h)
			}
			if want := b[h.Body():h.End()]; !bytes.Equal(want, inMemory[i]) {
				t.Fatalf("box %d: Children sees %x, Each %x", i, want, inMemory[i])
			}
			i++
			return nil
		})
		if i != len(inMemory) || (errEach == nil) != (errChildren == nil) {
			t.Fatalf("Each sees %d boxes (%v), Children %d (%v)", len(inMemory), errEach, i, errChildren)
		}
	})
}

// FuzzDecode guards against numbers in a file that would make go-mp4 panic or
// run on.
func FuzzDecode(f *testing.F) {
	boxes := []func() gomp4.IBox{
		func() gomp4.IBox { return &gomp4.Mvhd{} },
		func() gomp4.IBox { return &gomp4.Tkhd{} },
		func() gomp4.IBox { return &gomp4.Mdhd{} },
		func() gomp4.IBox { return &gomp4.Hdlr{} },
		func() gomp4.IBox { return &gomp4.Elst{} },
		func() gomp4.IBox { return &gomp4.Trex{} },
		func() gomp4.IBox { return &gomp4.Mehd{} },
		func() gomp4.IBox { return &gomp4.Tfhd{} },
		func() gomp4.IBox { return &gomp4.Tfdt{} },
		func() gomp4.IBox { return &gomp4.Esds{} },
	}
	f.Add(uint8(3), []byte("\x00\x00\x00\x00\x00\x00\x00\x00vide\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xffname"))
	f.Add(uint8(4), []byte("\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x01"))
	f.Add(uint8(9), []byte("\x00\x00\x00\x00\x05\xff\xff\xff\x7f\x00"))
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		dst := boxes[int(which)%len(boxes)]()
		if err := Decode("moov", 0, body, dst); err == nil && len(body) < 4 {
			t.Errorf("%d bytes were a whole %s", len(body), dst.GetType())
		}
	})
}
