package mp4

import (
	"encoding/binary"

	"vodsrv/mp4/box"
)

// readTrun adds the samples of a track run.
func (r *trafReader) readTrun(h *box.Header) error {
	src := r.o.src
	head, err := src.Bytes(h.Body(), int(min(16, h.BodySize())))
	if err != nil {
		return err
	}
	c := box.NewCursor(head)
	version, flags := c.FullBox()
	count := c.U32()
	at := r.at
	if at < 0 {
		at = r.base
	}
	if flags&box.TrunDataOffset != 0 {
		at = r.base + int64(int32(c.U32()))
	}
	first := r.def.flags
	if flags&box.TrunFirstSampleFlags != 0 {
		first = c.U32()
	} else if flags&box.TrunSampleFlags != 0 {
		first = 0
	}
	if err := c.Err(trunPath, h.Offset); err != nil || r.track == nil || count == 0 {
		return err
	}
	run := trun{version: version, flags: flags, def: r.def, firstFlags: first, count: count, independent: r.track.t.independent}
	body := h.Body() + int64(len(head)-c.Left())
	if r.runs == 0 {
		r.noteStart()
	}
	r.runs++
	end, err := r.addRun(run, at, body, h)
	r.from, r.to, r.at = min(r.from, at), max(r.to, end), end
	if !r.track.t.elsewhere {
		r.o.reach = max(r.o.reach, end)
	}
	return err
}

// trun is what the head of a track run says.
type trun struct {
	version    uint8
	flags      uint32
	def        defaults
	firstFlags uint32
	count      uint32

	independent bool // all samples are sync, whatever their flags say
}

// entrySize is the number of bytes of each sample's entry.
func (t trun) entrySize() int64 {
	n := int64(0)
	for _, f := range []uint32{box.TrunSampleDuration, box.TrunSampleSize, box.TrunSampleFlags, box.TrunCompositionOffset} {
		if t.flags&f != 0 {
			n += 4
		}
	}
	return n
}

// addRun adds the samples of a run whose data begins at offset; its entries
// begin at body. It returns where the data ends.
func (r *trafReader) addRun(run trun, offset, body int64, h *box.Header) (int64, error) {
	x := r.track.t.Index
	if offset < 0 {
		return offset, box.Errorf(trunPath, h.Offset, "points to byte %d", offset)
	}
	if uint64(x.n)+uint64(run.count) > 1<<32-1 {
		return offset, &UnsupportedError{Box: trunPath, Offset: h.Offset, Reason: "makes the track longer than 4,294,967,295 samples"}
	}
	t := table{path: trunPath, src: r.o.src, head: *h, at: body, size: run.entrySize(), count: run.count}
	if t.size == 0 {
		return r.addEqual(run, offset, h)
	}
	if err := t.check(); err != nil {
		return offset, err
	}
	first := x.n
	x.chunks.add(first, offset)
	x.entries.add(run.count, r.entry())
	total := x.total
	left := int64(t.count) * t.size
	piece := pieceSize / t.size * t.size
	for at := t.at; left > 0; {
		n := min(left, piece)
		b, err := r.o.src.Bytes(at, int(n))
		if err != nil {
			return offset, err
		}
		bits, ok := x.addEntries(run, b, int(t.size), x.n == first)
		if !ok {
			return offset, box.Errorf(trunPath, h.Offset, "adds up to more time than can be")
		}
		if run.version == 0 && int32(bits) < 0 {
			r.plain = false // browsers read these offsets as unsigned
		}
		at, left = at+n, left-n
	}
	return offset + x.total - total, nil
}

// entry is the sample description index of the traf's samples; 1 where it
// names an entry that is not there.
func (r *trafReader) entry() uint32 {
	if r.def.entry == 0 || int64(r.def.entry) > int64(len(r.track.t.Entries)) {
		r.plain = r.plain && r.def.entry == 0
		return 1
	}
	return r.def.entry
}

