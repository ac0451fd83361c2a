package fragment

import (
	"cmp"
	"math"
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
)

// Sample flags (ISO/IEC 14496-12, 8.8.3.1).
const (
	flagsSync    = 0x02000000 // depends on no other sample
	flagsNonSync = 0x01010000 // depends on others, is not a sync sample
)

// Flags of tfhd (8.8.7) and trun (8.8.8).
const (
	tfhdBaseDataOffset    = 0x000001
	tfhdDescriptionIndex  = 0x000002
	tfhdDefaultDuration   = 0x000008
	tfhdDefaultSize       = 0x000010
	tfhdDefaultFlags      = 0x000020
	tfhdDefaultBaseIsMoof = 0x020000
	trunDataOffset        = 0x000001
	trunFirstSampleFlags  = 0x000004
	trunSampleDuration    = 0x000100
	trunSampleSize        = 0x000200
	trunSampleFlags       = 0x000400
	trunCompositionOffset = 0x000800
)

// mdatHead is the size of an mdat's header in bytes.
const mdatHead = 8

// traf is the samples of one track in one fragment.
type traf struct {
	id      uint32
	samples []sample // all of one sample entry
}

// layout says how a fragment is written.
type layout struct {
	sequence uint32
	gap      int64 // the longest gap between runs, in bytes, that is kept as unreferenced bytes
	absolute bool  // address by base_data_offset instead of default-base-is-moof
	place    int64 // of the moof in the output, in bytes; for absolute addresses
}

// run is samples of one traf that lie one behind the other in the source.
type run struct {
	traf   int
	first  int   // sample of the traf
	n      int   // samples
	offset int64 // in the source
	end    int64 // in the source
	place  int64 // in the mdat's payload
	patch  int   // where in the moof its data offset stands
}

// build lays out a fragment: a moof, the head of an mdat, and ranges of the
// source in the order of the file.
func (l layout) build(trafs []traf) (*Segment, error) {
	runs := splitRuns(trafs)
	ranges, payload := placeRuns(runs, l.gap)
	if payload > math.MaxInt32-1<<24 {
		return nil, &mp4.UnsupportedError{Box: "mdat", Offset: runs[0].offset, Reason: "would be part of a fragment longer than 2 GiB"}
	}
	b := box.NewBuilder(128 + 32*len(runs) + 8*countSamples(trafs))
	if err := l.moof(b, trafs, runs); err != nil {
		return nil, err
	}
	size := b.Len()
	for _, r := range runs {
		b.PatchU32(r.patch, uint32(int64(size)+mdatHead+r.place))
	}
	b.U32(uint32(mdatHead + payload))
	b.Type(box.T("mdat"))
	head := Part{Data: b.Done(), Size: int64(b.Len())}
	return &Segment{Parts: append([]Part{head}, ranges...), size: head.Size + payload}, nil
}

func countSamples(trafs []traf) int {
	n := 0
	for _, t := range trafs {
		n += len(t.samples)
	}
	return n
}

// splitRuns finds the contiguous runs of all trafs, in order.
func splitRuns(trafs []traf) []run {
	var runs []run
	for k, t := range trafs {
		for i, s := range t.samples {
			last := len(runs) - 1
			if i > 0 && runs[last].end == s.offset {
				runs[last].end = s.end()
				runs[last].n++
				continue
			}
			runs = append(runs, run{traf: k, first: i, n: 1, offset: s.offset, end: s.end()})
		}
	}
	return runs
}

// placeRuns sets where each run's bytes come to lie in the payload, and gives
// the ranges of the source that make it up, in the order of the file.
func placeRuns(runs []run, gap int64) (ranges []Part, payload int64) {
	order := make([]*run, len(runs))
	for i := range runs {
		order[i] = &runs[i]
	}
	slices.SortStableFunc(order, func(a, b *run) int { return cmp.Compare(a.offset, b.offset) })
	for _, r := range order {
		last := len(ranges) - 1
		if last >= 0 && r.offset-(ranges[last].Offset+ranges[last].Size) <= gap {
			p := &ranges[last]
			r.place = payload - p.Size + r.offset - p.Offset
			grown := max(0, r.end-(p.Offset+p.Size))
			p.Size += grown
			payload += grown
			continue
		}
		r.place = payload
		ranges = append(ranges, Part{Offset: r.offset, Size: r.end - r.offset})
		payload += r.end - r.offset
	}
	return slices.DeleteFunc(ranges, func(p Part) bool { return p.Size == 0 }), payload
}

