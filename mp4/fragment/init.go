package fragment

import "vodsrv/mp4"

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
		t := v.header()
		if s.plan.clip != nil {
			t.edits = s.plan.clip.edits(v)
		}
		h.tracks = append(h.tracks, t)
	}
	return h.bytes()
}

// header is the trak of the track, as MSE wants it.
func (v *view) header() trackHeader {
	t := trackHeader{
		track:     v.track,
		id:        v.track.ID,
		timescale: v.scale,
		flags:     tkhdEnabled | tkhdInMovie,
		defaults:  v.track.Defaults,
		local:     true,
	}
	for _, e := range v.track.Entries {
		t.entries = append(t.entries, e.MSE)
	}
	return t
}
