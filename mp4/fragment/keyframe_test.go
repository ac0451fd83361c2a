package fragment_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

// The film of one key frame shows the frame with the right number, for a
// second from 0 on.
func TestKeyFrame(t *testing.T) {
	const gop, frames = 20, 100
	x264 := []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "20", "-keyint_min", "20", "-sc_threshold", "0", "-c:a", "aac"}
	clip := func(more ...string) string {
		return testmedia.Clip(t, testmedia.Options{Seconds: 4, Args: append(append([]string{}, x264...), more...)})
	}
	for name, path := range map[string]string{
		"progressive": clip(),
		"fragmented":  clip("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
		"in the moov": clip("-movflags", "frag_keyframe"),
	} {
		t.Run(name, func(t *testing.T) {
			source, plan := openPlan(t, path)
			// Without an edit list all is shown 80 ms late, by the reordering.
			for seconds, want := range map[float64]int{0: 0, 0.79: 0, 0.9: gop, 2: 2 * gop, 3.9: 4 * gop, 1000: 4 * gop} {
				frame, err := plan.KeyFrame(seconds)
				if err != nil {
					t.Fatal(err)
				}
				if got := shown(t, source, frame); len(got) != 1 || got[0] != want {
					t.Errorf("at %v s: frames %v, want %d", seconds, got, want)
				}
				if frame.Number != want {
					t.Errorf("at %v s: sample %d, want %d", seconds, frame.Number, want)
				}
			}
			frame, err := plan.Cover()
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(t, source, frame); len(got) != 1 || got[0] == 0 || got[0]%gop != 0 {
				t.Errorf("the cover shows %v", got)
			}
		})
	}
}

func planOf(t *testing.T, f mp4test.File) *fragment.Plan {
	t.Helper()
	b := f.Bytes()
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return fragment.NewPlan(m)
}

func openPlan(t *testing.T, path string) ([]byte, *fragment.Plan) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(bytes.NewReader(source), int64(len(source)))
	if err != nil {
		t.Fatal(err)
	}
	return source, fragment.NewPlan(m)
}

// shown are the numbers of the frames that a film of one key frame shows.
func shown(t *testing.T, source []byte, frame *fragment.KeyFrame) []int {
	t.Helper()
	film, err := io.ReadAll(frame.NewReader(bytes.NewReader(source)))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(film)) != frame.Size() {
		t.Errorf("%d bytes, said to be %d", len(film), frame.Size())
	}
	m, err := mp4.Open(bytes.NewReader(film), int64(len(film)))
	if err != nil {
		t.Fatal(err)
	}
	if track := m.Tracks[0]; len(m.Tracks) != 1 || m.Duration() != 1 || track.Index.Len() != 1 || track.Index.PTS(0) != 0 || !track.Index.At(0).Sync {
		t.Errorf("%d tracks, %v s, %d samples", len(m.Tracks), m.Duration(), track.Index.Len())
	}
	path := filepath.Join(t.TempDir(), "frame.mp4")
	if err := os.WriteFile(path, film, 0o644); err != nil {
		t.Fatal(err)
	}
	return testmedia.FrameNumbers(t, path)
}

// A film that begins black is not shown by that.
func TestCoverIsNotBlack(t *testing.T) {
	samples := mp4test.Samples(200, 4000, 1000, 10)
	for i := range samples {
		if i < 60 {
			samples[i].Size = 50
		}
	}
	plan := planOf(t, mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: samples}}})
	frame, err := plan.Cover()
	if err != nil {
		t.Fatal(err)
	}
	if frame.Number != 60 {
		t.Errorf("sample %d, want 60", frame.Number)
	}
}

func TestNoKeyFrame(t *testing.T) {
	samples := mp4test.Samples(10, 100, 1000, 5)
	none := mp4test.Samples(10, 100, 1000, 5)
	for i := range none {
		none[i].NonSync = true
	}
	for name, c := range map[string]struct {
		track  mp4test.Track
		video  bool
		reason string
	}{
		"sound alone":  {mp4test.Track{ID: 1, Handler: "soun", Samples: samples}, false, "The film has no video."},
		"no sync":      {mp4test.Track{ID: 1, Samples: none}, true, "The film has no key frame."},
		"encrypted":    {mp4test.Track{ID: 1, Samples: samples, Entries: [][]byte{mp4test.Protected("cenc")}}, true, "encrypted"},
		"not playable": {mp4test.Track{ID: 1, Samples: samples, Entries: [][]byte{mp4test.Visual("SVQ3", 64, 36)}}, true, "SVQ3"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(t, mp4test.File{Tracks: []mp4test.Track{c.track}})
			_, err := plan.KeyFrame(0)
			_, coverErr := plan.Cover()
			for _, err := range []error{err, coverErr} {
				var none *fragment.NoKeyFrameError
				if !errors.As(err, &none) || none.Video != c.video || !bytes.Contains([]byte(none.Reason), []byte(c.reason)) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
