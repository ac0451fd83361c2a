package server

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

// instant is a picture or packet of sound and when it is presented, in seconds
// from the start of the film.
type instant struct {
	hash       string
	start, end float64
}

// shown is the part of an instant that is to be seen or heard: what edits cut
// off, B-frames' delay and the encoder's priming lie before 0.
func (i instant) shown() (start float64, ok bool) {
	return max(i.start, 0), i.end > 1e-6
}

// track is one stream's instants, in order of decoding.
type track struct {
	tick     float64 // seconds
	instants []instant
}

// byFfprobe is the account of ffmpeg's demuxer. It raises all times of a track
// by the most negative composition offset it has found in fragments.
func byFfprobe(t *testing.T, path string) []track {
	t.Helper()
	m := openFilm(t, path)
	var list []track
	for k, of := range m.Tracks {
		least, _ := of.Index.Reorder()
		if !m.Fragmented {
			least = 0
		}
		list = append(list, probed(t, path, k, of.Timescale, int64(min(least, 0))))
	}
	return list
}

// byFfprobeAndEdits is the account of a demuxer that is told to leave edits
// alone, and of the edits.
func byFfprobeAndEdits(t *testing.T, path string) []track {
	t.Helper()
	m := openFilm(t, path)
	var list []track
	for k, of := range m.Tracks {
		if len(of.Edits) != 1 {
			t.Fatalf("track %d has the edits %v, want one", of.ID, of.Edits)
		}
		list = append(list, probed(t, path, k, of.Timescale, -of.Edits[0].MediaTime, "-ignore_editlist", "1"))
	}
	return list
}

// probed is what ffprobe says of a stream, moved by some ticks.
func probed(t *testing.T, path string, stream int, timescale uint32, move int64, options ...string) track {
	t.Helper()
	one := track{tick: 1 / float64(timescale)}
	packets := testmedia.Packets(t, path, append(options, "-select_streams", fmt.Sprint(stream))...)
	for i, p := range packets {
		if p.PTS == nil {
			t.Fatalf("%s: ffprobe knows no time of packet %d", path, i)
		}
		end := *p.PTS + p.Duration
		if p.Duration == 0 && i+1 < len(packets) {
			end = *packets[i+1].PTS // it knows of no durations of Opus in fragments
		}
		one.instants = append(one.instants, instant{p.Hash, float64(*p.PTS+move) * one.tick, float64(end+move) * one.tick})
	}
	return one
}

// byIndex is our own account.
func byIndex(t *testing.T, path string) []track {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []track
	for _, of := range openFilm(t, path).Tracks {
		one := track{tick: 1 / float64(of.Timescale)}
		line := of.Timeline()
		c := of.Index.Cursor(0)
		for s, ok := c.Next(); ok; s, ok = c.Next() {
			hash := fmt.Sprintf("SHA256:%x", sha256.Sum256(file[s.Offset:s.End()]))
			start := s.PTS() + line.Shift
			one.instants = append(one.instants, instant{hash, float64(start) * one.tick, float64(start+int64(s.Duration)) * one.tick})
		}
		list = append(list, one)
	}
	return list
}

func openFilm(t *testing.T, path string) *mp4.Movie {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// instantFilm is a film whose pictures and sound do not simply begin at 0.
type instantFilm struct {
	name string
	args string   // of the clip
	copy []string // ffmpeg's options for a copy of CLIP; nil for the clip itself
	// hidden are pictures before the edit that decoding needs. The stream shows
	// them for single ticks, in all less than a millisecond, by which the first
	// picture after them begins later.
	hidden int
	// inside says that an edit begins inside a picture. ffmpeg's demuxer shows
	// the next one at once instead.
	inside bool
	// longer says that the first packet of sound was made longer, so that it
	// begins with the picture. The stream shows it as long as the others.
	longer bool
}

const bframes = "-c:v libx264 -preset veryfast -bf 2 -b_strategy 0 -g 50 -sc_threshold 0 "

var instantFilms = []instantFilm{
	{name: "B-frames and AAC", args: bframes + "-c:a aac"},
	{name: "Opus", args: bframes + "-c:a libopus"},
	{name: "Opus without B-frames", args: bframes + "-bf 0 -c:a libopus"},
	{name: "MP3", args: bframes + "-c:a libmp3lame -ar 44100"},
	{name: "negative offsets", args: bframes + "-c:a aac -movflags negative_cts_offsets"},
	{name: "timescale 600", args: bframes + "-c:a aac -video_track_timescale 600"},
	{name: "fragmented, with edits", args: bframes + "-c:a aac -movflags frag_keyframe+delay_moov"},
	{name: "fragmented, shifted", args: bframes + "-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof", longer: true},
	{name: "delayed sound", args: bframes + "-c:a aac", copy: strings.Fields("-i CLIP -itsoffset 0.5 -i CLIP -map 0:v -map 1:a")},
	{name: "delayed picture", args: bframes + "-c:a aac", copy: strings.Fields("-itsoffset 0.7 -i CLIP -i CLIP -map 0:v -map 1:a")},
	{name: "cut inside a group", args: bframes + "-c:a aac", copy: strings.Fields("-ss 1.32 -i CLIP"), hidden: 33},
	{name: "cut inside a picture", args: bframes + "-c:a aac", copy: strings.Fields("-ss 1.3 -i CLIP"), hidden: 32, inside: true},
	{name: "cut inside a picture, MP3", args: bframes + "-c:a libmp3lame", copy: strings.Fields("-ss 2.77 -i CLIP"), hidden: 19, inside: true},
}

func (f instantFilm) make(t *testing.T) string {
	t.Helper()
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 4, Size: "160x90", Args: strings.Fields(f.args)})
	path := filepath.Join(t.TempDir(), "film.mp4")
	if f.copy == nil {
		content, err := os.ReadFile(clip)
		if err == nil {
			err = os.WriteFile(path, content, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := slices.Clone(f.copy)
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "CLIP", clip)
	}
	testmedia.Ffmpeg(t, append(args, "-c", "copy", path)...)
	return path
}

