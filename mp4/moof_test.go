package mp4_test

import (
	"bytes"
	"fmt"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// moofs gives each of the stretches of samples a fragment of one traf.
func moofs(track uint32, start int64, stretches ...[]mp4test.Sample) []mp4test.Fragment {
	var list []mp4test.Fragment
	for _, s := range stretches {
		list = append(list, mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(track, start, s)}})
		for _, sample := range s {
			start += int64(sample.Duration)
		}
	}
	return list
}

func plain(m *mp4.Movie) string {
	text := ""
	for _, f := range m.Fragments {
		text += map[bool]string{true: "p", false: "-"}[f.Plain]
	}
	return text
}

func TestOpenFragmented(t *testing.T) {
	v, a := varied(24), sound(24)
	video, audio := mp4test.Track{ID: 1}, mp4test.Track{ID: 2, Handler: "soun", Timescale: 48000}
	both := []mp4test.Track{video, audio}
	pair := func(base mp4test.Base) mp4test.Fragment {
		g := mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, 0, v), mp4test.OneRun(2, 0, a)}}
		g.Trafs[0].Base, g.Trafs[1].Base = base, base
		return g
	}
	runs := mp4test.Fragment{Trafs: []mp4test.Traf{{Track: 1, Runs: []mp4test.Run{
		{Samples: v[:5], Fields: mp4test.AllFields},
		{Samples: v[5:6], Fields: mp4test.AllFields, NoOffset: true},
		{Samples: nil, Fields: mp4test.AllFields},
		{Samples: v[6:], Fields: mp4test.AllFields},
	}}}}
	at := func(time int64, version uint8, list []mp4test.Sample) mp4test.Fragment {
		g := mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, time, list)}}
		g.Trafs[0].TimeVersion = version
		return g
	}
	second := int64(0)
	for _, s := range v[:8] {
		second += int64(s.Duration)
	}
	equal := mp4test.Samples(12, 6, 40, 12)
	fromTrex := mp4test.Fragment{Trafs: []mp4test.Traf{{Track: 1, Runs: []mp4test.Run{{Samples: equal, Fields: 0x004}}}}}
	fromTfhd := mp4test.Fragment{Trafs: []mp4test.Traf{{Track: 1, Runs: []mp4test.Run{{Samples: equal, Fields: 0x004}},
		Default: &[4]uint32{1, 40, 6, mp4test.NonSyncFlags}}}}
	trex := mp4test.Track{ID: 1, Trex: [4]uint32{1, 40, 6, mp4test.NonSyncFlags}}
	other := mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, 0, v)}, Between: mp4test.Box("free", make([]byte, 9))}
	unknown := mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, 0, v), mp4test.OneRun(9, 0, a)}}
	negative := mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, 0, mp4test.Reorder(varied(24), true))}}
	unsigned := mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, 0, mp4test.Reorder(varied(24), true))}}
	unsigned.Trafs[0].Runs[0].Version = 0
	junk := mp4test.Join(mp4test.Box("styp", []byte("msdh"), mp4test.U32(0)), mp4test.Box("sidx", make([]byte, 24)), mp4test.Box("emsg"), mp4test.Box("prft"))

	tests := []struct {
		name  string
		file  mp4test.File
		plain string
		want  map[uint32][]mp4test.Sample
		start int64
	}{
		{"default-base-is-moof", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{pair(mp4test.MoofBase)}}, "p", map[uint32][]mp4test.Sample{1: v, 2: a}, 0},
		{"base_data_offset", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{pair(mp4test.OffsetBase)}}, "-", map[uint32][]mp4test.Sample{1: v, 2: a}, 0},
		{"neither, two trafs", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{pair(mp4test.NoBase)}}, "-", map[uint32][]mp4test.Sample{1: v, 2: a}, 0},
		{"neither, one traf", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{{Trafs: []mp4test.Traf{{Track: 1, Base: mp4test.NoBase, Runs: []mp4test.Run{{Samples: v, Fields: mp4test.AllFields}}}}}}}, "p", map[uint32][]mp4test.Sample{1: v}, 0},
		{"several truns, one without data_offset", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{runs}}, "p", map[uint32][]mp4test.Sample{1: v}, 0},
		{"tfdt of version 0", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{at(0, 0, v[:8]), at(second, 0, v[8:])}}, "pp", map[uint32][]mp4test.Sample{1: v}, 0},
		{"no tfdt", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{at(-1, 0, v[:8]), at(-1, 0, v[8:])}}, "--", map[uint32][]mp4test.Sample{1: v}, 0},
		{"tfdt goes back", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{at(5000, 1, v[:8]), at(17, 1, v[8:])}}, "p-", map[uint32][]mp4test.Sample{1: v}, 5000},
		{"defaults by trex", mp4test.File{Tracks: []mp4test.Track{trex}, Fragments: []mp4test.Fragment{fromTrex}}, "p", map[uint32][]mp4test.Sample{1: equal}, 0},
		{"defaults by tfhd", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{fromTfhd}}, "p", map[uint32][]mp4test.Sample{1: equal}, 0},
		{"a box between moof and mdat", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{other}}, "-", map[uint32][]mp4test.Sample{1: v}, 0},
		{"a track that the moov does not know", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{unknown}}, "-", map[uint32][]mp4test.Sample{1: v}, 0},
		{"negative offsets", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{negative}}, "p", map[uint32][]mp4test.Sample{1: mp4test.Reorder(varied(24), true)}, 0},
		{"negative offsets in a trun of version 0", mp4test.File{Tracks: both, Fragments: []mp4test.Fragment{unsigned}}, "-", map[uint32][]mp4test.Sample{1: mp4test.Reorder(varied(24), true)}, 0},
		{"styp, sidx, emsg, prft before each", mp4test.File{Tracks: both, Between: junk, Fragments: moofs(1, 0, v[:8], v[8:16], v[16:])}, "ppp", map[uint32][]mp4test.Sample{1: v}, 0},
		{"last mdat to the end", mp4test.File{Tracks: both, ToEnd: true, Fragments: moofs(1, 0, v[:8], v[8:])}, "pp", map[uint32][]mp4test.Sample{1: v}, 0},
		{"alternating moofs", mp4test.File{Tracks: both, Fragments: append(moofs(1, 0, v), moofs(2, 0, a)...)}, "pp", map[uint32][]mp4test.Sample{1: v, 2: a}, 0},
		{"hybrid", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: v[:8]}, audio}, Fragments: moofs(1, second, v[8:16], v[16:])}, "pp", map[uint32][]mp4test.Sample{1: v}, 0},
		{"hybrid without tfdt", mp4test.File{MoovFirst: true, Tracks: []mp4test.Track{{ID: 1, Samples: v[:8]}, audio}, Fragments: []mp4test.Fragment{at(-1, 0, v[8:])}}, "-", map[uint32][]mp4test.Sample{1: v}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.file.Bytes()
			m := mustOpen(t, b)
			if !m.Fragmented || m.Truncated != nil || plain(m) != tt.plain {
				t.Errorf("fragmented %v, truncated %v, plain %q, want %q", m.Fragmented, m.Truncated, plain(m), tt.plain)
			}
			for id, want := range tt.want {
				checkSamples(t, b, m.Track(id), tt.start, want)
			}
			checkFragments(t, b, m)
		})
	}
}

