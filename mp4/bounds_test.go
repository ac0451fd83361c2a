package mp4_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// The most that opening a small file may take. It takes far less time;
// machines that run tests can be busy.
const (
	timeLimit   = 10 * time.Second
	memoryLimit = 64 << 20
)

// openBounded opens a file and fails the test if that takes too much memory,
// counting all that was ever allocated, or too long, or ends in an error of
// another kind than those of bad files.
func openBounded(t testing.TB, b []byte, memory uint64) *mp4.Movie {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	m, err := open(b)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > memory {
		t.Errorf("took %d KiB for a file of %d bytes", n>>10, len(b))
	}
	if took > timeLimit {
		t.Errorf("took %v for a file of %d bytes", took, len(b))
	}
	checkError(t, m, err)
	return m
}

func checkError(t testing.TB, m *mp4.Movie, err error) {
	t.Helper()
	var format *mp4.FormatError
	var unsupported *mp4.UnsupportedError
	switch {
	case err == nil && m == nil || err != nil && m != nil:
		t.Errorf("got both or neither of a movie and an error: %v", err)
	case err != nil && !errors.As(err, &format) && !errors.As(err, &unsupported) && !errors.Is(err, io.ErrUnexpectedEOF):
		t.Errorf("%T: %v", err, err)
	}
}

func TestLyingCounts(t *testing.T) {
	many := uint32(1<<32 - 1)
	samples := mp4test.Samples(3, 5, 40, 2)
	samples[1].CTO = 40
	track := func(name string, b []byte) []byte {
		return mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: samples, Form: mp4test.Form{Replace: map[string][]byte{name: b}}}}}.Bytes()
	}
	tables := map[string][]byte{
		"stts": mp4test.Table("stts", many, 3, 40), "ctts": mp4test.Table("ctts", many, 3, 40),
		"stsc": mp4test.Table("stsc", many, 1, 1, 1), "stsz": mp4test.Full("stsz", 0, 0, mp4test.U32(0, many, 5, 5, 5)),
		"stco": mp4test.Table("stco", many, 40, 45, 50), "stss": mp4test.Table("stss", many, 1),
		"stsd": mp4test.Full("stsd", 0, 0, mp4test.U32(many), mp4test.AVC(320, 180)),
		"co64": mp4test.Full("co64", 0, 0, mp4test.U32(many), mp4test.U64(40, 45, 50)),
	}
	files := map[string][]byte{
		"stsz of one size":             track("stsz", mp4test.Full("stsz", 0, 0, mp4test.U32(1, many))),
		"stsz of size 0":               track("stsz", mp4test.Full("stsz", 0, 0, mp4test.U32(0, many))),
		"stz2 of 4 bits":               track("stsz", mp4test.Full("stz2", 0, 0, mp4test.U32(4, many), mp4test.U8(1, 2))),
		"stz2 of 16 bits":              track("stsz", mp4test.Full("stz2", 0, 0, mp4test.U32(16, many), mp4test.U8(1, 2))),
		"stts beyond the samples":      track("stts", mp4test.Table("stts", 2, many, 40, many, many)),
		"stts beyond all time":         track("stts", mp4test.Table("stts", 1, many, 1<<31-1)),
		"ctts beyond the samples":      track("ctts", mp4test.Table("ctts", 2, many, 40, many, 1<<31)),
		"stsc with chunks of all":      track("stsc", mp4test.Table("stsc", 1, 1, many, 1)),
		"stsc of chunks that are not":  track("stsc", mp4test.Table("stsc", 2, 1, 1, 1, many, many, many)),
		"stss of samples that are not": track("stss", mp4test.Table("stss", 4, 0, 1, many, 1<<31)),
		"stco behind the file":         track("stco", mp4test.Table("stco", 3, many, many, many)),
		"co64 behind everything":       track("stco", mp4test.Full("co64", 0, 0, mp4test.U32(3), mp4test.U64(1<<63, 1<<62-1, 1))),
		"tables too short for a count": track("stts", mp4test.Full("stts", 0, 0)),
		"dref":                         mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: samples, Form: mp4test.Form{Dref: mp4test.Table("dref", many)}}}}.Bytes(),
	}
	for name, b := range tables {
		into := name
		if name == "co64" {
			into = "stco"
		}
		files[name] = track(into, b)
	}
	for version := range uint8(2) {
		f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: samples, Edits: edits(0, 0), Form: mp4test.Form{ElstVersion: version}}}}
		b := f.Bytes()
		files["elst of version "+string('0'+version)] = mp4test.PutU32(b, mp4test.Find(b, "elst")[0]+12, many)
	}
	g := mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: moofs(1, 0, samples)}.Bytes()
	tfhd, trun, tfdt := mp4test.Find(g, "tfhd")[0], mp4test.Find(g, "trun")[0], mp4test.Find(g, "tfdt")[0]
	files["trun"] = mp4test.PutU32(g, trun+12, many)
	files["trun without fields"] = mp4test.PutU32(mp4test.PutU32(g, trun+8, 0), trun+12, many)
	files["trun with an offset before the file"] = mp4test.PutU32(g, trun+16, 1<<31)
	files["tfhd with fields it has no room for"] = mp4test.PutU32(g, tfhd+8, 0x3b)
	files["tfdt beyond all time"] = mp4test.PutU32(g, tfdt+12, many)
	files["tfdt close to the end of time"] = mp4test.PutU32(g, tfdt+12, 1<<29-1)
	for name, b := range files {
		t.Run(name, func(t *testing.T) { openBounded(t, b, 1<<20) })
	}
}

