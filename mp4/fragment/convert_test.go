package fragment_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

var update = flag.Bool("update", false, "draw the films of testdata/ffmpeg51 anew and record what ffmpeg makes of them")

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
	{name: "bframes", clip: testmedia.Options{Seconds: 6, Args: h264("-bf 2 -b_strategy 0 -c:a aac -b:a 32k")}},
	{name: "silent", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 0 -an")}},
	{name: "sound", clip: testmedia.Options{Seconds: 5, Ext: ".m4a", Args: strings.Fields("-vn -c:a aac -b:a 32k")}},
	{name: "opus", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 0 -c:a libopus -b:a 48k")}},
	{name: "mp3", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 2 -c:a libmp3lame -b:a 48k")}},
	{name: "hevc", clip: testmedia.Options{Seconds: 4, Args: strings.Fields("-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=25:min-keyint=25:scenecut=0 -tag:v hvc1 -c:a aac -b:a 32k")}},
	{name: "vp9", clip: testmedia.Options{Seconds: 3, Size: "320x180", Args: strings.Fields("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 30 -c:a aac -b:a 32k")}},
	{name: "faststart", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 3 -c:a aac -b:a 32k -movflags faststart")}},
	{name: "timescale-600", clip: testmedia.Options{Seconds: 5, Rate: "24", Args: h264("-bf 0 -c:a aac -b:a 32k -video_track_timescale 600")}},
	{name: "negative-offsets", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 2 -c:a aac -b:a 32k -movflags negative_cts_offsets")}},
	{name: "two-sounds", clip: testmedia.Options{Seconds: 5, Rate: "30000/1001", Args: h264("-map 0:v -map 1:a -map 1:a -bf 2 -c:a aac -b:a 32k")}},
	{name: "late-sound", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 2 -b_strategy 0 -c:a aac -b:a 32k -af asetpts=PTS+0.5/TB")}},
	{name: "trimmed", clip: testmedia.Options{Seconds: 6, Args: h264("-bf 2 -b_strategy 0 -c:a aac -b:a 32k")}, from: "2.6"},
	{name: "trimmed-silent", clip: testmedia.Options{Seconds: 5, Args: h264("-bf 0 -an")}, from: "1.1"},
}

// flagSets are the options of both programs, in ffmpeg's spelling.
var flagSets = []string{
	"-movflags frag_keyframe+delay_moov+default_base_moof",
	"-movflags frag_keyframe",
	"-movflags empty_moov",
	"-movflags frag_keyframe+empty_moov+default_base_moof",
	"-movflags delay_moov",
	"-movflags frag_keyframe+delay_moov",
	"-movflags frag_keyframe+default_base_moof",
	"-movflags empty_moov+separate_moof",
	"-movflags delay_moov+separate_moof+default_base_moof",
	"-movflags frag_keyframe+separate_moof",
	"-movflags empty_moov+omit_tfhd_offset",
	"-movflags frag_keyframe+omit_tfhd_offset",
	"-movflags frag_keyframe+negative_cts_offsets",
	"-movflags delay_moov+negative_cts_offsets",
	"-movflags empty_moov+negative_cts_offsets+default_base_moof",
	"-movflags dash",
	"-movflags dash+skip_sidx",
	"-movflags dash+delay_moov",
	"-movflags dash+global_sidx",
	"-movflags frag_keyframe+global_sidx",
	"-movflags cmaf",
	"-movflags cmaf -use_editlist 1",
	"-movflags cmaf+delay_moov -use_editlist 1",
	"-movflags cmaf+dash",
	"-movflags dash+skip_trailer",
	"-movflags empty_moov -frag_duration 1000000",
	"-movflags frag_keyframe+delay_moov -frag_duration 700000",
	"-frag_duration 1500000",
	"-movflags frag_keyframe -min_frag_duration 3000000",
	"-movflags empty_moov -frag_size 20000",
	"-movflags empty_moov -use_editlist 1",
	"-movflags delay_moov -use_editlist 0",
	"-movflags empty_moov -frag_interleave 10",
	"-movflags delay_moov -write_prft pts",
	"-movflags dash -brand mp42",
	"-movflags frag_every_frame",
}

// misplaced are flags with which ffmpeg writes wrong absolute offsets: it makes
// room for the sidx boxes when the fragments are written already.
const misplaced = "-movflags frag_keyframe+global_sidx"

// options reads ffmpeg's options.
func options(t *testing.T, args string) fragment.Options {
	t.Helper()
	var o fragment.Options
	fields := strings.Fields(args)
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := 0; i+1 < len(fields); i += 2 {
		value := fields[i+1]
		switch fields[i] {
		case "-movflags":
			flags, err := fragment.ParseMovflags(value, 0)
			if err != nil {
				t.Fatal(err)
			}
			o.Movflags = flags
		case "-frag_duration":
			o.FragDuration = number(value)
		case "-min_frag_duration":
			o.MinFragDuration = number(value)
		case "-frag_size":
			o.FragSize = number(value)
		case "-frag_interleave":
			o.FragInterleave = int(number(value))
		case "-use_editlist":
			on := value == "1"
			o.EditList = &on
		case "-write_prft":
			o.ReferenceTime = fragment.ReferenceTime(value)
		case "-brand":
			o.Brand = value
		default:
			t.Fatalf("unknown option %s", fields[i])
		}
	}
	return o
}

// damaged are flags with which ffmpeg damages the times of sound beside a
// picture.
const damaged = "-movflags frag_every_frame"

// compared tells whether a film's conversion with these flags is held against
// ffmpeg's; docs/movflags.md says why some are not.
func (f film) compared(flags string) bool {
	return flags != damaged || slices.Contains(f.clip.Args, "-an") || slices.Contains(f.clip.Args, "-vn")
}

// TestConvertLikeFfmpeg51 holds conversions against the sample tables of those
// by ffmpeg 5.1, which are kept in testdata/ffmpeg51.
func TestConvertLikeFfmpeg51(t *testing.T) {
	for _, f := range films {
		t.Run(f.name, func(t *testing.T) {
			if *update {
				f.make(t)
				f.record(t)
			}
			golden := f.recorded(t)
			for _, flags := range flagSets {
				if !f.compared(flags) {
					continue
				}
				if got, want := f.convert(t, flags), golden[flags]; got != want {
					t.Errorf("%s:\n%s", flags, firstDifference(got, want))
				}
			}
		})
	}
}

// TestConvertLikeFfmpeg does the same with the ffmpeg at hand: with all flags
// if VODSRV_LONG is set, else with each flag for a few of the films.
func TestConvertLikeFfmpeg(t *testing.T) {
	long := os.Getenv("VODSRV_LONG") != ""
	for n, f := range films {
		for k, flags := range flagSets {
			if !f.compared(flags) || !long && (n+k)%5 != 0 {
				continue
			}
			t.Run(f.name+"/"+flags, func(t *testing.T) {
				if got, want := f.convert(t, flags), f.byFfmpeg(t, flags); got != want {
					t.Error(firstDifference(got, want))
				}
			})
		}
	}
}

// path is where the film is kept.
func (f film) path() string { return filepath.Join("testdata", "ffmpeg51", f.name+f.ext()) }

func (f film) ext() string {
	if f.clip.Ext != "" {
		return f.clip.Ext
	}
	return ".mp4"
}

// make draws the film with the ffmpeg at hand.
func (f film) make(t *testing.T) {
	f.clip.Size = "160x90"
	args := []string{"-i", testmedia.Clip(t, f.clip), "-map", "0", "-c", "copy", f.path()}
	if f.from != "" {
		args = append([]string{"-ss", f.from}, args...)
	}
	testmedia.Ffmpeg(t, args...)
}

// convert describes our conversion of the film.
func (f film) convert(t *testing.T, flags string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "vodsrv.mp4")
	err := fragment.ConvertFile(t.Context(), f.path(), out, io.Discard, fragment.FileOptions{Options: options(t, flags)})
	if err != nil {
		t.Fatalf("%s: %v", flags, err)
	}
	return describe(t, out, flags != misplaced)
}

// byFfmpeg describes ffmpeg's conversion.
func (f film) byFfmpeg(t *testing.T, flags string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "ffmpeg.mp4")
	args := append([]string{"-i", f.path(), "-map", "0", "-c", "copy"}, strings.Fields(flags)...)
	testmedia.Ffmpeg(t, append(args, out)...)
	return describe(t, out, flags != misplaced)
}

// record keeps what ffmpeg's conversions are, a part for each set of flags.
func (f film) record(t *testing.T) {
	t.Helper()
	var b strings.Builder
	for _, flags := range flagSets {
		if !f.compared(flags) {
			continue
		}
		fmt.Fprintf(&b, "## %s\n%s", flags, f.byFfmpeg(t, flags))
	}
	if err := os.WriteFile(f.path()+".txt", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f film) recorded(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(f.path() + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(string(b), "## ") {
		if flags, text, ok := strings.Cut(part, "\n"); ok {
			parts[flags] = text
		}
	}
	return parts
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// describe tells what must be equal in two conversions: brands and top-level
// boxes, and for each track its timescale, its start, and the samples of each
// fragment: how many, the first decode time and a hash over decode times,
// composition offsets, sync flags, sizes, and with payload their bytes.
func describe(t *testing.T, path string, payload bool) string {
	t.Helper()
	m, src := open(t, path)
	var out strings.Builder
	file := make([]byte, src.Size())
	if _, err := src.ReadAt(file, 0); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%s: %s\n", strings.Join(m.Brands, " "), topLevel(file))
	for k, track := range m.Tracks {
		fmt.Fprintf(&out, "track %d: timescale %d, starts at %.3f\n", k, track.Timescale, mp4.Seconds(track.Start(), track.Timescale))
		bounds := []int{0}
		for _, s := range track.Starts {
			if s.Sample > 0 {
				bounds = append(bounds, int(s.Sample))
			}
		}
		bounds = append(bounds, track.Index.Len())
		for n := range len(bounds) - 1 {
			from, to := bounds[n], bounds[n+1]
			hash := sha256.New()
			c := track.Index.Cursor(from)
			for range to - from {
				s, _ := c.Next()
				_, _ = fmt.Fprintln(hash, s.DTS, s.CTO, s.Sync, s.Description, s.Size)
				if payload {
					hash.Write(file[s.Offset:s.End()])
				}
			}
			fmt.Fprintf(&out, "  %d samples from %d: %x\n", to-from, track.Index.At(from).DTS, hash.Sum(nil)[:8])
		}
	}
	return out.String()
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
