package fragment

import (
	"fmt"
	"io"
	"math"
	"slices"

	"vodsrv/mp4/box"
)

// whole turns a file that was written as fragments into one without
// (hybrid_fragmented): all that was written becomes the content of one mdat,
// behind which a moov says where each sample lies.
//
//	ftyp free moov (moof mdat)...  as it is written, and where it is cut short
//	ftyp free mdat moov            once it is whole
//
// What the flags do to times concerns the fragments. The moov at the end is
// that of a file without fragments, whose edit lists keep all instants.
type whole struct {
	*converter // with times as the moov at the end has them
	patch      io.WriterAt
	from       int64   // what follows the placeholder
	chunks     [][]run // of each track: first counts from its first sample, place from the start of the file
}

// newWhole prepares for what c writes to w.
func newWhole(c converter, w io.Writer) (*whole, error) {
	patch, ok := w.(io.WriterAt)
	if !ok {
		return nil, fmt.Errorf("movflags: hybrid_fragmented changes the start of the file once its end is written, which a pipe does not allow; name a file to write to")
	}
	tracks, err := chosen(c.movie, c.o)
	if err != nil {
		return nil, err
	}
	c.tracks = tracks
	from := int64(len(c.header().ftyp()))
	return &whole{converter: &c, patch: patch, from: from, chunks: make([][]run, len(tracks))}, nil
}

// addTrack notes where samples of track k lie: in runs whose places count from
// a base.
func (w *whole) addTrack(k int, runs []run, samples []sample, base int64) {
	for _, r := range runs {
		r.first = int(samples[r.first].number) - w.tracks[k].first
		r.place += base
		w.chunks[k] = append(w.chunks[k], r)
	}
}

// addFragment notes where the samples of a fragment lie, whose payload begins
// at an offset.
func (w *whole) addFragment(l layout, trafs []traf, payload int64) {
	runs, _, _ := l.place(trafs)
	for _, r := range runs {
		t := trafs[r.traf]
		k := slices.IndexFunc(w.tracks, func(p *packets) bool { return p.id == t.id })
		w.addTrack(k, []run{r}, t.samples, payload)
	}
}

// finish writes the moov and hides the fragments. The head of the mdat comes
// last: a file that was not finished is one of fragments.
func (w *whole) finish() error {
	h, batch := w.plain()
	tables := tablesOf(w.tracksWith(batch))
	if err := w.beside(tables); err != nil {
		return err
	}
	for k, t := range tables {
		t.chunks, t.wide = w.chunks[k], w.at > math.MaxUint32
		h.tracks[k].tables = t.write
	}
	size := w.at - w.from
	if err := w.write(h.moov()); err != nil {
		return err
	}
	return w.hide(size)
}

// beside writes the auxiliary information of all samples once more, if there
// is any: in the moov, what a track has must lie together.
func (w *whole) beside(tables []*moovTables) error {
	ranges, size, err := placeBeside(tables, 0)
	if err != nil || len(ranges) == 0 {
		return err
	}
	head := mdatHeader(size)
	for _, t := range tables {
		for i := range t.beside {
			t.beside[i].place += w.at + int64(len(head))
		}
	}
	return w.mdat(head, ranges)
}

// hide makes one mdat of so many bytes behind the placeholder. As ffmpeg does
// it, the placeholder itself goes into the head only if that takes 64 bits.
func (w *whole) hide(size int64) error {
	b, at := box.NewBuilder(16), w.from
	if size > math.MaxUint32 {
		at -= placeholderSize
		b.U32(1)
		b.Type(box.T("mdat"))
		b.U64(uint64(size + placeholderSize))
	} else {
		b.U32(uint32(size))
		b.Type(box.T("mdat"))
	}
	_, err := w.patch.WriteAt(b.Done(), at)
	return err
}
