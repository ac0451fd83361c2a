package mp4

import (
	"errors"
	"io"
	"slices"

	"vodsrv/mp4/box"
)

// ErrNoGlance says that a file has no index of its fragments, or none that can
// be believed: Open reads it.
var ErrNoGlance = errors.New("mp4: the file has no index of its fragments that can be trusted")

// glanceBoxes bounds how many top-level boxes Glance looks at, at either end
// of the file.
const glanceBoxes = 256

// Glance describes a fragmented file by a few reads, whatever its length: it
// reads the moov and the first and the last fragments, which mfra or a sidx
// that lists all of the file leads to. What these say is checked against the
// boxes they point at. Tracks know when they begin and end; their indexes hold
// the samples of those fragments only (Movie.Partial). It fails with
// ErrNoGlance for all files but such.
func Glance(r io.ReaderAt, size int64) (*Movie, error) {
	o := &opener{src: box.NewSource(r, size), movie: &Movie{Size: size, Partial: true}, trex: map[uint32]defaults{}, early: -1}
	g := glance{opener: o}
	for _, step := range []func() error{g.front, g.back} {
		if err := step(); err != nil {
			return nil, g.doubt(err)
		}
	}
	m, err := o.finish()
	if err != nil {
		return nil, g.doubt(err)
	}
	if m.Truncated != nil {
		return nil, ErrNoGlance
	}
	m.End, m.Complete = size, m.Complete || g.last != nil
	return m, nil
}

// glance is the state of one Glance.
type glance struct {
	*opener
	sidx box.Header // the last one before the first fragment
}

// doubt keeps errors of reading; all others are Open's to tell.
func (g *glance) doubt(err error) error {
	var format *FormatError
	var unsupported *UnsupportedError
	if errors.As(err, &format) || errors.As(err, &unsupported) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrNoGlance
	}
	return err
}

// front reads the file up to where every track has begun.
func (g *glance) front() error {
	at := int64(0)
	g.src.SetAhead(topAhead)
	for range glanceBoxes {
		h, err := g.src.Header(at, g.src.Size())
		if err != nil {
			return err
		}
		if h.Type == box.T("sidx") {
			g.sidx = h
		}
		if err := g.top(h); err != nil {
			return err
		}
		if h.Type == box.T("mdat") && len(g.movie.Fragments) > 0 && g.begun() {
			return nil
		}
		at = h.End()
	}
	return ErrNoGlance
}

// begun tells whether all tracks have samples that are shown: an edit list may
// pass over those of the first fragments.
func (g *glance) begun() bool {
	for _, t := range g.movie.Tracks {
		if t.Broken == nil && !t.begun() {
			return false
		}
	}
	return true
}

func (t *Track) begun() bool {
	from := int64(minTime)
	if k := slices.IndexFunc(t.Edits, func(e Edit) bool { return e.MediaTime >= 0 }); k >= 0 {
		from = t.Edits[k].MediaTime
	}
	for c := t.Index.Cursor(0); ; {
		s, more := c.Next()
		if !more || s.PTS()+int64(s.Duration) > from {
			return more
		}
	}
}

// back reads the last fragments.
func (g *glance) back() error {
	from, to, err := g.byMfra()
	if errors.Is(err, ErrNoGlance) {
		from, to, err = g.bySidx()
	}
	if err != nil {
		return err
	}
	read := int64(0) // the end of what front has read
	if n := len(g.movie.Fragments); n > 0 {
		read = g.movie.Fragments[n-1].End
	}
	seen := map[int64]bool{}
	for range glanceBoxes {
		if from == to {
			return g.complete(seen)
		}
		h, err := g.src.Header(from, to)
		if err != nil || h.End() > to {
			return ErrNoGlance
		}
		if h.Type == box.T("moof") {
			seen[from] = true
		}
		if h.Offset >= read {
			if err := g.top(h); err != nil {
				return err
			}
		}
		from = h.End()
	}
	return ErrNoGlance
}

