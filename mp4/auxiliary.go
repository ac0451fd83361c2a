package mp4

import (
	"encoding/binary"

	"vodsrv/mp4/box"
)

// Auxiliary is sample auxiliary information of one type (sections 8.7.8 and
// 8.7.9): bytes that belong to samples but lie beside them, such as the
// initialization vectors of Common Encryption.
type Auxiliary struct {
	Type      box.Type // aux_info_type; zero stands for that of the track's encryption
	Parameter uint32   // aux_info_type_parameter

	sizes  runTable
	forms  runTable
	places chunkTable // where runs of bytes that lie one behind the other begin
	total  int64      // bytes of all samples
}

// Form says what the auxiliary information of a sample is (ISO/IEC 23001-7,
// section 7.1).
type Form uint8

// The forms of auxiliary information.
const (
	NoInformation Form = iota // no bytes
	Vector                    // an initialization vector
	Subsamples                // an initialization vector, which may be empty, and how much of the sample is encrypted
	OtherForm
)

// Span is a range of the file.
type Span struct {
	Offset int64 // in bytes
	Size   int64 // in bytes
}

// Each calls visit for each run of samples from [from, to) with as many bytes
// of information in one form.
func (a *Auxiliary) Each(from, to int, visit func(count int, size uint32, form Form)) {
	a.forms.each(uint32(from), uint32(to), func(n, form uint32) {
		a.sizes.each(uint32(from), uint32(from)+n, func(count, size uint32) { visit(int(count), size, Form(form)) })
		from += int(n)
	})
}

// Spans tells where the information of samples [from, to) lies.
func (a *Auxiliary) Spans(from, to int) []Span {
	var spans []Span
	i, end := uint32(from), min(uint32(to), a.sizes.n)
	if i >= end || len(a.places.first) == 0 {
		return nil
	}
	for k := max(0, runOf(a.places.first, i)); k < len(a.places.first) && a.places.first[k] < end; k++ {
		first, stop := a.places.first[k], end
		if k+1 < len(a.places.first) {
			stop = min(end, a.places.first[k+1])
		}
		start := max(i, first)
		spans = appendSpan(spans, Span{a.places.at(k) + a.sizes.sum(first, start), a.sizes.sum(start, stop)})
	}
	return spans
}

func appendSpan(spans []Span, s Span) []Span {
	if n := len(spans); n > 0 && spans[n-1].Offset+spans[n-1].Size == s.Offset {
		spans[n-1].Size += s.Size
		return spans
	}
	if s.Size == 0 {
		return spans
	}
	return append(spans, s)
}

// finish fills up and cuts the tables to n samples.
func (a *Auxiliary) finish(n uint32) {
	for _, t := range []*runTable{&a.sizes, &a.forms} {
		t.pad(n, 0)
		t.cut(n)
	}
}

func (a *Auxiliary) compact() {
	a.sizes.compact()
	a.forms.compact()
	a.places.compact()
}

// clip makes appending copy.
func (a *Auxiliary) clip() {
	a.sizes.clip()
	a.forms.clip()
	a.places.clip()
}

// auxiliaryKey names a type of auxiliary information.
type auxiliaryKey struct {
	kind      box.Type
	parameter uint32
}

// maxAuxiliary bounds the types of auxiliary information of a track.
const maxAuxiliary = 16

// isProtection tells whether an aux_info_type is that of the track's
// encryption.
func (b *besides) isProtection(t box.Type) bool {
	switch t {
	case box.Type{}, b.scheme, box.T("cenc"), box.T("cens"), box.T("cbc1"), box.T("cbcs"), box.T("piff"):
		return true
	}
	return false
}

// key reads the fields that saiz and saio begin with.
func (b *besides) key(c *box.Cursor) (key auxiliaryKey, version uint8) {
	version, flags := c.FullBox()
	if flags&1 != 0 {
		key = auxiliaryKey{c.Type(), c.U32()}
	}
	if b.isProtection(key.kind) {
		key.kind = box.Type{}
	}
	return key, version
}

// readAuxiliary reads saiz, saio and senc. The bytes in a senc box are taken
// for what saio points to even if saio says otherwise: tools that move boxes
// forget about it.
func (b *besides) readAuxiliary() error {
	for _, e := range b.t.Entries {
		if e.Encrypted && len(e.Scheme) == 4 {
			b.scheme = box.T(e.Scheme)
			break
		}
	}
	var sizes map[auxiliaryKey]*runTable
	var keys []auxiliaryKey
	var senc, saio []box.Header
	for _, h := range b.boxes {
		switch h.Type {
		case box.T("saiz"):
			key, list, err := b.readSaiz(h)
			if err != nil {
				return err
			}
			if sizes == nil {
				sizes = map[auxiliaryKey]*runTable{}
			}
			if sizes[key] == nil {
				sizes[key] = list
				keys = append(keys, key)
			}
		case box.T("saio"):
			saio = append(saio, h)
		case box.T("senc"), box.T("uuid"):
			senc = append(senc, h)
		}
	}
	protected := false
	if len(senc) > 0 {
		err := b.readSenc(senc[0], sizes[auxiliaryKey{}])
		if protected = err == nil; !protected && (sizes[auxiliaryKey{}] == nil || len(saio) == 0) {
			return err
		}
	}
	for _, key := range keys {
		if protected && key == (auxiliaryKey{}) {
			continue
		}
		if err := b.readSaio(saio, key, sizes[key]); err != nil {
			return err
		}
	}
	return nil
}

