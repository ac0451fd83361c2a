package mp4_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// faults are ways to damage a moof box, which b begins with: what is wrong is
// behind its first traf.
var faults = []struct {
	name   string
	damage func(b []byte)
	want   string // of the reason
}{
	{"a trun that claims more samples than it has room for", func(b []byte) { put(b, "trun", 8, 1<<31) }, "moof/traf/trun at byte"},
	{"a trun that points before the file", func(b []byte) { put(b, "trun", 12, 1<<31) }, "points to byte"},
	{"a trun that is too long", func(b []byte) { put(b, "trun", -4, 1<<20) }, "past its container"},
	{"a trun that is too short", func(b []byte) { put(b, "trun", -4, 4) }, "shorter than its own header"},
	{"a traf that is too long", func(b []byte) { put(b, "traf", -4, 1<<30) }, "moof/traf at byte"},
	{"a tfdt beyond all time", func(b []byte) { put(b, "tfdt", 8, 1<<31) }, "moof/traf/tfdt at byte"},
	{"a tfhd with fields it has no room for", func(b []byte) { put(b, "tfhd", 4, 0x3b) }, "too short for its fields"},
}

// put writes a number so many bytes behind where the last type of a box stands in b.
func put(b []byte, box string, at int, v uint32) {
	copy(b[bytes.LastIndex(b, []byte(box))+at:], mp4test.U32(v))
}

// sizeAt is the size of the box at an offset.
func sizeAt(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

// A film ends in front of a fragment that is damaged; nothing of that one is
// there.
func TestOpenDamagedFragment(t *testing.T) {
	v, a := varied(24), sound(24)
	// The last sample of each fragment is cut short by the time of the next.
	film := mp4test.File{Tracks: []mp4test.Track{{ID: 1}, {ID: 2, Handler: "soun", Timescale: 48000}}}
	for i := int64(0); i < 24; i += 8 {
		film.Fragments = append(film.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{
			mp4test.OneRun(1, 40*i, v[i:i+8]), mp4test.OneRun(2, 1024*i, a[i:i+8]), mp4test.OneRun(1, -1, v[:1]), mp4test.OneRun(2, -1, a[:2])}})
	}
	hybrid := film
	hybrid.Tracks = []mp4test.Track{{ID: 1, Samples: v[:4]}, film.Tracks[1]}
	for _, f := range []struct {
		name string
		file mp4test.File
	}{{"fragmented", film}, {"hybrid", hybrid}} {
		whole := f.file.Bytes()
		moofs := mp4test.Find(whole, "moof")
		for _, fault := range faults {
			for k, at := range moofs {
				t.Run(fmt.Sprintf("%s, %s, fragment %d", f.name, fault.name, k), func(t *testing.T) {
					b := bytes.Clone(whole)
					fault.damage(b[at : at+sizeAt(b, at)])
					m, err := open(b)
					if k == 0 && f.name == "fragmented" {
						if err == nil || !strings.Contains(err.Error(), fault.want) {
							t.Errorf("nothing of the film is left, but: %v", err)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					if m.Truncated == nil || !strings.Contains(m.Truncated.Error(), fault.want) || m.Truncated.Offset < int64(at) {
						t.Errorf("got the reason %v, want %q", m.Truncated, fault.want)
					}
					same(t, m, mustOpen(t, whole[:at]))
				})
			}
		}
	}
}

// Sample groups and vectors of a damaged fragment are not there either.
func TestOpenDamagedEncryptedFragment(t *testing.T) {
	whole := encrypted()
	moof := mp4test.Find(whole, "moof")[1]
	end := moof + sizeAt(whole, moof)
	b := mp4test.Join(whole[:moof], mp4test.Box("moof", whole[moof+8:end], mp4test.Lie(mp4test.Box("traf"), 99)), whole[end:])
	m := mustOpen(t, b)
	if m.Truncated == nil {
		t.Error("not called truncated")
	}
	same(t, m, mustOpen(t, whole[:moof]))
}

// same checks that two movies have the same samples, and the same beside them.
func same(t testing.TB, got, want *mp4.Movie) {
	t.Helper()
	if len(got.Tracks) != len(want.Tracks) || len(got.Fragments) != len(want.Fragments) || len(got.Pssh) != len(want.Pssh) {
		t.Fatalf("%d tracks, %d fragments, %d pssh, want %d, %d, %d", len(got.Tracks), len(got.Fragments), len(got.Pssh), len(want.Tracks), len(want.Fragments), len(want.Pssh))
	}
	for k, f := range want.Fragments {
		if got.Fragments[k] != f {
			t.Fatalf("fragment %d is %+v, want %+v", k, got.Fragments[k], f)
		}
	}
	for k, track := range want.Tracks {
		sameTrack(t, got.Tracks[k], track)
	}
}

func sameTrack(t testing.TB, got, want *mp4.Track) {
	t.Helper()
	x, y := got.Index, want.Index
	if x.Len() != y.Len() || x.TotalSize() != y.TotalSize() || x.AllSync() != y.AllSync() || x.Start() != y.Start() || x.End() != y.End() {
		t.Fatalf("track %d: %d samples of %d bytes from %d to %d, want %d of %d from %d to %d", want.ID,
			x.Len(), x.TotalSize(), x.Start(), x.End(), y.Len(), y.TotalSize(), y.Start(), y.End())
	}
	if got.Start() != want.Start() || got.End() != want.End() || got.Timeline() != want.Timeline() {
		t.Errorf("track %d is shown from %d to %d, want %d to %d", want.ID, got.Start(), got.End(), want.Start(), want.End())
	}
	if fmt.Sprint(got.Starts) != fmt.Sprint(want.Starts) || fmt.Sprint(x.EntryChanges()) != fmt.Sprint(y.EntryChanges()) {
		t.Errorf("track %d: fragments begin at %v, want %v", want.ID, got.Starts, want.Starts)
	}
	a, b := x.Cursor(0), y.Cursor(0)
	for i := range y.Len() {
		s, _ := a.Next()
		if w, _ := b.Next(); s != w || x.At(i) != s {
			t.Fatalf("sample %d of track %d is %+v (At: %+v), want %+v", i, want.ID, s, x.At(i), w)
		}
	}
	if g, w := beside(got), beside(want); g != w {
		t.Errorf("beside the samples of track %d lies\n%s\nwant\n%s", want.ID, g, w)
	}
}

// beside tells what lies beside the samples of a track.
func beside(t *mp4.Track) string {
	var b strings.Builder
	n := t.Index.Len()
	for k := range t.Groups {
		g := &t.Groups[k]
		for _, m := range g.Maps {
			fmt.Fprintf(&b, "%s %d:", g.Type, m.Parameter)
			m.Each(0, n, func(count int, number uint32) {
				text := ""
				if number > 0 {
					text = string(g.Description(int(number)))
				}
				fmt.Fprintf(&b, " %d of %x", count, text)
			})
			b.WriteString("\n")
		}
	}
	for k := range t.Auxiliary {
		a := &t.Auxiliary[k]
		fmt.Fprintf(&b, "%s %d:", a.Type, a.Parameter)
		a.Each(0, n, func(count int, size uint32, form mp4.Form) {
			fmt.Fprintf(&b, " %d of %d in form %d", count, size, form)
		})
		fmt.Fprintf(&b, " at %v\n", a.Spans(0, n))
	}
	if t.Lost != nil {
		fmt.Fprintf(&b, "lost: %v\n", t.Lost)
	}
	return b.String()
}
