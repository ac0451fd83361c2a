package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"vodsrv/mp4/mp4test"
	"vodsrv/server/stream"
)

// nearly is a sample that fills a piece: twice what the kernel holds for a client
// that does not read.
const nearly = stream.MaxPiece - 4<<10

// A film is cut off or replaced while the kernel sends a piece of it to a client
// that has taken only the start of it. What is gone is never made up: the piece
// comes whole, of the film that it was, or the connection ends.
func TestFileChangesDuringOnePiece(t *testing.T) {
	t.Parallel()
	changes := map[string]struct {
		change func(path string) error
		gone   bool // the bytes of the piece are
	}{
		"cut off within it": {func(path string) error { return os.Truncate(path, nearly-1<<10) }, true},
		"emptied":           {func(path string) error { return os.Truncate(path, 0) }, true},
		"replaced":          {func(path string) error { return replace(path, []byte("another")) }, false},
	}
	for name, size := range map[string]uint32{"the last piece of a fragment": nearly, "a piece before it": 4 * nearly} {
		for how, c := range changes {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				s := serveSamples(t, size)
				left := s.client.beginPiece()
				if err := c.change(s.path); err != nil {
					t.Fatal(err)
				}
				if c.gone {
					s.client.awaitCut(left)
				} else {
					s.client.endPiece(left, s.film)
				}
				s.awaitViewers(0, 0)
				s.log.await(t, "end=file_changed")
			})
		}
	}
}

// Other bytes under the same name and of the same length, as cp makes them: what
// the kernel sends of them completes no fragment.
func TestFileIsWrittenAnewDuringTheLastPiece(t *testing.T) {
	t.Parallel()
	s := serveSamples(t, nearly)
	left := s.client.beginPiece()
	if err := os.WriteFile(s.path, bytes.Repeat([]byte{1}, len(s.film)), 0o644); err != nil {
		t.Fatal(err)
	}
	s.client.awaitCut(left)
	s.awaitViewers(0, 0)
	s.log.await(t, "end=file_changed")
}

// pieces is a server with one film and a client of it that takes little at once
// and has the init segment.
type pieces struct {
	*site
	client *socket
	path   string
	film   []byte
}

// serveSamples serves a film of samples of that many bytes, each a fragment.
func serveSamples(t *testing.T, size uint32) pieces {
	t.Helper()
	film := mp4test.File{MoovFirst: true, Tracks: []mp4test.Track{{
		ID: 1, Entries: [][]byte{mp4test.AVC(64, 36)}, Samples: mp4test.Samples(4, size, 2000, 1),
	}}}.Bytes()
	folder := t.TempDir()
	path := filepath.Join(folder, "film.mp4")
	mustWrite(t, path, string(film))
	s := serve(t, Config{Ahead: 100}, folder)
	client := s.openOn(s.dialer(&net.Dialer{Control: smallBuffer}), "/ws/film.mp4")
	client.until("data")
	return pieces{s, client, path, film}
}

func replace(path string, content []byte) error {
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// beginPiece reads no more than the start of the first binary message that is
// long: those before it are small. It returns how many bytes are left of it.
func (c *socket) beginPiece() (left int64) {
	c.t.Helper()
	var r told
	for {
		_, text, err := c.frame()
		if err := errors.Join(err, json.Unmarshal(text, &r)); err != nil || r.Kind != "media" {
			c.t.Fatalf("%s, %v", text, err)
		}
		if r.Bytes > stream.MaxPiece/2 {
			break
		}
		if _, _, err := c.frame(); err != nil {
			c.t.Fatal(err)
		}
	}
	const start = 1 << 10
	if _, err := io.CopyN(io.Discard, c.r, maxHead+start); err != nil {
		c.t.Fatal(err)
	}
	return int64(r.Bytes) - start
}

// awaitCut reads until the connection ends, which must be before the message
// does.
func (c *socket) awaitCut(left int64) {
	c.t.Helper()
	n, err := io.Copy(io.Discard, c.r)
	if n >= left || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Errorf("%d of %d bytes followed, %v", n, left, err)
	}
}

// endPiece reads the rest of it, which must be of the film, and that no
// fragment is completed behind it.
func (c *socket) endPiece(left int64, film []byte) {
	c.t.Helper()
	rest := make([]byte, left)
	if _, err := io.ReadFull(c.r, rest); err != nil || !bytes.Contains(film, rest) {
		c.t.Fatalf("the rest of the piece is not of the film, %v", err)
	}
	r := c.must()
	for ; r.Type == "data"; r = c.must() {
		if r.Last {
			c.t.Fatalf("fragment %d is completed", r.Seq)
		}
	}
	if r.Code != "file_changed" || !r.Fatal {
		c.t.Fatalf("%+v", r.told)
	}
	c.untilClose()
	c.send(0x88, []byte{0x03, 0xf4})
}
