package mp4_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// growing are films that come to be fragment by fragment.
func growing() map[string][]byte {
	both := []mp4test.Track{{ID: 1}, {ID: 2, Handler: "soun", Timescale: 48000}}
	v, a := varied(40), sound(40)
	pairs := func(time func(i int64) (video, audio int64)) []mp4test.Fragment {
		var list []mp4test.Fragment
		for i := int64(0); i < 40; i += 8 {
			atV, atA := time(i)
			list = append(list, mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, atV, v[i:i+8]), mp4test.OneRun(2, atA, a[i:i+8])}})
		}
		return list
	}
	exact := func(i int64) (int64, int64) { return 41 * i, 1024 * i }
	overlapping := func(i int64) (int64, int64) { return 40 * i, 1023 * i }
	none := func(int64) (int64, int64) { return -1, -1 }
	others := mp4test.Join(mp4test.Box("styp", []byte("msdh"), mp4test.U32(0)), mp4test.Box("sidx", make([]byte, 24)), mp4test.Box("emsg"), mp4test.Box("prft"))
	film := func(tracks []mp4test.Track, list []mp4test.Fragment) mp4test.File {
		return mp4test.File{Tracks: tracks, Fragments: list}
	}
	between := film(both, pairs(exact))
	between.Between = others
	based := pairs(exact)
	for k := range based {
		based[k].Trafs[0].Base, based[k].Trafs[1].Base = mp4test.OffsetBase, mp4test.NoBase
	}
	apart := append(moofs(1, 0, v[:9], v[9:20], v[20:]), moofs(2, 500, a[:15], a[15:])...)
	hybrid := film([]mp4test.Track{{ID: 1, Samples: v[:20], Edits: edits(100, 40, 100, 400)}, both[1]}, append(moofs(1, -1, v[20:30], v[30:]), moofs(2, 0, a[:20], a[20:])...))
	hybrid.MoovFirst, hybrid.Extend = true, true
	// Single samples, each shorter by the time of the next.
	var single []mp4test.Fragment
	for i := range int64(20) {
		single = append(single, moofs(1, 35*i, v[i:i+1])...)
	}
	many := mp4test.Reorder(mp4test.Samples(1300, 2, 40, 7), false)
	for i := range many {
		many[i].Size += uint32(i % 5)
	}
	late := mp4test.Reorder(mp4test.Samples(1100, 2, 40, 0), false)
	long := moofs(1, 0, mp4test.Samples(1500, 3, 40, 0), many[:600], late, many[600:1300])
	// Media in front of its moof, as F4V has it, and media in several boxes.
	front := moofs(1, -1, v[:10], v[10:20], v[20:])
	for k := range front {
		front[k].NoMdat = true
		front[k].Before = mp4test.Box("mdat", make([]byte, 200))
	}
	ahead := film(both[:1], front).Bytes()
	for _, at := range mp4test.Find(ahead, "trun") {
		ahead = mp4test.PutU32(ahead, at+16, 1<<32-200)
	}
	split := film(both, pairs(exact)).Bytes()
	split = append(split, mp4test.Join(mp4test.Box("mdat", make([]byte, 30)), mp4test.Box("mdat"), mp4test.Box("moof", mp4test.Full("mfhd", 0, 0, mp4test.U32(9))), mp4test.Box("mdat", make([]byte, 9)), mp4test.Box("mdat"))...)
	complete := mp4test.Join(film(both, pairs(exact)).Bytes(), mp4test.Box("mfra", mp4test.Full("mfro", 0, 0, mp4test.U32(24))))
	damaged := film(both, pairs(exact)).Bytes()
	put(damaged[:mp4test.Find(damaged, "moof")[3]], "trun", 8, 1<<31)
	return map[string][]byte{
		"exact": film(both, pairs(exact)).Bytes(), "overlapping": film(both, pairs(overlapping)).Bytes(), "no tfdt": film(both, pairs(none)).Bytes(),
		"boxes between": between.Bytes(), "base_data_offset": film(both, based).Bytes(), "tracks apart": film(both, apart).Bytes(),
		"hybrid": hybrid.Bytes(), "single samples": film(both[:1], single).Bytes(), "long": film(both[:1], long).Bytes(), "encrypted": encrypted(), "grouped": grouped("ef", "gh", "", "ij", "", "ef"),
		"media in front": ahead, "media in several boxes": split, "complete": complete, "damaged": damaged,
		"to the end":  mp4test.File{Tracks: both, ToEnd: true, Fragments: pairs(exact)}.Bytes(),
		"progressive": mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: v}}, MoovFirst: true}.Bytes(),
	}
}