// checkFragments compares what a Movie says of its fragments with the file.
func checkFragments(t *testing.T, b []byte, m *mp4.Movie) {
	t.Helper()
	places := mp4test.Find(b, "moof")
	if len(m.Fragments) != len(places) {
		t.Fatalf("%d fragments, want %d", len(m.Fragments), len(places))
	}
	for k, f := range m.Fragments {
		if f.Offset != int64(places[k]) || f.End <= f.Offset || f.End > int64(len(b)) {
			t.Errorf("fragment %d lies from %d to %d, want from %d", k, f.Offset, f.End, places[k])
		}
	}
	for _, track := range m.Tracks {
		for _, s := range track.Starts {
			f := m.Fragments[s.Fragment]
			first := track.Index.At(int(s.Sample))
			if first.Offset < f.Offset || f.Plain && first.End() > f.End {
				t.Errorf("track %d begins fragment %d with sample %d, which lies at %d", track.ID, s.Fragment, s.Sample, first.Offset)
			}
		}
	}
}

func TestOpenMoofsAroundMoov(t *testing.T) {
	v := varied(24)
	whole := mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: moofs(1, 0, v[:8], v[8:16], v[16:])}.Bytes()
	moov, first := mp4test.Find(whole, "moov")[0], mp4test.Find(whole, "moof")
	for n, from := range append(first, len(whole)) {
		t.Run(fmt.Sprintf("%d before", n), func(t *testing.T) {
			// The moov moves behind n fragments, which are addressed from
			// themselves and do not mind.
			b := mp4test.Join(whole[:moov], whole[first[0]:from], whole[moov:first[0]], whole[from:])
			m := mustOpen(t, b)
			checkSamples(t, b, m.Tracks[0], 0, v)
			checkFragments(t, b, m)
		})
	}
	t.Run("at the very start", func(t *testing.T) {
		b := mp4test.Join(whole[first[0]:first[1]], whole[:first[0]], whole[first[1]:])
		checkSamples(t, b, mustOpen(t, b).Tracks[0], 0, v)
	})
}

