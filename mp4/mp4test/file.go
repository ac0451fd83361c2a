package mp4test

// File is a film to be built.
type File struct {
	Tracks    []Track
	Fragments []Fragment // follow the moov
	Timescale uint32     // of the movie; 0 stands for 1000

	MoovFirst bool   // before the mdat of its samples
	Large     bool   // the mdat of the moov's samples has a 64-bit size
	ToEnd     bool   // the mdat of the moov's samples, or else the last one, has the size 0
	Extend    bool   // mvex is there even without fragments
	Extra     []byte // more boxes at the end of the moov
	Between   []byte // boxes between all top-level boxes
}

// Payload is the content of sample i of a track: no two samples are alike.
func Payload(track uint32, i int, size uint32) []byte {
	b := make([]byte, size)
	seed := track*2654435761 ^ uint32(i)*40503
	for k := range b {
		seed = seed*1664525 + 1013904223
		b[k] = uint8(seed >> 24)
	}
	return b
}

// Bytes builds the file.
func (f File) Bytes() []byte {
	out := Box("ftyp", []byte("isom"), U32(0x200), []byte("isomiso6mp41"))
	out = append(out, f.Between...)
	body, places := f.interleave()
	head := 8
	if f.Large {
		head = 16
	}
	if f.MoovFirst || body == nil {
		// The size of a moov does not depend on the offsets in it.
		start := len(out) + len(f.moov(places, 0)) + len(f.Between) + head
		out = append(out, f.moov(places, uint64(start))...)
		out = append(out, f.Between...)
		if body != nil {
			out = append(out, f.mdat(body)...)
		}
	} else {
		start := len(out) + head
		out = append(out, f.mdat(body)...)
		out = append(out, f.Between...)
		out = append(out, f.moov(places, uint64(start))...)
	}
	w := fragmentWriter{next: map[uint32]int{}}
	for _, t := range f.Tracks {
		w.next[t.ID] = len(t.Samples)
	}
	for k, g := range f.Fragments {
		out = append(out, f.Between...)
		g.toEnd = f.ToEnd && k == len(f.Fragments)-1
		out = w.append(out, g)
	}
	return out
}

func (f File) mdat(body []byte) []byte {
	switch {
	case f.Large:
		return Large("mdat", body)
	case f.ToEnd && len(f.Fragments) == 0:
		return ToEnd("mdat", body)
	}
	return Box("mdat", body)
}

// interleave puts the tracks' chunks one after another in turn, and tells
// where in the payload each lies.
func (f File) interleave() (body []byte, places [][]uint64) {
	places = make([][]uint64, len(f.Tracks))
	at := make([]int, len(f.Tracks))
	lengths := make([][]int, len(f.Tracks))
	for k, t := range f.Tracks {
		lengths[k] = t.chunkLengths()
	}
	for more := true; more; {
		more = false
		for k, t := range f.Tracks {
			if len(places[k]) == len(lengths[k]) {
				continue
			}
			more = true
			n := lengths[k][len(places[k])]
			places[k] = append(places[k], uint64(len(body)))
			for i := at[k]; i < at[k]+n; i++ {
				body = append(body, t.Samples[i].payload(t.ID, i)...)
			}
			at[k] += n
		}
	}
	return body, places
}

func (f File) moov(places [][]uint64, start uint64) []byte {
	scale := f.Timescale
	if scale == 0 {
		scale = 1000
	}
	parts := [][]byte{Full("mvhd", 0, 0, U32(0, 0, scale, 0, 0x10000), U16(0x100, 0), make([]byte, 8),
		U32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000), make([]byte, 24), U32(99))}
	var trex []byte
	for k, t := range f.Tracks {
		var chunks []uint64
		for _, p := range places[k] {
			chunks = append(chunks, start+p)
		}
		parts = append(parts, f.Between, t.trak(chunks))
		trex = append(trex, Full("trex", 0, 0, U32(t.ID, max(t.Trex[0], 1)), U32(t.Trex[1:]...))...)
	}
	if f.Extend || len(f.Fragments) > 0 {
		parts = append(parts, Box("mvex", trex))
	}
	return Box("moov", append(parts, f.Extra)...)
}
