package mp4

import (
	"encoding/binary"
	"slices"

	"vodsrv/mp4/box"
)

// defaults are what trex and tfhd say of samples for which trun says nothing.
type defaults struct {
	entry    uint32
	duration uint32
	size     uint32
	flags    uint32
}

// Paths of boxes for errors, and sizes of reads.
const (
	moofPath                = "moof"
	trafPath                = "moof/traf"
	trunPath                = "moof/traf/trun"
	headerRoom              = 64 // of the box behind a moof, read along with it
	defaultFragmentReadSize = 1 << 10
)

// fragmentTrack is a track to which fragments add samples.
type fragmentTrack struct {
	t    *Track
	trex defaults

	whole   Index // what it was when last all that was read was whole
	starts  int
	epoch   int // that of whole and starts, if it is the opener's
	besides savedBesides
}

// savedBesides is what lay beside the samples of a track when last all that
// was read was whole.
type savedBesides struct {
	groups    []Groups
	auxiliary []Auxiliary
	lost      error
	epoch     int
}

// save keeps the track as it is, before a fragment adds samples to it that may
// turn out not to be whole.
func (f *fragmentTrack) save(epoch int) {
	if f.epoch != epoch {
		f.whole, f.starts, f.epoch = *f.t.Index, len(f.t.Starts), epoch
	}
}

// saveBesides does the same for what lies beside samples.
func (f *fragmentTrack) saveBesides(epoch int) {
	if f.besides.epoch != epoch {
		f.besides = savedBesides{cloneGroups(f.t.Groups), slices.Clone(f.t.Auxiliary), f.t.Lost, epoch}
	}
}

// restore brings back what was kept.
func (f *fragmentTrack) restore(epoch int) {
	if f.epoch == epoch {
		*f.t.Index, f.t.Starts = f.whole, f.t.Starts[:f.starts]
	}
	if b := f.besides; b.epoch == epoch {
		f.t.Groups, f.t.Auxiliary, f.t.Lost = b.groups, b.auxiliary, b.lost
	}
}

// fragmentReader is the state of reading one moof.
type fragmentReader struct {
	o     *opener
	moof  box.Header
	index uint32 // of the fragment in Movie.Fragments
	plain bool
	trafs int
	from  int64 // the span in the file that the samples take up
	to    int64
	next  int64 // where the data of the traf before ends
}

// readMoof adds the samples of a movie fragment (section 8.8.4).
func (o *opener) readMoof(h box.Header) error {
	if o.frags == nil {
		o.frags = map[uint32]*fragmentTrack{}
		for _, t := range o.movie.Tracks {
			if t.Broken != nil {
				continue
			}
			trex := o.trex[t.ID]
			t.Defaults = FragmentDefaults{Duration: trex.duration, Size: trex.size, Flags: trex.flags}
			o.frags[t.ID] = &fragmentTrack{t: t, trex: trex}
		}
	}
	o.movie.Fragmented = true
	o.src.SetAhead(int(min(h.Size+headerRoom, box.MaxRead)))
	head, err := o.readMoofHead(h.Offset, h.Size)
	if err != nil {
		return err
	}
	r := fragmentReader{o: o, moof: h, index: uint32(len(o.movie.Fragments)), plain: true, from: maxTime, next: h.Offset}
	err = o.src.Children(moofPath, h.Body(), h.End(), func(c box.Header) error {
		switch c.Type {
		case box.T("traf"):
			return r.readTraf(c)
		case box.T("pssh"):
			o.readPssh(c)
		}
		return nil
	})
	// Fragments tend to be alike: the next one's moof may be as long as this.
	o.src.SetAhead(int(min(max(h.Size+headerRoom, defaultFragmentReadSize), box.MaxRead)))
	if err != nil {
		return err
	}
	o.movie.Fragments = append(o.movie.Fragments, Fragment{Offset: h.Offset, End: h.End()})
	o.head = head
	o.plain, o.dataEnd = r.plain && r.from >= h.End(), r.to
	return nil
}

