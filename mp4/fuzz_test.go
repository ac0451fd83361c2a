package mp4_test

import (
	"os"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// seeds are small films of all shapes, to be damaged.
func seeds() [][]byte {
	v, a := varied(24), sound(20)
	v[12].Entry = 2
	tracks := []mp4test.Track{
		{ID: 1, Samples: v, Entries: [][]byte{mp4test.AVC(320, 180), mp4test.AVC(160, 90)}, Edits: edits(200, -1, 500, 60), Form: mp4test.Form{Chunks: []int{4, 2}}},
		{ID: 2, Handler: "soun", Timescale: 48000, Samples: a, Edits: edits(0, 1500), Form: mp4test.Form{ElstVersion: 1, Offsets64: true, Constant: true}},
	}
	pieces := []mp4test.Track{tracks[0], tracks[1]}
	pieces[0].Edits = append(edits(200, 400, 100, -1, 120, 40, 300, 10), mp4test.Edit{Duration: 50, MediaTime: 80, Still: true}, edits(80, 700)[0])
	pieces[1].Edits = edits(100, 2048, 50, 0, 0, 9999, 60, 3000)
	compact := tracks[1]
	compact.Form = mp4test.Form{SizeBits: 4, Chunks: []int{20}}
	bare := []mp4test.Track{{ID: 1, Edits: edits(0, 60), Trex: [4]uint32{1, 40, 9, mp4test.NonSyncFlags}}, {ID: 2, Handler: "soun", Timescale: 48000}}
	pair := moofs(1, 0, v[:8], v[8:16])
	pair = append(pair, moofs(2, 0, a[:9], a[9:])...)
	pair[1].Trafs[0].Base = mp4test.OffsetBase
	defaults := mp4test.Fragment{Trafs: []mp4test.Traf{{Track: 1, Time: 0, Runs: []mp4test.Run{{Samples: v[:4], Fields: 0x004}, {Samples: v[4:8], NoOffset: true}}}}}
	return [][]byte{
		mp4test.File{Tracks: tracks}.Bytes(),
		mp4test.File{Tracks: tracks, MoovFirst: true, ToEnd: true}.Bytes(),
		mp4test.File{Tracks: pieces}.Bytes(),
		mp4test.File{Tracks: []mp4test.Track{compact}, Large: true}.Bytes(),
		mp4test.File{Tracks: bare, Fragments: pair}.Bytes(),
		mp4test.File{Tracks: bare, Fragments: []mp4test.Fragment{defaults}, ToEnd: true}.Bytes(),
		mp4test.File{Tracks: tracks, Fragments: pair}.Bytes(),
		encrypted(),
	}
}

// encrypted is a film with all that can lie beside samples, in the moov and in
// fragments.
func encrypted() []byte {
	ivs := [][]byte{vector(1, 5), vector(2, 5, 6), vector(3, 7), vector(4, 5)}
	boxes := mp4test.Join(mp4test.Sgpd("roll", "ab", "cd"), mp4test.Sbgp("roll", 1, 2, 2, 0, 1, 1), mp4test.Saiz(16, 22, 16, 16), mp4test.Saio(0, 0), mp4test.Senc(2, ivs...))
	track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: mp4test.Samples(4, 8, 40, 0), Form: mp4test.Form{Chunks: []int{2}, Extra: boxes}}
	traf := mp4test.OneRun(1, 160, mp4test.Samples(4, 8, 40, 0))
	traf.Extra = mp4test.Join(mp4test.Sgpd("roll", "ef"), mp4test.Sbgp("roll", 1, 0x10001, 1, 2), mp4test.Senc(2, ivs...))
	other := mp4test.OneRun(1, 320, mp4test.Samples(4, 8, 40, 0))
	other.Extra = mp4test.Join(mp4test.Sgpd("seig", "\x00\x00\x01\x08keykeykeykeykeyk"), mp4test.Sbgp("seig", 4, 0x10001), mp4test.Saiz(8, 8, 8, 8), mp4test.Saio(8))
	return mp4test.File{
		Tracks: []mp4test.Track{track}, Extra: mp4test.Box("pssh", []byte("keys")),
		Fragments: []mp4test.Fragment{{Trafs: []mp4test.Traf{traf}}, {Trafs: []mp4test.Traf{other}}},
	}.Bytes()
}

