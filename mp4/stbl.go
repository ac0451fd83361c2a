package mp4

import (
	"encoding/binary"
	"slices"

	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
)

const stblPath = "moov/trak/mdia/minf/stbl"

// sampleTables are the places of the tables of an stbl box (section 8.5).
type sampleTables struct {
	at      map[box.Type]box.Header
	source  *box.Source
	besides []box.Header
	entries uint32 // how many sample entries there are
	packet  codec.Packet
	pcm     bool // the tables count PCM frames, not packets
}

// pieceSize is how much of a table is read at once.
const pieceSize = 64 << 10

// table is the entries of one of the tables.
type table struct {
	path  string
	src   *box.Source
	head  box.Header
	at    int64 // of the first entry
	size  int64 // of an entry in bytes
	count uint32
}

// openTable finds a table and checks its entry count, which stands skip bytes
// into the payload, against the bytes there are. A missing table is empty.
func (s *sampleTables) openTable(name string, skip, entry int64) (table, error) {
	t, err := s.tableHead(name, skip, entry)
	if err != nil {
		return t, err
	}
	return t, t.check()
}

// openFitting is openTable for a table that a film can do without: of one that
// claims more entries than it has room for, it takes those. Browsers do so, too.
func (s *sampleTables) openFitting(name string, skip, entry int64) (table, error) {
	t, err := s.tableHead(name, skip, entry)
	if err == nil && t.count > 0 {
		t.count = uint32(min(int64(t.count), t.room()/t.size))
	}
	return t, err
}

func (s *sampleTables) tableHead(name string, skip, entry int64) (table, error) {
	h, ok := s.at[box.T(name)]
	if !ok {
		return table{}, nil
	}
	path := stblPath + "/" + name
	b, err := s.source.Bytes(h.Body(), int(min(skip+4, h.BodySize())))
	if err != nil {
		return table{}, err
	}
	c := box.NewCursor(b)
	c.Skip(int(skip))
	t := table{path: path, src: s.source, head: h, at: h.Body() + skip + 4, size: entry, count: c.U32()}
	return t, c.Err(path, h.Offset)
}

// room is how many bytes there are for entries.
func (t *table) room() int64 { return t.head.End() - t.at }

func (t *table) check() error {
	if int64(t.count)*t.size > t.room() {
		return box.Errorf(t.path, t.head.Offset, "claims %d entries of %d bytes, but has room for %d", t.count, t.size, t.room()/t.size)
	}
	return nil
}

// pieces calls visit with the bytes of some entries at a time.
func (t *table) pieces(visit func(b []byte) error) error {
	at, left := t.at, int64(t.count)*t.size
	for left > 0 {
		n := min(left, pieceSize/t.size*t.size)
		b, err := t.src.Bytes(at, int(n))
		if err != nil {
			return box.Errorf(t.path, t.head.Offset, "can't be read at byte %d: %v", at, err)
		}
		if err := visit(b); err != nil {
			return err
		}
		at, left = at+n, left-n
	}
	return nil
}

// each calls visit with the bytes of each entry.
func (t *table) each(visit func(b []byte) error) error {
	return t.pieces(func(b []byte) error {
		for ; len(b) > 0; b = b[t.size:] {
			if err := visit(b[:t.size]); err != nil {
				return err
			}
		}
		return nil
	})
}

// readTables finds the tables of the stbl box between two offsets.
func readTables(src *box.Source, from, to int64) (*sampleTables, error) {
	s := &sampleTables{at: map[box.Type]box.Header{}, source: src}
	err := src.ChildrenClipped(stblPath, from, to, isVital, func(h box.Header) error {
		if isBeside(&h) {
			s.besides = append(s.besides, h)
			return nil
		}
		if _, twice := s.at[h.Type]; !twice {
			s.at[h.Type] = h
		}
		return nil
	})
	return s, err
}

