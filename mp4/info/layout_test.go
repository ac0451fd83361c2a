package info

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

func describeBytes(t *testing.T, b []byte) File {
	t.Helper()
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f := Describe(m)
	if f.Extras, err = ReadExtras(bytes.NewReader(b), m); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLayout(t *testing.T) {
	video := mp4test.Track{ID: 1, Samples: mp4test.Samples(10, 9, 40, 5)}
	empty := mp4test.Track{ID: 1}
	fragments := []mp4test.Fragment{{Trafs: []mp4test.Traf{mp4test.OneRun(1, 400, mp4test.Samples(5, 9, 40, 5))}}}
	tests := []struct {
		name       string
		file       mp4test.File
		fragmented bool
		layout     string
		reason     string
	}{
		{"moov last", mp4test.File{Tracks: []mp4test.Track{video}}, false, "progressive, moov at the end", ""},
		{"moov first", mp4test.File{Tracks: []mp4test.Track{video}, MoovFirst: true}, false, "progressive, moov in front", ""},
		{"mvex and no fragments", mp4test.File{Tracks: []mp4test.Track{video}, Extend: true}, false, "progressive, moov at the end", ""},
		{"fragmented", mp4test.File{Tracks: []mp4test.Track{empty}, Fragments: fragments}, true, "fragmented, 1 fragment", ""},
		{"hybrid", mp4test.File{Tracks: []mp4test.Track{video}, Fragments: append(fragments, fragments...)}, true, "hybrid: samples in the moov, then 2 fragments", ""},
		{"init segment", mp4test.File{Tracks: []mp4test.Track{empty}, Extend: true}, true, "init segment alone",
			"This is an init segment alone: it says what its tracks are, and the samples are in other files."},
		{"nothing", mp4test.File{Tracks: []mp4test.Track{empty}}, false, "progressive, moov in front", "No track has any samples."},
	}
	for _, tt := range tests {
		f := describeBytes(t, tt.file.Bytes())
		if f.Fragmented != tt.fragmented || f.Layout != tt.layout || f.Reason != tt.reason || f.State != Ready {
			t.Errorf("%s: %v, %q, %q, %s", tt.name, f.Fragmented, f.Layout, f.Reason, f.State)
		}
	}
}

func TestEncryptionAndColourAreTold(t *testing.T) {
	kid := bytes.Repeat([]byte{0xab}, 16)
	sinf := mp4test.Box("sinf", mp4test.Box("frma", []byte("avc1")), mp4test.Full("schm", 0, 0, []byte("cbcs"), mp4test.U32(0x10000)),
		mp4test.Box("schi", mp4test.Full("tenc", 1, 0, mp4test.U8(0, 0x19, 1, 8), kid)))
	avc := mp4test.AVC(64, 32)[8+78:]
	colr := mp4test.Box("colr", []byte("nclx"), mp4test.U16(9, 18, 9), mp4test.U8(0x80))
	pasp := mp4test.Box("pasp", mp4test.U32(8, 6))
	entry := mp4test.Visual("encv", 64, 32, avc, colr, pasp, sinf)
	f := describeBytes(t, mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{entry}, Samples: mp4test.Samples(10, 9, 40, 5)}}}.Bytes())
	d := f.Tracks[0]
	if !d.Encrypted || d.Scheme != "cbcs" || d.KID != "abababababababababababababababab" || d.Playable || d.Name != "H.264" {
		t.Errorf("%+v", d)
	}
	if d.Colour == nil || *d.Colour != (Colour{9, 18, 9, true}) || d.Colour.String() != "BT.2020 HLG full range" || d.PixelAspect != "4:3" {
		t.Errorf("%+v, %s", d.Colour, d.PixelAspect)
	}
}

// What lies in another file is not looked for.
func TestExternalMediaIsRefused(t *testing.T) {
	dref := mp4test.Table("dref", 1)
	dref = mp4test.Box("dref", dref[8:], mp4test.Full("url ", 0, 0, []byte("file:///etc/passwd\x00")))
	f := describeBytes(t, mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Samples(10, 9, 40, 5), Form: mp4test.Form{Dref: dref}}}}.Bytes())
	if f.MIME != "" || f.Tracks[0].Playable || f.Reason != "The media of this track lies in another file, which vodsrv does not open." {
		t.Errorf("%+v", f)
	}
}

// Of a film that was only glanced at, what would need all its fragments is not
// told.
func TestGlance(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 4, Args: []string{
		"-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-movflags", "frag_keyframe+delay_moov+default_base_moof"}})
	b, err := os.ReadFile(clip)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Glance(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f, whole := Describe(m), describeBytes(t, b)
	if f.Layout != "fragmented, with an index of 4 fragments; samples not counted" || !f.Fragmented || f.MIME != whole.MIME || f.Duration != whole.Duration || f.Reason != "" {
		t.Errorf("%+v", f)
	}
	for i, d := range f.Tracks {
		if w := whole.Tracks[i]; d.Samples != 0 || d.Bitrate != 0 || d.FPS != 0 || !d.Playable || d.Start != w.Start || d.Duration != w.Duration || w.Samples == 0 {
			t.Errorf("%+v", d)
		}
	}
	written, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`"samples":null`, `"bitrate":null`, `"fps":null`} {
		if n := strings.Count(string(written), field); n != len(f.Tracks) {
			t.Errorf("%d times %s in %s", n, field, written)
		}
	}
	if text := f.Text(); strings.Contains(text, " 0 ") || !strings.Contains(text, "0:04.000") {
		t.Error(text)
	}
}
