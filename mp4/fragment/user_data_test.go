package fragment_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

// filmAbout is a film with user data at its end.
func filmAbout(udta []byte) []byte {
	return mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.AVC(320, 180)}, Samples: mp4test.Samples(20, 400, 100, 10)}}, Extra: udta}.Bytes()
}

// A picture of some megabytes is nothing unusual.
func TestLargeUserData(t *testing.T) {
	picture := mp4test.Payload(1, 1, 3<<20)
	want := mp4test.Box("udta", mp4test.Box("covr", picture))
	for name, udta := range map[string][]byte{
		"plain":             want,
		"of 64 bits":        mp4test.Large("udta", mp4test.Box("covr", picture)),
		"claims to be more": mp4test.Lie(want, uint32(len(want)+400)),
	} {
		for form, o := range map[string]fragment.Options{
			"moov first": {Movflags: fragment.FragKeyframe | fragment.EmptyMoov},
			"fragments":  {Movflags: fragment.DefaultMovflags},
			"hybrid":     {Movflags: fragment.FragKeyframe | fragment.HybridFragmented},
			"whole":      {Defragment: true},
		} {
			o.Warn = func(s string) { t.Errorf("%s, %s: %s", name, form, s) }
			out := converted(t, filmAbout(udta), o)
			if !bytes.Contains(out, want) {
				t.Errorf("%s, %s: the user data is not there", name, form)
			}
			if m, err := mp4.Open(bytes.NewReader(out), int64(len(out))); err != nil || m.Tracks[0].Index.Len() != 20 {
				t.Errorf("%s, %s: %v", name, form, err)
			}
		}
	}
}

// sparse is a file with nothing but zeros behind some bytes.
type sparse struct{ head []byte }

func (s sparse) ReadAt(p []byte, offset int64) (int, error) {
	clear(p)
	if offset < int64(len(s.head)) {
		copy(p, s.head[offset:])
	}
	return len(p), nil
}

func TestTooMuchUserData(t *testing.T) {
	const more = 65 << 20
	film := filmAbout(mp4test.Box("udta"))
	at := mp4test.Find(film, "moov")[0]
	film = mp4test.PutU32(film, at, uint32(len(film)-at+more))
	film = mp4test.PutU32(film, len(film)-8, 8+more)
	src := sparse{film}
	m, err := mp4.Open(src, int64(len(film)+more))
	if err != nil {
		t.Fatal(err)
	}
	var out mp4test.Memory
	var warnings []string
	o := fragment.Options{Movflags: fragment.DefaultMovflags, Warn: func(s string) { warnings = append(warnings, s) }}
	if err := fragment.Convert(&out, src, m, o); err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "moov/udta") || bytes.Contains(out.Bytes(), []byte("udta")) {
		t.Errorf("it warns of %q", warnings)
	}
	// Nobody has to listen.
	if o.Warn = nil; fragment.Convert(io.Discard, src, m, o) != nil {
		t.Error("without one to warn it fails")
	}
}
