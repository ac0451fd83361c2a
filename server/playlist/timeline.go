package playlist

import (
	"math"
	"sort"
	"strconv"
	"strings"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

// Timeline is the pieces of one track by the order of time.
type Timeline []Timed

// Timed is a piece with the exact times of what is in it, in the timescale of
// the track's init segment: the earliest presentation time, which no other piece
// of the timeline has, and how long it takes from there.
type Timed struct {
	Piece
	At, Length int64
	// Leading tells that pictures are shown before the one that the piece begins
	// with.
	Leading bool
}

// Memory is roughly what the timeline takes, in bytes.
func (t Timeline) Memory() int64 {
	const timed = 56
	return timed * int64(cap(t))
}

// Playlist is the timeline's pieces as HLS has them, by a timescale: what is
// missing belongs to the next, so that there is no gap.
func (t Timeline) Playlist(scale uint32) []Piece {
	list := t.exact(scale)
	start := 0.0
	for i := range list {
		list[i].Start, start = start, list[i].End
	}
	return list
}

// exact is the timeline's pieces with their own times.
func (t Timeline) exact(scale uint32) []Piece {
	list := make([]Piece, len(t))
	for i, timed := range t {
		list[i] = timed.Piece
		list[i].Start, list[i].End = mp4.Seconds(timed.At, scale), mp4.Seconds(timed.At+timed.Length, scale)
	}
	return list
}

// Rates are those of the pieces, by their sizes in bytes.
func (t Timeline) Rates(scale uint32, sizes []int64) Rates { return ratesOf(t.exact(scale), sizes) }

// Find is the piece that begins at a time.
func (t Timeline) Find(at int64) (Piece, bool) {
	i := sort.Search(len(t), func(i int) bool { return t[i].At >= at })
	if i == len(t) || t[i].At != at {
		return Piece{}, false
	}
	return t[i].Piece, true
}

// joined names the rule by which segments are joined to pieces: a piece's name
// of DASH tells when it begins alone. It is raised when the rule changes, as
// URLs may be kept for ever.
const joined = "j1-"

// TimeName is the name of a piece in a URL of DASH, without what tells its kind;
// $Time$ stands for the time in a template.
func TimeName(time string) string { return joined + time }

// ParseTimeName reads the time of a name.
func ParseTimeName(name string) (at int64, ok bool) {
	digits, ok := strings.CutPrefix(name, joined)
	at, err := strconv.ParseInt(digits, 10, 64)
	return at, ok && err == nil && at >= 0 && digits == strconv.FormatInt(at, 10)
}

// PieceTimes are the times of all media segments of a track.
func PieceTimes(p *fragment.Plan, s *fragment.Stream) Timeline {
	has := has(s)
	pieces := Pieces(p, has)
	all := make(Timeline, len(pieces))
	for i, piece := range pieces {
		k := piece.First
		for !has(k) {
			k++
		}
		at := s.Begins(k)
		all[i] = Timed{Piece: piece, At: at, Leading: at < s.Picture(k)}
	}
	all.fill(func(piece Piece) int64 {
		if next := piece.Last + 1; next == p.Len() && p.Open() && s.Samples(next) > 0 {
			return s.Begins(next)
		}
		k := piece.Last
		for !has(k) {
			k--
		}
		return s.Ends(k)
	})
	return all
}

// FrameTimes are the times of all pictures of an I-frame playlist; none for
// another track than the default video.
func FrameTimes(p *fragment.Plan, s *fragment.Stream) Timeline {
	if !s.Frames() {
		return nil
	}
	var all Timeline
	for _, piece := range Frames(p, has(s)) {
		all = append(all, Timed{Piece: piece, At: s.Picture(piece.First)})
	}
	all.fill(func(piece Piece) int64 { return mp4.Ticks(piece.End, s.Timescale()) })
	return all
}

// has tells whether a stream has samples in a segment of the plan.
func has(s *fragment.Stream) func(k int) bool {
	return func(k int) bool { return s.Samples(k) > 0 }
}

// fill works out how long pieces take: until the one that follows begins, or
// else as long as end says. In films whose times are mixed up they are put
// right, since each time must be that of one piece.
func (t Timeline) fill(end func(Piece) int64) {
	for i := range t {
		if i > 0 {
			t[i].At = max(t[i].At, t[i-1].At+1)
		}
	}
	for i := range t {
		stop := int64(math.MaxInt64)
		if i+1 < len(t) {
			stop = t[i+1].At
		}
		if i+1 == len(t) || t[i+1].First != t[i].Last+1 {
			stop = min(stop, end(t[i].Piece))
		}
		t[i].Length = max(1, stop-t[i].At)
	}
}
