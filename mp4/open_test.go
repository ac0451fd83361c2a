package mp4_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

func open(b []byte) (*mp4.Movie, error) { return mp4.Open(bytes.NewReader(b), int64(len(b))) }

func mustOpen(t testing.TB, b []byte) *mp4.Movie {
	t.Helper()
	m, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// checkSamples compares a track's index with what was built, payload and all.
func checkSamples(t *testing.T, file []byte, track *mp4.Track, start int64, want []mp4test.Sample) {
	t.Helper()
	x := track.Index
	if track.Broken != nil || x.Len() != len(want) {
		t.Fatalf("track %d has %d samples (%v), want %d", track.ID, x.Len(), track.Broken, len(want))
	}
	c := x.Cursor(0)
	for i, w := range want {
		s, ok := c.Next()
		expect := mp4.Sample{Offset: s.Offset, Size: w.Size, Duration: w.Duration, DTS: start, CTO: w.CTO, Description: max(w.Entry, 1), Sync: !w.NonSync}
		if !ok || s != expect || x.At(i) != s {
			t.Fatalf("sample %d of track %d is %+v (At says %+v), want %+v", i, track.ID, s, x.At(i), expect)
		}
		if got := file[s.Offset:s.End()]; !bytes.Equal(got, mp4test.Payload(track.ID, i, w.Size)) {
			t.Fatalf("sample %d of track %d points to byte %d, not to its payload", i, track.ID, s.Offset)
		}
		start += int64(w.Duration)
	}
	if _, more := c.Next(); more || x.End() != start {
		t.Errorf("track %d ends at %d, want %d", track.ID, x.End(), start)
	}
}

// varied are samples with differing sizes, durations and offsets.
func varied(n int) []mp4test.Sample {
	list := mp4test.Reorder(mp4test.Samples(n, 0, 40, 8), false)
	for i := range list {
		list[i].Size = uint32(i*7%13 + 1)
		list[i].Duration += uint32(i % 3)
	}
	return list
}

func sound(n int) []mp4test.Sample { return mp4test.Samples(n, 9, 1024, 0) }

// TestBoxBehindEntries: what stands in stsd behind as many entries as it counts
// is none, as in files of Adobe's.
func TestBoxBehindEntries(t *testing.T) {
	stsd := mp4test.Full("stsd", 0, 0, mp4test.U32(1), mp4test.AVC(320, 180), mp4test.Box("skip", make([]byte, 100)))
	track := mp4test.Track{ID: 1, Samples: mp4test.Samples(2, 5, 40, 0), Form: mp4test.Form{Replace: map[string][]byte{"stsd": stsd}}}
	m := mustOpen(t, mp4test.File{Tracks: []mp4test.Track{track}}.Bytes())
	if list := m.Tracks[0].Entries; len(list) != 1 || list[0].Format != "avc1" {
		t.Errorf("%d entries, the first of %s", len(list), list[0].Format)
	}
}

func TestOpenProgressive(t *testing.T) {
	video := mp4test.Track{ID: 1, Samples: varied(50)}
	audio := mp4test.Track{ID: 2, Handler: "soun", Timescale: 48000, Samples: sound(80)}
	small := mp4test.Samples(21, 0, 10, 0)
	for i := range small {
		small[i].Size = uint32(i % 16)
	}
	entries := [][]byte{mp4test.AVC(320, 180), mp4test.AVC(160, 90), mp4test.AVC(640, 360)}
	changing := varied(30)
	for i := range changing {
		changing[i].Entry = uint32([]int{1, 3, 1, 2}[i*4/30])
	}
	with := func(f mp4test.Form, t mp4test.Track) mp4test.Track { t.Form = f; return t }
	unknown := mp4test.Join(mp4test.Box("free", make([]byte, 5)), mp4test.Box("\xa9xyz", make([]byte, 3)), mp4test.Full("uuid", 0, 0, make([]byte, 30)))
	both := []mp4test.Track{video, audio}
	tests := []struct {
		name string
		file mp4test.File
	}{
		{"moov last", mp4test.File{Tracks: both}},
		{"moov first", mp4test.File{Tracks: both, MoovFirst: true}},
		{"64-bit mdat", mp4test.File{Tracks: both, Large: true}},
		{"mdat to the end", mp4test.File{Tracks: both, MoovFirst: true, ToEnd: true}},
		{"unknown boxes between all", mp4test.File{Tracks: both, Between: unknown, Extra: unknown}},
		{"unknown boxes between all, moov first", mp4test.File{Tracks: both, Between: unknown, Extra: unknown, MoovFirst: true}},
		{"unknown boxes in the track", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: varied(9), Extra: unknown}}}},
		{"co64", mp4test.File{Tracks: []mp4test.Track{with(mp4test.Form{Offsets64: true}, video)}}},
		{"ctts of version 1", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Form: mp4test.Form{CttsVersion: 1}, Samples: mp4test.Reorder(varied(40), true)}}}},
		{"negative offsets in a ctts of version 0", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Reorder(varied(40), true)}}}},
		{"stz2 of 4 bits, odd count", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Form: mp4test.Form{SizeBits: 4}, Samples: small}}}},
		{"stz2 of 4 bits, even count", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Form: mp4test.Form{SizeBits: 4}, Samples: small[:20]}}}},
		{"stz2 of 8 bits", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Form: mp4test.Form{SizeBits: 8}, Samples: small}}}},
		{"stz2 of 16 bits", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Form: mp4test.Form{SizeBits: 16}, Samples: small}}}},
		{"constant stsz", mp4test.File{Tracks: []mp4test.Track{with(mp4test.Form{Constant: true, Chunks: []int{7}}, audio)}}},
		{"one chunk", mp4test.File{Tracks: []mp4test.Track{with(mp4test.Form{Chunks: []int{1000}}, video), audio}}},
		{"chunks of many lengths", mp4test.File{Tracks: []mp4test.Track{with(mp4test.Form{Chunks: []int{3, 3, 1, 5, 5, 2}}, video), with(mp4test.Form{Chunks: []int{1, 10}}, audio)}}},
		{"sample entries that change", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: entries, Form: mp4test.Form{Chunks: []int{4}}, Samples: changing}}}},
		{"no sync sample at all", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: []mp4test.Sample{{Size: 4, Duration: 9, NonSync: true}, {Size: 5, Duration: 9, NonSync: true}}}}}},
		{"empty samples", mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: []mp4test.Sample{{Duration: 5}, {Size: 3, Duration: 5}, {Duration: 5}}}}}},
		{"no samples", mp4test.File{Tracks: []mp4test.Track{video, {ID: 7, Handler: "soun"}}}},
		{"mvex without fragments", mp4test.File{Tracks: both, Extend: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.file.Bytes()
			m := mustOpen(t, b)
			if m.Truncated != nil || len(m.Tracks) != len(tt.file.Tracks) || m.Fragmented != tt.file.Extend {
				t.Fatalf("truncated: %v, %d tracks, fragmented %v", m.Truncated, len(m.Tracks), m.Fragmented)
			}
			for k, track := range tt.file.Tracks {
				checkSamples(t, b, m.Tracks[k], 0, track.Samples)
			}
		})
	}
}

