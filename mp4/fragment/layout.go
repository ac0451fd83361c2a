package fragment

import (
	"math"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
)

// Sample flags (ISO/IEC 14496-12, 8.8.3.1).
const (
	flagsSync    = 0x02000000 // depends on no other sample
	flagsNonSync = 0x01010000 // depends on others, is not a sync sample
)

// mdatHead is the size of an mdat's header in bytes.
const mdatHead = 8

// traf is the samples of one track in one fragment.
type traf struct {
	id      uint32   // in the output
	samples []sample // all of one sample entry
	track   *mp4.Track
}

// layout says how a fragment is written.
type layout struct {
	sequence uint32
	gap      int64 // the longest gap between runs, in bytes, that is kept as unreferenced bytes
	base     baseOffset
	position int64 // of the moof in the output, in bytes; for absolute addresses
	byTrack  bool  // all samples of a track lie together, as ffmpeg writes them, not in the order of the file
	groups   int   // with byTrack: so many samples of each track in turn; 0 is all
	version1 bool  // trun has version 1 even where no offset is negative
	local    bool  // descriptions of sample groups from fragments stand in each traf, not in the init segment
	entries  bool  // tfhd names the sample entry even where it is the first
}

// baseOffset says what data offsets count from (section 8.8.7).
type baseOffset int

const (
	fromMoof     baseOffset = iota // default-base-is-moof
	fromAbsolute                   // base_data_offset
	fromBefore                     // neither: the moof, for later trafs the data of the one before
)

// build lays out a fragment: a moof, the head of an mdat, and ranges of the
// source.
func (l layout) build(trafs []traf) (*Segment, error) {
	runs, ranges, payload := l.place(trafs)
	w := moofWriter{layout: l, Builder: box.NewBuilder(128 + 32*len(runs) + 8*countSamples(trafs)), payload: payload}
	if err := w.moof(trafs, runs); err != nil {
		return nil, err
	}
	if w.payload > math.MaxInt32-1<<24 {
		return nil, &mp4.UnsupportedError{Box: "mdat", Offset: runs[0].offset, Reason: "would be part of a fragment longer than 2 GiB"}
	}
	w.patch(runs)
	w.U32(uint32(mdatHead + w.payload))
	w.Type(box.T("mdat"))
	parts := w.parts()
	g := &Segment{Parts: append(append(parts, ranges...), w.tail...), head: len(parts), size: int64(w.Len()) + w.payload}
	return g, nil
}

// moofWriter is the state of writing one moof. Its size follows from the
// tables alone: what it takes from the source is left out until the segment is
// read.
type moofWriter struct {
	layout
	*box.Builder
	payload int64  // bytes of the mdat so far
	holes   []hole // in what was built
	tail    []Part // auxiliary information behind the samples
	saios   []saio // to be patched
}

// patch fills in the data offsets, now that the moof's size is known.
func (w *moofWriter) patch(runs []run) {
	payload := int64(w.Len()) + mdatHead
	base, saios := int64(0), w.saios
	for i, r := range runs {
		if w.base == fromBefore && i > 0 && runs[i-1].traf != r.traf {
			base = payload + runs[i-1].place + runs[i-1].size
		}
		w.PatchU32(r.patch, uint32(payload+r.place-base))
		for ; len(saios) > 0 && saios[0].traf == r.traf; saios = saios[1:] {
			at := saios[0].place
			if saios[0].inData {
				at += payload
			}
			w.PatchU32(saios[0].patch, uint32(at-base))
		}
	}
}

func countSamples(trafs []traf) int {
	n := 0
	for _, t := range trafs {
		n += len(t.samples)
	}
	return n
}

