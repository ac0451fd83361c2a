package fragment

import (
	"fmt"
	"strings"
	"testing"

	"vodsrv/mp4/mp4test"
)

// shownTimes reads a stream back and tells, for each sample of its only track
// in decode order, from when to when it is shown.
func shownTimes(t *testing.T, f mp4test.File) (scale uint32, times []string) {
	t.Helper()
	checkFilm(t, f.Bytes())
	return timesOf(t, f)
}

// timesOf is shownTimes for films of which not all samples keep their times.
func timesOf(t *testing.T, f mp4test.File) (scale uint32, times []string) {
	t.Helper()
	file := f.Bytes()
	s := streamOf(t, NewPlan(openFilm(t, file)))
	back := openFilm(t, mp4test.Join(s.Init(), mp4test.Join(readSegments(t, s, file)...))).Tracks[0]
	for i := range back.Index.Len() {
		g := back.Index.At(i)
		times = append(times, fmt.Sprintf("%d+%d", g.PTS(), g.Duration))
	}
	return back.Timescale, times
}

func TestViewEdits(t *testing.T) {
	trim := func(media int64) []mp4test.Edit { return []mp4test.Edit{{MediaTime: media}} }
	still := mp4test.Samples(6, 5, 40, 6)
	reordered := mp4test.Reorder(mp4test.Samples(7, 5, 40, 7), false)
	shifted := mp4test.Reorder(mp4test.Samples(7, 5, 40, 7), true)
	groups := mp4test.Samples(6, 5, 40, 3)
	audio := mp4test.Samples(4, 5, 1024, 0)
	tests := []struct {
		name  string
		track mp4test.Track
		want  string
	}{
		{"no edit", mp4test.Track{Samples: still}, "1000: 0+40 40+40 80+40 120+40 160+40 200+40"},
		{"B-frame delay taken away", mp4test.Track{Samples: reordered, Edits: trim(40)}, "1000: 0+40 80+40 40+40 160+40 120+40 240+40 200+40"},
		{"negative offsets", mp4test.Track{Samples: shifted}, "1000: 0+40 80+40 40+40 160+40 120+40 240+40 200+40"},
		{"B-frame delay kept", mp4test.Track{Samples: reordered}, "1000: 40+40 120+40 80+40 200+40 160+40 280+40 240+40"},
		{"delay", mp4test.Track{Samples: still[:2], Edits: []mp4test.Edit{{Duration: 500, MediaTime: -1}, {}}}, "1000: 500+40 540+40"},
		{"begins at the next key frame", mp4test.Track{Samples: groups, Edits: trim(120)}, "1000: 0+40 40+40 80+40"},
		{"begins inside a group", mp4test.Track{Samples: still, Edits: trim(120)}, "4000: 0+1 1+1 2+1 3+157 160+160 320+160"},
		{"begins inside a picture", mp4test.Track{Samples: still, Edits: trim(130)}, "4000: 0+1 1+1 2+1 3+117 120+160 280+160"},
		{"begins inside the first picture", mp4test.Track{Samples: still[:3], Edits: trim(10)}, "1000: 0+30 30+40 70+40"},
		{"begins inside a group with B-frames", mp4test.Track{Samples: shifted, Edits: trim(80)}, "3000: 0+1 2+118 1+1 240+120 120+120 480+120 360+120"},
		{"begins between a B-frame and its reference", mp4test.Track{Samples: shifted, Edits: trim(120)}, "4000: 0+1 2+1 1+1 160+160 3+157 480+160 320+160"},
		{"begins with a picture that takes no time", mp4test.Track{Samples: []mp4test.Sample{{Size: 5, Duration: 40}, {Size: 5, NonSync: true}, {Size: 5, Duration: 40, NonSync: true}}, Edits: trim(40)}, "2000: 0+1 0+0 1+79"},
		{"ends inside a picture", mp4test.Track{Samples: still, Edits: []mp4test.Edit{{Duration: 100}}}, "1000: 0+40 40+40 80+40"},
		{"audio across the start", mp4test.Track{Handler: "soun", Timescale: 48000, Samples: audio, Edits: trim(1500)}, "48000: 0+548 548+1024 1572+1024"},
		{"audio from a packet on", mp4test.Track{Handler: "soun", Timescale: 48000, Samples: audio, Edits: trim(2048)}, "48000: 0+1024 1024+1024"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.track.ID = 1
			scale, times := shownTimes(t, mp4test.File{Tracks: []mp4test.Track{tt.track}})
			if got := fmt.Sprintf("%d: %s", scale, strings.Join(times, " ")); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A first packet of sound that was made longer, so that the track begins with
// the others, begins late instead.
func TestViewFirstPacket(t *testing.T) {
	sound := func(entry []byte, durations ...uint32) mp4test.Track {
		track := mp4test.Track{ID: 1, Handler: "soun", Timescale: 48000, Entries: [][]byte{entry}}
		for _, d := range durations {
			track.Samples = append(track.Samples, mp4test.Sample{Size: 5, Duration: d})
		}
		return track
	}
	edited := sound(mp4test.AAC(), 3840, 1024, 1024)
	edited.Edits = []mp4test.Edit{{MediaTime: 1000}}
	tests := []struct {
		name  string
		track mp4test.Track
		want  string
	}{
		{"by ffmpeg", sound(mp4test.AAC(), 3840, 1024, 1024), "2816+1024 3840+1024 4864+1024"},
		{"by less than half", sound(mp4test.AAC(), 1500, 1024, 1024), "0+1500 1500+1024 2524+1024"},
		{"one of many lengths", sound(mp4test.AAC(), 3840, 1024, 1025, 1024), "0+3840 3840+1024 4864+1025 5889+1024"},
		{"a long packet of Opus", sound(mp4test.Sound("Opus", 48000, mp4test.Box("dOps", mp4test.U8(0, 2, 1, 56, 0, 0, 187, 128, 0, 0, 0))), 2880, 960, 960), "0+2880 2880+960 3840+960"},
		{"cut by an edit", edited, "0+2840 2840+1024 3864+1024"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, times := timesOf(t, mp4test.File{Tracks: []mp4test.Track{tt.track}})
			if got := strings.Join(times, " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// However long the group, its hidden part takes less than a millisecond.
func TestViewLongHiddenPart(t *testing.T) {
	for _, scale := range []uint32{25, 1000, 90000} {
		for _, hidden := range []int64{1, 24, 250, 1499} {
			t.Run(fmt.Sprintf("%d of 1/%d s", hidden, scale), func(t *testing.T) {
				d := max(scale/25, 1)
				f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Timescale: scale,
					Samples: mp4test.Reorder(mp4test.Samples(1501, 5, d, 1501), true),
					Edits:   []mp4test.Edit{{MediaTime: hidden * int64(d)}}}}}
				checkFilm(t, f.Bytes())
			})
		}
	}
}

// A timescale that can't be multiplied stays, and nothing overflows.
func TestViewTimescaleAtTheLimit(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Timescale: 1<<32 - 1, Samples: mp4test.Samples(20, 5, 1<<27, 20), Edits: []mp4test.Edit{{MediaTime: 10 << 27}}}}}
	checkFilm(t, f.Bytes())
}

func TestViewSyncBefore(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Reorder(mp4test.Samples(100, 5, 40, 20), true), Edits: []mp4test.Edit{{Duration: 1000, MediaTime: -1}, {}}}}}
	v := (*clip)(nil).view(openFilm(t, f.Bytes()).Tracks[0])
	for ms := int64(0); ms < 6000; ms += 20 {
		want := -1
		for i := range 100 {
			if s := v.track.Index.At(i); s.Sync && s.PTS()+1000 <= ms {
				want = i
			}
		}
		if got := v.syncBefore(ms*90, 90000); got != want {
			t.Fatalf("at %d ms: sample %d, want %d", ms, got, want)
		}
	}
}

