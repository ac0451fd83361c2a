package fragment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vodsrv/mp4/mp4test"
)

// frames are n pictures of 40 ms in groups, with B-frames.
func frames(n, group int) []mp4test.Sample {
	return mp4test.Reorder(mp4test.Samples(n, 7, 40, group), true)
}

// tones are so many milliseconds of audio in packets of 20.
func tones(ms int) []mp4test.Sample { return mp4test.Samples(ms/20, 3, 20, 0) }

// fragmented makes a fragment of each track for every so many milliseconds of
// all, one moof for each track if they alternate.
func fragmented(ms int, alternate bool, tracks ...mp4test.Track) mp4test.File {
	f := mp4test.File{}
	at := make([]int, len(tracks))
	clock := make([]int, len(tracks))
	for _, t := range tracks {
		t.Samples = nil
		f.Tracks = append(f.Tracks, t)
	}
	for stop := ms; ; stop += ms {
		var g mp4test.Fragment
		for k, t := range tracks {
			from, time := at[k], clock[k]
			for at[k] < len(t.Samples) && clock[k] < stop {
				clock[k] += int(t.Samples[at[k]].Duration)
				at[k]++
			}
			if from == at[k] {
				continue
			}
			g.Trafs = append(g.Trafs, mp4test.OneRun(t.ID, int64(time), t.Samples[from:at[k]]))
			if alternate {
				f.Fragments = append(f.Fragments, g)
				g = mp4test.Fragment{}
			}
		}
		if len(g.Trafs) > 0 {
			f.Fragments = append(f.Fragments, g)
		}
		done := true
		for k, t := range tracks {
			done = done && at[k] == len(t.Samples)
		}
		if done {
			return f
		}
	}
}

// planned is a film and where it should be cut.
type planned struct {
	name string
	file mp4test.File
	want string
}

func plannedFilms() []planned {
	video := func(n, group int) mp4test.Track { return mp4test.Track{ID: 1, Samples: frames(n, group)} }
	audio := func(ms int) mp4test.Track { return mp4test.Track{ID: 2, Handler: "soun", Samples: tones(ms)} }
	film := func(tracks ...mp4test.Track) mp4test.File { return mp4test.File{Tracks: tracks} }
	edited := func(t mp4test.Track, edits ...mp4test.Edit) mp4test.Track { t.Edits = edits; return t }
	changing := func(t mp4test.Track, at ...int) mp4test.Track {
		for i := range t.Samples {
			t.Samples[i].Entry = 1
			for _, from := range at {
				if i >= from {
					t.Samples[i].Entry = 3 - t.Samples[i].Entry
				}
			}
		}
		return t
	}
	twoVideos := video(250, 25)
	twoVideos.Entries = [][]byte{mp4test.AVC(320, 180), mp4test.AVC(160, 90)}
	twoSounds := audio(10000)
	twoSounds.Entries = [][]byte{mp4test.AAC(), mp4test.AAC()}
	gap := video(3, 1)
	gap.Samples[1].Duration = 1 << 30
	late := mp4test.Edit{Duration: 5000, MediaTime: -1}
	return []planned{
		{"groups of 1 s", film(video(250, 25), audio(10000)), "0 2 4 6 8"},
		{"groups of 2 s", film(video(250, 50), audio(10000)), "0 2 4 6 8"},
		{"groups of 3 s", film(video(300, 75), audio(12000)), "0 3 6 9"},
		{"groups of 4 s", film(video(300, 100), audio(12000)), "0 4 8"},
		{"groups of 5 s", film(video(375, 125), audio(15000)), "0 2 4 6 8 10 12 14"},
		{"one group of 12 s", film(video(300, 300), audio(12000)), "0 2 4 6 8 10"},
		{"one group of 60 s", film(video(1500, 1500)), "0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 32 34 36 38 40 42 44 46 48 50 52 54 56 58"},
		{"all sync", film(video(150, 1)), "0 2 4"},
		{"audio alone", film(audio(7000)), "0 2 4 6"},
		{"audio longer than video", film(video(150, 50), audio(11000)), "0 2 4 6 8 10"},
		{"audio longer than a last short group", film(video(138, 75), audio(12000)), "0 3 5.52 7.52 9.52 11.52"},
		{"audio a little longer", film(video(138, 75), audio(6200)), "0 3"},
		{"video longer than audio", film(video(250, 50), audio(3000)), "0 2 4 6 8"},
		{"video from 5 s on", film(edited(video(250, 50), late, mp4test.Edit{}), audio(15000)), "0 2 4 7 9 11 13"},
		{"video from 3 s on", film(edited(video(125, 50), mp4test.Edit{Duration: 3000, MediaTime: -1}, mp4test.Edit{}), audio(8000)), "0 3 5 7"},
		{"audio from 5 s on", film(video(250, 50), edited(audio(5000), late, mp4test.Edit{})), "0 2 4 6 8"},
		{"shorter than 2 s", film(video(40, 10), audio(1600)), "0"},
		{"a change of the video's entry", film(changing(twoVideos, 75), audio(10000)), "0 2 3 5 7 9"},
		{"changes of the audio's entry", film(video(250, 25), changing(twoSounds, 75, 76)), "0 1.5 1.52 4 6 8"},
		{"a picture that lasts for days", film(gap), "0 2 1.07374e+06"},
		{"fragments of 0.1 s", fragmented(120, false, video(150, 3), audio(6000)), "0 1.92 3.84 5.76"},
		{"fragments of 0.4 s", fragmented(400, false, video(150, 10), audio(6000)), "0 2 4"},
		{"fragments of 1 s", fragmented(1000, false, video(125, 25), audio(5000)), "0 1 2 3 4"},
		{"fragments of 3 s", fragmented(3000, false, video(225, 25), audio(9000)), "0 3 6"},
		{"fragments of 10 s", fragmented(10000, false, video(500, 50), audio(20000)), "0 2 4 6 10 12 14 16"},
		{"fragments of 10 s of one group", fragmented(10000, false, video(500, 250), audio(20000)), "0 2 4 6 10 12 14 16"},
		{"fragments of 5 s of one group", fragmented(5000, false, video(250, 125)), "0 2 5 7"},
		{"fragments within groups", fragmented(400, false, video(150, 50), audio(6000)), "0 2 4"},
		{"fragments of audio alone", fragmented(400, false, audio(5000)), "0 2 4"},
		{"fragments of 2 s that alternate", fragmented(2000, true, video(250, 50), audio(10000)), "0 2 4 6 8"},
		{"fragments of 0.4 s that alternate", fragmented(400, true, audio(6000), video(150, 10)), "0 2 4"},
	}
}