// index builds the index of a progressive track with these sample entries.
// fileSize bounds how many samples can be real.
func (s *sampleTables) index(fileSize int64, entries []codec.Entry) (*Index, error) {
	x := &Index{}
	s.entries, s.packet = uint32(len(entries)), entries[0].Packet
	if err := s.readSizes(x, fileSize); err != nil {
		return nil, err
	}
	steps := []func(*Index) error{s.readChunks, s.readTimes, s.readOffsets, s.readSync}
	for _, step := range steps {
		if err := step(x); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// readSizes reads stsz or stz2 (section 8.7.3).
func (s *sampleTables) readSizes(x *Index, fileSize int64) error {
	if _, ok := s.at[box.T("stz2")]; ok {
		return s.readCompactSizes(x)
	}
	h, ok := s.at[box.T("stsz")]
	if !ok {
		return nil
	}
	path := stblPath + "/stsz"
	b, err := s.source.Bytes(h.Body(), int(min(12, h.BodySize())))
	if err != nil {
		return err
	}
	c := box.NewCursor(b)
	c.FullBox()
	size, count := c.U32(), c.U32()
	if err := c.Err(path, h.Offset); err != nil {
		return err
	}
	if size == 1 {
		if s.pcm, err = s.countsFrames(); err != nil {
			return err
		}
	}
	if s.pcm {
		size, count = s.packet.Bytes, s.packets(count)
	}
	if size != 0 {
		if int64(count) > fileSize {
			return box.Errorf(path, h.Offset, "claims %d samples of %d bytes in a file of %d bytes", count, size, fileSize)
		}
		x.sizes.add(count, size)
		return nil
	}
	t := table{path: path, src: s.source, head: h, at: h.Body() + 12, size: 4, count: count}
	if err := t.check(); err != nil {
		return err
	}
	return t.pieces(func(b []byte) error {
		sum, _ := x.sizes.addColumn(column{b: b, size: 4, count: uint32(len(b) / 4)})
		x.total += sum
		return nil
	})
}

// countsFrames tells whether the samples of the tables are PCM frames, as
// QuickTime has them: of one byte each, whatever their packets are, and of one
// tick each.
func (s *sampleTables) countsFrames() (bool, error) {
	if s.packet.Frames == 0 || s.packet.Bytes == 0 {
		return false, nil
	}
	t, err := s.openTable("stts", 4, 8)
	if err != nil || t.count != 1 {
		return false, err
	}
	unit := false
	err = t.each(func(b []byte) error {
		unit = binary.BigEndian.Uint32(b[4:]) == 1
		return nil
	})
	return unit, err
}

// packets is how many packets hold so many PCM frames.
func (s *sampleTables) packets(frames uint32) uint32 {
	return uint32((uint64(frames) + uint64(s.packet.Frames) - 1) / uint64(s.packet.Frames))
}

func (s *sampleTables) readCompactSizes(x *Index) error {
	h := s.at[box.T("stz2")]
	path := stblPath + "/stz2"
	b, err := s.source.Bytes(h.Body(), int(min(12, h.BodySize())))
	if err != nil {
		return err
	}
	c := box.NewCursor(b)
	c.Skip(7)
	bits, count := c.U8(), c.U32()
	if err := c.Err(path, h.Offset); err != nil {
		return err
	}
	if bits != 4 && bits != 8 && bits != 16 {
		return box.Errorf(path, h.Offset, "has a field size of %d bits; 4, 8 and 16 are allowed", bits)
	}
	entries := uint32((int64(count)*int64(bits) + 7) / 8)
	t := table{path: path, src: s.source, head: h, at: h.Body() + 12, size: 1, count: entries}
	if bits == 16 {
		t.size, t.count = 2, count
	}
	if err := t.check(); err != nil {
		return err
	}
	return t.each(func(b []byte) error {
		switch bits {
		case 4:
			x.sizes.add(1, uint32(b[0]>>4))
			if x.sizes.n < count {
				x.sizes.add(1, uint32(b[0]&15))
			}
		case 8:
			x.sizes.add(1, uint32(b[0]))
		default:
			x.sizes.add(1, uint32(binary.BigEndian.Uint16(b)))
		}
		return nil
	})
}

// chunkRun is one entry of stsc (section 8.7.4).
type chunkRun struct {
	first   uint32 // number of the first chunk, from 1
	samples uint32 // in each chunk
	entry   uint32 // sample description index
}

// readChunks reads stsc and stco or co64 (sections 8.7.4 and 8.7.5), and with
// them sets how many samples there are.
func (s *sampleTables) readChunks(x *Index) error {
	runs, err := s.chunkRuns()
	if err != nil {
		return err
	}
	name, size := "stco", int64(4)
	if _, ok := s.at[box.T("co64")]; ok {
		name, size = "co64", 8
	}
	t, err := s.openTable(name, 4, size)
	if err != nil {
		return err
	}
	x.chunks = newChunkTable(min(t.count, x.sizes.n))
	r := chunkReader{table: t, x: x, runs: runs}
	err = t.pieces(r.piece)
	x.entries.add(r.alike, r.entry)
	if x.n < x.sizes.n {
		x.sizes.cut(x.n)
		x.total = 0
	}
	if x.total == 0 && x.n > 0 {
		x.total = x.sizes.sum(0, x.n)
	}
	return err
}

// chunkReader puts chunks into an index.
type chunkReader struct {
	table
	x     *Index
	runs  []chunkRun
	run   int    // that the next chunk is of, or one before it
	chunk uint32 // how many were read
	entry uint32 // of the last samples,
	alike uint32 // so many
}

func (r *chunkReader) piece(b []byte) error {
	for len(b) > 0 {
		for r.run+1 < len(r.runs) && r.runs[r.run+1].first <= r.chunk+1 {
			r.run++
		}
		alike := uint32(int64(len(b)) / r.size)
		if r.run+1 < len(r.runs) {
			alike = min(alike, r.runs[r.run+1].first-r.chunk-1)
		}
		some := b[:int64(alike)*r.size]
		if r.run < len(r.runs) && r.chunk+1 >= r.runs[r.run].first {
			if err := r.add(some, r.runs[r.run]); err != nil {
				return err
			}
		}
		r.chunk += alike
		b = b[len(some):]
	}
	return nil
}

// add adds chunks of one run, as long as there are samples for them.
func (r *chunkReader) add(b []byte, run chunkRun) error {
	x, before := r.x, r.x.n
	if left := x.sizes.n - x.n; left > 0 && run.samples > 0 {
		n := min(uint32(int64(len(b))/r.size), (left-1)/run.samples+1)
		done := x.chunks.addColumn(x.n, run.samples, b[:int64(n)*r.size], int(r.size))
		if done < int(n) {
			k := uint32(done)
			return box.Errorf(r.path, r.head.Offset, "chunk %d should lie at byte %d", r.chunk+k+1, binary.BigEndian.Uint64(b[8*k:]))
		}
		x.n += uint32(min(uint64(n)*uint64(run.samples), uint64(left)))
	}
	if run.entry != r.entry {
		x.entries.add(r.alike, r.entry)
		r.entry, r.alike = run.entry, 0
	}
	r.alike += x.n - before
	return nil
}

func (s *sampleTables) chunkRuns() ([]chunkRun, error) {
	t, err := s.openTable("stsc", 4, 12)
	if err != nil {
		return nil, err
	}
	runs := make([]chunkRun, 0, t.count) // of which there are as many bytes in the file
	err = t.each(func(b []byte) error {
		r := chunkRun{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])}
		if n := len(runs); n > 0 && r.first <= runs[n-1].first {
			return box.Errorf(t.path, t.head.Offset, "chunk numbers do not ascend: %d after %d", r.first, runs[n-1].first)
		}
		if r.entry == 0 || r.entry > s.entries {
			r.entry = 1
		}
		if s.pcm {
			r.samples = s.packets(r.samples)
		}
		runs = append(runs, r)
		return nil
	})
	return runs, err
}