// grouped is an encrypted film of a fragment for each text, which the group of
// its last samples has for a description; those without have no groups, and no
// vectors either.
func grouped(texts ...string) []byte {
	samples := mp4test.Samples(4, 8, 40, 0)
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Form: mp4test.Form{Extra: mp4test.Sgpd("roll", "ab", "cd")}}}}
	for k, text := range texts {
		traf := mp4test.OneRun(1, int64(160*k), samples)
		if text != "" {
			traf.Extra = mp4test.Join(mp4test.Sgpd("roll", text), mp4test.Sbgp("roll", 1, uint32(k%3), 3, 0x10001), mp4test.Senc(2, vector(uint8(k), 5), vector(2, 5, 6), vector(3, 7), vector(4, 5)))
		}
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{traf}})
	}
	return f.Bytes()
}

// sizes are sizes at which a file may be found while it grows: at the bounds of
// its boxes, and at others.
func sizes(r *rand.Rand, b []byte) []int {
	list := []int{len(b)}
	for at := 0; at+8 <= len(b); at += max(8, sizeAt(b, at)) {
		list = append(list, at, at+8, at+1+r.IntN(max(1, min(sizeAt(b, at), len(b)-at))))
		for _, name := range []string{"traf", "trun"} {
			if k := bytes.Index(b[at:], []byte(name)); k > 0 {
				list = append(list, at+k)
			}
		}
	}
	list = slices.DeleteFunc(list, func(n int) bool { return n > len(b) })
	slices.Sort(list)
	return slices.Compact(list)
}

func resume(m *mp4.Movie, b []byte) (*mp4.Movie, error) {
	return m.Resume(bytes.NewReader(b), int64(len(b)))
}

// A film that is followed while it grows is at each size what it is when it is
// opened at that size, by whatever way.
func TestResume(t *testing.T) {
	for name, whole := range growing() {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, uint64(len(name))))
			var movies []*mp4.Movie
			for _, n := range sizes(r, whole) {
				want, err := open(whole[:n])
				if len(movies) == 0 {
					if err == nil {
						movies = append(movies, want)
					}
					continue
				}
				// From the newest, and from one that others went on from before.
				for _, from := range []*mp4.Movie{movies[len(movies)-1], movies[r.IntN(len(movies))]} {
					got, resumeErr := resume(from, whole[:n])
					if err != nil || resumeErr != nil {
						if fmt.Sprint(err) != fmt.Sprint(resumeErr) {
							t.Fatalf("from %d to %d: %v, want %v", from.Size, n, resumeErr, err)
						}
						continue
					}
					sameMovie(t, got, want)
					if t.Failed() {
						t.Fatalf("from %d (end %d) to %d", from.Size, from.End, n)
					}
					movies = append(movies, got)
				}
			}
			for _, m := range movies {
				if sameMovie(t, m, mustOpen(t, whole[:m.Size])); t.Failed() {
					t.Fatalf("the movie of %d bytes changed", m.Size)
				}
			}
			if end := movies[len(movies)-1].End; name == "exact" && end != int64(len(whole)) {
				t.Errorf("ends at %d of %d", end, len(whole))
			}
		})
	}
}

