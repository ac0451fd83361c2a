package fragment_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
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

// hybridFlags are combinations of hybrid_fragmented with what shapes fragments.
var hybridFlags = []string{
	"-movflags hybrid_fragmented",
	"-movflags hybrid_fragmented+delay_moov+default_base_moof",
	"-movflags hybrid_fragmented+empty_moov",
	"-movflags hybrid_fragmented -frag_duration 700000",
	"-movflags hybrid_fragmented+delay_moov+separate_moof -frag_size 20000",
	"-movflags hybrid_fragmented+empty_moov+omit_tfhd_offset -frag_interleave 0",
	"-movflags hybrid_fragmented+delay_moov -frag_interleave 10",
	"-movflags hybrid_fragmented+cmaf",
	"-movflags hybrid_fragmented+dash+global_sidx -write_prft pts",
	"-movflags hybrid_fragmented+frag_every_frame+skip_trailer",
}

// hybrid converts a film and gives it as it was before it became whole, too.
func hybrid(t *testing.T, in []byte, o fragment.Options) (whole, before []byte) {
	t.Helper()
	var out mp4test.Memory
	if err := fragment.Convert(&out, bytes.NewReader(in), opened(t, in), o); err != nil {
		t.Fatal(err)
	}
	if out.Unchanged == nil {
		t.Fatal("nothing was changed in the end")
	}
	return out.Bytes(), out.Unchanged
}

// tables lists the tracks of a film with all that its sample tables say, and
// a hash of each sample.
func tables(t *testing.T, file []byte) string {
	t.Helper()
	m := opened(t, file)
	if m.Truncated != nil || m.Fragmented || len(m.Fragments) > 0 {
		t.Errorf("truncated: %v, fragmented: %t, with %d fragments", m.Truncated, m.Fragmented, len(m.Fragments))
	}
	var b strings.Builder
	_, _ = fmt.Fprintln(&b, m.Timescale, m.Duration())
	for _, track := range m.Tracks {
		_, _ = fmt.Fprintln(&b, track.ID, track.Handler, track.Timescale, track.Language, track.Edits, track.Start(), track.End(), len(track.Entries))
		c := track.Index.Cursor(0)
		for s, ok := c.Next(); ok; s, ok = c.Next() {
			_, _ = fmt.Fprintf(&b, "%d %d %d %t %d %.8x\n", s.DTS, s.CTO, s.Duration, s.Sync, s.Description, sha256.Sum256(file[s.Offset:s.End()]))
		}
	}
	return b.String()
}

// Whatever the fragments were, the file in the end has the tables of a plain
// one, to our own reader and, for the first set of flags, to ffmpeg.
func TestHybridIsPlainInTheEnd(t *testing.T) {
	for _, f := range films {
		in, err := os.ReadFile(f.path())
		if err != nil {
			t.Fatal(err)
		}
		plain := converted(t, in, fragment.Options{Movflags: fragment.Faststart})
		want := tables(t, plain)
		for k, flags := range hybridFlags {
			t.Run(f.name+"/"+flags, func(t *testing.T) {
				whole, _ := hybrid(t, in, options(t, flags))
				if got := topLevel(whole); got != "ftyp free mdat moov" {
					t.Errorf("it is %s", got)
				}
				if got := tables(t, whole); got != want {
					t.Error(firstDifference(got, want))
				}
				if k > 0 {
					return
				}
				if got, want := packetsOf(t, whole), packetsOf(t, plain); !reflect.DeepEqual(got, want) {
					t.Errorf("ffmpeg finds %d packets, which are not the %d of the plain file", len(got), len(want))
				}
			})
		}
	}
}

// packetsOf lists what ffmpeg's demuxer finds, one stream after the other.
func packetsOf(t *testing.T, file []byte) []testmedia.Packet {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.mp4")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	list := testmedia.Packets(t, path)
	slices.SortStableFunc(list, func(a, b testmedia.Packet) int { return a.Stream - b.Stream })
	return list
}

