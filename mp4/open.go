package mp4

import (
	"errors"
	"fmt"
	"io"

	"vodsrv/mp4/box"
)

const (
	moovAhead = 64 << 10 // the boxes of a moov lie close together
	topAhead  = 4 << 10  // top-level boxes lie far apart
)

// Option changes how Open goes about it, never what comes of it.
type Option func(*opener)

// Together has Open read what is long, and independent of each other, by run,
// which calls do with each number from 0 to n-1, in turn or at the same time,
// and returns once all calls have. The file is then read by as many goroutines.
// nil is as if there were none.
func Together(run func(n int, do func(k int))) Option {
	return func(o *opener) { o.together = run }
}

// Open reads the index of the file that r holds size bytes of. It keeps r
// only while it runs. Memory and time are bounded by the bytes of the moov and
// moof boxes that are really there. Errors are *FormatError,
// *UnsupportedError, or what r returned. Of a film that is cut off, or has a
// damaged fragment, there is what comes before (Movie.Truncated).
func Open(r io.ReaderAt, size int64, options ...Option) (*Movie, error) {
	o := &opener{
		src:   box.NewSource(r, size),
		movie: &Movie{Size: size},
		trex:  map[uint32]defaults{},
		early: -1,
		epoch: 1,
	}
	for _, option := range options {
		option(o)
	}
	if err := o.walk(0); err != nil {
		return nil, err
	}
	if early := o.early; o.moov && early >= 0 {
		// Fragments stood before the moov that explains them.
		o.early = -1
		o.settle(early)
		if err := o.walk(early); err != nil {
			return nil, err
		}
	}
	return o.finish()
}

// opener is the state of one Open.
type opener struct {
	src      *box.Source
	movie    *Movie
	trex     map[uint32]defaults
	frags    map[uint32]*fragmentTrack
	fragment fragmentReader
	moov     bool             // a moov was read
	early    int64            // the first moof, if it stands before the moov; else -1
	cut      *FormatError     // the box with which the film ends too early
	plain    bool             // the last moof can be sent as it is, if its mdat can
	dataEnd  int64            // where the samples of the last moof end
	claimed  int64            // bytes of samples for which no table stands in the file
	pssh     map[string]bool  // the boxes of Movie.Pssh
	untimed  bool             // a traf told no time, or one that can't be
	last     map[uint32]int64 // by track, the last moof, where an index tells it

	reach int64 // the end of the media of all fragments read so far
	head  moofHead
	whole extent
	epoch int // counts how often that became more

	resumed   bool // what a Movie has was read before
	inherited int  // how many of the fragments are also that Movie's

	together func(n int, do func(k int)) // nil for in turn
	large    []*trakReader               // whose tables are read together
}

// extent is how much of a file was read when last all media lay in what was
// read, and the state of reading then. The tracks' part of it is in
// fragmentTrack.
type extent struct {
	end       int64 // of it, in bytes
	fragments int
	last      Fragment // as it was
	head      moofHead
	pssh      int
	claimed   int64
	plain     bool
	dataEnd   int64
}

// firstBoxes are what files of this family begin with.
var firstBoxes = map[string]bool{
	"ftyp": true, "styp": true, "moov": true, "moof": true, "mdat": true, "free": true, "skip": true, "wide": true,
	"pnot": true, "sidx": true, "ssix": true, "emsg": true, "prft": true, "uuid": true, "meta": true, "udta": true, "PICT": true,
}

// walk reads the top-level boxes from an offset to the end of the file.
func (o *opener) walk(at int64) error {
	size := o.src.Size()
	if size == 0 {
		return box.Errorf("", 0, "the file is empty")
	}
	o.src.SetAhead(topAhead)
	for size-at >= 8 {
		h, err := o.src.Header(at, size)
		if at == 0 && (err == nil || isFormat(err)) && !firstBoxes[h.Type.String()] {
			return o.notMP4()
		}
		if err != nil {
			return o.cutShort(err)
		}
		if h.End() > size {
			o.cut = &FormatError{Box: h.Type.String(), Offset: at, Reason: fmt.Sprintf("should go on to byte %d, but the file ends at byte %d", h.End(), size)}
			if h.Type != typeMdat {
				return nil
			}
		}
		if err := o.top(h); err != nil {
			if h.Type == typeMoof && o.end(err) {
				return nil
			}
			return err
		}
		at = h.End()
		if at <= size && !h.ToEnd {
			o.settle(at)
		}
	}
	return nil
}

