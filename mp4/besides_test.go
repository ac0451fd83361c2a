package mp4_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// besides spells what lies beside the samples of a track, sample by sample.
// Bytes are those of the file.
func besides(file []byte, t *mp4.Track) string {
	var lines []string
	n := t.Index.Len()
	for k := range t.Groups {
		g := &t.Groups[k]
		for _, m := range g.Maps {
			line := g.Type.String()
			m.Each(0, n, func(count int, number uint32) {
				name := "-"
				if number > 0 {
					name = string(g.Description(int(number)))
				}
				line += strings.Repeat(" "+name, count)
			})
			lines = append(lines, line)
		}
	}
	for k := range t.Auxiliary {
		a := &t.Auxiliary[k]
		line := strings.Trim(a.Type.String(), `\x0`) + ":"
		i := 0
		a.Each(0, n, func(count int, size uint32, form mp4.Form) {
			for range count {
				line += fmt.Sprintf(" %d", form)
				for _, s := range a.Spans(i, i+1) {
					line += fmt.Sprintf("%x", file[s.Offset:s.Offset+s.Size])
				}
				i++
			}
		})
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// vector is an initialization vector of 8 bytes, with subsamples if asked for.
func vector(v uint8, subsamples ...uint16) []byte {
	b := bytes.Repeat(mp4test.U8(v), 8)
	if len(subsamples) > 0 {
		b = append(b, mp4test.U16(uint16(len(subsamples)))...)
	}
	for _, s := range subsamples {
		b = append(b, mp4test.Join(mp4test.U16(s), mp4test.U32(uint32(s)))...)
	}
	return b
}

// places gives saio the places of these bytes in the file.
func places(file []byte, needles ...[]byte) []byte {
	at := mp4test.Find(file, "saio")[0] + 16
	for k, needle := range needles {
		file = mp4test.PutU32(file, at+4*k, uint32(bytes.Index(file, needle)))
	}
	return file
}

func TestBesidesInMoov(t *testing.T) {
	four := mp4test.Samples(4, 8, 40, 0)
	ivs := mp4test.Join(vector(1), vector(2), vector(3, 5), vector(4))
	tests := []struct {
		name   string
		boxes  []byte
		change func([]byte) []byte
		want   string
	}{
		{"groups", mp4test.Join(mp4test.Sgpd("roll", "\xff\xff", "\xff\xfe"), mp4test.Sbgp("roll", 1, 2, 2, 0, 1, 1)), nil,
			"roll \xff\xfe - - \xff\xff"},
		{"groups before their descriptions", mp4test.Join(mp4test.Sbgp("roll", 2, 1), mp4test.Sgpd("roll", "ab")), nil, "roll ab ab - -"},
		{"descriptions of version 0", mp4test.Join(mp4test.Full("sgpd", 0, 0, []byte("roll"), mp4test.U32(2), []byte("abcd")), mp4test.Sbgp("roll", 4, 2)), nil,
			"roll cd cd cd cd"},
		{"descriptions of different lengths", mp4test.Join(mp4test.Full("sgpd", 1, 0, []byte("x   "), mp4test.U32(0, 2, 3), []byte("abc"), mp4test.U32(1), []byte("d")), mp4test.Sbgp("x   ", 1, 1, 3, 2)), nil,
			"x    abc d d d"},
		{"a default", mp4test.Full("sgpd", 2, 0, []byte("roll"), mp4test.U32(2, 1, 1), []byte("ab")), nil, "roll ab ab ab ab"},
		{"a parameter", mp4test.Join(mp4test.Sgpd("x   ", "a", "b"), mp4test.Full("sbgp", 1, 0, []byte("x   "), mp4test.U32(7, 1, 4, 1)), mp4test.Full("sbgp", 1, 0, []byte("x   "), mp4test.U32(8, 1, 4, 2))), nil,
			"x    a a a a; x    b b b b"},
		{"numbers that no description has", mp4test.Join(mp4test.Sgpd("roll", "ab"), mp4test.Sbgp("roll", 1, 2, 1, 1, 1, 0x10001)), nil, "roll - ab - -"},
		{"more samples than there are", mp4test.Join(mp4test.Sgpd("roll", "ab"), mp4test.Sbgp("roll", 1<<32-1, 1)), nil, "roll ab ab ab ab"},

		{"vectors", mp4test.Join(mp4test.Saiz(8, 8, 16, 8), mp4test.Saio(0), mp4test.Box("free", ivs)),
			func(b []byte) []byte { return places(b, ivs) },
			": 10101010101010101 10202020202020202 2030303030303030300010005" + "00000005 10404040404040404"},
		{"vectors of equal size, of the first samples", mp4test.Join(mp4test.Full("saiz", 0, 0, mp4test.U8(8), mp4test.U32(2)), mp4test.Saio(0), mp4test.Box("free", ivs)),
			func(b []byte) []byte { return places(b, ivs) }, ": 10101010101010101 10202020202020202 0 0"},
		{"a place for each chunk", mp4test.Join(mp4test.Saiz(8, 8, 8, 8), mp4test.Saio(0, 0), mp4test.Box("free", vector(9), ivs)),
			func(b []byte) []byte { return places(b, ivs, vector(9)) },
			": 10101010101010101 10202020202020202 10909090909090909 10101010101010101"},
		{"named information of another kind", mp4test.Join(mp4test.Full("saiz", 0, 1, []byte("abcd"), mp4test.U32(1), mp4test.U8(2), mp4test.U32(4)), mp4test.Full("saio", 0, 1, []byte("abcd"), mp4test.U32(1, 1, 0)), mp4test.Box("free", []byte("ABCDEFGH"))),
			func(b []byte) []byte {
				return mp4test.PutU32(b, mp4test.Find(b, "saio")[0]+24, uint32(bytes.Index(b, []byte("ABCD"))))
			},
			"abcd: 34142 34344 34546 34748"},
		{"senc alone", mp4test.Senc(0, vector(1), vector(2), vector(3), vector(4)), nil,
			": 10101010101010101 10202020202020202 10303030303030303 10404040404040404"},
		{"senc with subsamples", mp4test.Senc(2, vector(1, 5), vector(2, 5, 6), append(vector(3), 0, 0)), nil,
			": 20101010101010101000100050000" + "0005 202020202020202020002000500000005000600000006 203030303030303030000 0"},
		{"senc, and a place that is wrong", mp4test.Join(mp4test.Saiz(8, 8, 8, 8), mp4test.Saio(20), mp4test.Senc(0, vector(1), vector(2), vector(3), vector(4))), nil,
			": 10101010101010101 10202020202020202 10303030303030303 10404040404040404"},
		{"PIFF's senc", mp4test.Box("uuid", []byte("\xa2\x39\x4f\x52\x5a\x9b\x4f\x14\xa2\x44\x6c\x42\x7c\x64\x8d\xf4"), mp4test.U32(0, 1), vector(1)), nil,
			": 10101010101010101 0 0 0"},
		{"vectors whose size a group tells", mp4test.Join(mp4test.Sgpd("seig", "\x00\x00\x01\x04"+strings.Repeat("k", 16)), mp4test.Sbgp("seig", 1, 1), mp4test.Senc(0, vector(1)[:4], vector(2), vector(3), vector(4))), nil,
			"seig \x00\x00\x01\x04kkkkkkkkkkkkkkkk - - -; : 101010101 10202020202020202 10303030303030303 10404040404040404"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: four, Form: mp4test.Form{Chunks: []int{2}, Extra: tt.boxes}}
			b := mp4test.File{Tracks: []mp4test.Track{track}}.Bytes()
			if tt.change != nil {
				b = tt.change(b)
			}
			m := openBounded(t, b, memoryLimit)
			if m == nil {
				t.Fatal("can't be opened")
			}
			if got := besides(b, m.Tracks[0]); got != tt.want || m.Tracks[0].Lost != nil {
				t.Errorf("got  %q, %v\nwant %q", got, m.Tracks[0].Lost, tt.want)
			}
		})
	}
}