// sameMovie checks that two movies are alike in all that is told of the file.
func sameMovie(t testing.TB, got, want *mp4.Movie) {
	t.Helper()
	same(t, got, want)
	if got.Size != want.Size || got.End != want.End || got.Complete != want.Complete || got.Init != want.Init || fmt.Sprint(got.Truncated) != fmt.Sprint(want.Truncated) {
		t.Errorf("%d bytes, end %d, complete %v, %v, want %d, %d, %v, %v", got.Size, got.End, got.Complete, got.Truncated, want.Size, want.End, want.Complete, want.Truncated)
	}
	if got.Duration() != want.Duration() || got.Fragmented != want.Fragmented || fmt.Sprint(got.Brands, got.Timescale, got.Moov, got.Pssh) != fmt.Sprint(want.Brands, want.Timescale, want.Moov, want.Pssh) {
		t.Errorf("duration %v, want %v; %v, want %v", got.Duration(), want.Duration(), got.Pssh, want.Pssh)
	}
	for k, w := range want.Tracks {
		g, pts := got.Tracks[k], []int64{w.Start(), w.End(), (w.Start() + w.End()) / 2}
		if g.Defaults != w.Defaults {
			t.Errorf("defaults %+v, want %+v", g.Defaults, w.Defaults)
		}
		for _, at := range pts {
			if g.Index.SearchPTS(at) != w.Index.SearchPTS(at) || g.Index.FirstShown(at) != w.Index.FirstShown(at) {
				t.Errorf("track %d at %d: sample %d, %d, want %d, %d", w.ID, at, g.Index.SearchPTS(at), g.Index.FirstShown(at), w.Index.SearchPTS(at), w.Index.FirstShown(at))
			}
		}
		a, b := g.Index.Reorder()
		if c, d := w.Index.Reorder(); a != c || b != d {
			t.Errorf("track %d: offsets from %d to %d, want %d to %d", w.ID, a, b, c, d)
		}
	}
}

// Two files that go on from the same beginning otherwise do not write into each
// other's tables.
func TestResumeApart(t *testing.T) {
	reordered := mp4test.Reorder(mp4test.Samples(700, 3, 40, 9), true)
	other := slices.Clone(reordered)
	for i := range reordered {
		reordered[i].Size += uint32(i * 5 % 7)
		reordered[i].Duration += uint32(i % 3)
		other[i] = mp4test.Sample{Size: uint32(i % 3), Duration: uint32(30 + i%2), CTO: int32(i % 5), NonSync: i%4 > 0}
	}
	film := func(samples []mp4test.Sample, cut int) []byte {
		var stretches [][]mp4test.Sample
		for i := 0; i < 300; i += 12 {
			stretches = append(stretches, reordered[i:i+12])
		}
		list := moofs(1, 0, append(stretches, reordered[300:340])...)
		return mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: append(list, moofs(1, 340*41, samples[340:cut], samples[cut:520], samples[520:])...)}.Bytes()
	}
	for _, pair := range [][2][]byte{
		{film(reordered, 500), film(other, 400)},
		{grouped("ef", "gh", "ij", "gh", "ij", "", "kl"), grouped("ef", "gh", "ij", "gh", "mn", "kl", "mn")},
	} {
		common := 0
		for pair[0][common] == pair[1][common] {
			common++
		}
		for n := int(mustOpen(t, pair[0]).Fragments[0].Offset); n < common; n += 1 + (common-n)/5 {
			// What Open makes has no room behind it.
			m := mustOpen(t, pair[0][:mp4test.Find(pair[0], "moof")[0]])
			m, err := resume(m, pair[0][:n])
			if err != nil {
				t.Fatal(err)
			}
			var movies []*mp4.Movie
			var files [][]byte
			for k := range 4 {
				whole := pair[k%2]
				for _, n := range []int{common + (len(whole)-common)/3, common + (len(whole)-common)/2, len(whole)} {
					from := m
					if k := len(movies); k > 0 && movies[k-1].Size < int64(n) {
						from = movies[k-1]
					}
					next, err := resume(from, whole[:n])
					if err != nil {
						t.Fatal(err)
					}
					movies, files = append(movies, next), append(files, whole[:n])
				}
			}
			for k, m := range movies {
				if sameMovie(t, m, mustOpen(t, files[k])); t.Failed() {
					t.Fatalf("of %d bytes, movie %d of %d is not what it was", n, k, len(movies))
				}
			}
		}
	}
}