func isFormat(err error) bool {
	var format *FormatError
	return errors.As(err, &format)
}

// cutShort ends the film in front of a box whose header can't be read, unless
// it was reading that failed.
func (o *opener) cutShort(err error) error {
	if errors.As(err, &o.cut) {
		return nil
	}
	return err
}

// settle notes that all boxes before an offset are whole, if their media is.
func (o *opener) settle(at int64) {
	if !o.moov || o.early >= 0 || o.reach > at {
		return
	}
	w := &o.whole
	w.end, w.fragments, w.pssh = at, len(o.movie.Fragments), len(o.movie.Pssh)
	w.claimed, w.plain, w.dataEnd = o.claimed, o.plain, o.dataEnd
	if w.fragments > 0 {
		w.last, w.head = o.movie.Fragments[w.fragments-1], o.head
	}
	o.epoch++
}

// end ends the film in front of a fragment that is damaged, and reports
// whether that leaves anything of it.
func (o *opener) end(err error) bool {
	var format *FormatError
	var unsupported *UnsupportedError
	switch {
	case errors.As(err, &format):
	case errors.As(err, &unsupported):
		format = &FormatError{Box: unsupported.Box, Offset: unsupported.Offset, Reason: unsupported.Reason}
	default:
		return false
	}
	m, some := o.movie, false
	for _, f := range o.frags {
		f.restore(o.epoch)
	}
	o.epoch++ // nothing is left that may not be whole
	for _, t := range m.Tracks {
		some = some || t.Index.n > 0
	}
	m.Fragments, m.Pssh = m.Fragments[:o.whole.fragments], m.Pssh[:o.whole.pssh]
	o.reach, o.cut = 0, format
	return some
}

func (o *opener) notMP4() error {
	b, err := o.src.Bytes(0, int(min(8, o.src.Size())))
	if err != nil {
		return err
	}
	return box.Errorf("", 0, "this is not an MP4 file: it begins with %q where a box such as ftyp should be", b)
}

// top reads one top-level box.
func (o *opener) top(h box.Header) error {
	switch h.Type {
	case typeMdat:
		o.readMdat(h)
	case typeMoof:
		if o.moov && o.early < 0 {
			return o.readMoof(h)
		}
		if o.early < 0 {
			o.early = h.Offset
		}
	case box.T("ftyp"):
		return o.readFtyp(h)
	case box.T("moov"):
		if o.moov {
			return nil
		}
		o.moov = true
		err := o.readMoov(h)
		o.src.SetAhead(topAhead)
		return err
	case box.T("mfra"):
		o.movie.Complete = o.moov && o.early < 0 && h.End() <= o.src.Size()
	}
	return nil
}

// readFtyp reads the brands (section 4.3).
func (o *opener) readFtyp(h box.Header) error {
	if len(o.movie.Brands) > 0 {
		return nil
	}
	body, err := o.src.Body("ftyp", h, smallBox)
	if err != nil {
		return err
	}
	c := box.NewCursor(body)
	o.movie.Brands = append(o.movie.Brands, c.Type().String())
	c.Skip(4)
	for c.Left() >= 4 {
		o.movie.Brands = append(o.movie.Brands, c.Type().String())
	}
	return c.Err("ftyp", h.Offset)
}