// moof writes
//
//	moof
//	├ mfhd
//	└ traf for each track
//	  ├ tfhd
//	  ├ tfdt
//	  └ trun for each run
func (l layout) moof(b *box.Builder, trafs []traf, runs []run) error {
	b.Start("moof")
	b.StartFull("mfhd", 0, 0)
	b.U32(l.sequence)
	b.End()
	for k, t := range trafs {
		n := 0
		for n < len(runs) && runs[n].traf == k {
			n++
		}
		b.Start("traf")
		def := defaultsOf(t)
		l.tfhd(b, t, def)
		b.StartFull("tfdt", 1, 0)
		b.U64(uint64(t.samples[0].dts))
		b.End()
		for i := range runs[:n] {
			if err := runs[i].trun(b, t, def); err != nil {
				return err
			}
		}
		runs = runs[n:]
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
	flags := uint32(tfhdDefaultDuration | tfhdDefaultSize | tfhdDefaultFlags)
	entry := t.samples[0].entry
	if entry != 1 {
		flags |= tfhdDescriptionIndex
	}
	if l.absolute {
		flags |= tfhdBaseDataOffset
	} else {
		flags |= tfhdDefaultBaseIsMoof
	}
	b.StartFull("tfhd", 0, flags)
	b.U32(t.id)
	if l.absolute {
		b.U64(uint64(l.place))
	}
	if entry != 1 {
		b.U32(entry)
	}
	b.U32(def.duration)
	b.U32(def.size)
	b.U32(def.flags)
	b.End()
}

// trun writes the run's samples, with no more fields than they need, and notes
// where the data offset stands.
func (r *run) trun(b *box.Builder, t traf, def sampleDefaults) error {
	list := t.samples[r.first : r.first+r.n]
	flags, version, err := trunFlags(list, def)
	if err != nil {
		return err
	}
	b.StartFull("trun", version, flags)
	b.U32(uint32(len(list)))
	r.patch = b.Len()
	b.U32(0)
	if flags&trunFirstSampleFlags != 0 {
		b.U32(list[0].flags())
	}
	for _, s := range list {
		if flags&trunSampleDuration != 0 {
			b.U32(s.duration)
		}
		if flags&trunSampleSize != 0 {
			b.U32(s.size)
		}
		if flags&trunSampleFlags != 0 {
			b.U32(s.flags())
		}
		if flags&trunCompositionOffset != 0 {
			b.U32(uint32(s.cto))
		}
	}
	b.End()
	return nil
}

// trunFlags chooses the fields of a trun, and its version: 1 where composition
// offsets are negative.
func trunFlags(list []sample, def sampleDefaults) (flags uint32, version uint8, err error) {
	flags = trunDataOffset
	for i, s := range list {
		if s.duration != def.duration {
			flags |= trunSampleDuration
		}
		if s.size != def.size {
			flags |= trunSampleSize
		}
		if s.flags() != def.flags {
			if i == 0 {
				flags |= trunFirstSampleFlags
			} else {
				flags |= trunSampleFlags
			}
		}
		if s.cto != 0 {
			flags |= trunCompositionOffset
		}
		if s.cto < 0 {
			version = 1
		}
		if s.cto < math.MinInt32 || s.cto > math.MaxInt32 {
			return 0, 0, &mp4.UnsupportedError{Box: "trun", Offset: s.offset, Reason: "a sample is presented too long before or after it is decoded"}
		}
	}
	if flags&trunSampleFlags != 0 {
		flags &^= trunFirstSampleFlags
	}
	return flags, version, nil
}
