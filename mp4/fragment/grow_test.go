package fragment

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// growthSteps are the sizes at which a film is looked at while it is written:
// at each box, and in the middle of some.
func growthSteps(file []byte) []int {
	var sizes []int
	for at, k := 0, 0; at+8 <= len(file); k++ {
		size := int(uint32(file[at])<<24 | uint32(file[at+1])<<16 | uint32(file[at+2])<<8 | uint32(file[at+3]))
		at += max(size, 8)
		sizes = append(sizes, at)
		if k%3 == 0 {
			sizes = append(sizes, at+size/2+8)
		}
	}
	slices.Sort(sizes)
	return append(slices.DeleteFunc(sizes, func(n int) bool { return n >= len(file) }), len(file))
}

// checkGrowth follows a film while it is written: each segment is the same from
// when it is there first to when the film is whole. It returns how many
// seconds of what was there were not in segments yet, at most.
func checkGrowth(t *testing.T, file []byte) (behind float64) {
	t.Helper()
	want := NewPlan(openFilm(t, file))
	all := readSegments(t, streamOf(t, want), file)
	var m *mp4.Movie
	var p *Plan
	for _, size := range growthSteps(file) {
		r := bytes.NewReader(file[:size])
		var err error
		if m == nil {
			if m, err = mp4.Open(r, int64(size)); err != nil {
				continue
			}
		} else if m, err = m.Resume(r, int64(size)); err != nil {
			t.Fatalf("at byte %d: %v", size, err)
		}
		old := 0
		if p == nil || len(p.views) < len(want.views) {
			if p = NewGrowing(m, false); len(p.views) < len(want.views) {
				continue
			}
		} else {
			old = p.Len()
			if p, err = p.Grow(m, false); err != nil {
				t.Fatalf("at byte %d: %v", size, err)
			}
		}
		if fresh := NewGrowing(m, false); p.Len() < old || !slices.Equal(fresh.cuts, p.cuts) || !slices.Equal(p.cuts, want.cuts[:len(p.cuts)]) {
			t.Fatalf("at byte %d: cuts at %v, planned anew %v, of the whole %v", size, p.cuts, fresh.cuts, want.cuts)
		}
		checkSpans(t, p)
		if p.Len() > 0 && len(streamOf(t, want).views) == len(streamOf(t, p).views) {
			for k, b := range readSegments(t, streamOf(t, p), file[:size]) {
				if !bytes.Equal(b, all[k]) {
					t.Fatalf("at byte %d: segment %d is another than in the whole film", size, k)
				}
			}
		}
		behind = max(behind, mp4.Seconds(p.end, p.ref.scale)-p.Duration())
	}
	if p.Open() != true {
		t.Fatal("the film does not grow")
	}
	whole, err := p.Grow(m, true)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(whole.cuts, want.cuts) || whole.Open() || whole.Duration() != want.Duration() {
		t.Errorf("in the end cuts at %v, want %v", whole.cuts, want.cuts)
	}
	for k, b := range readSegments(t, streamOf(t, whole), file) {
		if !bytes.Equal(b, all[k]) {
			t.Errorf("in the end segment %d is another", k)
		}
	}
	if init := streamOf(t, whole).Init(); !bytes.Equal(init, streamOf(t, p).Init()) || bytes.Contains(init, []byte("mehd")) {
		t.Error("the init segment changed in the end, or tells a duration")
	}
	return behind
}

func TestAFilmKeepsItsSegmentsWhileItGrows(t *testing.T) {
	for _, tt := range plannedFilms() {
		if len(tt.file.Fragments) == 0 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) { checkGrowth(t, tt.file.Bytes()) })
	}
	for _, ms := range []int{200, 520, 1480, 2000, 3960, 6000} {
		for _, group := range []int{1, 13, 50, 110} {
			for _, alternate := range []bool{false, true} {
				t.Run(fmt.Sprint(ms, group, alternate), func(t *testing.T) {
					video := mp4test.Track{ID: 1, Samples: frames(400, group)}
					sound := mp4test.Track{ID: 2, Handler: "soun", Samples: tones(16000)}
					checkGrowth(t, fragmented(ms, alternate, video, sound).Bytes())
					checkGrowth(t, fragmented(ms, alternate, sound, video).Bytes())
				})
			}
		}
	}
}

// What ends long before the others holds nothing up.
func TestATrackThatEndsHoldsNothingUp(t *testing.T) {
	video := mp4test.Track{ID: 1, Samples: frames(1000, 50)}
	sound := mp4test.Track{ID: 2, Handler: "soun", Samples: tones(8000)}
	if behind := checkGrowth(t, fragmented(2000, false, video, sound).Bytes()); behind > gone+7 {
		t.Errorf("%v s are not in segments", behind)
	}
	video.Samples, sound.Samples = frames(200, 50), tones(40000)
	if behind := checkGrowth(t, fragmented(2000, false, video, sound).Bytes()); behind > gone+7 {
		t.Errorf("%v s are not in segments", behind)
	}
}

// Of a recording as ffmpeg makes it, all but the newest fragment is there.
func TestRecordingsGrow(t *testing.T) {
	h264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "50", "-c:a", "aac"}
	for name, tt := range map[string]struct {
		args   []string
		behind float64
	}{
		"fragments at key frames": {append(h264, "-movflags", "frag_keyframe+empty_moov+default_base_moof"), 2.2},
		"delayed moov":            {append(h264, "-movflags", "frag_keyframe+delay_moov+default_base_moof"), 2.2},
		"every second":            {append(h264, "-movflags", "empty_moov+default_base_moof", "-frag_duration", "1000000"), 4.2},
		"every frame":             {append(h264, "-movflags", "frag_every_frame+empty_moov+default_base_moof"), 2.7},
		"separate moofs":          {append(h264, "-movflags", "frag_keyframe+empty_moov+separate_moof"), 4.2},
		"no trailer":              {append(h264, "-movflags", "frag_keyframe+empty_moov+default_base_moof+skip_trailer"), 2.2},
		"sound alone":             {[]string{"-vn", "-c:a", "aac", "-movflags", "empty_moov+default_base_moof", "-frag_duration", "1000000"}, 1.7},
	} {
		t.Run(name, func(t *testing.T) {
			args := slices.Clone(tt.args)
			file, err := os.ReadFile(testmedia.Clip(t, testmedia.Options{Seconds: 12, Size: "160x90", Args: args}))
			if err != nil {
				t.Fatal(err)
			}
			if behind := checkGrowth(t, file); behind > tt.behind {
				t.Errorf("%.3f s are not in segments, more than %v", behind, tt.behind)
			}
		})
	}
}

// A track that begins before all others did changes what is there.
func TestALateTrackChangesAFilm(t *testing.T) {
	video := mp4test.Track{ID: 1, Samples: frames(500, 50)}
	sound := mp4test.Track{ID: 2, Handler: "soun", Samples: tones(20000)}
	f := fragmented(2000, true, video, sound)
	slices.SortStableFunc(f.Fragments, func(a, b mp4test.Fragment) int { return int(a.Trafs[0].Track) - int(b.Trafs[0].Track) })
	file := f.Bytes()
	at := mp4test.Find(file, "moof")
	r := bytes.NewReader(file[:at[8]-4])
	m := openFilm(t, file[:at[8]-4])
	p := NewGrowing(m, false)
	if p.Len() == 0 {
		t.Fatal("there are no segments of the picture")
	}
	m, err := m.Resume(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Grow(m, false); !errors.Is(err, mp4.ErrChanged) {
		t.Errorf("with sound from %d on: %v", r.Size(), err)
	}
}