// readTimes reads stts (section 8.6.1.2). Where it ends too early, the last
// duration goes on.
func (s *sampleTables) readTimes(x *Index) error {
	t, err := s.openTable("stts", 4, 8)
	if err != nil {
		return err
	}
	last := uint32(0)
	err = t.each(func(b []byte) error {
		count, delta := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		if delta > 1<<31-1 {
			delta = 1 // some writers put negative durations here, where time stood still
		}
		if s.pcm {
			count, delta = s.packets(count), s.packet.Frames
		}
		last = delta
		if !x.times.add(min(count, x.n-x.times.n), delta) {
			return box.Errorf(t.path, t.head.Offset, "adds up to more time than can be")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if x.times.n < x.n && !x.times.add(x.n-x.times.n, last) {
		return box.Errorf(t.path, t.head.Offset, "adds up to more time than can be")
	}
	return nil
}

// readOffsets reads ctts (section 8.6.1.3). Version 0 is read as signed too:
// QuickTime files have negative offsets there, and none is above 2^31.
func (s *sampleTables) readOffsets(x *Index) error {
	t, err := s.openFitting("ctts", 4, 8)
	if err != nil {
		return err
	}
	err = t.pieces(func(b []byte) error {
		for ; len(b) > 0; b = b[8:] {
			x.offsets.add(min(binary.BigEndian.Uint32(b), x.n-x.offsets.n), binary.BigEndian.Uint32(b[4:]))
		}
		return nil
	})
	x.offsets.add(x.n-x.offsets.n, 0)
	return err
}

// readSync reads stss (section 8.6.2). Without one, all samples are sync.
func (s *sampleTables) readSync(x *Index) error {
	if _, ok := s.at[box.T("stss")]; !ok {
		return nil
	}
	t, err := s.openFitting("stss", 4, 4)
	if err != nil {
		return err
	}
	x.sync.some = true
	err = t.each(func(b []byte) error {
		number := binary.BigEndian.Uint32(b)
		if number == 0 || number > x.n {
			return nil
		}
		x.sync.list = append(x.sync.list, number-1)
		return nil
	})
	slices.Sort(x.sync.list)
	x.sync.list = slices.Compact(x.sync.list)
	return err
}
