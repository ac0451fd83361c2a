package mp4

import (
	"encoding/binary"

	"vodsrv/mp4/box"
)

// piffSenc is the user type of PIFF's senc.
var piffSenc = [16]byte{0xa2, 0x39, 0x4f, 0x52, 0x5a, 0x9b, 0x4f, 0x14, 0xa2, 0x44, 0x6c, 0x42, 0x7c, 0x64, 0x8d, 0xf4}

// Flags of senc (ISO/IEC 23001-7, section 7.2) and of PIFF's.
const (
	sencOverride   = 1 // PIFF: the box has a vector size and key of its own
	sencSubsamples = 2
)

// readSenc reads where the vectors of samples stand in a senc box. Sizes are
// those of saiz where they fill the box, else they are read from the box.
func (b *besides) readSenc(h box.Header, sizes *runTable) error {
	path := b.pathOf(typeSenc)
	head, err := b.src.Bytes(h.Body(), int(min(8, h.BodySize())))
	if err != nil {
		return err
	}
	c := box.NewCursor(head)
	_, flags := c.FullBox()
	count := min(c.U32(), b.n)
	if err := c.Err(path, h.Offset); err != nil {
		return err
	}
	if h.UserType == piffSenc && flags&sencOverride != 0 {
		return &UnsupportedError{Box: path, Offset: h.Offset, Reason: "has a key of its own, which vodsrv does not copy"}
	}
	at := h.Body() + 8
	if sizes == nil || sizes.n == 0 || sizes.sum(0, sizes.n) != h.End()-at {
		if sizes, err = b.walkSenc(h, at, count, flags&sencSubsamples != 0); err != nil {
			return err
		}
	}
	if sizes.n == 0 || sizes.sum(0, sizes.n) == 0 {
		if count > 0 && h.End() > at {
			return box.Errorf(path, h.Offset, "has %d bytes for samples that need none", h.End()-at)
		}
		return nil
	}
	b.form = Vector
	if flags&sencSubsamples != 0 {
		b.form = Subsamples
	}
	return b.add(h, auxiliaryKey{}, sizes, []int64{at})
}

// walkSenc finds the size of each sample's entry in a senc box.
func (b *besides) walkSenc(h box.Header, at int64, count uint32, subsamples bool) (*runTable, error) {
	path, sizes := b.pathOf(typeSenc), &runTable{}
	vector := b.vectors()
	for i := range count {
		size := int64(max(0, vector(i)))
		if subsamples && at+size+2 <= h.End() {
			n, err := b.src.Bytes(at+size, 2)
			if err != nil {
				return nil, err
			}
			size += 2 + 6*int64(binary.BigEndian.Uint16(n))
		} else if subsamples {
			size += 2
		}
		if at += size; at > h.End() {
			return nil, box.Errorf(path, h.Offset, "ends before the entry of sample %d of %d", i+1, count)
		}
		sizes.add(1, uint32(size))
	}
	return sizes, nil
}

// vectors tells how many bytes the initialization vector of a sample, counted
// from b.first, has: what the sample's group says (section 6), else its sample
// entry; -1 where nothing says so.
func (b *besides) vectors() func(i uint32) int {
	entries, groups := &b.t.Index.entries, b.t.groups(box.T("seig"))
	return func(i uint32) int {
		if groups != nil {
			if d := groups.of(b.first + i); len(d) >= 4 {
				return int(d[3])
			}
		}
		if entry := b.t.Entry(entries.at(b.first + i)); entry.Encrypted {
			return int(entry.VectorSize)
		}
		return -1
	}
}

// addForms works out what the information of each sample is.
func (b *besides) addForms(a *Auxiliary, key auxiliaryKey, sizes *runTable) {
	vector := b.vectors()
	i := uint32(0)
	sizes.each(0, sizes.n, func(count, size uint32) {
		switch {
		case size == 0:
			a.forms.add(count, uint32(NoInformation))
		case key != (auxiliaryKey{}):
			a.forms.add(count, uint32(OtherForm))
		case b.form != NoInformation:
			a.forms.add(count, uint32(b.form))
		default:
			for k := range count {
				a.forms.add(1, uint32(formOf(size, vector(i+k))))
			}
		}
		i += count
	})
}

// formOf tells by its size what the information of a sample is whose vector
// has so many bytes; it is below zero where that is unknown.
func formOf(size uint32, vector int) Form {
	rest := int(size) - vector
	switch {
	case vector >= 0 && rest == 0:
		return Vector
	case vector >= 0 && rest >= 2 && (rest-2)%6 == 0:
		return Subsamples
	}
	return OtherForm
}
