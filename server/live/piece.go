package live

import (
	"context"
	"slices"

	"vodsrv/mp4/fragment"
)

const (
	// pieceLeast is how many seconds a piece takes where key frames let it, and
	// pieceTarget how many, rounded, it takes at most: where no key frame comes, it
	// is cut without one.
	pieceLeast  = 1.9
	pieceTarget = 6
	// pieceWhole is the same as pieceTarget where fragments are whole groups of
	// pictures, and may be longer.
	pieceWhole = 10
	// pieceMargin is how many seconds before it is forgotten a piece is not listed
	// any more: who has just read the list may fetch it still. pieceFew are listed
	// all the same.
	pieceMargin = 2 * pieceTarget
	pieceFew    = 3
)

// Piece is some fragments of one run as a media segment of HLS. Nothing of it
// changes any more.
type Piece struct {
	First, Last int     // fragments
	Start, End  float64 // presentation seconds
	Size        int64   // bytes, roughly
	Number      int64   // one more than that of the piece before
	Run         int64   // one more for each run
	RunFirst    int     // the fragment that the run begins with
}

// cutter tells where pieces begin: that depends on the stream alone, not on what
// is kept of it.
type cutter struct {
	target int // seconds
	run    *run
	start  float64 // of the piece
	number int64   // of the piece
}

// numberOf numbers the piece that a fragment belongs to.
func (c *cutter) numberOf(e entry) int64 {
	const rounded = 0.4 // is nothing
	switch {
	case e.run != c.run, e.key && e.start-c.start >= pieceLeast, e.end-c.start > float64(c.target)+rounded:
		c.run, c.start = e.run, e.start
		c.number++
	}
	return c.number
}

// PieceTarget is how many seconds, rounded, a piece takes at most.
func (w *Window) PieceTarget() int { return w.cutter.target }

// Pieces are those that are whole, but for the oldest, which are forgotten soon.
func (w *Window) Pieces() []Piece {
	w.mu.Lock()
	defer w.mu.Unlock()
	from, to := w.bounds()
	from += min(pieceMargin, (to-from)/4)
	list := w.pieces()
	for len(list) > pieceFew && w.first > 0 && list[0].Start < from {
		list = list[1:]
	}
	return list
}

// pieces are all that are whole, and kept whole.
func (w *Window) pieces() []Piece {
	var list []Piece
	for i := 0; i < len(w.entries); {
		e := w.entries[i]
		p := Piece{First: w.first + i, Start: e.start, Number: e.piece, Run: e.run.number, RunFirst: e.run.first}
		for ; i < len(w.entries) && w.entries[i].piece == e.piece; i++ {
			p.Last, p.End = w.first+i, w.entries[i].end
			p.Size += w.entries[i].size
		}
		if i == len(w.entries) && p.Last+1 < e.run.end {
			break // more of it comes
		}
		if e.begins {
			list = append(list, p)
		}
	}
	return list
}

// Piece is the segment of all tracks that is made of fragments [first, last];
// false if there is no such piece, or not any more.
func (w *Window) Piece(first, last int) (*fragment.Segment, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.ContainsFunc(w.pieces(), func(p Piece) bool { return p.First == first && p.Last == last }) {
		return nil, false
	}
	var all []*fragment.Segment
	for _, e := range w.entries[first-w.first : last+1-w.first] {
		for _, g := range e.segments {
			if g != nil {
				all = append(all, g)
			}
		}
	}
	return fragment.Join(all...), true
}

// PieceInit is the init segment for the pieces of the run that begins with a
// fragment, and its type; nil if there is no such run, or not any more.
func (w *Window) PieceInit(first int) (init []byte, mime string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.runs {
		if r.first == first && r.begun {
			return fragment.LiveInit(r.tracks...), fragment.LiveMIME(r.tracks...)
		}
	}
	return nil, ""
}

// AwaitPieces are the pieces there are, once there is one: what is asked for on
// demand is asked for now. There are none if ctx is done before.
func (s *Stream) AwaitPieces(ctx context.Context) []Piece {
	s.ask()
	if list := s.Pieces(); len(list) > 0 {
		return list
	}
	news := make(chan struct{}, 1)
	enough := s.Follow(func() {
		select {
		case news <- struct{}{}:
		default:
		}
	})
	defer enough()
	for {
		if list := s.Pieces(); len(list) > 0 {
			return list
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil
		}
	}
}