func TestOpenTrackFacts(t *testing.T) {
	handlers := []struct{ handler, kind string }{
		{"vide", "video"}, {"soun", "audio"}, {"text", "text"}, {"sbtl", "text"}, {"subt", "text"},
		{"tmcd", "timecode"}, {"hint", "hint"}, {"meta", "meta"}, {"zzzz", "data"},
	}
	var f mp4test.File
	for i, h := range handlers {
		f.Tracks = append(f.Tracks, mp4test.Track{ID: uint32(10 + i), Handler: h.handler, Timescale: uint32(600 + i), Disabled: i == 1, Samples: sound(2)})
	}
	f.Tracks[0].Extra = mp4test.Box("udta", mp4test.Box("name", []byte("Director's cut")))
	f.Extra = mp4test.Box("udta", mp4test.Box("free"))
	m := mustOpen(t, f.Bytes())
	for i, h := range handlers {
		track := m.Tracks[i]
		if string(track.Kind) != h.kind || track.Handler.String() != h.handler || track.Timescale != uint32(600+i) || m.Track(uint32(10+i)) != track {
			t.Errorf("track %d is %s by %s with timescale %d", track.ID, track.Kind, track.Handler, track.Timescale)
		}
		if track.Enabled != (i != 1) || track.Language != "eng" && track.Language != "und" || track.HandlerName != "handler" {
			t.Errorf("track %d: enabled %v, language %q, handler name %q", track.ID, track.Enabled, track.Language, track.HandlerName)
		}
	}
	if got := m.Tracks[0].Name; got != "Director's cut" {
		t.Errorf("name %q", got)
	}
	if m.Track(99) != nil || m.UserData.Size != 16 || m.Timescale != 1000 || strings.Join(m.Brands, " ") != "isom isom iso6 mp41" {
		t.Errorf("user data %+v, timescale %d, brands %q", m.UserData, m.Timescale, m.Brands)
	}
	e := m.Tracks[0].Entry(1)
	if e.Codec != "avc1.64001F" && e.Codec != "avc1.64001f" || !e.Playable || m.Tracks[0].Entry(0) != e || m.Tracks[0].Entry(2) != e {
		t.Errorf("sample entry %+v", e)
	}
}

