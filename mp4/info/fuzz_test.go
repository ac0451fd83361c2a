package info

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// FuzzDescribe opens anything and describes it: as JSON that can be read back,
// and as text that does nothing to a terminal.
func FuzzDescribe(f *testing.F) {
	pieces := []mp4test.Edit{{Duration: 100, MediaTime: 80}, {Duration: 50, MediaTime: -1}, {Duration: 80, MediaTime: 0}}
	video := mp4test.Track{ID: 1, Samples: mp4test.Samples(10, 9, 40, 5), Edits: pieces}
	sound := mp4test.Track{ID: 2, Handler: "soun", Timescale: 48000, Samples: mp4test.Samples(10, 9, 1024, 0)}
	hdlr := mp4test.Full("hdlr", 0, 0, make([]byte, 21))
	extra := mp4test.Box("udta", mp4test.Full("chpl", 1, 0, mp4test.U32(0), mp4test.U8(2)),
		mp4test.Full("meta", 0, 0, hdlr, mp4test.Box("ilst", mp4test.Box("covr", make([]byte, 40)))))
	f.Add(mp4test.File{Tracks: []mp4test.Track{video, sound}, Extra: extra}.Bytes())
	f.Add(mp4test.File{Tracks: []mp4test.Track{{ID: 1}}, Fragments: []mp4test.Fragment{{Trafs: []mp4test.Traf{mp4test.OneRun(1, 0, video.Samples)}}}}.Bytes())
	hostile, err := filepath.Glob("../testdata/hostile/*")
	if err != nil || len(hostile) == 0 {
		f.Fatalf("no files in ../testdata/hostile: %v", err)
	}
	for _, path := range hostile {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			checkDescription(t, Unreadable(int64(len(b)), err))
			return
		}
		d := Describe(m)
		if d.Extras, err = ReadExtras(bytes.NewReader(b), m); err != nil {
			t.Fatal(err)
		}
		checkDescription(t, d)
	})
}

func checkDescription(t *testing.T, d File) {
	t.Helper()
	text, err := json.Marshal(d)
	var back File
	if err != nil || json.Unmarshal(text, &back) != nil || len(back.Tracks) != len(d.Tracks) {
		t.Fatalf("%v: %s", err, text)
	}
	if d.State != Ready && d.Reason == "" || d.MIME == "" && d.Reason == "" || d.Duration < 0 {
		t.Fatalf("%+v", d)
	}
	for _, track := range d.Tracks {
		if track.Playable != (track.Reason == "") || track.Duration < 0 || track.Bitrate < 0 || track.FPS < 0 {
			t.Fatalf("%+v", track)
		}
	}
	for _, r := range d.Text() {
		if r != '\n' && unicode.IsControl(r) {
			t.Fatalf("%q", d.Text())
		}
	}
	if !strings.HasSuffix(d.Text(), "\n") {
		t.Fatalf("%q", d.Text())
	}
}
