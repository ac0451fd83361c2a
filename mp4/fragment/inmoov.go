package fragment

import (
	"math"
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
)

// first writes the layout of frag_keyframe alone: the samples of the first
// fragment have their tables in the moov.
func (c *converter) first(batch [][]sample) error {
	h := c.header()
	for k, list := range batch {
		t := &h.tracks[k]
		for _, s := range list {
			t.mediaDuration += uint64(s.duration)
		}
		t.movieDuration = uint64(mp4.Rescale(int64(t.mediaDuration), t.timescale, h.timescale))
		h.duration = max(h.duration, t.movieDuration)
		if n := len(t.edits); n > 0 {
			// Without a duration, ffmpeg takes the edit in a moov with samples
			// for an empty one.
			t.edits[n-1].Duration = c.tracks[k].length(h.timescale)
		}
	}
	return c.inMoov(h, batch)
}

// progressive writes a file without fragments, its moov first.
func (c *converter) progressive() error {
	return c.inMoov(c.plain())
}

// plain is the header of a file without fragments, and the samples of each
// track.
func (c *converter) plain() (header, [][]sample) {
	c.regime = regime{edits: true}
	h := c.header()
	h.fragments, h.progressive = 0, true
	h.brands = []string{"isom", "isom", "iso2", "avc1", "mp41"}
	batch := make([][]sample, len(c.tracks))
	for k, p := range c.tracks {
		src := p.source()
		batch[k] = make([]sample, 0, p.end-p.first)
		for ; src.more; src.advance() {
			batch[k] = append(batch[k], src.head)
		}
		t := &h.tracks[k]
		t.chapters = c.chaptersOf(p.track)
		last := batch[k][len(batch[k])-1]
		t.mediaDuration = uint64(last.dts + int64(last.duration) - p.start)
		t.setEditDuration(p, h.timescale)
		h.duration = max(h.duration, t.movieDuration)
	}
	return h, batch
}

