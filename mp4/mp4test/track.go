package mp4test

// Sample is one sample to be built, in decode order.
type Sample struct {
	Size     uint32
	Duration uint32
	CTO      int32
	NonSync  bool
	Entry    uint32 // sample description index; 0 stands for 1
	Data     string // what it holds, of the Size; "" stands for Payload
}

// Holding gives samples of one duration that hold these data.
func Holding(duration uint32, data ...string) []Sample {
	list := make([]Sample, len(data))
	for i, d := range data {
		list[i] = Sample{Size: uint32(len(d)), Duration: duration, Data: d}
	}
	return list
}

func (s Sample) payload(track uint32, i int) []byte {
	if s.Data != "" {
		return []byte(s.Data)
	}
	return Payload(track, i, s.Size)
}

// Samples gives n equal samples, of which the first and then each of every
// following group is sync.
func Samples(n int, size, duration uint32, group int) []Sample {
	list := make([]Sample, n)
	for i := range list {
		list[i] = Sample{Size: size, Duration: duration, NonSync: group > 0 && i%group != 0}
	}
	return list
}

// Reorder gives samples the composition offsets of the pattern I B P B P …:
// each B is decoded after the P that it is shown before. All is delayed by one
// frame, as ffmpeg does, unless negative offsets are asked for.
func Reorder(list []Sample, negative bool) []Sample {
	ahead := false // the sample before is a P shown after this one
	for i := range list {
		d := int32(list[i].Duration)
		switch {
		case ahead:
			list[i].CTO, ahead = 0, false
		case !list[i].NonSync || i+1 == len(list) || !list[i+1].NonSync:
			list[i].CTO = d
		default:
			list[i].CTO, ahead = 2*d, true
		}
	}
	if negative {
		for i := range list {
			list[i].CTO -= int32(list[i].Duration)
		}
	}
	return list
}

// Edit is an entry of an edit list. Its rate is 1 unless it is still.
type Edit struct {
	Duration  uint64
	MediaTime int64
	Still     bool // its rate is 0
}

// Track is a trak to be built.
type Track struct {
	ID        uint32
	Handler   string // "vide", "soun", …; "" stands for "vide"
	Timescale uint32 // 0 stands for 1000
	Entries   [][]byte
	Edits     []Edit
	Samples   []Sample // those in the moov
	Form      Form
	Extra     []byte // more boxes at the end of the trak
	Disabled  bool
	Trex      [4]uint32 // description index, duration, size, flags
}

// Form says how the sample tables are written.
type Form struct {
	Offsets64   bool   // co64 instead of stco
	SizeBits    int    // 4, 8 or 16: stz2 instead of stsz
	Constant    bool   // stsz without a table
	CttsVersion uint8  // of ctts, written if any sample has an offset
	ElstVersion uint8  // of elst
	Chunks      []int  // samples of each chunk, the last for all that follow; nil: one chunk a sample
	Dref        []byte // instead of one that says that the media is in the file
	Replace     map[string][]byte
	Extra       []byte // more boxes at the end of the stbl
}

func (t Track) handler() string {
	if t.Handler == "" {
		return "vide"
	}
	return t.Handler
}

func (t Track) timescale() uint32 {
	if t.Timescale == 0 {
		return 1000
	}
	return t.Timescale
}

func (t Track) entries() [][]byte {
	switch {
	case t.Entries != nil:
		return t.Entries
	case t.handler() == "vide":
		return [][]byte{AVC(320, 180)}
	case t.handler() == "soun":
		return [][]byte{AAC()}
	}
	return [][]byte{Plain("data")}
}

// trak builds the box, given where its chunks lie.
func (t Track) trak(chunks []uint64) []byte {
	flags := uint32(3)
	if t.Disabled {
		flags = 2
	}
	total := uint32(0)
	for _, s := range t.Samples {
		total += s.Duration
	}
	dref := t.Form.Dref
	if dref == nil {
		dref = Table("dref", 1)
		dref = Box("dref", dref[8:], Full("url ", 0, 1))
	}
	tkhd := Full("tkhd", 0, flags, U32(0, 0, t.ID, 0, 0), make([]byte, 8), U16(0, 0, 0x100, 0),
		U32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000), U32(320<<16, 180<<16))
	mdhd := Full("mdhd", 0, 0, U32(0, 0, t.timescale(), total), U16(0x15c7, 0))
	hdlr := Full("hdlr", 0, 0, U32(0), []byte(t.handler()), make([]byte, 12), []byte("handler\x00"))
	minf := Box("minf", Full("nmhd", 0, 0), Box("dinf", dref), t.stbl(chunks))
	return Box("trak", tkhd, t.edts(), Box("mdia", mdhd, hdlr, minf), t.Extra)
}

func (t Track) edts() []byte {
	if t.Edits == nil {
		return nil
	}
	var entries []byte
	for _, e := range t.Edits {
		if t.Form.ElstVersion == 1 {
			entries = append(entries, U64(e.Duration, uint64(e.MediaTime))...)
		} else {
			entries = append(entries, U32(uint32(e.Duration), uint32(e.MediaTime))...)
		}
		rate := uint32(0x10000)
		if e.Still {
			rate = 0
		}
		entries = append(entries, U32(rate)...)
	}
	return Box("edts", Full("elst", t.Form.ElstVersion, 0, U32(uint32(len(t.Edits))), entries))
}