// inFragments are two fragments of a track with these boxes at the end of each
// traf.
func inFragments(base mp4test.Base, stbl []byte, trafs ...[]byte) []byte {
	track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Form: mp4test.Form{Extra: stbl}}
	f := mp4test.File{Tracks: []mp4test.Track{track}}
	for k, boxes := range trafs {
		traf := mp4test.OneRun(1, int64(k)*120, mp4test.Samples(3, 8, 40, 0))
		traf.Base, traf.Extra = base, boxes
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{traf}})
	}
	return f.Bytes()
}

func TestBesidesInFragments(t *testing.T) {
	senc := mp4test.Senc(0, vector(1), vector(2), vector(3))
	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"groups of the moov", inFragments(0, mp4test.Sgpd("roll", "ab"), mp4test.Sbgp("roll", 2, 1), nil, mp4test.Sbgp("roll", 1, 0, 9, 1)),
			"roll ab ab - - - - - ab ab"},
		{"groups of fragments, some of them alike", inFragments(0, mp4test.Sgpd("roll", "ab"),
			mp4test.Join(mp4test.Sbgp("roll", 1, 0x10001, 1, 0x10002, 1, 1), mp4test.Sgpd("roll", "cd", "ef")),
			mp4test.Join(mp4test.Sgpd("roll", "ef", "ab"), mp4test.Sbgp("roll", 1, 0x10001, 1, 0x10002, 1, 0x10003))),
			"roll cd ef ab ef ab -"},
		{"a fragment's default", inFragments(0, nil, nil, mp4test.Full("sgpd", 2, 0, []byte("roll"), mp4test.U32(2, 0x10001, 1), []byte("ab")), nil),
			"roll - - - ab ab ab - - -"},
		{"senc", inFragments(0, nil, senc, nil, senc),
			": 10101010101010101 10202020202020202 10303030303030303 0 0 0 10101010101010101 10202020202020202 10303030303030303"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := openBounded(t, tt.file, memoryLimit)
			if m == nil {
				t.Fatal("can't be opened")
			}
			if got := besides(tt.file, m.Tracks[0]); got != tt.want || m.Tracks[0].Lost != nil {
				t.Errorf("got  %q, %v\nwant %q", got, m.Tracks[0].Lost, tt.want)
			}
		})
	}
}

