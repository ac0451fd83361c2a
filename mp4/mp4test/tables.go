package mp4test

// stbl builds the sample tables.
func (t Track) stbl(chunks []uint64) []byte {
	boxes := []struct {
		name string
		box  []byte
	}{
		{"stsd", t.stsd()}, {"stts", t.stts()}, {"ctts", t.ctts()}, {"stss", t.stss()},
		{"stsc", t.stsc()}, {"stsz", t.stsz()}, {"stco", t.stco(chunks)},
	}
	var parts [][]byte
	for _, b := range boxes {
		if other, ok := t.Form.Replace[b.name]; ok {
			b.box = other
		}
		parts = append(parts, b.box)
	}
	return Box("stbl", append(parts, t.Form.Extra)...)
}

func (t Track) stsd() []byte {
	entries := t.entries()
	return Full("stsd", 0, 0, U32(uint32(len(entries))), Join(entries...))
}

// runs writes pairs of a count and a value that so many samples share.
func runs(list []Sample, value func(Sample) uint32) (count uint32, pairs []uint32) {
	for _, s := range list {
		v := value(s)
		if n := len(pairs); n > 0 && pairs[n-1] == v {
			pairs[n-2]++
			continue
		}
		pairs = append(pairs, 1, v)
		count++
	}
	return count, pairs
}

func (t Track) stts() []byte {
	count, pairs := runs(t.Samples, func(s Sample) uint32 { return s.Duration })
	return Table("stts", count, pairs...)
}

func (t Track) ctts() []byte {
	for _, s := range t.Samples {
		if s.CTO != 0 {
			count, pairs := runs(t.Samples, func(s Sample) uint32 { return uint32(s.CTO) })
			return Full("ctts", t.Form.CttsVersion, 0, U32(count), U32(pairs...))
		}
	}
	return nil
}

func (t Track) stss() []byte {
	var numbers []uint32
	for i, s := range t.Samples {
		if !s.NonSync {
			numbers = append(numbers, uint32(i+1))
		}
	}
	if len(numbers) == len(t.Samples) {
		return nil
	}
	return Table("stss", uint32(len(numbers)), numbers...)
}

// chunkLengths says how many samples each chunk has. A chunk ends where the
// sample entry changes.
func (t Track) chunkLengths() []int {
	var lengths []int
	for i := 0; i < len(t.Samples); {
		want := 1
		if c := t.Form.Chunks; len(c) > 0 {
			want = c[min(len(lengths), len(c)-1)]
		}
		n := 1
		for n < want && i+n < len(t.Samples) && t.Samples[i+n].Entry == t.Samples[i].Entry {
			n++
		}
		lengths = append(lengths, n)
		i += n
	}
	return lengths
}

func (t Track) stsc() []byte {
	var fields []uint32
	at := 0
	for k, n := range t.chunkLengths() {
		entry := max(t.Samples[at].Entry, 1)
		if f := len(fields); f == 0 || fields[f-2] != uint32(n) || fields[f-1] != entry {
			fields = append(fields, uint32(k+1), uint32(n), entry)
		}
		at += n
	}
	return Table("stsc", uint32(len(fields)/3), fields...)
}

func (t Track) stsz() []byte {
	count := uint32(len(t.Samples))
	switch {
	case t.Form.Constant:
		return Full("stsz", 0, 0, U32(t.Samples[0].Size, count))
	case t.Form.SizeBits != 0:
		return Full("stz2", 0, 0, U8(0, 0, 0, uint8(t.Form.SizeBits)), U32(count), t.compact())
	}
	var sizes []uint32
	for _, s := range t.Samples {
		sizes = append(sizes, s.Size)
	}
	return Full("stsz", 0, 0, U32(0, count), U32(sizes...))
}

func (t Track) compact() []byte {
	var b []byte
	for i, s := range t.Samples {
		switch {
		case t.Form.SizeBits == 16:
			b = append(b, U16(uint16(s.Size))...)
		case t.Form.SizeBits == 8:
			b = append(b, uint8(s.Size))
		case i%2 == 0:
			b = append(b, uint8(s.Size<<4))
		default:
			b[len(b)-1] |= uint8(s.Size)
		}
	}
	return b
}

func (t Track) stco(chunks []uint64) []byte {
	if t.Form.Offsets64 {
		return Full("co64", 0, 0, U32(uint32(len(chunks))), U64(chunks...))
	}
	var offsets []uint32
	for _, c := range chunks {
		offsets = append(offsets, uint32(c))
	}
	return Table("stco", uint32(len(chunks)), offsets...)
}
