package fragment_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

// film is an input of the comparison with ffmpeg.
type film struct {
	name string
	clip testmedia.Options
	from string // seconds at which a copy of the clip begins, by an edit list
}

const gop = "-g 50 -keyint_min 50 -sc_threshold 0 "

func h264(extra string) []string {
	return strings.Fields("-c:v libx264 -preset veryfast " + gop + extra)
}

var films = []film{
	{name: "bframes+aac", clip: testmedia.Options{Seconds: 6, Args: h264("-bf 2 -b_strategy 0 -c:a aac")}},
	{name: "no bframes", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 0 -an")}},
	{name: "audio only", clip: testmedia.Options{Seconds: 5, Ext: ".m4a", Args: strings.Fields("-vn -c:a aac")}},
	{name: "opus", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 0 -c:a libopus")}},
	{name: "mp3", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 2 -c:a libmp3lame")}},
	{name: "hevc", clip: testmedia.Options{Seconds: 4, Args: strings.Fields("-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=25:min-keyint=25:scenecut=0 -tag:v hvc1 -c:a aac")}},
	{name: "vp9", clip: testmedia.Options{Seconds: 3, Size: "320x180", Args: strings.Fields("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 30 -c:a aac")}},
	{name: "faststart", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 3 -c:a aac -movflags faststart")}},
	{name: "timescale 600", clip: testmedia.Options{Seconds: 5, Rate: "24", Args: h264("-bf 0 -c:a aac -video_track_timescale 600")}},
	{name: "negative offsets", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 2 -c:a aac -movflags negative_cts_offsets")}},
	{name: "30 fps, two sounds", clip: testmedia.Options{Seconds: 5, Rate: "30000/1001", Args: h264("-map 0:v -map 1:a -map 1:a -bf 2 -c:a aac")}},
	{name: "late sound", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 2 -b_strategy 0 -c:a aac -af asetpts=PTS+0.5/TB")}},
	{name: "trimmed", clip: testmedia.Options{Seconds: 6, Args: h264("-bf 2 -b_strategy 0 -c:a aac")}, from: "2.6"},
	{name: "trimmed, no bframes", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 0 -an")}, from: "1.1"},
}

var flagSets = []string{
	"frag_keyframe+delay_moov+default_base_moof",
	"frag_keyframe",
	"empty_moov",
	"frag_keyframe+empty_moov+default_base_moof",
	"delay_moov",
	"frag_keyframe+delay_moov",
	"frag_keyframe+default_base_moof",
}

func TestConvertLikeFfmpeg(t *testing.T) {
	for _, f := range films {
		for _, flags := range flagSets {
			t.Run(f.name+"/"+flags, func(t *testing.T) {
				in := testmedia.Clip(t, f.clip)
				if f.from != "" {
					in = trimmed(t, in, f.from)
				}
				theirs := filepath.Join(t.TempDir(), "ffmpeg.mp4")
				testmedia.Ffmpeg(t, "-i", in, "-map", "0", "-c", "copy", "-movflags", flags, theirs)
				ours := filepath.Join(t.TempDir(), "vodsrv.mp4")
				set, err := fragment.ParseMovflags(flags, 0)
				if err != nil {
					t.Fatal(err)
				}
				err = fragment.ConvertFile(t.Context(), in, ours, io.Discard, fragment.FileOptions{Options: fragment.Options{Movflags: set}})
				if err != nil {
					t.Fatal(err)
				}
				compareFiles(t, ours, theirs)
			})
		}
	}
}

// trimmed copies a clip from an instant inside a group of pictures on.
func trimmed(t *testing.T, clip, from string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "trimmed.mp4")
	testmedia.Ffmpeg(t, "-ss", from, "-i", clip, "-map", "0", "-c", "copy", out)
	return out
}

// compareFiles holds the sample tables of two fragmented files against each
// other.
func compareFiles(t *testing.T, ours, theirs string) {
	t.Helper()
	a, b := describe(t, ours), describe(t, theirs)
	if a.layout != b.layout {
		t.Errorf("top level:\n got %s\nwant %s", a.layout, b.layout)
	}
	if len(a.tracks) != len(b.tracks) {
		t.Fatalf("%d tracks, want %d", len(a.tracks), len(b.tracks))
	}
	for k := range a.tracks {
		compareLines(t, k, a.tracks[k], b.tracks[k])
	}
}

func compareLines(t *testing.T, track int, got, want []string) {
	t.Helper()
	faults := 0
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			if faults++; faults <= 3 {
				t.Errorf("track %d line %d:\n got %s\nwant %s", track, i, g, w)
			}
		}
	}
	if faults > 3 {
		t.Errorf("track %d: %d lines differ", track, faults)
	}
}

// description is what must be equal in two conversions: a line for each
// sample, with the number of its fragment.
type description struct {
	layout string
	tracks [][]string
}

func describe(t *testing.T, path string) description {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := open(t, path)
	d := description{layout: topLevel(b)}
	for _, track := range m.Tracks {
		lines := []string{fmt.Sprintf("timescale %d, starts at %.3f", track.Timescale, mp4.Seconds(track.Start(), track.Timescale))}
		c := track.Index.Cursor(0)
		moof, starts := -1, track.Starts
		for i := 0; ; i++ {
			s, ok := c.Next()
			if !ok {
				break
			}
			for len(starts) > 0 && int(starts[0].Sample) == i {
				moof, starts = int(starts[0].Fragment), starts[1:]
			}
			lines = append(lines, fmt.Sprintf("moof %d dts %d cto %d sync %t entry %d bytes %d %x",
				moof, s.DTS, s.CTO, s.Sync, s.Description, s.Size, sha256.Sum256(b[s.Offset:s.End()])))
		}
		d.tracks = append(d.tracks, lines)
	}
	return d
}

// topLevel lists the types of the boxes of a file.
func topLevel(b []byte) string {
	var types []string
	for len(b) >= 8 {
		size := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if size < 8 || size > len(b) {
			break
		}
		types = append(types, string(b[4:8]))
		b = b[size:]
	}
	return strings.Join(types, " ")
}

// open opens a whole file.
func open(t *testing.T, path string) (*mp4.Movie, *bytes.Reader) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src := bytes.NewReader(b)
	m, err := mp4.Open(src, src.Size())
	if err != nil {
		t.Fatal(err)
	}
	if m.Truncated != nil {
		t.Fatal(m.Truncated)
	}
	return m, src
}