func TestOpenSampleEntryOutOfRange(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: varied(6), Form: mp4test.Form{
		Chunks:  []int{6},
		Replace: map[string][]byte{"stsc": mp4test.Table("stsc", 1, 1, 6, 7)},
	}}}}
	for i := range 6 {
		if s := mustOpen(t, f.Bytes()).Tracks[0].Index.At(i); s.Description != 1 {
			t.Fatalf("sample %d uses sample entry %d of 1", i, s.Description)
		}
	}
}

func TestOpenExternalMedia(t *testing.T) {
	dref := mp4test.Full("dref", 0, 0, mp4test.U32(1), mp4test.Full("url ", 0, 0, []byte("/etc/passwd\x00")))
	away := mp4test.Track{ID: 1, Form: mp4test.Form{Dref: dref}, Samples: varied(5)}
	away.Form.Replace = map[string][]byte{"stco": mp4test.Table("stco", 5, 1<<30, 1<<30, 1<<30, 1<<30, 1<<30)}
	f := mp4test.File{Tracks: []mp4test.Track{away, {ID: 2, Handler: "soun", Samples: sound(9)}}}
	m := mustOpen(t, f.Bytes())
	if m.Tracks[0].Playable() || !strings.Contains(m.Tracks[0].Entries[0].Reason, "another file") {
		t.Errorf("playable %v, %q", m.Tracks[0].Playable(), m.Tracks[0].Entries[0].Reason)
	}
	if m.Truncated != nil {
		t.Errorf("a file is called cut off for media that lies elsewhere: %v", m.Truncated)
	}
	if !m.Tracks[1].Playable() {
		t.Error("the other track is not playable")
	}
}

// A reference that names no place means this file, whatever its flags are.
func TestOpenDataReferences(t *testing.T) {
	tests := []struct {
		name      string
		reference []byte
		away      bool
	}{
		{"url of this file", mp4test.Full("url ", 0, 1), false},
		{"url of this file with a name", mp4test.Full("url ", 0, 1, []byte("film.mp4\x00")), false},
		{"url of no flag", mp4test.Full("url ", 0, 0), false},
		{"url of no flag and no name", mp4test.Full("url ", 0, 0, mp4test.U8(0)), false},
		{"url of another flag", mp4test.Full("url ", 0, 2), false},
		{"alias of no flag", mp4test.Full("alis", 0, 0), false},
		{"url", mp4test.Full("url ", 0, 0, []byte("file:///film.mp4\x00")), true},
		{"urn", mp4test.Full("urn ", 0, 0, []byte("\x00film.mp4\x00")), true},
		{"alias", mp4test.Full("alis", 0, 0, mp4test.U32(0, 150), []byte("film")), true},
		{"no flags at all", mp4test.Box("url "), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dref := mp4test.Full("dref", 0, 0, mp4test.U32(1), tt.reference)
			f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Form: mp4test.Form{Dref: dref}, Samples: varied(5)}}}
			if got := !mustOpen(t, f.Bytes()).Tracks[0].Playable(); got != tt.away {
				t.Errorf("lies elsewhere: %v", got)
			}
		})
	}
}

// edits are pairs of a duration and a media time.
func edits(values ...int64) []mp4test.Edit {
	list := []mp4test.Edit{}
	for ; len(values) > 0; values = values[2:] {
		list = append(list, mp4test.Edit{Duration: uint64(values[0]), MediaTime: values[1]})
	}
	return list
}

