package fragment_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

// A clip for MSE shows the frames asked for, those it needs for decoding for no
// longer than a millisecond, and sound in step with them.
func TestClipForMSE(t *testing.T) {
	args := []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "50", "-c:a", "aac"}
	for name, c := range map[string]struct {
		more  []string
		first int // frame shown
	}{
		"progressive": {nil, 85},
		// Without an edit list all is shown 80 ms late, by the reordering.
		"fragmented": {[]string{"-movflags", "frag_keyframe+empty_moov+default_base_moof"}, 83},
	} {
		t.Run(name, func(t *testing.T) {
			path := testmedia.Clip(t, testmedia.Options{Seconds: 7, Args: slices.Concat(args, c.more)})
			in, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out := converted(t, in, fragment.Options{MSE: true, From: 3.4, To: 5.2})
			clip := filepath.Join(t.TempDir(), "clip.mp4")
			if err := os.WriteFile(clip, out, 0o644); err != nil {
				t.Fatal(err)
			}
			var sound, pictures []float64
			for _, p := range testmedia.Packets(t, clip) {
				if p.Stream == 1 {
					sound = append(sound, float64(*p.PTS))
				} else {
					pictures = append(pictures, float64(*p.PTS))
				}
			}
			if sound[0] != 0 || len(sound) < 84 || len(sound) > 86 {
				t.Errorf("sound begins at %v ticks, in %d packets", sound[0], len(sound))
			}
			m, err := mp4.Open(bytes.NewReader(out), int64(len(out)))
			if err != nil {
				t.Fatal(err)
			}
			if d := m.Duration(); d < 1.8 || d > 1.9 {
				t.Errorf("the clip takes %v s", d)
			}
			if first := slices.Min(pictures) / float64(m.Tracks[0].Timescale); first < -0.001 || first > 0 {
				t.Errorf("pictures begin at %v", first)
			}
			if frames := testmedia.FrameNumbers(t, clip); frames[0] != 50 || !slices.Contains(frames, c.first) || !slices.Contains(frames, c.first+44) {
				t.Errorf("frames %v", frames)
			}
			if at := slices.Sorted(slices.Values(pictures))[c.first-50] / float64(m.Tracks[0].Timescale); math.Abs(at) > 0.001 {
				t.Errorf("frame %d is shown at %v", c.first, at)
			}
		})
	}
}

// Whatever is asked for, a clip can be read, and is as long as it should be.
func TestClipsOfAnyPart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		film := mp4test.File{Tracks: []mp4test.Track{
			{ID: 1, Entries: [][]byte{mp4test.AVC(64, 36)}, Samples: mp4test.Reorder(mp4test.Samples(1+random.IntN(300), 7, 40, 1+random.IntN(80)), random.IntN(2) == 0)},
			{ID: 2, Handler: "soun", Entries: [][]byte{mp4test.AAC()}, Samples: mp4test.Samples(1+random.IntN(600), 3, 20, 0)},
		}}
		in := film.Bytes()
		m, err := mp4.Open(bytes.NewReader(in), int64(len(in)))
		if err != nil {
			t.Fatal(err)
		}
		from, length := random.Float64()*m.Duration(), 0.1+3*random.Float64()
		o := fragment.Options{MSE: true, From: from, To: from + length}
		want := min(m.Duration()-from, length)
		out := converted(t, in, o)
		clip, err := mp4.Open(bytes.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatalf("from %v to %v of %v s: %v", o.From, o.To, m.Duration(), err)
		}
		// The last packet goes on to its own end, and so do those reordered.
		if d := clip.Duration(); d < want-0.002 || d > want+0.1 {
			t.Errorf("from %v to %v of %v s: %v s, want %v", o.From, o.To, m.Duration(), d, want)
		}
		for _, track := range clip.Tracks {
			if track.Broken != nil {
				t.Errorf("from %v to %v of %v s: track %d: %v", o.From, o.To, m.Duration(), track.ID, track.Broken)
			}
		}
	}
}