// readMdat completes the fragment whose moof stands right before an mdat.
func (o *opener) readMdat(h box.Header) {
	k := len(o.movie.Fragments) - 1
	if k < 0 || o.movie.Fragments[k].End != h.Offset {
		return
	}
	if k < o.inherited {
		o.movie.Fragments, o.inherited = slices.Clone(o.movie.Fragments), 0
	}
	f := &o.movie.Fragments[k]
	f.End = min(h.End(), o.src.Size())
	f.Plain = o.plain && o.dataEnd <= f.End && h.End() <= o.src.Size()
}

// trafReader is the state of reading one traf.
type trafReader struct {
	*fragmentReader
	track   *fragmentTrack
	def     defaults
	base    int64
	at      int64 // where the next run's data begins unless it says so
	hasTime bool
	runs    int

	firstSample uint32 // of the track
	firstRun    int    // among the track's chunks
	besides     []box.Header
}

func (r *fragmentReader) readTraf(h box.Header) error {
	tr := trafReader{fragmentReader: r, at: -1}
	err := r.o.src.Children(trafPath, h.Body(), h.End(), tr.visit)
	if err != nil || tr.track == nil {
		r.plain = false
		return err
	}
	r.plain = r.plain && tr.hasTime && tr.runs > 0
	r.o.untimed = r.o.untimed || !tr.hasTime
	if tr.runs > 0 {
		r.next = tr.at
	}
	return tr.readBesides()
}

func (r *trafReader) visit(h box.Header) error {
	switch h.Type {
	case box.T("tfhd"):
		return r.readTfhd(h)
	case box.T("tfdt"):
		return r.readTfdt(h)
	case box.T("trun"):
		return r.readTrun(h)
	}
	if isBeside(h) {
		r.besides = append(r.besides, h)
	}
	return nil
}

func (r *trafReader) readTfhd(h box.Header) error {
	body, err := r.o.src.Body(trafPath+"/tfhd", h, smallBox)
	if err != nil {
		return err
	}
	c := box.NewCursor(body)
	_, flags := c.FullBox()
	r.track = r.o.frags[c.U32()]
	r.base = r.next
	if flags&box.TfhdDefaultBaseIsMoof != 0 {
		r.base = r.moof.Offset
	}
	if flags&box.TfhdBaseDataOffset != 0 {
		r.base = int64(min(c.U64(), 1<<62))
		r.plain = false
	}
	r.trafs++
	if r.track == nil || r.trafs > 1 && flags&box.TfhdDefaultBaseIsMoof == 0 {
		r.plain = false
	}
	if r.track == nil {
		return c.Err(trafPath+"/tfhd", h.Offset)
	}
	r.track.save(r.o.epoch)
	r.firstSample, r.firstRun = r.track.t.Index.n, len(r.track.t.Index.chunks.first)
	r.def = r.track.trex
	if flags&box.TfhdDescriptionIndex == 0 && r.def.entry > 1 {
		r.plain = false // the init segments written here have 1 there
	}
	for _, field := range []struct {
		flag uint32
		to   *uint32
	}{
		{box.TfhdDescriptionIndex, &r.def.entry},
		{box.TfhdDefaultDuration, &r.def.duration},
		{box.TfhdDefaultSize, &r.def.size},
		{box.TfhdDefaultFlags, &r.def.flags},
	} {
		if flags&field.flag != 0 {
			*field.to = c.U32()
		}
	}
	return c.Err(trafPath+"/tfhd", h.Offset)
}

// readTfdt reads the decode time of the first sample (section 8.8.12). One
// that goes back beyond the sample before is not believed: times in an index
// never fall.
func (r *trafReader) readTfdt(h box.Header) error {
	body, err := r.o.src.Body(trafPath+"/tfdt", h, smallBox)
	if err != nil || r.track == nil {
		return err
	}
	c := box.NewCursor(body)
	version, _ := c.FullBox()
	dts := uint64(0)
	if version == 1 {
		dts = c.U64()
	} else {
		dts = uint64(c.U32())
	}
	if err := c.Err(trafPath+"/tfdt", h.Offset); err != nil {
		return err
	}
	if dts > maxTime {
		return box.Errorf(trafPath+"/tfdt", h.Offset, "has the decode time %d, more than can be", dts)
	}
	r.hasTime = r.track.t.Index.times.jump(int64(dts))
	return nil
}

