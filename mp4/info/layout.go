package info

import (
	"fmt"

	"vodsrv/mp4"
)

// samples is how many samples a film has in all its tracks.
func samples(m *mp4.Movie) int {
	n := 0
	for _, t := range m.Tracks {
		n += t.Index.Len()
	}
	return n
}

// layout tells whether a film is fragmented, and how it lies in its file. One
// that is only prepared for fragments, with an mvex and all samples in the
// moov, is not.
func layout(m *mp4.Movie) (fragmented bool, words string) {
	n := len(m.Fragments)
	switch {
	case m.Partial:
		return true, fmt.Sprintf("fragmented, with an index of %s; samples not counted", count(m.Listed, "fragment"))
	case n > 0 && samplesInMoov(m):
		return true, fmt.Sprintf("hybrid: samples in the moov, then %s", count(n, "fragment"))
	case n > 0:
		return true, fmt.Sprintf("fragmented, %s", count(n, "fragment"))
	case m.Fragmented && samples(m) == 0:
		return true, "init segment alone"
	case moovFirst(m):
		return false, "progressive, moov in front"
	}
	return false, "progressive, moov at the end"
}

// samplesInMoov tells whether any track has samples in front of its first
// fragment.
func samplesInMoov(m *mp4.Movie) bool {
	for _, t := range m.Tracks {
		if len(t.Starts) == 0 && t.Index.Len() > 0 || len(t.Starts) > 0 && t.Starts[0].Sample > 0 {
			return true
		}
	}
	return false
}

// moovFirst tells whether the moov lies before the first sample of all tracks.
func moovFirst(m *mp4.Movie) bool {
	for _, t := range m.Tracks {
		if t.Index.Len() > 0 && t.Index.At(0).Offset < m.Moov {
			return false
		}
	}
	return true
}

// count writes a number of things: "1 fragment", "2 fragments".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