// addEntries adds samples that have entries of size bytes each, field by field:
// most fields are alike for long stretches, or missing. It gives the bits that
// any of the composition offsets has; false if times get too large.
func (x *Index) addEntries(run trun, b []byte, size int, isFirst bool) (offsets uint32, ok bool) {
	count := uint32(len(b) / size)
	at := 0 // of the field in an entry
	field := func(flag uint32) (column, bool) {
		if run.flags&flag == 0 {
			return column{}, false
		}
		at += 4
		return column{b: b[at-4:], size: size, count: count}, true
	}
	if c, ok := field(box.TrunSampleDuration); !ok {
		if !x.times.add(count, run.def.duration) {
			return 0, false
		}
	} else if !c.runs(x.times.add) {
		return 0, false
	}
	if c, ok := field(box.TrunSampleSize); ok {
		sum, _ := x.sizes.addColumn(c)
		x.total += sum
	} else {
		x.sizes.add(count, run.def.size)
		x.total += int64(count) * int64(run.def.size)
	}
	if c, told := field(box.TrunSampleFlags); !run.independent {
		x.addFlags(run, c, told, count, isFirst)
	}
	if c, ok := field(box.TrunCompositionOffset); ok {
		_, offsets = x.offsets.addColumn(c)
	} else {
		x.offsets.add(count, 0)
	}
	x.n += count
	return offsets, true
}

// addFlags notes which of the next samples are sync.
func (x *Index) addFlags(run trun, c column, told bool, count uint32, isFirst bool) {
	i := x.n
	if isFirst && run.flags&box.TrunFirstSampleFlags != 0 {
		x.sync.add(i, 1, box.IsSync(run.firstFlags))
		i++
		c.skip()
	}
	if !told {
		x.sync.add(i, x.n+count-i, box.IsSync(run.def.flags))
		return
	}
	c.runs(func(n, flags uint32) bool {
		x.sync.add(i, n, box.IsSync(flags))
		i += n
		return true
	})
}

// column is one 32-bit field of the entries of a trun.
type column struct {
	b     []byte // from the first entry's field on
	size  int    // of an entry in bytes
	count uint32
}

// skip leaves out the first entry.
func (c *column) skip() {
	if c.count > 0 {
		c.b = c.b[min(c.size, len(c.b)):]
		c.count--
	}
}

func (c column) at(i uint32) uint32 {
	at := int(i) * c.size
	return binary.BigEndian.Uint32(c.b[at : at+4])
}

// runs calls visit for each run of equal values, until it returns false.
func (c column) runs(visit func(count, value uint32) bool) bool {
	for i := uint32(0); i < c.count; {
		n, value := uint32(1), c.at(i)
		for i+n < c.count && c.at(i+n) == value {
			n++
		}
		if !visit(n, value) {
			return false
		}
		i += n
	}
	return true
}

// addEqual adds samples that are all alike, of which only the count is told.
func (r *trafReader) addEqual(run trun, offset int64, h *box.Header) (int64, error) {
	x := r.track.t.Index
	size := int64(run.count) * int64(run.def.size)
	// An empty sample counts as a byte, lest they be without number.
	r.o.claimed += max(size, int64(run.count))
	if r.o.claimed > 2*r.o.src.Size() {
		return offset, box.Errorf(trunPath, h.Offset, "claims %d samples of %d bytes, more than the file has", run.count, run.def.size)
	}
	x.chunks.add(x.n, offset)
	x.entries.add(run.count, r.entry())
	if !x.times.add(run.count, run.def.duration) {
		return offset, box.Errorf(trunPath, h.Offset, "adds up to more time than can be")
	}
	x.sizes.add(run.count, run.def.size)
	x.offsets.add(run.count, 0)
	if !run.independent {
		x.addFlags(run, column{}, false, run.count, true)
	}
	x.n += run.count
	x.total += size
	return offset + size, nil
}
