package library

import (
	"os"
	"path/filepath"
	"testing"

	"vodsrv/mp4/mp4test"
)

// Sound that is over before the film has no samples in the last segments.
func TestSegmentWithoutSamples(t *testing.T) {
	folder := t.TempDir()
	content := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Entries: [][]byte{mp4test.AVC(64, 36)}, Samples: mp4test.Samples(250, 7, 40, 50)},
		{ID: 2, Handler: "soun", Entries: [][]byte{mp4test.AAC()}, Samples: mp4test.Samples(100, 3, 20, 0)},
	}}.Bytes()
	if err := os.WriteFile(filepath.Join(folder, "film.mp4"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	l := openLibrary(t, folder, Options{})
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	s, err := f.Stream([]uint32{2})
	if err != nil {
		t.Fatal(err)
	}
	for k := range f.Plan().Len() {
		for range 2 { // made, and from the cache
			g, err := s.Segment(k)
			if err != nil || (g != nil) != (k == 0) || s.Has(k) != (k == 0) {
				t.Errorf("segment %d: %v, %v", k, g, err)
			}
		}
	}
	starts, err := s.Starts()
	if err != nil || len(starts) != f.Plan().Len()+1 || starts[0] != int64(len(s.Init())) || starts[1] == starts[0] || starts[2] != starts[1] {
		t.Errorf("segments start at %v, %v", starts, err)
	}
}
