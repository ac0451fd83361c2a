package mp4

import (
	"io"
	"slices"

	"vodsrv/mp4/box"
)

const (
	// maxListed bounds how many fragments Listed tells of.
	maxListed = 1 << 20
	// listedBoxes bounds how many top-level boxes it looks at for a sidx.
	listedBoxes = 16
)

// Listed tells where an index of a fragmented film, mfra or sidx, says that moof
// boxes lie, in order; nil if there is none that can be read. Nothing of it is
// checked: it is for who wants to read many at once that are probably there.
func Listed(r io.ReaderAt, size int64) []int64 {
	src := box.NewSource(r, size)
	offsets := listedByMfra(src)
	if len(offsets) == 0 {
		offsets = listedBySidx(src)
	}
	slices.Sort(offsets)
	offsets = slices.Compact(offsets)
	return slices.DeleteFunc(offsets, func(at int64) bool { return at <= 0 || at >= size })
}

// listedByMfra reads all that mfra lists (section 8.8.9).
func listedByMfra(src *box.Source) (offsets []int64) {
	const mfroSize = 16
	b, err := src.Bytes(src.Size()-mfroSize, mfroSize)
	if err != nil {
		return nil
	}
	c := box.NewCursor(b)
	if c.U32() != mfroSize || c.Type() != box.T("mfro") {
		return nil
	}
	c.FullBox()
	mfra, err := src.Header(max(src.Size()-int64(c.U32()), 0), src.Size())
	if err != nil || mfra.Type != box.T("mfra") || mfra.End() != src.Size() {
		return nil
	}
	err = src.Children("mfra", mfra.Body(), mfra.End(), func(h box.Header) error {
		if h.Type != box.T("tfra") {
			return nil
		}
		body, err := src.Body("mfra/tfra", h, box.MaxRead)
		if err == nil {
			offsets = append(offsets, tfraOffsets(body, maxListed-len(offsets))...)
		}
		return err
	})
	if err != nil {
		return nil
	}
	return offsets
}

// tfraOffsets reads the offsets of one track (section 8.8.10), so many at most.
func tfraOffsets(body []byte, most int) (offsets []int64) {
	c := box.NewCursor(body)
	version, _ := c.FullBox()
	c.Skip(4)
	lengths := c.U32()
	numbers := int(lengths>>4&3) + int(lengths>>2&3) + int(lengths&3) + 3
	for n := c.U32(); n > 0 && c.Left() > 0 && len(offsets) < most; n-- {
		if version == 1 {
			c.Skip(8)
			offsets = append(offsets, int64(min(c.U64(), 1<<62)))
		} else {
			c.Skip(4)
			offsets = append(offsets, int64(c.U32()))
		}
		c.Skip(numbers)
	}
	return offsets
}

// listedBySidx adds up what the first sidx lists (section 8.16.3).
func listedBySidx(src *box.Source) (offsets []int64) {
	h := box.Header{}
	for range listedBoxes {
		more, err := src.Next("", src.Size(), &h)
		if err != nil || !more || h.Type == typeMoof {
			return nil
		}
		if h.Type != box.T("sidx") {
			continue
		}
		body, err := src.Body("sidx", h, box.MaxRead)
		if err != nil {
			return nil
		}
		c := box.NewCursor(body)
		version, _ := c.FullBox()
		c.Skip(8)
		at := h.End()
		if version == 0 {
			c.Skip(4)
			at += int64(c.U32())
		} else {
			c.Skip(8)
			at += int64(min(c.U64(), 1<<61))
		}
		c.Skip(2)
		for n := c.U16(); n > 0 && c.Left() > 0; n-- {
			offsets = append(offsets, at)
			at += int64(c.U32() &^ (1 << 31))
			c.Skip(8)
		}
		return offsets
	}
	return nil
}
