package fragment

import (
	"math/rand/v2"
	"slices"
	"testing"

	"vodsrv/mp4/mp4test"
)

// unevenFilm is a film of one video whose pictures are shown at these times, in
// groups of so many, in the pattern I P B or, with open groups, such that the
// last B of a group is decoded behind the I of the next. It is decoded as
// encoders have it: each sample when a picture is shown that many before it.
func unevenFilm(times []int64, group int, open bool) mp4test.File {
	order := make([]int, 0, len(times))
	for from := 0; from < len(times); from += group {
		end := min(from+group, len(times))
		order = append(order, from)
		for i := from + 1; i < end; i += 2 {
			if i+1 < end {
				order = append(order, i+1)
			}
			order = append(order, i)
		}
	}
	if open {
		for k := range order {
			if k > 0 && k%group == 0 {
				order[k-1], order[k] = order[k], order[k-1]
			}
		}
	}
	const delay = 1000 // ms by which all is presented later
	var samples []mp4test.Sample
	for k, i := range order {
		duration := int64(40)
		if k+1 < len(times) {
			duration = times[k+1] - times[k]
		}
		samples = append(samples, mp4test.Sample{Size: 7, Duration: uint32(duration), CTO: int32(times[i] + delay - times[k]), NonSync: i%group != 0})
	}
	return mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Samples: samples, Edits: []mp4test.Edit{{MediaTime: delay}}},
		{ID: 2, Handler: "soun", Samples: tones(int(times[len(times)-1]))},
	}}
}

// Alone, a picture lasts until the next one is shown, wherever segments begin
// and end; beside sound it is decoded when the film says.
func TestUnevenPictures(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	uneven := 0
	for range 100 {
		var times []int64
		at := int64(0)
		for range 2 + random.IntN(300) {
			times = append(times, at)
			at += int64(20 + random.IntN(3)*random.IntN(700))
		}
		film := unevenFilm(times, 2+random.IntN(100), random.IntN(2) == 0)
		file := film.Bytes()
		checkFilm(t, file)
		p := NewPlan(openFilm(t, file))
		if !p.views[0].uneven {
			continue
		}
		uneven++
		s := streamOf(t, p, 1)
		got := openFilm(t, mp4test.Join(s.Init(), mp4test.Join(readSegments(t, s, file)...))).Tracks[0].Index
		dts := int64(0)
		for i := range got.Len() {
			g, w := got.At(i), p.views[0].presentation(i)
			k, _ := slices.BinarySearch(times, w)
			until := p.views[0].stop
			if k+1 < len(times) {
				until = times[k+1]
			}
			if g.PTS() != w || w+int64(g.Duration) != until {
				t.Fatalf("sample %d of %d is shown from %d to %d, want %d to %d", i, got.Len(), g.PTS(), g.PTS()+int64(g.Duration), w, until)
			}
			if g.DTS != dts {
				t.Fatalf("sample %d is decoded at %d, the one before lasts until %d", i, g.DTS, dts)
			}
			dts += int64(g.Duration)
		}
	}
	if uneven < 50 {
		t.Errorf("only %d of 100 films are uneven", uneven)
	}
}

// Pictures that last equally long, or as nearly so as their timescale has it,
// are decoded when the film says; so are those that are in order, and those of
// a film that grows.
func TestEvenPictures(t *testing.T) {
	tests := []struct {
		name  string
		times func(k int64) int64
		film  func(*mp4test.File)
		grows bool
		want  bool
	}{
		{"30 a second in milliseconds", func(k int64) int64 { return k * 100 / 3 }, nil, false, false},
		{"a pause", func(k int64) int64 { return k*40 + k/30*100 }, nil, false, true},
		{"a pause in a film that grows", func(k int64) int64 { return k*40 + k/30*100 }, nil, true, false},
		{"a long last one", func(k int64) int64 { return k * 40 }, func(f *mp4test.File) {
			s := f.Tracks[0].Samples
			s[len(s)-1].Duration = 4000
		}, false, false},
		{"in order", func(k int64) int64 { return k*40 + k/30*100 }, func(f *mp4test.File) {
			for i := range f.Tracks[0].Samples {
				f.Tracks[0].Samples[i].CTO = 1000
			}
		}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var times []int64
			for k := range int64(100) {
				times = append(times, tt.times(k))
			}
			film := unevenFilm(times, 50, false)
			if tt.film != nil {
				tt.film(&film)
			}
			m := openFilm(t, film.Bytes())
			p := NewPlan(m)
			if tt.grows {
				p = NewGrowing(m, true)
			}
			if got := p.views[0].uneven; got != tt.want {
				t.Errorf("uneven: %v, want %v", got, tt.want)
			}
			if !tt.want {
				checkOwnTimes(t, p, film.Bytes())
			}
		})
	}
}

// checkOwnTimes checks that video that goes out alone lasts as it does in the
// film.
func checkOwnTimes(t *testing.T, p *Plan, file []byte) {
	t.Helper()
	s := streamOf(t, p, 1)
	got := openFilm(t, mp4test.Join(s.Init(), mp4test.Join(readSegments(t, s, file)...))).Tracks[0].Index
	for i := range got.Len() {
		if g, w := got.At(i), p.movie.Tracks[0].Index.At(i); g.Duration != w.Duration {
			t.Fatalf("sample %d lasts for %d, in the film for %d", i, g.Duration, w.Duration)
		}
	}
}
