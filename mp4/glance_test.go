package mp4_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

// fragmented converts one of the films kept for the comparison with ffmpeg.
func fragmented(t *testing.T, film, flags string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("fragment", "testdata", "ffmpeg51", film))
	if err != nil {
		t.Fatal(err)
	}
	src := bytes.NewReader(b)
	m, err := mp4.Open(src, src.Size())
	if err != nil {
		t.Fatal(err)
	}
	set, err := fragment.ParseMovflags(flags, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := fragment.Convert(&out, src, m, fragment.Options{Movflags: set}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// counted counts reads.
type counted struct {
	*bytes.Reader
	reads int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	return c.Reader.ReadAt(p, off)
}

func TestGlance(t *testing.T) {
	for _, test := range []struct{ film, flags string }{
		{"bframes.mp4", "delay_moov+default_base_moof"},
		{"bframes.mp4", "delay_moov+separate_moof"},
		{"late-sound.mp4", "delay_moov"},
		{"two-sounds.mp4", "empty_moov"},
		{"silent.mp4", "delay_moov+default_base_moof+frag_every_frame"},
		{"sound.m4a", "delay_moov"},
		{"sound.m4a", "delay_moov+frag_every_frame"},
		{"two-sounds.mp4", "delay_moov+frag_every_frame+separate_moof"},
		{"trimmed.mp4", "cmaf"},
		{"bframes.mp4", "dash+global_sidx+skip_trailer"},
		{"two-sounds.mp4", "dash+global_sidx+skip_trailer+delay_moov"},
	} {
		t.Run(test.film+"/"+test.flags, func(t *testing.T) {
			file := fragmented(t, test.film, test.flags)
			whole, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			r := &counted{Reader: bytes.NewReader(file)}
			m, err := mp4.Glance(r, r.Size())
			if err != nil {
				t.Fatal(err)
			}
			if r.reads > 40 {
				t.Errorf("it took %d reads", r.reads)
			}
			if !m.Partial || len(m.Tracks) != len(whole.Tracks) {
				t.Fatalf("partial %t, %d tracks, want %d", m.Partial, len(m.Tracks), len(whole.Tracks))
			}
			for k, got := range m.Tracks {
				if want := whole.Tracks[k]; got.Start() != want.Start() || got.End() != want.End() {
					t.Errorf("track %d: from %d to %d, want from %d to %d", got.ID, got.Start(), got.End(), want.Start(), want.End())
				}
			}
		})
	}
}

// TestGlanceDoubts checks that indexes that are wrong are not believed.
func TestGlanceDoubts(t *testing.T) {
	good := fragmented(t, "bframes.mp4", "delay_moov+default_base_moof")
	listed := fragmented(t, "bframes.mp4", "dash+global_sidx+skip_trailer")
	tfra := bytes.Index(good, []byte("tfra"))
	sidx := bytes.LastIndex(listed, []byte("sidx"))
	// The last entry of the first tfra begins with its time.
	entries := int(binary.BigEndian.Uint32(good[tfra+16:]))
	last := tfra + 20 + (entries-1)*19 + 8
	for name, file := range map[string][]byte{
		"no index":                   fragmented(t, "bframes.mp4", "delay_moov+skip_trailer"),
		"progressive":                fragmented(t, "bframes.mp4", "faststart"),
		"a byte less":                good[:len(good)-1],
		"a byte more":                append(bytes.Clone(good), 0),
		"a last moof that is not":    changed(good, last+7, 1),
		"a last moof before others":  replaced(good, last, good[last-19:last-11]),
		"a track that is not listed": changed(good, tfra+11, 7),
		"no entries":                 replaced(good, tfra+16, []byte{0, 0, 0, 0}),
		"a sidx that lists too much": changed(listed, sidx+39, 1),
		"nothing":                    {},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := mp4.Glance(bytes.NewReader(file), int64(len(file)))
			if name == "a last moof before others" {
				// All that lies between is read then, which is as good.
				if err == nil && m.Tracks[0].End() == 0 {
					t.Error("the track does not end")
				}
				return
			}
			if !errors.Is(err, mp4.ErrNoGlance) {
				t.Errorf("got %v, want ErrNoGlance", err)
			}
		})
	}
}

func changed(b []byte, at int, by byte) []byte {
	b = bytes.Clone(b)
	b[at] += by
	return b
}

func replaced(b []byte, at int, with []byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}
