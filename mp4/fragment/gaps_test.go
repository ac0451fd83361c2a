package fragment

import (
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// apart is a film of fragments of one sample each, whose times are told, of
// video and of sound.
func apart(video, sound []int64) mp4test.File {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1}, {ID: 2, Handler: "soun"}}}
	for k := range video {
		picture := mp4test.Samples(1, 9, 33, 0)
		picture[0].NonSync = k > 0
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{
			mp4test.OneRun(1, video[k], picture), mp4test.OneRun(2, sound[k], mp4test.Samples(1, 9, 20, 0)),
		}})
	}
	return f
}

// every gives n times, so far apart, of which those from one on come later.
func every(n int, apart int64, from int, later int64) []int64 {
	times := make([]int64, n)
	for i := range times {
		times[i] = int64(i) * apart
		if i >= from {
			times[i] += later
		}
	}
	return times
}

// What the fragments of a film leave out between them stays where they are
// joined: each sample is decoded and shown when it was.
func TestGapsBetweenJoinedFragments(t *testing.T) {
	tests := []struct {
		name         string
		video, sound []int64
		trafs        int // of all fragments that come of it
	}{
		{"durations too short", every(48, 40, 0, 0), every(48, 40, 0, 0), 2},
		{"none", every(48, 33, 0, 0), every(48, 20, 0, 0), 2},
		{"a picture stays", every(30, 33, 9, 700), every(30, 20, 0, 0), 2},
		{"a short gap in the sound", every(30, 33, 0, 0), every(30, 20, 9, 100), 2},
		{"a long gap in the sound", every(30, 33, 0, 0), every(30, 20, 9, 101), 3},
		{"a lost piece of both", every(30, 33, 9, 400), every(30, 20, 9, 600), 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := apart(tt.video, tt.sound).Bytes()
			m := openFilm(t, in)
			s := streamOf(t, NewPlan(m))
			if s.Len() != 1 {
				t.Fatalf("%d segments: nothing is joined", s.Len())
			}
			out := mp4test.Join(s.Init(), mp4test.Join(readSegments(t, s, in)...))
			if n := len(mp4test.Find(out[:mp4test.Find(out, "mdat")[0]], "traf")); n != tt.trafs {
				t.Errorf("%d trafs, want %d", n, tt.trafs)
			}
			back := openFilm(t, out)
			for k, track := range m.Tracks {
				checkTimes(t, track.Index, back.Tracks[k].Index)
			}
		})
	}
}

func checkTimes(t *testing.T, want, got *mp4.Index) {
	t.Helper()
	if want.Len() != got.Len() {
		t.Fatalf("%d samples, want %d", got.Len(), want.Len())
	}
	for i := range want.Len() {
		w, g := want.At(i), got.At(i)
		if g.DTS != w.DTS || g.PTS() != w.PTS() {
			t.Fatalf("sample %d is decoded at %d and shown at %d, want %d and %d", i, g.DTS, g.PTS(), w.DTS, w.PTS())
		}
	}
}
