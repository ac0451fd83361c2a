package mp4

import "vodsrv/mp4/box"

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
	beside      besides
}

func (r *fragmentReader) readTraf(h box.Header) error {
	t := &r.traf
	t.fragmentReader, t.track, t.def = r, nil, defaults{}
	t.base, t.at, t.hasTime, t.runs, t.besides = 0, -1, false, 0, t.besides[:0]
	c := box.Header{Offset: h.Body()}
	for {
		more, err := r.o.src.Next(trafPath, h.End(), &c)
		if err != nil {
			return err
		}
		if !more {
			return t.finish()
		}
		if err := t.visit(&c); err != nil {
			return err
		}
	}
}

func (r *trafReader) finish() error {
	if r.track == nil {
		r.plain = false
		return nil
	}
	r.plain = r.plain && r.hasTime && r.runs > 0
	r.o.untimed = r.o.untimed || !r.hasTime
	if r.runs > 0 {
		r.next = r.at
	}
	return r.readBesides()
}

func (r *trafReader) visit(h *box.Header) error {
	switch h.Type {
	case typeTfhd:
		return r.readTfhd(h)
	case typeTfdt:
		return r.readTfdt(h)
	case typeTrun:
		return r.readTrun(h)
	}
	if isBeside(h) {
		r.besides = append(r.besides, *h)
	}
	return nil
}

func (r *trafReader) readTfhd(h *box.Header) error {
	body, err := r.o.src.Body(trafPath+"/tfhd", *h, smallBox)
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
	if flags&box.TfhdDescriptionIndex != 0 {
		r.def.entry = c.U32()
	}
	if flags&box.TfhdDefaultDuration != 0 {
		r.def.duration = c.U32()
	}
	if flags&box.TfhdDefaultSize != 0 {
		r.def.size = c.U32()
	}
	if flags&box.TfhdDefaultFlags != 0 {
		r.def.flags = c.U32()
	}
	return c.Err(trafPath+"/tfhd", h.Offset)
}

// readTfdt reads the decode time of the first sample (section 8.8.12). One
// that goes back beyond the sample before is not believed: times in an index
// never fall.
func (r *trafReader) readTfdt(h *box.Header) error {
	body, err := r.o.src.Body(trafPath+"/tfdt", *h, smallBox)
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

// noteStart remembers that the fragment's first sample of the track comes now.
func (r *trafReader) noteStart() {
	t := r.track.t
	if n := len(t.Starts); n > 0 && t.Starts[n-1].Fragment == r.index {
		return
	}
	t.Starts = append(t.Starts, FragmentStart{Fragment: r.index, Sample: t.Index.n})
}