// Where the file's own moof and mdat are what a segment has to be, they go out
// as they are; in all other cases they don't.
func TestUntouched(t *testing.T) {
	video := mp4test.Track{ID: 1, Samples: mp4test.Samples(150, 7, 40, 50)}
	audio := mp4test.Track{ID: 2, Handler: "soun", Samples: tones(6000)}
	edited := func(t mp4test.Track, media int64) mp4test.Track {
		t.Edits = []mp4test.Edit{{MediaTime: media}}
		return t
	}
	change := func(f mp4test.File, change func(*mp4test.Traf)) mp4test.File {
		for k := range f.Fragments {
			for n := range f.Fragments[k].Trafs {
				change(&f.Fragments[k].Trafs[n])
			}
		}
		return f
	}
	apart := fragmented(2000, false, video, audio)
	for k := range apart.Fragments {
		apart.Fragments[k].Between = mp4test.Box("free")
	}
	timecode := mp4test.Track{ID: 3, Handler: "tmcd", Samples: mp4test.Samples(1, 4, 6000, 0)}
	tests := []struct {
		name string
		file mp4test.File
		ids  []uint32
		want string // of each segment: u untouched, - made anew
	}{
		{"both tracks", fragmented(2000, false, video, audio), nil, "uuu"},
		{"only one of them", fragmented(2000, false, video, audio), []uint32{1}, "---"},
		{"the only one", fragmented(2000, false, video), nil, "uuu"},
		{"progressive", mp4test.File{Tracks: []mp4test.Track{video, audio}}, nil, "---"},
		{"alternating moofs, muxed", fragmented(2000, true, video, audio), nil, "---"},
		{"alternating moofs, video", fragmented(2000, true, video, audio), []uint32{1}, "uuu"},
		{"a trivial edit", fragmented(2000, false, edited(video, 0), edited(audio, 0)), nil, "uuu"},
		{"an edit that shifts one track", fragmented(2000, false, video, edited(audio, 5)), nil, "---"},
		{"short fragments that are joined", fragmented(400, false, video, audio), nil, "---"},
		{"long fragments that are split", fragmented(6000, false, video, audio), nil, "--"},
		{"base_data_offset", change(fragmented(2000, false, video), func(t *mp4test.Traf) { t.Base = mp4test.OffsetBase }), nil, "---"},
		{"no tfdt", change(fragmented(2000, false, video), func(t *mp4test.Traf) { t.Time = -1 }), nil, "---"},
		{"from a live stream, not from 0 on", change(fragmented(2000, false, video), func(t *mp4test.Traf) { t.Time += 1e9 }), nil, "---"},
		{"a box between moof and mdat", apart, nil, "---"},
		{"another track in the first moof", fragmented(2000, false, video, audio, timecode), nil, "-uu"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file.Bytes()
			p := checkFilm(t, file, tt.ids...)
			s, got := streamOf(t, p, tt.ids...), ""
			for k := range p.Len() {
				g, err := s.Segment(k)
				if err != nil {
					t.Fatal(err)
				}
				if g.Parts[0].Data != nil {
					got += "-"
					continue
				}
				got += "u"
				own := p.Movie().Fragments[p.cuts[k].fragment]
				if len(g.Parts) != 1 || g.Parts[0].Offset != own.Offset || g.Parts[0].Size != own.End-own.Offset {
					t.Errorf("segment %d is %+v", k, g.Parts)
				}
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// What fragments leave to trex must be in the init segment they follow.
func TestUntouchedNeedsTrex(t *testing.T) {
	video := mp4test.Track{ID: 1, Trex: [4]uint32{1, 40, 7, mp4test.NonSyncFlags}}
	f := mp4test.File{Tracks: []mp4test.Track{video}}
	for k := range 3 {
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{{Track: 1, Time: int64(k) * 2000,
			Runs: []mp4test.Run{{Samples: mp4test.Samples(50, 7, 40, 50), Fields: 0x004}}}}})
	}
	file := f.Bytes()
	p := checkFilm(t, file)
	for k := range p.Len() {
		if g, err := streamOf(t, p).Segment(k); err != nil || g.Parts[0].Data != nil {
			t.Errorf("segment %d was made anew, %v", k, err)
		}
	}
}
