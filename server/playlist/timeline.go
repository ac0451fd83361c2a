package playlist

import (
	"sort"
	"strconv"
	"strings"

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
}

// Memory is roughly what the timeline takes, in bytes.
func (t Timeline) Memory() int64 {
	const timed = 48
	return timed * int64(cap(t))
}

// Pieces are the timeline's.
func (t Timeline) Pieces() []Piece {
	list := make([]Piece, len(t))
	for i, timed := range t {
		list[i] = timed.Piece
	}
	return list
}

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
	return timeline(Pieces(p, has(s)), s, func(piece Piece) int64 {
		k := piece.First
		for s.Samples(k) == 0 {
			k++
		}
		return s.Begins(k)
	})
}

// FrameTimes are the times of all pictures of an I-frame playlist; none for
// another track than the default video.
func FrameTimes(p *fragment.Plan, s *fragment.Stream) Timeline {
	if !s.Frames() {
		return nil
	}
	return timeline(Frames(p, has(s)), s, func(piece Piece) int64 { return s.Picture(piece.First) })
}

// has tells whether a stream has samples in a segment of the plan.
func has(s *fragment.Stream) func(k int) bool {
	return func(k int) bool { return k < s.Len() && s.Samples(k) > 0 }
}

func timeline(pieces []Piece, s *fragment.Stream, begins func(Piece) int64) Timeline {
	all := make(Timeline, 0, len(pieces))
	least := int64(0)
	for _, piece := range pieces {
		at := max(begins(piece), least)
		all = append(all, Timed{Piece: piece, At: at})
		least = at + 1
	}
	for i := range all {
		end := int64(0)
		if i+1 < len(all) && all[i+1].First == all[i].Last+1 {
			end = all[i+1].At
		} else {
			end = lastEnd(s, all[i].Piece)
		}
		all[i].Length = max(1, end-all[i].At)
		if i+1 < len(all) {
			all[i].Length = min(all[i].Length, all[i+1].At-all[i].At)
		}
	}
	return all
}

// lastEnd is when the last samples of a piece are over.
func lastEnd(s *fragment.Stream, piece Piece) int64 {
	k := piece.Last
	for k > piece.First && s.Samples(k) == 0 {
		k--
	}
	return s.Ends(k)
}