// readTrun adds the samples of a track run.
func (r *trafReader) readTrun(h box.Header) error {
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
	run := trun{version: version, flags: flags, def: r.def, firstFlags: first, count: count}
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

// noteStart remembers that the fragment's first sample of the track comes now.
func (r *trafReader) noteStart() {
	t := r.track.t
	if n := len(t.Starts); n > 0 && t.Starts[n-1].Fragment == r.index {
		return
	}
	t.Starts = append(t.Starts, FragmentStart{Fragment: r.index, Sample: t.Index.n})
}

// trun is what the head of a track run says.
type trun struct {
	version    uint8
	flags      uint32
	def        defaults
	firstFlags uint32
	count      uint32
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
func (r *trafReader) addRun(run trun, offset, body int64, h box.Header) (int64, error) {
	x := r.track.t.Index
	if offset < 0 {
		return offset, box.Errorf(trunPath, h.Offset, "points to byte %d", offset)
	}
	if uint64(x.n)+uint64(run.count) > 1<<32-1 {
		return offset, &UnsupportedError{Box: trunPath, Offset: h.Offset, Reason: "makes the track longer than 4,294,967,295 samples"}
	}
	t := table{path: trunPath, src: r.o.src, head: h, at: body, size: run.entrySize(), count: run.count}
	if t.size == 0 {
		return r.addEqual(run, offset, h)
	}
	if err := t.check(); err != nil {
		return offset, err
	}
	first := x.n
	x.chunks.add(first, offset)
	x.entries.add(run.count, r.entry())
	offsets := x.offsets.n
	left := int64(t.count) * t.size
	piece := pieceSize / t.size * t.size
	for at := t.at; left > 0; {
		n := min(left, piece)
		b, err := r.o.src.Bytes(at, int(n))
		if err != nil {
			return offset, err
		}
		if !x.addEntries(run, b, int(t.size), x.n == first) {
			return offset, box.Errorf(trunPath, h.Offset, "adds up to more time than can be")
		}
		at, left = at+n, left-n
	}
	if run.version == 0 && x.offsets.anyNegative(offsets) {
		r.plain = false // browsers read these as unsigned
	}
	size := x.sizes.sum(first, x.n)
	x.total += size
	return offset + size, nil
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
// most fields are alike for long stretches, or missing.
func (x *Index) addEntries(run trun, b []byte, size int, isFirst bool) bool {
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
			return false
		}
	} else if !c.runs(x.times.add) {
		return false
	}
	if c, ok := field(box.TrunSampleSize); ok {
		x.sizes.addColumn(c)
	} else {
		x.sizes.add(count, run.def.size)
	}
	c, ok := field(box.TrunSampleFlags)
	x.addFlags(run, c, ok, count, isFirst)
	if c, ok := field(box.TrunCompositionOffset); ok {
		x.offsets.addColumn(c)
	} else {
		x.offsets.add(count, 0)
	}
	x.n += count
	return true
}

// addFlags notes which of the next samples are sync.
func (x *Index) addFlags(run trun, c column, told bool, count uint32, isFirst bool) {
	i := x.n
	if isFirst && run.flags&box.TrunFirstSampleFlags != 0 {
		x.sync.add(i, 1, run.firstFlags&box.SampleIsNonSync == 0)
		i++
		c.skip()
	}
	if !told {
		x.sync.add(i, x.n+count-i, run.def.flags&box.SampleIsNonSync == 0)
		return
	}
	c.runs(func(n, flags uint32) bool {
		x.sync.add(i, n, flags&box.SampleIsNonSync == 0)
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

func (c column) at(i uint32) uint32 { return binary.BigEndian.Uint32(c.b[int(i)*c.size:]) }

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
func (r *trafReader) addEqual(run trun, offset int64, h box.Header) (int64, error) {
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
	first := uint32(0)
	if run.flags&box.TrunFirstSampleFlags != 0 {
		x.sync.add(x.n, 1, run.firstFlags&box.SampleIsNonSync == 0)
		first = 1
	}
	x.sync.add(x.n+first, run.count-first, run.def.flags&box.SampleIsNonSync == 0)
	x.n += run.count
	x.total += size
	return offset + size, nil
}