// moof writes
//
//	moof
//	├ mfhd
//	└ traf for each track
//	  ├ tfhd
//	  ├ tfdt
//	  ├ trun for each run
//	  ├ sgpd, sbgp for each type of sample groups
//	  └ saiz, saio, senc for each type of auxiliary information
func (w *moofWriter) moof(trafs []traf, runs []run) error {
	b := w.Builder
	b.Start("moof")
	b.StartFull("mfhd", 0, 0)
	b.U32(w.sequence)
	b.End()
	for k, t := range trafs {
		n := 0
		for n < len(runs) && runs[n].traf == k {
			n++
		}
		b.Start("traf")
		def := defaultsOf(t)
		w.tfhd(b, t, def)
		b.StartFull("tfdt", 1, 0)
		b.U64(uint64(t.samples[0].dts))
		b.End()
		for i := range runs[:n] {
			if err := runs[i].trun(b, t, def, w.version1); err != nil {
				return err
			}
		}
		runs = runs[n:]
		t.sampleGroups(b, w.local)
		if err := w.auxiliary(k, t); err != nil {
			return err
		}
		b.End()
	}
	b.End()
	return nil
}

// sampleDefaults are tfhd's: what trun leaves out.
type sampleDefaults struct {
	duration, size, flags uint32
}

// defaultsOf takes duration and size of the first sample and the flags of the
// second, since the first is often the only sync sample.
func defaultsOf(t traf) sampleDefaults {
	first := t.samples[0]
	second := t.samples[min(1, len(t.samples)-1)]
	return sampleDefaults{first.duration, first.size, second.flags()}
}

func (s sample) flags() uint32 {
	if s.sync {
		return flagsSync
	}
	return flagsNonSync
}

func (l layout) tfhd(b *box.Builder, t traf, def sampleDefaults) {
	flags := uint32(box.TfhdDefaultDuration | box.TfhdDefaultSize | box.TfhdDefaultFlags)
	entry := t.samples[0].entry
	named := entry != 1 || l.entries
	if named {
		flags |= box.TfhdDescriptionIndex
	}
	switch l.base {
	case fromMoof:
		flags |= box.TfhdDefaultBaseIsMoof
	case fromAbsolute:
		flags |= box.TfhdBaseDataOffset
	}
	b.StartFull("tfhd", 0, flags)
	b.U32(t.id)
	if l.base == fromAbsolute {
		b.U64(uint64(l.position))
	}
	if named {
		b.U32(entry)
	}
	b.U32(def.duration)
	b.U32(def.size)
	b.U32(def.flags)
	b.End()
}

// trun writes the run's samples, with no more fields than they need, and notes
// where the data offset stands.
func (r *run) trun(b *box.Builder, t traf, def sampleDefaults, version1 bool) error {
	list := t.samples[r.first : r.first+r.n]
	flags, version, err := trunFlags(list, def)
	if err != nil {
		return err
	}
	if version1 {
		version = 1
	}
	b.StartFull("trun", version, flags)
	b.U32(uint32(len(list)))
	r.patch = b.Len()
	b.U32(0)
	if flags&box.TrunFirstSampleFlags != 0 {
		b.U32(list[0].flags())
	}
	for _, s := range list {
		if flags&box.TrunSampleDuration != 0 {
			b.U32(s.duration)
		}
		if flags&box.TrunSampleSize != 0 {
			b.U32(s.size)
		}
		if flags&box.TrunSampleFlags != 0 {
			b.U32(s.flags())
		}
		if flags&box.TrunCompositionOffset != 0 {
			b.U32(uint32(s.cto))
		}
	}
	b.End()
	return nil
}

// trunFlags chooses the fields of a trun, and its version: 1 where composition
// offsets are negative.
func trunFlags(list []sample, def sampleDefaults) (flags uint32, version uint8, err error) {
	flags = box.TrunDataOffset
	for i, s := range list {
		if s.duration != def.duration {
			flags |= box.TrunSampleDuration
		}
		if s.size != def.size {
			flags |= box.TrunSampleSize
		}
		if s.flags() != def.flags {
			if i == 0 {
				flags |= box.TrunFirstSampleFlags
			} else {
				flags |= box.TrunSampleFlags
			}
		}
		if s.cto != 0 {
			flags |= box.TrunCompositionOffset
		}
		if s.cto < 0 {
			version = 1
		}
		if s.cto < math.MinInt32 || s.cto > math.MaxInt32 {
			return 0, 0, &mp4.UnsupportedError{Box: "trun", Offset: s.offset, Reason: "a sample is presented too long before or after it is decoded"}
		}
	}
	if flags&box.TrunSampleFlags != 0 {
		flags &^= box.TrunFirstSampleFlags
	}
	return flags, version, nil
}
