package mp4_test

import (
	"bytes"
	"reflect"
	"sync"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// TestTogether opens a film whose tables are read by several goroutines: it is
// the same film, whatever its tracks are like.
func TestTogether(t *testing.T) {
	const enough = 40_000 // samples for the tables to be large
	video := mp4test.Track{ID: 1, Samples: mp4test.Reorder(mp4test.Samples(enough, 3, 40, 12), false)}
	audio := mp4test.Track{ID: 2, Handler: "soun", Timescale: 48000, Samples: mp4test.Samples(enough, 2, 1024, 0)}
	short := mp4test.Track{ID: 3, Handler: "soun", Timescale: 48000, Samples: sound(9)}
	descending := mp4test.Table("stsc", 2, 2, 1, 1, 1, 1, 1)
	broken := mp4test.Track{ID: 4, Samples: audio.Samples, Form: mp4test.Form{Replace: map[string][]byte{"stsc": descending}}}
	again := audio
	again.ID = 1
	for _, c := range []struct {
		name   string
		tracks []mp4test.Track
		large  int
	}{
		{"all large", []mp4test.Track{video, audio}, 2},
		{"a small one between", []mp4test.Track{video, short, audio}, 2},
		{"one broken", []mp4test.Track{broken, video}, 2},
		{"an id twice", []mp4test.Track{video, again}, 1},
		{"none", []mp4test.Track{short}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := mp4test.File{Tracks: c.tracks}.Bytes()
			asked := 0
			m, err := mp4.Open(bytes.NewReader(file), int64(len(file)), mp4.Together(func(n int, do func(k int)) {
				asked = n
				var all sync.WaitGroup
				for k := range n {
					all.Go(func() { do(k) })
				}
				all.Wait()
			}))
			if err != nil {
				t.Fatal(err)
			}
			if asked != c.large {
				t.Errorf("%d tracks are read together, not %d", asked, c.large)
			}
			if want := mustOpen(t, file); !reflect.DeepEqual(m, want) {
				t.Errorf("is another film than the one read in turn: %+v, not %+v", m, want)
			}
		})
	}
}