// A decode time within the last sample shortens that one: the samples that
// follow keep the times the file gives them.
func TestOpenFragmentsOverlap(t *testing.T) {
	g := moofs(1, 0, mp4test.Samples(4, 5, 100, 4))
	g = append(g, moofs(1, 370, mp4test.Samples(4, 5, 100, 4))...)
	g = append(g, moofs(1, 800, mp4test.Samples(2, 5, 100, 4))...)
	m := mustOpen(t, mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: g}.Bytes())
	x := m.Tracks[0].Index
	var got []string
	for i := range x.Len() {
		s := x.At(i)
		got = append(got, fmt.Sprintf("%d+%d", s.DTS, s.Duration))
	}
	want := "[0+100 100+100 200+100 300+70 370+100 470+100 570+100 670+100 800+100 900+100]"
	if fmt.Sprint(got) != want || plain(m) != "ppp" {
		t.Errorf("got %v %s, want %s", got, plain(m), want)
	}
}

func TestOpenFragmentedLateStart(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Timescale: 90000}, {ID: 2, Handler: "soun", Timescale: 48000}}}
	f.Fragments = append(moofs(1, 90000*1e9, mp4test.Samples(50, 5, 3600, 25)), moofs(2, 48000*1e9+4800, sound(90))...)
	m := mustOpen(t, f.Bytes())
	if v, a := m.Tracks[0], m.Tracks[1]; v.Start() != 0 || v.End() != 180000 || a.Start() != 4800 || a.End() != 4800+90*1024 {
		t.Errorf("video from %d to %d, audio from %d to %d", v.Start(), v.End(), a.Start(), a.End())
	}
	if d := m.Duration(); d != float64(4800+90*1024)/48000 {
		t.Errorf("duration %v", d)
	}
}

// A track that can't be played has no say in where presentation begins, unless
// there is no other.
func TestOpenFragmentedStartOfOtherTracks(t *testing.T) {
	other := mp4test.Track{ID: 1, Handler: "meta"}
	beside := append(moofs(1, 500, mp4test.Samples(3, 5, 40, 0)), moofs(2, 9000, varied(9))...)
	for _, tt := range []struct {
		name   string
		tracks []mp4test.Track
		from   int64
	}{
		{"beside video", []mp4test.Track{other, {ID: 2}}, -8500},
		{"beside another", []mp4test.Track{other, {ID: 2, Handler: "meta"}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mustOpen(t, mp4test.File{Tracks: tt.tracks, Fragments: beside}.Bytes())
			if got := m.Tracks[0].Timeline().Shift + 500; got != tt.from {
				t.Errorf("presentation begins at %d of the track, want %d", -got, -tt.from)
			}
			if got := m.Tracks[1].Start(); got != 8500+tt.from+40 {
				t.Errorf("the second track starts at %d", got)
			}
		})
	}
}

