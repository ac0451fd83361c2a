package fragment

import (
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// preferred are the sample entry codes of the codecs that most browsers play.
var preferred = map[codec.Kind][]string{
	codec.Video: {"avc1", "avc2", "avc3", "avc4", "av01", "vp09"},
	codec.Audio: {"mp4a", ".mp3", "Opus", "fLaC"},
}

// DefaultTracks are the ids of the tracks that are played unless told
// otherwise: of each kind one, among those that MSE can carry, those of a
// widely played codec first, among them the one that is on by default, else
// the first.
func DefaultTracks(m *mp4.Movie) []uint32 {
	var ids []uint32
	for _, kind := range []codec.Kind{codec.Video, codec.Audio} {
		if t := defaultTrack(m, kind); t != nil {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

func defaultTrack(m *mp4.Movie, kind codec.Kind) *mp4.Track {
	var best *mp4.Track
	for _, t := range m.Tracks {
		if t.Kind == kind && t.Playable() && (best == nil || rank(t) < rank(best)) {
			best = t
		}
	}
	return best
}

// rank is smaller for tracks that are better to play.
func rank(t *mp4.Track) int {
	r := 0
	if !slices.Contains(preferred[t.Kind], t.FirstEntry().Original) {
		r += 2
	}
	if !t.Enabled {
		r++
	}
	return r
}
