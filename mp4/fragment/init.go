package fragment

import (
	"slices"

	"vodsrv/mp4"
)

// movieScale is the timescale of the movie in the server's init segments:
// milliseconds, since only the film's length is told in it.
const movieScale = 1000

var streamBrands = []string{"iso6", "iso6", "mp41"}

// makeInit writes the stream's init segment. It has no edit lists: all times
// in the segments are presentation times; but a clip may have one. Fragments
// that go out as they are need the source's defaults.
func (s *Stream) makeInit() []byte {
	h := header{brands: streamBrands, timescale: movieScale}
	if !s.plan.endless {
		h.fragments = uint64(mp4.Ticks(s.plan.Duration(), movieScale))
	}
	for _, n := range s.views {
		v := s.plan.views[n]
		t := v.header(s.plan.entriesOf(v))
		if s.plan.clip != nil {
			t.edits = s.plan.clip.edits(v)
		}
		h.tracks = append(h.tracks, t)
	}
	return h.bytes()
}

// entriesOf lists the sample description indexes that samples of a track have,
// or may come to have in a film that grows, of entries that MSE can carry.
func (p *Plan) entriesOf(v *view) []uint32 {
	var list []uint32
	used := v.track.Index.EntriesUsed()
	for i, e := range v.track.Entries {
		k := uint32(i + 1)
		if e.Playable && (p.endless || slices.Contains(used, k)) {
			list = append(list, k)
		}
	}
	return list
}

// header is the trak of the track, as MSE wants it: with no sample entries but
// those used, since browsers refuse an init segment for one that they can't
// read. In the place of another stands the first used one, for fragments that
// go out as they are tell entries by number.
func (v *view) header(used []uint32) trackHeader { return segmentHeader(v.track, v.scale, used) }

// segmentHeader is the trak of a track whose samples come in segments, with
// times of that scale.
func segmentHeader(track *mp4.Track, scale uint32, used []uint32) trackHeader {
	t := trackHeader{
		track:     track,
		id:        track.ID,
		timescale: scale,
		flags:     tkhdEnabled | tkhdInMovie,
		defaults:  track.Defaults,
		local:     true,
	}
	for i := range slices.Max(used) {
		k := i + 1
		if !slices.Contains(used, k) {
			k = used[0]
		}
		t.entries = append(t.entries, track.Entry(k).MSE)
	}
	return t
}