func TestOpenFragmentedTruncated(t *testing.T) {
	v, a := varied(16), sound(16)
	var g []mp4test.Fragment
	for i := 0; i < 16; i += 4 {
		g = append(g, mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, -1, v[i:i+4]), mp4test.OneRun(2, -1, a[i:i+4])}})
	}
	whole := mp4test.File{Tracks: []mp4test.Track{{ID: 1}, {ID: 2, Handler: "soun", Timescale: 48000}}, Fragments: g}.Bytes()
	full := mustOpen(t, whole)
	first := int(full.Fragments[0].Offset)
	for n := range whole {
		m, err := open(whole[:n])
		if n < first {
			if err == nil {
				t.Fatalf("cut at %d: opened without a moov", n)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		atEnd := n == first
		for k, track := range m.Tracks {
			count := 0
			for _, f := range full.Fragments {
				atEnd = atEnd || int64(n) == f.End
			}
			for count < 16 && full.Tracks[k].Index.At(count).End() <= int64(n) {
				count++
			}
			if track.Index.Len() != count {
				t.Fatalf("cut at %d: track %d has %d samples, want %d", n, track.ID, track.Index.Len(), count)
			}
		}
		for _, f := range m.Fragments {
			if f.End > int64(n) {
				t.Fatalf("cut at %d: fragment %+v", n, f)
			}
		}
		// Fewer than eight bytes more than a whole box are no box.
		if m.Truncated == nil && !atEnd && !fewBytesOver(full, n, first) {
			t.Fatalf("cut at %d: not called truncated", n)
		}
	}
}

func fewBytesOver(m *mp4.Movie, n, first int) bool {
	over := n-first < 8
	for _, f := range m.Fragments {
		over = over || int64(n) >= f.End && int64(n) < f.End+8
	}
	return over
}

// The duration of an edit covers what the moov knew of, not the fragments.
func TestOpenHybridEdit(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Samples(10, 5, 40, 5), Edits: edits(380, 20)}}}
	if end := mustOpen(t, f.Bytes()).Tracks[0].End(); end != 380 {
		t.Errorf("without fragments the track ends at %d, want 380", end)
	}
	f.Fragments = moofs(1, 400, mp4test.Samples(10, 5, 40, 5))
	if end := mustOpen(t, f.Bytes()).Tracks[0].End(); end != 780 {
		t.Errorf("with fragments the track ends at %d, want 780", end)
	}
}

// A pair whose data lies elsewhere than in its mdat can't be sent as it is.
func TestOpenDataOutsideOfMdat(t *testing.T) {
	g := moofs(1, 0, mp4test.Samples(4, 5, 40, 4))
	g[0].Before = mp4test.Box("mdat", make([]byte, 20))
	whole := mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: g}.Bytes()
	at := mp4test.Find(whole, "trun")[0] + 16
	moof := mp4test.Find(whole, "moof")[0]
	inside := int32(whole[at+2])<<8 | int32(whole[at+3])
	for _, tt := range []struct {
		name   string
		offset int32
		plain  string
	}{
		{"in the mdat", inside, "p"},
		{"before the moof", -20, "-"},
		{"in the moof", 8, "-"},
		{"over the end", inside + 1, "-"},
	} {
		b := mp4test.PutU32(whole, at, uint32(tt.offset))
		m := mustOpen(t, mp4test.Join(b, mp4test.Box("free", make([]byte, 50))))
		if plain(m) != tt.plain || m.Tracks[0].Index.At(0).Offset != int64(moof)+int64(tt.offset) {
			t.Errorf("%s: plain %q, want %q; first sample at %d", tt.name, plain(m), tt.plain, m.Tracks[0].Index.At(0).Offset)
		}
	}
}

// Some writers say that a sample depends on others, and leave out that it is no
// sync sample.
func TestDependentSamplesAreNotSync(t *testing.T) {
	samples := mp4test.Samples(12, 6, 40, 12)
	const dependsOnOthers = 0x01000000
	for name, fields := range map[string]uint32{
		"default flags of equal samples": 0x004, "default flags": 0xb04, "flags of each sample": mp4test.AllFields,
	} {
		t.Run(name, func(t *testing.T) {
			traf := mp4test.Traf{Track: 1, Runs: []mp4test.Run{{Samples: samples, Fields: fields}}, Default: &[4]uint32{1, 40, 6, mp4test.NonSyncFlags}}
			b := mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: []mp4test.Fragment{{Trafs: []mp4test.Traf{traf}}}}.Bytes()
			b = bytes.ReplaceAll(b, mp4test.U32(mp4test.NonSyncFlags), mp4test.U32(dependsOnOthers))
			checkSamples(t, b, mustOpen(t, b).Tracks[0], 0, samples)
		})
	}
}