// Every picture and packet of sound of a film is presented at the same instant
// whether the film is played as it is, by the server, or from a file that was
// converted.
func TestInstantsOfPictureAndSound(t *testing.T) {
	for _, f := range instantFilms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			source := f.make(t)
			folder := t.TempDir()
			sent, kept, mse := filepath.Join(folder, "sent.mp4"), filepath.Join(folder, "kept.mp4"), filepath.Join(folder, "mse.mp4")
			s := serve(t, Config{}, filepath.Dir(source))
			if err := os.WriteFile(sent, s.open("/ws/film.mp4?rate=16").whole(), 0o644); err != nil {
				t.Fatal(err)
			}
			for out, o := range map[string]fragment.Options{kept: {Movflags: fragment.DefaultMovflags}, mse: {MSE: true}} {
				if err := fragment.ConvertFile(t.Context(), source, out, nil, fragment.FileOptions{Options: o}); err != nil {
					t.Fatal(err)
				}
			}
			want := byFfprobe(t, source)
			if f.inside {
				want = byFfprobeAndEdits(t, source)
			}
			compareInstants(t, "the source by our index", want, byIndex(t, source), 0)
			compareInstants(t, "the converted file by ffprobe", want, byFfprobe(t, kept), 0)
			compareInstants(t, "the converted file by our index", want, byIndex(t, kept), 0)
			if f.longer {
				sound := want[1].instants
				sound[0].start = 2*sound[1].start - sound[2].start
			}
			for path, hidden := range map[string]int{sent: f.hidden, mse: f.hidden} {
				compareInstants(t, filepath.Base(path)+" by ffprobe", want, byFfprobe(t, path), hidden)
				compareInstants(t, filepath.Base(path)+" by our index", want, byIndex(t, path), hidden)
			}
		})
	}
}

// compareInstants compares all that is shown of a film, track by track. Where
// pictures are hidden, the first one shown may begin up to a millisecond later
// than wanted.
func compareInstants(t *testing.T, name string, want, got []track, hidden int) {
	t.Helper()
	if len(want) != 2 || len(got) != len(want) {
		t.Fatalf("%s: %d tracks, want %d", name, len(got), len(want))
	}
	for k := range want {
		// What decoding does not need may be missing at the start.
		w, g := want[k].instants, got[k].instants
		n := min(len(w), len(g))
		before := w[:len(w)-n]
		w, g = w[len(w)-n:], g[len(g)-n:]
		for _, i := range before {
			if _, shown := i.shown(); shown {
				t.Errorf("%s, track %d: the packet shown at %.6f is missing", name, k, i.start)
			}
		}
		first, shown := firstShown(w), 0
		for i := range w {
			if w[i].hash != g[i].hash {
				t.Fatalf("%s, track %d: packet %d of %d is another one", name, k, i, n)
			}
			wanted, ok := w[i].shown()
			if !ok {
				continue
			}
			shown++
			is, ok := g[i].shown()
			late := want[k].tick
			if i == first && k == 0 && hidden > 0 {
				late = 0.001
			}
			if d := is - wanted; !ok || d < -want[k].tick-1e-9 || d > late+1e-9 {
				t.Errorf("%s, track %d: packet %d is shown at %.6f, want %.6f", name, k, i, is, wanted)
				break
			}
		}
		if shown < 20 || hidden > 0 && k == 0 && shown != n-hidden {
			t.Errorf("%s, track %d: %d of %d packets are shown", name, k, shown, n)
		}
	}
}

// firstShown is the packet that is presented first of those that are shown.
func firstShown(list []instant) int {
	best := -1
	for i := range list {
		if _, ok := list[i].shown(); ok && (best < 0 || list[i].start < list[best].start) {
			best = i
		}
	}
	return best
}
