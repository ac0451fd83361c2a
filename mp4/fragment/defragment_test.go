package fragment_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

// converted converts bytes with options.
func converted(t *testing.T, in []byte, o fragment.Options) []byte {
	t.Helper()
	src := bytes.NewReader(in)
	m, err := mp4.Open(src, src.Size())
	if err != nil {
		t.Fatal(err)
	}
	var out mp4test.Memory
	if err := fragment.Convert(&out, src, m, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestDefragmentRoundTrip checks that a file made whole again gives the same
// fragments as the one it was made whole from.
func TestDefragmentRoundTrip(t *testing.T) {
	for _, f := range films {
		for _, flags := range []string{
			"-movflags frag_keyframe+delay_moov+default_base_moof",
			"-movflags frag_keyframe+delay_moov",
			"-movflags delay_moov -frag_duration 700000",
			"-movflags delay_moov -frag_interleave 10",
		} {
			t.Run(f.name+"/"+flags, func(t *testing.T) {
				in, err := os.ReadFile(f.path())
				if err != nil {
					t.Fatal(err)
				}
				o := options(t, flags)
				once := converted(t, in, o)
				whole := converted(t, once, fragment.Options{Defragment: true})
				if got := topLevel(whole); got != "ftyp moov mdat" {
					t.Errorf("made whole it is %s", got)
				}
				twice := converted(t, whole, o)
				if !bytes.Equal(once, twice) {
					t.Errorf("%d bytes became %d, from byte %d on", len(once), len(twice), firstByte(once, twice))
				}
			})
		}
	}
}

func firstByte(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestDefragmentKeepsInstants compares when every sample is presented.
func TestDefragmentKeepsInstants(t *testing.T) {
	for _, f := range films {
		t.Run(f.name, func(t *testing.T) {
			in, err := os.ReadFile(f.path())
			if err != nil {
				t.Fatal(err)
			}
			for name, o := range map[string]fragment.Options{
				"fragments": {Movflags: fragment.DefaultMovflags},
				"whole":     {Defragment: true},
				"faststart": {Movflags: fragment.Faststart},
			} {
				if got, want := instants(t, converted(t, in, o)), instants(t, in); got != want {
					t.Errorf("%s: %s", name, firstDifference(got, want))
				}
			}
		})
	}
}

// instants lists when the samples of each track are presented and how long.
func instants(t *testing.T, file []byte) string {
	t.Helper()
	m, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, track := range m.Tracks {
		fmt.Fprintf(&b, "starts %.6f ends %.6f\n", mp4.Seconds(track.Start(), track.Timescale), mp4.Seconds(track.End(), track.Timescale))
		c := track.Index.Cursor(0)
		for s, ok := c.Next(); ok; s, ok = c.Next() {
			fmt.Fprintf(&b, "%.6f %.6f %t\n", mp4.Seconds(s.PTS()+track.Timeline().Shift, track.Timescale), mp4.Seconds(int64(s.Duration), track.Timescale), s.Sync)
		}
	}
	return b.String()
}

// TestDefragmentForFfmpeg checks that ffmpeg finds the source's packets.
func TestDefragmentForFfmpeg(t *testing.T) {
	in, err := os.ReadFile(films[0].path())
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "whole.mp4")
	fragments := converted(t, in, fragment.Options{Movflags: fragment.DefaultMovflags})
	if err := os.WriteFile(out, converted(t, fragments, fragment.Options{Defragment: true}), 0o644); err != nil {
		t.Fatal(err)
	}
	byStream := func(a, b testmedia.Packet) int { return a.Stream - b.Stream }
	got, want := testmedia.Packets(t, out), testmedia.Packets(t, films[0].path())
	slices.SortStableFunc(got, byStream)
	slices.SortStableFunc(want, byStream)
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("packet %d:\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
}

// TestClip checks that a clip shows just what was asked for.
func TestClip(t *testing.T) {
	in, err := os.ReadFile(films[0].path())
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]fragment.Options{
		"fragments": {Movflags: fragment.DefaultMovflags, From: 2.6, To: 4.5},
		"whole":     {Defragment: true, From: 2.6, To: 4.5},
		"hybrid":    {Movflags: fragment.HybridFragmented, From: 2.6, To: 4.5},
	} {
		file := converted(t, in, o)
		m, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, track := range m.Tracks {
			start, end := mp4.Seconds(track.Start(), track.Timescale), mp4.Seconds(track.End(), track.Timescale)
			if start != 0 || end < 1.9 || end > 2 {
				t.Errorf("%s: track %d is shown from %.3f to %.3f, want 0 to 1.9, or two reordered pictures more", name, track.ID, start, end)
			}
		}
	}
}

func TestTracks(t *testing.T) {
	in, err := os.ReadFile(films[0].path())
	if err != nil {
		t.Fatal(err)
	}
	file := converted(t, in, fragment.Options{Movflags: fragment.DefaultMovflags, Tracks: []uint32{2}})
	m, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Tracks) != 1 || m.Tracks[0].Kind != "audio" {
		t.Errorf("got %d tracks, want just the sound", len(m.Tracks))
	}
	src := bytes.NewReader(in)
	if m, err = mp4.Open(src, src.Size()); err != nil {
		t.Fatal(err)
	}
	if err := fragment.Convert(&bytes.Buffer{}, src, m, fragment.Options{Movflags: fragment.DefaultMovflags, Tracks: []uint32{9}}); err == nil || !strings.Contains(err.Error(), "9") {
		t.Errorf("track 9: got %v, want an error that names it", err)
	}
}

// A file without fragments names the track of the chapters by its new id.
func TestChaptersStay(t *testing.T) {
	tref := mp4test.Box("tref", mp4test.Box("chap", mp4test.U32(9, 7)))
	in := mp4test.File{Tracks: []mp4test.Track{
		{ID: 5, Samples: mp4test.Samples(50, 5, 40, 10), Extra: tref},
		{ID: 7, Handler: "text", Disabled: true, Entries: [][]byte{mp4test.Plain("text")}, Samples: mp4test.Holding(1000, "\x00\x03one", "\x00\x03two")},
	}}.Bytes()
	for name, o := range map[string]fragment.Options{"defragment": {Defragment: true}, "faststart": {Movflags: fragment.Faststart}} {
		t.Run(name, func(t *testing.T) {
			tracks := opened(t, converted(t, in, o)).Tracks
			if len(tracks) != 2 {
				t.Fatalf("%d tracks", len(tracks))
			}
			if want := []uint32{tracks[1].ID}; tracks[1].ID == 7 || !slices.Equal(tracks[0].Chapters, want) {
				t.Errorf("the tracks of the chapters are %v, want %v", tracks[0].Chapters, want)
			}
		})
	}
}

// Samples of one size take no table.
func TestSizesOfOneKind(t *testing.T) {
	const count = 1000
	size := func(last uint32) int {
		samples := mp4test.Samples(count, 4, 1, 0)
		samples[count-1].Size = last
		in := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Handler: "soun", Samples: samples}}}.Bytes()
		out := converted(t, in, fragment.Options{Defragment: true})
		sizes := opened(t, out).Tracks[0].Index
		for i, s := range samples {
			if got := sizes.At(i); got.Size != s.Size {
				t.Fatalf("sample %d has %d bytes, want %d", i, got.Size, s.Size)
			}
		}
		at := mp4test.Find(out, "stsz")[0]
		return int(binary.BigEndian.Uint32(out[at:]))
	}
	const head = 20
	for last, want := range map[uint32]int{4: head, 5: head + 4*count, 0: head + 4*count} {
		if got := size(last); got != want {
			t.Errorf("stsz of sizes of 4 and one of %d takes %d bytes, want %d", last, got, want)
		}
	}
}