func TestOpenEdits(t *testing.T) {
	tests := []struct {
		name       string
		edits      []mp4test.Edit
		version    uint8
		shift      int64 // ticks of 1/48000 s
		from       int64
		start, end int64 // presentation
	}{
		{"none", nil, 0, 0, 0, 0, 10240},
		{"trivial", edits(0, 0), 0, 0, 0, 0, 10240},
		{"priming", edits(0, 1024), 0, -1024, 1024, 0, 9216},
		{"trimmed in a sample", edits(100, 1500), 0, -1500, 1500, 0, 4800},
		{"delay", edits(500, -1, 0, 0), 0, 24000, 0, 24000, 34240},
		{"delay alone", edits(500, -1), 0, 24000, 0, 24000, 34240},
		{"two delays and a trim", edits(250, -1, 250, -1, 50, 2048), 0, 24000 - 2048, 2048, 24000, 26400},
		{"version 1", edits(500, -1, 100, 1024), 1, 24000 - 1024, 1024, 24000, 28800},
		{"longer than the media", edits(1<<31, 0), 0, 0, 0, 0, 10240},
		{"behind the media", edits(100, 1<<30), 0, 0, 0, 0, 10240},
		{"two pieces, the last to the end", edits(50, 1024, 0, 4096), 0, -1024, 1024, 0, 2400 + 10240 - 4096},
		{"two pieces", edits(50, 1024, 50, 4096), 0, -1024, 1024, 0, 4800},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Handler: "soun", Timescale: 48000, Edits: tt.edits, Samples: sound(10)}}}
			f.Tracks[0].Form.ElstVersion = tt.version
			track := mustOpen(t, f.Bytes()).Tracks[0]
			line := track.Timeline()
			if len(track.Edits) != len(tt.edits) || line.Shift != tt.shift || line.From != tt.from {
				t.Errorf("%d edits, timeline %+v", len(track.Edits), line)
			}
			if track.Start() != tt.start || track.End() != tt.end {
				t.Errorf("from %d to %d, want from %d to %d", track.Start(), track.End(), tt.start, tt.end)
			}
		})
	}
}

func TestOpenBad(t *testing.T) {
	good := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: varied(9)}}}
	replaced := func(name string, b []byte) []byte {
		f := good
		f.Tracks = []mp4test.Track{f.Tracks[0]}
		f.Tracks[0].Form.Replace = map[string][]byte{name: b}
		return f.Bytes()
	}
	segment := mp4test.Join(mp4test.Box("moof", mp4test.Full("mfhd", 0, 0, mp4test.U32(1))), mp4test.Box("mdat"))
	ftyp := mp4test.Box("ftyp", []byte("isom"), mp4test.U32(0))
	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "the file is empty"},
		{"text", []byte("This is a film, honestly."), "not an MP4 file"},
		{"short", []byte("abc"), "without a moov"},
		{"zeros", make([]byte, 5000), "not an MP4 file"},
		{"ftyp alone", ftyp, "without a moov"},
		{"media segment", mp4test.Join(mp4test.Box("styp", []byte("msdh"), mp4test.U32(0)), segment), "init segment"},
		{"media segment that begins with moof", segment, "init segment"},
		{"moov without tracks", mp4test.Join(ftyp, mp4test.Box("moov")), "no tracks"},
		{"cut in the mdat before the moov", good.Bytes()[:60], "moov box, without which"},
		{"compressed moov", mp4test.Join(ftyp, mp4test.Box("moov", mp4test.Box("cmov"))), "compressed"},
		{"box shorter than its header", mp4test.Join(ftyp, mp4test.Lie(mp4test.Box("free"), 7)), "shorter than its own header"},
		{"child larger than its parent", mp4test.Join(ftyp, mp4test.Box("moov", mp4test.Lie(mp4test.Box("trak"), 99))), "past its container"},
		{"no stsd", replaced("stsd", nil), "no sample descriptions"},
		{"stsd without entries", replaced("stsd", mp4test.Table("stsd", 0)), "no sample entry"},
		{"stz2 of 5 bits", replaced("stsz", mp4test.Full("stz2", 0, 0, mp4test.U32(5, 0))), "field size of 5"},
		{"stsc that goes back", replaced("stsc", mp4test.Table("stsc", 2, 2, 1, 1, 1, 1, 1)), "do not ascend"},
		{"timescale 0", mp4test.PutU32(good.Bytes(), mp4test.Find(good.Bytes(), "mdhd")[0]+20, 0), "timescale of 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(tt.file)
			var format *mp4.FormatError
			var unsupported *mp4.UnsupportedError
			if !errors.As(err, &format) && !errors.As(err, &unsupported) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v (%T), want %q", err, err, tt.want)
			}
		})
	}
}