// Movies are read while others are made of them.
func TestResumeWhileRead(t *testing.T) {
	for name, whole := range growing() {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(6, 6))
			var readers sync.WaitGroup
			var m *mp4.Movie
			for _, n := range sizes(r, whole) {
				if m == nil {
					if m, _ = open(whole[:n]); m == nil {
						continue
					}
				}
				from := m
				for range 2 {
					readers.Go(func() {
						if next, err := resume(from, whole[:n]); err == nil {
							checkMovie(t, next)
						}
					})
				}
				readers.Go(func() { checkMovie(t, from) })
				if next, err := resume(m, whole[:n]); err == nil {
					m = next
				}
			}
			readers.Wait()
		})
	}
}

// What is new costs reads and memory, not what was there.
func TestResumeCost(t *testing.T) {
	var list []mp4test.Fragment
	samples := mp4test.Samples(20, 3, 40, 20)
	for i := range samples {
		samples[i].Size += uint32(i * i % 7)
	}
	const fragments = 600
	for i := range int64(fragments) {
		list = append(list, moofs(1, 800*i, samples)...)
	}
	whole := mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: list}.Bytes()
	places := mp4test.Find(whole, "moof")
	m := mustOpen(t, whole[:places[fragments/2]])
	r := &counted{Reader: bytes.NewReader(whole)}
	for _, at := range places[fragments/2+1:] {
		next, err := m.Resume(r, int64(at))
		if err != nil {
			t.Fatal(err)
		}
		m = next
	}
	if n := r.reads; n > 6*fragments/2 {
		t.Errorf("%d reads for %d fragments", n, fragments/2)
	}
	allocated := testing.AllocsPerRun(100, func() {
		if _, err := m.Resume(r, r.Size()); err != nil {
			t.Fatal(err)
		}
	})
	if allocated > 60 {
		t.Errorf("%v allocations for one fragment", allocated)
	}
	sameTrack(t, m.Tracks[0], mustOpen(t, whole[:m.Size]).Tracks[0])
}

func TestResumeChanged(t *testing.T) {
	whole := growing()["exact"]
	at := mp4test.Find(whole, "moof")
	m := mustOpen(t, whole[:at[3]])
	for name, b := range map[string][]byte{
		"shorter":                     whole[:at[3]-1],
		"empty":                       {},
		"another moov":                mp4test.PutU32(whole, mp4test.Find(whole, "mvhd")[0]+20, 999),
		"a moov that is cut":          mp4test.PutU32(whole, int(m.Moov), 1<<30),
		"no moov":                     mp4test.PutU32(whole, int(m.Moov)+4, 0x66726565),
		"another last fragment":       mp4test.PutU32(whole, at[2]+20, 77),
		"no fragment at its place":    mp4test.PutU32(whole, at[2]+4, 0x66726565),
		"a fragment of another track": mp4test.PutU32(whole, mp4test.Find(whole, "tfhd")[4]+12, 2),
	} {
		if got, err := resume(m, b); !errors.Is(err, mp4.ErrChanged) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("disk on fire")
	for n := int64(0); n < int64(len(whole)); n += 40 {
		_, err := m.Resume(failing{bytes.NewReader(whole), n, broken}, int64(len(whole)))
		if !errors.Is(err, broken) {
			t.Fatalf("reads fail from byte %d on: got %v", n, err)
		}
	}
	got, err := resume(m, whole)
	if err != nil {
		t.Fatal(err)
	}
	sameMovie(t, got, mustOpen(t, whole))
	if _, err := m.Resume(io.NewSectionReader(bytes.NewReader(nil), 0, 0), int64(len(whole))); !errors.Is(err, mp4.ErrChanged) {
		t.Errorf("of a file that shrank meanwhile: %v", err)
	}
}