// readSaiz reads the sizes of the information of each sample.
func (b *besides) readSaiz(h box.Header) (auxiliaryKey, *runTable, error) {
	path, sizes := b.pathOf(typeSaiz), &runTable{}
	head, err := b.src.Bytes(h.Body(), int(min(17, h.BodySize())))
	if err != nil {
		return auxiliaryKey{}, nil, err
	}
	c := box.NewCursor(head)
	key, _ := b.key(c)
	size := c.U8()
	t := table{path: path, src: b.src, head: h, size: 1, count: c.U32()}
	t.at = h.Body() + int64(len(head)-c.Left())
	if err := c.Err(path, h.Offset); err != nil {
		return key, nil, err
	}
	if size != 0 {
		sizes.add(min(t.count, b.n), uint32(size))
		return key, sizes, nil
	}
	if err := t.check(); err != nil {
		return key, nil, err
	}
	t.count = min(t.count, b.n)
	return key, sizes, t.each(func(b []byte) error {
		sizes.add(1, uint32(b[0]))
		return nil
	})
}

// readSaio reads where the information with those sizes lies: at one place, or
// at one for each chunk or run.
func (b *besides) readSaio(boxes []box.Header, wanted auxiliaryKey, sizes *runTable) error {
	path := b.pathOf(typeSaio)
	if sizes.n == 0 || sizes.sum(0, sizes.n) == 0 {
		return nil
	}
	for _, h := range boxes {
		head, err := b.src.Bytes(h.Body(), int(min(16, h.BodySize())))
		if err != nil {
			return err
		}
		c := box.NewCursor(head)
		key, version := b.key(c)
		if key != wanted {
			continue
		}
		t := table{path: path, src: b.src, head: h, size: 4, count: c.U32()}
		t.at = h.Body() + int64(len(head)-c.Left())
		if version == 1 {
			t.size = 8
		}
		if err := c.Err(path, h.Offset); err != nil {
			return err
		}
		if err := t.check(); err != nil {
			return err
		}
		if t.count != 1 && int64(t.count) < int64(len(b.runs)) {
			return box.Errorf(path, h.Offset, "has %d places for the information of %d runs of samples", t.count, len(b.runs))
		}
		offsets, err := b.offsets(t)
		if err != nil {
			return err
		}
		return b.add(h, wanted, sizes, offsets)
	}
	return box.Errorf(path, b.boxes[0].Offset, "is missing, so that it is unknown where the auxiliary information of samples lies")
}

// offsets reads as many offsets as there are runs, or just one.
func (b *besides) offsets(t table) ([]int64, error) {
	t.count = min(t.count, max(1, uint32(len(b.runs))))
	offsets := make([]int64, 0, t.count)
	err := t.each(func(e []byte) error {
		v := uint64(0)
		if t.size == 4 {
			v = uint64(binary.BigEndian.Uint32(e))
		} else {
			v = binary.BigEndian.Uint64(e)
		}
		// A 64-bit offset may count backwards from its base.
		if int64(v) > 1<<62 || int64(v) < -1<<62 {
			return box.Errorf(t.path, t.head.Offset, "points to byte %d", v)
		}
		offsets = append(offsets, b.base+int64(v))
		return nil
	})
	return offsets, err
}

// add notes the sizes and places of the information of samples from b.first
// on.
func (b *besides) add(h box.Header, key auxiliaryKey, sizes *runTable, offsets []int64) error {
	path := b.pathOf(h.Type)
	a := b.auxiliary(key)
	if a == nil {
		return box.Errorf(path, h.Offset, "is one more than the %d types of auxiliary information that a track may have here", maxAuxiliary)
	}
	if a.sizes.n > b.first {
		return nil
	}
	total := sizes.sum(0, sizes.n)
	if a.total += total; a.total > b.src.Size() {
		return box.Errorf(path, h.Offset, "has auxiliary information of %d bytes, more than the file has", a.total)
	}
	var places chunkTable
	for k, offset := range offsets {
		from, to := uint32(0), sizes.n
		if len(offsets) > 1 {
			from = b.runs[k] - b.first
			if k+1 < len(b.runs) {
				to = min(to, b.runs[k+1]-b.first)
			}
		}
		for from < to {
			// Short pieces, so that a place is found without adding up the
			// sizes of thousands of samples.
			end := from + min(to-from, stretch)
			size := sizes.sum(from, end)
			if offset < 0 || size > b.src.Size() || offset > b.src.Size()-size {
				return box.Errorf(path, h.Offset, "points to byte %d, outside of the file", offset)
			}
			places.add(b.first+from, offset)
			offset += size
			from = end
		}
	}
	a.sizes.pad(b.first, 0)
	a.forms.pad(b.first, 0)
	sizes.each(0, sizes.n, a.sizes.add)
	b.addForms(a, key, sizes)
	for k, first := range places.first {
		a.places.add(first, places.at(k))
	}
	return nil
}

// auxiliary finds the track's information of a type, or begins it; nil if
// there are too many types.
func (b *besides) auxiliary(key auxiliaryKey) *Auxiliary {
	t := b.t
	for k := range t.Auxiliary {
		if a := &t.Auxiliary[k]; a.Type == key.kind && a.Parameter == key.parameter {
			return a
		}
	}
	if len(t.Auxiliary) == maxAuxiliary {
		return nil
	}
	t.Auxiliary = append(t.Auxiliary, Auxiliary{Type: key.kind, Parameter: key.parameter})
	return &t.Auxiliary[len(t.Auxiliary)-1]
}