// Small boxes that stand for much: what is made of them stays in proportion.
func TestOpenAmplification(t *testing.T) {
	ftyp := mp4test.Box("ftyp", []byte("isom"), mp4test.U32(0))
	repeat := func(n int, b []byte) []byte { return bytes.Repeat(b, n) }
	empty := mp4test.Samples(1, 0, 1, 0)
	equal := func(n int, size, flags uint32) mp4test.Fragment {
		run := mp4test.Run{Samples: empty, Fields: 0}
		traf := mp4test.Traf{Track: 1, Runs: repeatRuns(n, run), Default: &[4]uint32{1, 1, size, flags}}
		return mp4test.Fragment{Trafs: []mp4test.Traf{traf}}
	}
	claims := func(n int, size uint32) []byte {
		f := mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: []mp4test.Fragment{equal(1, size, mp4test.NonSyncFlags), equal(n, size, mp4test.SyncFlags)}}
		b := f.Bytes()
		for _, at := range mp4test.Find(b, "trun") {
			b = mp4test.PutU32(b, at+12, 1<<20)
		}
		return b
	}
	nest := func(depth int, name string) []byte {
		b := make([]byte, 8*depth)
		for i := range depth {
			copy(b[8*i:], mp4test.Lie(mp4test.Box(name), uint32(8*(depth-i))))
		}
		return b
	}
	// Short runs, and then long ones of the same table.
	groups := func(long ...uint32) []byte {
		const count = 1 << 20
		var boxes [][]byte
		for k := range 16 {
			kind := "gr" + string(rune('a'+k)) + " "
			runs := append(slices.Repeat([]uint32{1, 0, 1, 1}, 128), long...)
			boxes = append(boxes, mp4test.Sgpd(kind, "x"), mp4test.Sbgp(kind, runs...))
		}
		track := mp4test.Track{ID: 1, Samples: mp4test.Samples(1, count, 1, 0), Form: mp4test.Form{Extra: mp4test.Join(boxes...), Replace: map[string][]byte{
			"stsz": mp4test.Full("stsz", 0, 0, mp4test.U32(1, count)), "stts": mp4test.Table("stts", 1, count, 1),
			"stsc": mp4test.Table("stsc", 1, 1, count, 1),
		}}}
		return mp4test.File{Tracks: []mp4test.Track{track}}.Bytes()
	}
	var doubled []uint32
	for n := uint32(256); n < 1<<20; n *= 2 {
		doubled = append(doubled, n, 1)
	}
	tests := []struct {
		name string
		file []byte
	}{
		{"groups of short runs and a long one", groups(1<<20-256, 1)},
		{"groups of ever longer runs", groups(doubled...)},
		{"empty tracks", mp4test.Join(ftyp, mp4test.Box("moov", repeat(1<<17, mp4test.Box("trak"))))},
		{"boxes in their own kind", mp4test.Join(ftyp, mp4test.Box("moov", mp4test.Box("trak", nest(4<<20, "mdia"))))},
		{"moov in moov", mp4test.Join(ftyp, nest(1<<17, "moov"))},
		{"empty fragments", mp4test.Join(mp4test.File{Tracks: []mp4test.Track{{ID: 1}}}.Bytes(), repeat(1<<17, mp4test.Box("moof")))},
		{"runs of a million empty samples", claims(100, 0)},
		{"runs of a million small samples", claims(100, 1)},
		{"free boxes", mp4test.Join(ftyp, repeat(1<<17, mp4test.Box("free")))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { openBounded(t, tt.file, memoryLimit) })
	}
}

func repeatRuns(n int, run mp4test.Run) []mp4test.Run {
	list := make([]mp4test.Run, n)
	for i := range list {
		list[i] = run
	}
	return list
}
