package playlist

import (
	"fmt"
	"strconv"
	"strings"

	"vodsrv/mp4/fragment"
)

// enough is how many seconds a media segment of HLS takes at least, made of as
// many whole segments of the plan as it takes: about six, with segments of two.
const enough = 5.5

// Piece is what one media segment of HLS, or one picture of an I-frame playlist,
// is made of: segments [First, Last] of the plan.
type Piece struct {
	First, Last int
	Start, End  float64 // presentation seconds that it stands for in the playlist
}

// Seconds is how long the piece takes.
func (p Piece) Seconds() float64 { return p.End - p.Start }

// Name is that of the piece in a URL, without what tells its kind. Which
// segments belong to it stands there: URLs may be kept for ever.
func (p Piece) Name() string { return fmt.Sprintf("%d-%d", p.First, p.Last) }

// ParseName reads what Name wrote.
func ParseName(name string) (first, last int, ok bool) {
	a, b, found := strings.Cut(name, "-")
	first, errA := strconv.Atoi(a)
	last, errB := strconv.Atoi(b)
	return first, last, found && errA == nil && errB == nil && 0 <= first && first <= last && name == Piece{First: first, Last: last}.Name()
}

// At is the piece that begins with a segment of the plan. It begins with a sync
// sample if that segment does, and so does what follows it. There is none yet
// where a film that grows has not come so far.
func At(p *fragment.Plan, first int) (Piece, bool) {
	return grow(p, first, enough)
}

// FrameAt is the piece that begins with a segment and is shown, in an I-frame
// playlist, by the picture at its start.
func FrameAt(p *fragment.Plan, first int) (Piece, bool) {
	return grow(p, first, 0)
}

func grow(p *fragment.Plan, first int, seconds float64) (Piece, bool) {
	if first < 0 || first >= p.Len() || !p.Independent(first) {
		return Piece{}, false
	}
	piece := Piece{First: first}
	piece.Start, _ = p.Span(first)
	for piece.Last = first; piece.Last < p.Len(); piece.Last++ {
		_, piece.End = p.Span(piece.Last)
		if last := piece.Last+1 == p.Len(); last && !p.Open() {
			return piece, true
		}
		if piece.Seconds() >= seconds && p.Independent(piece.Last+1) {
			return piece, true
		}
	}
	return Piece{}, false
}

// Pieces are all media segments of a rendition, by the order of time; has tells
// whether it has samples in a segment of the plan. What would be empty belongs
// to the next: the playlist has no gap, and a rendition that is over has ended.
func Pieces(p *fragment.Plan, has func(k int) bool) []Piece {
	return pieces(p, At, func(piece Piece) bool {
		for k := piece.First; k <= piece.Last; k++ {
			if has(k) {
				return true
			}
		}
		return false
	})
}

// Frames are the pictures of an I-frame playlist.
func Frames(p *fragment.Plan, has func(k int) bool) []Piece {
	return pieces(p, FrameAt, func(piece Piece) bool { return has(piece.First) })
}

func pieces(p *fragment.Plan, at func(*fragment.Plan, int) (Piece, bool), full func(Piece) bool) []Piece {
	var list []Piece
	start := 0.0
	for first := 0; ; {
		piece, ok := at(p, first)
		if !ok {
			return list
		}
		first = piece.Last + 1
		if full(piece) {
			piece.Start, start = start, piece.End
			list = append(list, piece)
		}
	}
}