// chaptersOf are the ids in the output of the tracks that hold the chapters of
// one.
func (c *converter) chaptersOf(track *mp4.Track) []uint32 {
	var ids []uint32
	for _, p := range c.tracks {
		if slices.Contains(track.Chapters, p.track.ID) {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// setEditDuration completes the edit list of a track whose length is known,
// rounded up so that nothing is cut off.
func (t *trackHeader) setEditDuration(p *packets, movieScale uint32) {
	end := uint64(max(0, rescaleUp(p.shownEnd(), p.scale, movieScale)))
	t.movieDuration = end
	last := &t.edits[len(t.edits)-1]
	if len(t.edits) > 1 {
		end -= min(end, t.edits[0].Duration)
	}
	last.Duration = end
}

// inMoov writes
//
//	ftyp
//	moov (with sample tables)
//	mdat
func (c *converter) inMoov(h header, batch [][]sample) error {
	trafs := c.tracksWith(batch)
	runs, ranges, payload := layout{}.place(trafs)
	tables := tablesOf(trafs)
	for k := range tables {
		n := 0
		for n < len(runs) && runs[n].traf == k {
			n++
		}
		tables[k].chunks = runs[:n]
		runs = runs[n:]
	}
	beside, payload, err := placeBeside(tables, payload)
	if err != nil {
		return err
	}
	for k := range tables {
		tables[k].wide = payload > math.MaxUint32-1<<28
		h.tracks[k].tables = tables[k].write
	}
	// Where the samples lie depends on how long the moov is, which does not
	// depend on where they lie.
	head := mdatHeader(payload)
	base := int64(len(h.bytes()) + len(head))
	for k := range tables {
		tables[k].base = base
		if c.whole != nil {
			c.whole.addTrack(k, tables[k].chunks, tables[k].samples, base)
		}
	}
	if err := c.write(h.bytes()); err != nil {
		return err
	}
	return c.mdat(head, append(ranges, beside...))
}

// tracksWith are all tracks with their samples, even those that have none.
func (c *converter) tracksWith(batch [][]sample) []traf {
	trafs := make([]traf, len(batch))
	for k, list := range batch {
		trafs[k] = traf{track: c.tracks[k].track, id: c.tracks[k].id, samples: list}
	}
	return trafs
}

// mdat writes an mdat by its head and the ranges of the source in it.
func (c *converter) mdat(head []byte, ranges []Part) error {
	return c.segment(&Segment{Parts: append([]Part{{Data: head, Size: int64(len(head))}}, ranges...)})
}

// tablesOf are the tables for the samples of each track, not placed yet.
func tablesOf(trafs []traf) []*moovTables {
	var tables []*moovTables
	for _, t := range trafs {
		tables = append(tables, &moovTables{traf: t})
	}
	return tables
}

// placeBeside places the auxiliary information of all tables at some bytes
// after their base, one behind the other. It gives the ranges of the source
// that they are, and where they end.
func placeBeside(tables []*moovTables, at int64) (ranges []Part, end int64, err error) {
	for _, t := range tables {
		if len(t.samples) == 0 {
			continue
		}
		from, to := t.span()
		for _, i := range informationOf(t.track, from, to) {
			if i.longest > longestInformation {
				return nil, 0, tooLong(t.track)
			}
			t.beside = append(t.beside, placedInformation{i, at})
			ranges = append(ranges, partsOf(i.Spans(from, to))...)
			at += i.total
		}
	}
	return ranges, at, nil
}

// mdatHeader is the head of an mdat, with a 64-bit size where it takes one.
func mdatHeader(payload int64) []byte {
	b := box.NewBuilder(16)
	if payload+mdatHead <= math.MaxUint32 {
		b.U32(uint32(payload + mdatHead))
		b.Type(box.T("mdat"))
		return b.Done()
	}
	b.U32(1)
	b.Type(box.T("mdat"))
	b.U64(uint64(payload + 16))
	return b.Done()
}

// moovTables are the sample tables of one track (section 8.5 to 8.7).
type moovTables struct {
	traf
	beside []placedInformation
	chunks []run
	base   int64 // where the mdat's payload begins in the output
	wide   bool  // offsets take 64 bits
}

func (t *moovTables) write(b *box.Builder) {
	t.stts(b)
	t.stss(b)
	t.ctts(b)
	t.stsc(b)
	t.stsz(b)
	t.stco(b)
	if len(t.samples) == 0 {
		return
	}
	t.sampleGroups(b, false)
	for _, i := range t.beside {
		i.saiz(b)
		t.saio(b, i)
	}
}

// runLength writes a table of (count, value) entries.
func (t *moovTables) runLength(b *box.Builder, name string, version uint8, value func(sample) uint32) {
	b.StartFull(name, version, 0)
	at := b.Len()
	b.U32(0)
	entries := uint32(0)
	for i := 0; i < len(t.samples); {
		n, v := 1, value(t.samples[i])
		for i+n < len(t.samples) && value(t.samples[i+n]) == v {
			n++
		}
		b.U32(uint32(n))
		b.U32(v)
		i += n
		entries++
	}
	b.PatchU32(at, entries)
	b.End()
}

func (t *moovTables) stts(b *box.Builder) {
	t.runLength(b, "stts", 0, func(s sample) uint32 { return s.duration })
}

func (t *moovTables) ctts(b *box.Builder) {
	version, needed := uint8(0), false
	for _, s := range t.samples {
		needed = needed || s.cto != 0
		if s.cto < 0 {
			version = 1
		}
	}
	if needed {
		t.runLength(b, "ctts", version, func(s sample) uint32 { return uint32(s.cto) })
	}
}

// stss is left out where all samples are sync.
func (t *moovTables) stss(b *box.Builder) {
	var list []uint32
	for i, s := range t.samples {
		if s.sync {
			list = append(list, uint32(i+1))
		}
	}
	if len(list) == len(t.samples) {
		return
	}
	b.StartFull("stss", 0, 0)
	b.U32(uint32(len(list)))
	for _, n := range list {
		b.U32(n)
	}
	b.End()
}

// stsc has an entry wherever a chunk differs from the one before.
func (t *moovTables) stsc(b *box.Builder) {
	b.StartFull("stsc", 0, 0)
	at := b.Len()
	b.U32(0)
	entries := uint32(0)
	last, lastEntry := 0, uint32(0)
	for k, r := range t.chunks {
		entry := t.samples[r.first].entry
		if r.n == last && entry == lastEntry {
			continue
		}
		b.U32(uint32(k + 1))
		b.U32(uint32(r.n))
		b.U32(entry)
		last, lastEntry = r.n, entry
		entries++
	}
	b.PatchU32(at, entries)
	b.End()
}

// stsz holds no table where all samples have one size (section 8.7.3.2): of PCM,
// there are millions.
func (t *moovTables) stsz(b *box.Builder) {
	b.StartFull("stsz", 0, 0)
	size := t.oneSize()
	b.U32(size)
	b.U32(uint32(len(t.samples)))
	if size == 0 {
		for _, s := range t.samples {
			b.U32(s.size)
		}
	}
	b.End()
}

// oneSize is the size that all samples have; 0 if there is none.
func (t *moovTables) oneSize() uint32 {
	size := uint32(0)
	for i, s := range t.samples {
		if i > 0 && s.size != size {
			return 0
		}
		size = s.size
	}
	return size
}

func (t *moovTables) stco(b *box.Builder) {
	name := "stco"
	if t.wide {
		name = "co64"
	}
	b.StartFull(name, 0, 0)
	b.U32(uint32(len(t.chunks)))
	for _, r := range t.chunks {
		if t.wide {
			b.U64(uint64(t.base + r.place))
		} else {
			b.U32(uint32(t.base + r.place))
		}
	}
	b.End()
}

// placedInformation is auxiliary information with its place in the mdat's
// payload.
type placedInformation struct {
	information
	place int64
}

// saio points to auxiliary information behind the samples.
func (t *moovTables) saio(b *box.Builder, i placedInformation) {
	version := uint8(0)
	if t.wide {
		version = 1
	}
	i.start(b, "saio", version)
	b.U32(1)
	if t.wide {
		b.U64(uint64(t.base + i.place))
	} else {
		b.U32(uint32(t.base + i.place))
	}
	b.End()
}