func TestPlanCuts(t *testing.T) {
	for _, tt := range plannedFilms() {
		t.Run(tt.name, func(t *testing.T) {
			p := checkFilm(t, tt.file.Bytes())
			got := ""
			for k := range p.Len() {
				start, _ := p.Span(k)
				got += fmt.Sprintf(" %g", start)
			}
			if got[1:] != tt.want {
				t.Errorf("cuts at%s, want %s", got, tt.want)
			}
		})
	}
}

// Cuts depend on the film, never on the tracks chosen, and each choice brings
// the same samples.
func TestPlanTracks(t *testing.T) {
	b := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Samples: frames(200, 60)},
		{ID: 2, Handler: "soun", Timescale: 48000, Samples: mp4test.Samples(400, 5, 1024, 0)},
		{ID: 3, Handler: "soun", Samples: tones(8000)},
		{ID: 4, Handler: "tmcd", Samples: mp4test.Samples(1, 4, 8000, 0)},
	}}.Bytes()
	for _, ids := range [][]uint32{{1}, {2}, {3}, {1, 2}, {3, 1}, {1, 2, 3}} {
		t.Run(fmt.Sprint(ids), func(t *testing.T) {
			checkFilm(t, b, ids...)
			s := streamOf(t, NewPlan(openFilm(t, b)), ids...)
			slices.Sort(ids)
			if !slices.Equal(s.Tracks(), ids) {
				t.Errorf("the stream has the tracks %v", s.Tracks())
			}
		})
	}
}

// A stream without samples in a segment sends nothing for it.
func TestPlanEmptySegments(t *testing.T) {
	b := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Samples: frames(250, 50)}, {ID: 2, Handler: "soun", Samples: tones(3000)},
	}}.Bytes()
	p := NewPlan(openFilm(t, b))
	var got []bool
	for _, g := range readSegments(t, streamOf(t, p, 2), b) {
		got = append(got, g != nil)
	}
	if !slices.Equal(got, []bool{true, true, false, false, false}) {
		t.Errorf("segments with audio: %v", got)
	}
}

func TestSeek(t *testing.T) {
	b := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Samples: frames(750, 250)}, {ID: 2, Handler: "soun", Samples: tones(30000)},
	}}.Bytes()
	p := NewPlan(openFilm(t, b))
	tests := []struct {
		seconds      float64
		video, audio int
	}{
		{-1, 0, 0}, {0, 0, 0}, {1.9, 0, 0}, {9.99, 0, 4}, {10, 5, 5}, {10.01, 5, 5}, {19.9, 5, 9}, {25, 10, 12}, {29.99, 10, 14}, {1e300, 10, 14},
	}
	for _, tt := range tests {
		v, a := streamOf(t, p, 1, 2).Seek(tt.seconds), streamOf(t, p, 2).Seek(tt.seconds)
		if v != tt.video || a != tt.audio {
			t.Errorf("%v s: segment %d with video, %d with audio alone, want %d and %d", tt.seconds, v, a, tt.video, tt.audio)
		}
	}
}

// Whatever the groups, offsets, edits and fragments: every sample goes out
// once and keeps its time.
func TestPlanRandomFilms(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			video := mp4test.Track{ID: 1, Samples: frames(50+r.IntN(300), 1+r.IntN(150))}
			audio := mp4test.Track{ID: 2, Handler: "soun", Timescale: 48000, Samples: mp4test.Samples(50+r.IntN(500), 4, 1024, 0)}
			video.Form.Chunks, audio.Form.Chunks = []int{1 + r.IntN(30)}, []int{1 + r.IntN(90)}
			for i := range video.Samples {
				video.Samples[i].Size = 1 + r.Uint32N(12)
			}
			for _, track := range []*mp4test.Track{&video, &audio} {
				switch r.IntN(3) {
				case 0:
					track.Edits = []mp4test.Edit{{Duration: uint64(r.IntN(3000)), MediaTime: -1}, {Duration: 0, MediaTime: int64(r.IntN(1500))}}
				case 1:
					track.Edits = []mp4test.Edit{{Duration: uint64(100 + r.IntN(5000)), MediaTime: int64(r.IntN(1500))}}
				}
			}
			f := mp4test.File{Tracks: []mp4test.Track{video, audio}, MoovFirst: r.IntN(2) == 0}
			if r.IntN(2) == 0 {
				audio.Timescale = 1000
				f = fragmented(40+r.IntN(6000), r.IntN(2) == 0, video, audio)
			}
			checkFilm(t, f.Bytes())
		})
	}
}