// Offsets of saio in a traf count from where the data offsets of its runs
// count from.
func TestSaioBase(t *testing.T) {
	for _, base := range []mp4test.Base{mp4test.MoofBase, mp4test.OffsetBase, mp4test.NoBase} {
		b := inFragments(base, nil, nil, mp4test.Join(mp4test.Saiz(8, 8, 8), mp4test.Saio(0), mp4test.Box("free", vector(1), vector(2), vector(3))))
		moof := mp4test.Find(b, "moof")[1]
		b = mp4test.PutU32(b, mp4test.Find(b, "saio")[0]+16, uint32(bytes.Index(b, vector(1))-moof))
		m := openBounded(t, b, memoryLimit)
		want := ": 0 0 0 10101010101010101 10202020202020202 10303030303030303"
		if got := besides(b, m.Tracks[0]); got != want {
			t.Errorf("base %d: got %q, %v, want %q", base, got, m.Tracks[0].Lost, want)
		}
	}
}

// Where a traf has several runs, saio may have a place for each.
func TestSaioOfRuns(t *testing.T) {
	samples := mp4test.Samples(4, 8, 40, 0)
	first, second := mp4test.OneRun(1, 0, samples), mp4test.OneRun(1, 160, samples)
	second.Runs = []mp4test.Run{{Samples: samples[:1], Fields: mp4test.AllFields}, {Samples: samples[1:], Fields: mp4test.AllFields}}
	second.Extra = mp4test.Join(mp4test.Saiz(8, 8, 8, 8), mp4test.Saio(0, 0), mp4test.Box("free", vector(2), vector(3), vector(4), vector(1)))
	b := mp4test.File{
		Tracks:    []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}}},
		Fragments: []mp4test.Fragment{{Trafs: []mp4test.Traf{first}}, {Trafs: []mp4test.Traf{second}}},
	}.Bytes()
	moof, saio := mp4test.Find(b, "moof")[1], mp4test.Find(b, "saio")[0]
	b = mp4test.PutU32(b, saio+16, uint32(bytes.Index(b, vector(1))-moof))
	b = mp4test.PutU32(b, saio+20, uint32(bytes.Index(b, vector(2))-moof))
	m := openBounded(t, b, memoryLimit)
	want := ": 0 0 0 0 10101010101010101 10202020202020202 10303030303030303 10404040404040404"
	if got := besides(b, m.Tracks[0]); got != want || m.Tracks[0].Lost != nil {
		t.Errorf("got %q, %v, want %q", got, m.Tracks[0].Lost, want)
	}
}

// Many samples can't share few bytes: what is written of them would be many
// times as long as the file.
func TestSharedInformation(t *testing.T) {
	const n = 2000
	offsets := make([]uint32, n)
	boxes := mp4test.Join(mp4test.Full("saiz", 0, 0, mp4test.U8(250), mp4test.U32(n)), mp4test.Saio(offsets...))
	track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: mp4test.Samples(n, 2, 40, 0), Form: mp4test.Form{Extra: boxes}}
	m := openBounded(t, mp4test.File{Tracks: []mp4test.Track{track}}.Bytes(), 1<<20)
	if lost := m.Tracks[0].Lost; lost == nil || !strings.Contains(lost.Error(), "500000 bytes, more than the file has") {
		t.Errorf("lost %v", lost)
	}
}