// finish completes the Movie once all boxes are read.
func (o *opener) finish() (*Movie, error) {
	m := o.movie
	if !o.moov {
		return nil, o.noMoov()
	}
	if len(m.Tracks) == 0 {
		return nil, box.Errorf("moov", 0, "has no tracks")
	}
	if err := o.allBroken(); err != nil {
		return nil, err
	}
	tracks := make([]continuedTrack, len(m.Tracks))
	grows := m.Fragmented && !m.Partial
	for k, t := range m.Tracks {
		pending := o.pending(t)
		if grows && pending != nil {
			tracks[k] = o.continued(t)
		}
		if n := o.present(t); n < t.Index.n && !t.elsewhere {
			grows = grows && n >= t.inMoov
			if m.Truncated == nil {
				m.Truncated = o.missing(t, n)
			}
			t.Index.cut(n)
		}
		t.Index.finish()
		finishBesides(t.Groups, t.Auxiliary, t.Index.n)
		if !o.resumed {
			t.compact()
		}
		if grows && pending == nil {
			tracks[k] = o.continued(t)
		}
	}
	if grows {
		m.next = o.continuation(tracks)
	}
	if m.Fragmented && o.cut != nil && m.Truncated == nil {
		m.Truncated = o.cut
	}
	m.End = o.whole.end
	m.Complete = m.Complete || !m.Fragmented && m.Truncated == nil
	m.setTimelines()
	return m, nil
}

// present is how many samples of a track, from the first on, lie in the file.
// All those do that were read before what is whole ended.
func (o *opener) present(t *Track) uint32 {
	x := t.Index
	if n := x.whole(0, t.inMoov, o.src.Size()); n < t.inMoov && !o.resumed {
		return n
	}
	if f := o.pending(t); o.reach > o.src.Size() && f != nil {
		return x.whole(f.mark.chunks, x.n, o.src.Size())
	}
	return x.n
}

// missing says where the media of a track ends too early.
func (o *opener) missing(t *Track, n uint32) *FormatError {
	if o.cut != nil {
		return o.cut
	}
	s := t.Index.At(int(n))
	return &FormatError{Box: "mdat", Offset: s.Offset, Reason: fmt.Sprintf(
		"sample %d of track %d should go on to byte %d, but the file ends at byte %d", n+1, t.ID, s.End(), o.src.Size())}
}

func (o *opener) noMoov() error {
	switch {
	case o.cut != nil && o.cut.Box == "moov":
		return o.cut
	case o.cut != nil:
		return &FormatError{Box: o.cut.Box, Offset: o.cut.Offset, Reason: o.cut.Reason +
			"; the moov box, without which nothing can be played, is missing: the file was cut or is still being written"}
	case o.early >= 0:
		return &UnsupportedError{Box: "moof", Offset: o.early, Reason: "is part of a media segment whose init segment (moov) is in another file"}
	}
	return box.Errorf("", o.src.Size(), "the file ends without a moov box, which says what it holds")
}

// allBroken returns the first track's fault if no track is sound.
func (o *opener) allBroken() error {
	for _, t := range o.movie.Tracks {
		if t.Broken == nil {
			return nil
		}
	}
	return o.movie.Tracks[0].Broken
}

// whole returns how many samples up to one, of chunks from one on, lie inside
// a file of that size.
func (x *Index) whole(chunk int, to uint32, size int64) uint32 {
	largest, longest := x.sizes.largest(), x.longestChunk()
	if longest < 1<<30 && x.chunks.furthest+int64(longest)*largest <= size {
		return to // as in a film with the moov at its end
	}
	high := x.chunks.high.cursor(uint32(chunk))
	for k := chunk; k < len(x.chunks.first) && x.chunks.first[k] < to; k++ {
		first, end := x.chunks.first[k], x.chunkEnd(k)
		offset := int64(high.at(uint32(k)))<<32 | int64(x.chunks.low[k])
		// Of nearly all chunks a bound is enough to know.
		if offset+int64(end-first)*largest <= size || offset+x.sizes.sum(first, end) <= size {
			continue
		}
		for i := first; i < end; i++ {
			offset += int64(x.sizes.at(i))
			if offset > size {
				return i
			}
		}
	}
	return to
}
