package mp4test

// Fragment is a moof and its mdat to be built.
type Fragment struct {
	Trafs   []Traf
	Before  []byte // boxes before the moof
	Between []byte // boxes between moof and mdat
	Extra   []byte // more boxes in the moof
	NoMdat  bool   // nothing follows the moof

	toEnd bool
}

// Base is how a traf addresses its samples.
type Base int

// The ways to address samples.
const (
	MoofBase   Base = iota // default-base-is-moof
	OffsetBase             // base_data_offset, of the moof
	NoBase                 // neither: where the data of the traf before ended
)

// Traf is a track fragment to be built.
type Traf struct {
	Track       uint32
	Base        Base
	Time        int64 // of tfdt; below zero for none
	TimeVersion uint8
	Runs        []Run
	Default     *[4]uint32 // description index, duration, size, flags of tfhd; nil for none
	Extra       []byte     // more boxes at the end
}

// Run is a trun to be built. Fields say which of them stand in it.
type Run struct {
	Samples  []Sample
	NoOffset bool   // data_offset is left out
	Fields   uint32 // flags of trun: 0x100 duration, 0x200 size, 0x400 flags, 0x800 composition offset, 0x004 first sample's flags
	Version  uint8
}

// AllFields are those that leave nothing to defaults.
const AllFields = 0xf00

// Sample flags as they stand in trun.
const (
	SyncFlags    = 0x02000000
	NonSyncFlags = 0x01010000
)

// OneRun is a traf with all fields in one run.
func OneRun(track uint32, time int64, samples []Sample) Traf {
	return Traf{Track: track, Time: time, TimeVersion: 1, Runs: []Run{{Samples: samples, Fields: AllFields, Version: 1}}}
}

// fragmentWriter counts the samples of each track.
type fragmentWriter struct{ next map[uint32]int }

// append adds a fragment to a file.
func (w fragmentWriter) append(out []byte, g Fragment) []byte {
	out = append(out, g.Before...)
	place := len(out)
	size := len(g.moof(place, 0))
	out = append(out, g.moof(place, size+len(g.Between)+8)...)
	out = append(out, g.Between...)
	var body []byte
	for _, t := range g.Trafs {
		for _, r := range t.Runs {
			for _, s := range r.Samples {
				body = append(body, s.payload(t.Track, w.next[t.Track])...)
				w.next[t.Track]++
			}
		}
	}
	switch {
	case g.NoMdat:
		return out
	case g.toEnd:
		return append(out, ToEnd("mdat", body)...)
	}
	return append(out, Box("mdat", body)...)
}

// moof builds the box, with the samples' data at so many bytes behind its
// start.
func (g Fragment) moof(place, data int) []byte {
	parts := [][]byte{Full("mfhd", 0, 0, U32(1))}
	for k, t := range g.Trafs {
		base := 0
		if t.Base == NoBase && k > 0 {
			base = data
		}
		traf := [][]byte{t.tfhd(place)}
		if t.Time >= 0 && t.TimeVersion == 1 {
			traf = append(traf, Full("tfdt", 1, 0, U64(uint64(t.Time))))
		} else if t.Time >= 0 {
			traf = append(traf, Full("tfdt", 0, 0, U32(uint32(t.Time))))
		}
		for _, r := range t.Runs {
			traf = append(traf, r.trun(data-base))
			for _, s := range r.Samples {
				data += int(s.Size)
			}
		}
		parts = append(parts, Box("traf", append(traf, t.Extra)...))
	}
	return Box("moof", append(parts, g.Extra)...)
}

func (t Traf) tfhd(place int) []byte {
	flags, fields := uint32(0), U32(t.Track)
	switch t.Base {
	case MoofBase:
		flags |= 0x020000
	case OffsetBase:
		flags |= 0x000001
		fields = append(fields, U64(uint64(place))...)
	}
	if t.Default != nil {
		flags |= 0x00003a
		fields = append(fields, U32(t.Default[:]...)...)
	}
	return Full("tfhd", 0, flags, fields)
}

func (r Run) trun(data int) []byte {
	flags, fields := r.Fields, U32(uint32(len(r.Samples)))
	if !r.NoOffset {
		flags |= 0x001
		fields = append(fields, U32(uint32(data))...)
	}
	if flags&0x004 != 0 {
		fields = append(fields, U32(r.Samples[0].flags())...)
	}
	for _, s := range r.Samples {
		for _, f := range []struct{ flag, value uint32 }{
			{0x100, s.Duration}, {0x200, s.Size}, {0x400, s.flags()}, {0x800, uint32(s.CTO)},
		} {
			if flags&f.flag != 0 {
				fields = append(fields, U32(f.value)...)
			}
		}
	}
	return Full("trun", r.Version, flags, fields)
}

func (s Sample) flags() uint32 {
	if s.NonSync {
		return NonSyncFlags
	}
	return SyncFlags
}