func TestOpenKeepsSoundTracks(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Samples: varied(5), Form: mp4test.Form{Replace: map[string][]byte{"stts": mp4test.Table("stts", 1<<20, 1, 1)}}},
		{ID: 2, Handler: "soun", Samples: sound(5)},
		{ID: 2, Handler: "soun", Samples: sound(5)},
	}}
	m := mustOpen(t, f.Bytes())
	if m.Tracks[0].Broken == nil || m.Tracks[0].Index.Len() != 0 || m.Tracks[0].Playable() {
		t.Error("the track with a lying table is not broken")
	}
	if !m.Tracks[1].Playable() || m.Track(2) != m.Tracks[1] {
		t.Error("the sound track is not playable")
	}
	if m.Tracks[2].Broken == nil {
		t.Error("two tracks have one id")
	}
}

func TestOpenTruncated(t *testing.T) {
	f := mp4test.File{MoovFirst: true, Tracks: []mp4test.Track{
		{ID: 1, Samples: varied(40)}, {ID: 2, Handler: "soun", Samples: sound(40)},
	}}
	whole := f.Bytes()
	full := mustOpen(t, whole)
	payload := mp4test.Find(whole, "mdat")[0] + 8
	for n := payload; n < len(whole); n++ {
		m, err := open(whole[:n])
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if m.Truncated == nil {
			t.Fatalf("cut at %d: not called truncated", n)
		}
		for k, track := range m.Tracks {
			count := 0
			for count < 40 && full.Tracks[k].Index.At(count).End() <= int64(n) {
				count++
			}
			if track.Index.Len() != count {
				t.Fatalf("cut at %d: track %d has %d samples, want %d", n, track.ID, track.Index.Len(), count)
			}
		}
	}
	// Cut before, there is no whole moov: an error, and no panic.
	for n := range payload - 8 {
		if _, err := open(whole[:n]); err == nil {
			t.Fatalf("cut at %d: opened", n)
		}
	}
}

// A reader that fails is no fault of the file.
func TestOpenReadError(t *testing.T) {
	b := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: varied(9)}}}.Bytes()
	broken := errors.New("disk on fire")
	for n := int64(0); n < int64(len(b)); n += 50 {
		_, err := mp4.Open(failing{bytes.NewReader(b), n, broken}, int64(len(b)))
		if !errors.Is(err, broken) {
			t.Fatalf("reads fail from byte %d on: got %v", n, err)
		}
	}
}

type failing struct {
	r    *bytes.Reader
	from int64
	err  error
}

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.from {
		return 0, fmt.Errorf("reading: %w", f.err)
	}
	return f.r.ReadAt(p, at)
}

// Where only one of the sample entries lies in another file, offsets are held
// to this one's size all the same.
func TestOpenPartlyExternalMedia(t *testing.T) {
	dref := mp4test.Full("dref", 0, 0, mp4test.U32(2), mp4test.Full("url ", 0, 1), mp4test.Full("url ", 0, 0, []byte("x\x00")))
	away := mp4test.AVC(160, 90)
	away[15] = 2 // data reference index
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.AVC(320, 180), away}, Samples: varied(5), Form: mp4test.Form{
		Dref: dref, Replace: map[string][]byte{"stco": mp4test.Table("stco", 5, 40, 40, 1<<30, 40, 40)},
	}}}}
	m := mustOpen(t, f.Bytes())
	if e := m.Tracks[0].Entries; !e[0].Playable || e[1].Playable {
		t.Errorf("playable: %v, %v", e[0].Playable, e[1].Playable)
	}
	if m.Tracks[0].Index.Len() != 2 || m.Truncated == nil {
		t.Errorf("%d samples, truncated: %v", m.Tracks[0].Index.Len(), m.Truncated)
	}
}