// complete checks that the last fragments are what they were said to be, with
// the times of all tracks.
func (g *glance) complete(seen map[int64]bool) error {
	if g.untimed || len(seen) == 0 {
		return ErrNoGlance
	}
	if g.last != nil {
		for _, offset := range g.last {
			if !seen[offset] {
				return ErrNoGlance
			}
		}
		return nil
	}
	for _, t := range g.movie.Tracks {
		if n := len(t.Starts); n > 0 && !seen[g.movie.Fragments[t.Starts[n-1].Fragment].Offset] {
			return ErrNoGlance
		}
	}
	return nil
}

// byMfra finds the span from the earliest of the tracks' last fragments to the
// mfra box (section 8.8.9), which the mfro box at the end of the file leads to.
func (g *glance) byMfra() (from, to int64, err error) {
	const mfroSize = 16
	size := g.src.Size()
	b, err := g.src.Bytes(size-mfroSize, mfroSize)
	if err != nil {
		return 0, 0, err
	}
	c := box.NewCursor(b)
	if c.U32() != mfroSize || c.Type() != box.T("mfro") {
		return 0, 0, ErrNoGlance
	}
	c.FullBox()
	to = size - int64(c.U32())
	h, err := g.src.Header(max(to, 0), size)
	if err != nil || h.Type != box.T("mfra") || h.End() != size {
		return 0, 0, ErrNoGlance
	}
	g.last, g.movie.Listed = map[uint32]int64{}, 0
	g.src.SetAhead(box.MaxHeadSize)
	err = g.src.Children("mfra", h.Body(), h.End(), func(c box.Header) error {
		if c.Type == box.T("tfra") {
			return g.readTfra(c)
		}
		return nil
	})
	from = to
	for _, t := range g.movie.Tracks {
		offset, ok := g.last[t.ID]
		if !ok {
			return 0, 0, ErrNoGlance
		}
		from = min(from, offset)
	}
	g.src.SetAhead(topAhead)
	return from, to, err
}

// readTfra notes the last fragment of a track (section 8.8.10).
func (g *glance) readTfra(h box.Header) error {
	const headSize = 16
	b, err := g.src.Bytes(h.Body(), headSize)
	if err != nil {
		return err
	}
	c := box.NewCursor(b)
	version, _ := c.FullBox()
	id, lengths, count := c.U32(), c.U32(), int64(c.U32())
	size := int64(lengths>>4&3) + int64(lengths>>2&3) + int64(lengths&3) + 3 // of the three numbers
	field := 4
	if version == 1 {
		field = 8
	}
	size += 2 * int64(field)
	if count == 0 || headSize+count*size > h.BodySize() {
		return ErrNoGlance
	}
	b, err = g.src.Bytes(h.Body()+headSize+(count-1)*size, 2*field)
	if err != nil {
		return err
	}
	g.movie.Listed = max(g.movie.Listed, int(count))
	c = box.NewCursor(b[field:])
	if version == 1 {
		g.last[id] = int64(min(c.U64(), 1<<62))
	} else {
		g.last[id] = int64(c.U32())
	}
	return nil
}

// bySidx finds the last subsegment that a sidx (section 8.16.3) lists, if it
// lists everything behind it. All tracks that begin in the first fragment then
// have to be in the last.
func (g *glance) bySidx() (from, to int64, err error) {
	g.last = nil
	if g.sidx.Size == 0 {
		return 0, 0, ErrNoGlance
	}
	body, err := g.src.Body("sidx", g.sidx, box.MaxRead)
	if err != nil {
		return 0, 0, err
	}
	c := box.NewCursor(body)
	version, _ := c.FullBox()
	c.Skip(8)
	offset := int64(0)
	if version == 0 {
		c.Skip(4)
		offset = int64(c.U32())
	} else {
		c.Skip(8)
		offset = int64(min(c.U64(), 1<<62))
	}
	c.Skip(2)
	to = g.sidx.End() + offset
	g.movie.Listed = 0
	for range c.U16() {
		g.movie.Listed++
		reference := c.U32()
		c.Skip(8)
		if reference>>31 != 0 {
			return 0, 0, ErrNoGlance // another sidx
		}
		from, to = to, to+int64(reference)
	}
	if c.Err("sidx", g.sidx.Offset) != nil || from == 0 || to != g.src.Size() {
		return 0, 0, ErrNoGlance
	}
	return from, to, nil
}