// checkBesides checks that what lies beside the samples of a track lies in the
// file.
func checkBesides(t testing.TB, m *mp4.Movie, track *mp4.Track) {
	t.Helper()
	n := track.Index.Len()
	for k := range track.Groups {
		g := &track.Groups[k]
		for _, samples := range g.Maps {
			total := 0
			samples.Each(0, n, func(count int, number uint32) {
				if total += count; int(number) > g.Len() {
					t.Fatalf("track %d: group %d of %d", track.ID, number, g.Len())
				}
			})
			if total != n {
				t.Fatalf("track %d: groups of %d samples of %d", track.ID, total, n)
			}
		}
	}
	for k := range track.Auxiliary {
		a := &track.Auxiliary[k]
		samples, size, lies := 0, int64(0), int64(0)
		a.Each(0, n, func(count int, bytes uint32, form mp4.Form) {
			samples, size = samples+count, size+int64(count)*int64(bytes)
			if (form == mp4.NoInformation) != (bytes == 0) {
				t.Fatalf("track %d: %d bytes in form %d", track.ID, bytes, form)
			}
		})
		for _, s := range a.Spans(0, n) {
			if lies += s.Size; s.Offset < 0 || s.Size <= 0 || s.Offset > m.Size-s.Size {
				t.Fatalf("track %d: information at %+v of %d bytes", track.ID, s, m.Size)
			}
		}
		if samples != n || lies != size {
			t.Fatalf("track %d: information of %d bytes at places of %d, of %d samples of %d", track.ID, size, lies, samples, n)
		}
	}
}

// checkMovie walks all of a Movie: samples lie in the file, their times do not
// fall, look-ups agree.
func checkMovie(t testing.TB, m *mp4.Movie) {
	t.Helper()
	for _, f := range m.Fragments {
		if f.Offset < 0 || f.End <= f.Offset || f.End > m.Size {
			t.Fatalf("fragment %+v in a file of %d bytes", f, m.Size)
		}
	}
	for _, track := range m.Tracks {
		x := track.Index
		if len(track.Entries) == 0 || track.Broken != nil && x.Len() > 0 {
			t.Fatalf("track %d: %d entries, %v", track.ID, len(track.Entries), track.Broken)
		}
		checkBesides(t, m, track)
		last := int64(0)
		c := x.Cursor(0)
		for i := range min(x.Len(), 1<<16) {
			s, ok := c.Next()
			if !ok || s.Offset < 0 || s.End() > m.Size && track.Entry(s.Description).Playable {
				t.Fatalf("sample %d of track %d: %+v, %v, in a file of %d bytes", i, track.ID, s, ok, m.Size)
			}
			if s.DTS < last || s.Description < 1 || int(s.Description) > len(track.Entries) {
				t.Fatalf("sample %d of track %d: %+v after %d", i, track.ID, s, last)
			}
			last = s.DTS
		}
		if n := x.Len(); n > 0 && (x.Search(x.Start()) != 0 || x.At(n-1).DTS > x.End() || track.Start() > track.End()) {
			t.Fatalf("track %d: from %d to %d", track.ID, track.Start(), track.End())
		}
		for k, s := range track.Starts {
			if int(s.Fragment) >= len(m.Fragments) || k > 0 && s.Fragment <= track.Starts[k-1].Fragment {
				t.Fatalf("track %d: start %+v of %d fragments", track.ID, s, len(m.Fragments))
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, b := range seeds() {
		f.Add(b)
	}
	for _, path := range files(f, "testdata/hostile") {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m := openBounded(t, b, memoryLimit); m != nil {
			checkMovie(t, m)
		}
	})
}