// While it is written, the file is the fragmented one that the other flags ask
// for, behind a placeholder.
func TestHybridIsFragmentedBefore(t *testing.T) {
	for _, f := range films {
		in, err := os.ReadFile(f.path())
		if err != nil {
			t.Fatal(err)
		}
		for _, flags := range hybridFlags {
			if strings.Contains(flags, "cmaf") || strings.Contains(flags, "prft") {
				continue // other brands, no global sidx
			}
			t.Run(f.name+"/"+flags, func(t *testing.T) {
				_, before := hybrid(t, in, options(t, flags))
				o := options(t, strings.ReplaceAll(flags, "hybrid_fragmented", "frag_keyframe"))
				if strings.Contains(flags, "duration") || strings.Contains(flags, "size") || strings.Contains(flags, "every") {
					o.Movflags &^= fragment.FragKeyframe
				}
				fragments := converted(t, in, o)
				end := int(mp4test.Find(before, "moov")[1])
				got, want := sampleLists(t, before[:end]), sampleLists(t, fragments)
				if got != want {
					t.Error(firstDifference(got, want))
				}
				// With its second moov, but before the head of the mdat.
				if got := sampleLists(t, before); got != want {
					t.Errorf("with both moovs: %s", firstDifference(got, want))
				}
			})
		}
	}
}

// sampleLists lists the samples of a fragmented film with their fragments.
func sampleLists(t *testing.T, file []byte) string {
	t.Helper()
	m := opened(t, file)
	if m.Truncated != nil || !m.Fragmented {
		t.Errorf("truncated: %v, fragmented: %t", m.Truncated, m.Fragmented)
	}
	var b strings.Builder
	for _, track := range m.Tracks {
		_, _ = fmt.Fprintln(&b, track.ID, track.Timescale, track.Edits, track.Starts, track.Start(), track.End())
		c := track.Index.Cursor(0)
		for s, ok := c.Next(); ok; s, ok = c.Next() {
			_, _ = fmt.Fprintf(&b, "%d %d %d %t %d %.8x\n", s.DTS, s.CTO, s.Duration, s.Sync, s.Description, sha256.Sum256(file[s.Offset:s.End()]))
		}
	}
	return b.String()
}

// Where writing stopped in the middle, what there is plays.
func TestHybridCutShort(t *testing.T) {
	in, err := os.ReadFile(films[0].path())
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range []string{"-movflags hybrid_fragmented", "-movflags hybrid_fragmented+delay_moov+default_base_moof"} {
		_, before := hybrid(t, in, options(t, flags))
		moof := mp4test.Find(before, "moof")[1]
		mdat := moof + mp4test.Find(before[moof:], "mdat")[0]
		for place, at := range map[string]int{"moof": moof + 200, "mdat": mdat + 2000} {
			t.Run(flags+"/"+place, func(t *testing.T) {
				m := opened(t, before[:at])
				if m.Truncated == nil || !m.Fragmented {
					t.Errorf("truncated: %v, fragmented: %t", m.Truncated, m.Fragmented)
				}
				for _, track := range m.Tracks {
					if end := mp4.Seconds(track.End(), track.Timescale); track.Broken != nil || end < 1.9 {
						t.Errorf("track %d ends at %.3f s (%v)", track.ID, end, track.Broken)
					}
				}
			})
		}
		// ffmpeg 5.1 opens no file that ends in a moof.
		whole, got := packetHashes(packetsOf(t, before)), packetHashes(packetsOf(t, before[:mdat+2000]))
		if len(got) < len(whole)/4 || len(got) >= len(whole) {
			t.Errorf("%s: ffmpeg finds %d packets of %d", flags, len(got), len(whole))
		}
	}
}

// A file takes the change; a pipe is told so before it gets anything.
func TestHybridNeedsAFile(t *testing.T) {
	o := defaults
	o.Movflags = fragment.HybridFragmented
	in, out := films[0].path(), filepath.Join(t.TempDir(), "out.mp4")
	if err := fragment.ConvertFile(t.Context(), in, out, io.Discard, o); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := hybrid(t, content, o.Options)
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes, not the %d converted in memory (%v)", len(got), len(want), err)
	}
	var pipe bytes.Buffer
	err = fragment.ConvertFile(t.Context(), in, "-", &pipe, o)
	if err == nil || !strings.Contains(err.Error(), "pipe") || pipe.Len() > 0 {
		t.Errorf("a pipe got %d bytes and the error %v", pipe.Len(), err)
	}
	o.Movflags |= fragment.Faststart
	if err := fragment.ConvertFile(t.Context(), in, filepath.Join(t.TempDir(), "out.mp4"), io.Discard, o); err == nil || !strings.Contains(err.Error(), "faststart") {
		t.Errorf("with faststart: got %v", err)
	}
}

// A file that does not stay one of fragments is not called CMAF or DASH.
func TestHybridBrands(t *testing.T) {
	in, err := os.ReadFile(films[0].path())
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := hybrid(t, in, options(t, "-movflags hybrid_fragmented+cmaf+dash+global_sidx"))
	if got := strings.Join(opened(t, whole).Brands, " "); got != "iso6 iso6 mp41" {
		t.Errorf("the brands are %s", got)
	}
}