// What lies about what is beside samples loses that, and nothing else.
func TestBesidesLies(t *testing.T) {
	many := make([]byte, 0)
	for i := range 100 {
		many = append(many, mp4test.Sgpd(fmt.Sprintf("x%03d", i), "a")...)
	}
	tests := []struct {
		name  string
		boxes []byte
		want  string // of Lost
	}{
		{"sgpd's count", mp4test.Full("sgpd", 1, 0, []byte("roll"), mp4test.U32(1, 60000), []byte("ab")), "too short"},
		{"sgpd's count of version 0", mp4test.Full("sgpd", 0, 0, []byte("roll"), mp4test.U32(1<<32-1), []byte("ab")), "4294967295 descriptions"},
		{"sgpd's lengths of version 0", mp4test.Full("sgpd", 0, 0, []byte("roll"), mp4test.U32(3), []byte("ab")), "2 bytes for 3 descriptions"},
		{"sgpd's length", mp4test.Full("sgpd", 1, 0, []byte("roll"), mp4test.U32(1<<32-1, 1), []byte("ab")), "too short"},
		{"a length in sgpd", mp4test.Full("sgpd", 1, 0, []byte("roll"), mp4test.U32(0, 1, 1<<31), []byte("ab")), "too short"},
		{"sgpd's head", mp4test.Full("sgpd", 1, 0, []byte("roll")), "too short"},
		{"types without end", many, "64 types"},
		{"sbgp's count", mp4test.Full("sbgp", 0, 0, []byte("roll"), mp4test.U32(1<<30, 1, 1)), "room for 1"},
		{"sbgp's head", mp4test.Full("sbgp", 0, 0), "too short"},
		{"saiz's count", mp4test.Full("saiz", 0, 0, mp4test.U8(0), mp4test.U32(1<<31)), "room for 0"},
		{"saiz's head", mp4test.Full("saiz", 0, 0), "too short"},
		{"no saio", mp4test.Saiz(8, 8), "saio"},
		{"saio of another type", mp4test.Join(mp4test.Saiz(8, 8), mp4test.Full("saio", 0, 1, []byte("abcd"), mp4test.U32(0, 1, 50))), "saio"},
		{"saio's count", mp4test.Join(mp4test.Saiz(8, 8), mp4test.Full("saio", 0, 0, mp4test.U32(1<<31, 0))), "room for 1"},
		{"saio without entries", mp4test.Join(mp4test.Saiz(8, 8), mp4test.Saio()), "0 places"},
		{"a place behind the end", mp4test.Join(mp4test.Saiz(8, 8), mp4test.Saio(1<<31)), "outside of the file"},
		{"a place before the start", mp4test.Join(mp4test.Saiz(8, 8), mp4test.Full("saio", 1, 0, mp4test.U32(1), mp4test.U64(1<<64-1<<40))), "outside of the file"},
		{"a place far behind the end", mp4test.Join(mp4test.Saiz(8, 8), mp4test.Full("saio", 1, 0, mp4test.U32(1), mp4test.U64(1<<63-1))), "points to byte"},
		{"senc's entries", mp4test.Senc(0, vector(1)[:7], vector(2)), "ends before the entry of sample 2"},
		{"senc's subsamples", mp4test.Full("senc", 0, 2, mp4test.U32(1), vector(1), mp4test.U16(60000)), "ends before the entry of sample 1"},
		{"senc's head", mp4test.Full("senc", 0, 2), "too short"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: mp4test.Samples(4, 8, 40, 0), Form: mp4test.Form{Chunks: []int{2}, Extra: tt.boxes}}
			for name, b := range map[string][]byte{
				"stbl": mp4test.File{Tracks: []mp4test.Track{track}}.Bytes(),
				"traf": inFragments(mp4test.MoofBase, nil, tt.boxes),
			} {
				m := openBounded(t, b, 1<<20)
				if m == nil {
					t.Fatalf("%s: can't be opened", name)
				}
				track := m.Tracks[0]
				if track.Broken != nil || track.Lost == nil || !strings.Contains(track.Lost.Error(), tt.want) {
					t.Errorf("%s: lost %v, broken %v, want %q", name, track.Lost, track.Broken, tt.want)
				}
				checkMovie(t, m)
			}
		})
	}
}

func TestPssh(t *testing.T) {
	a, b := mp4test.Box("pssh", []byte("a")), mp4test.Box("pssh", []byte("b"))
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Extra: mp4test.Join(a, a)}
	for k := range 2 {
		traf := mp4test.OneRun(1, int64(k)*40, mp4test.Samples(1, 8, 40, 0))
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{traf}, Extra: mp4test.Join(b, a)})
	}
	m := openBounded(t, f.Bytes(), memoryLimit)
	if !slices.EqualFunc(m.Pssh, [][]byte{a, b}, bytes.Equal) {
		t.Errorf("got %q", m.Pssh)
	}
}
