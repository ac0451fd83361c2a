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

// A film is cut off or replaced while the kernel sends a piece of it to a client
// that has taken only the start of it. What is gone is never made up: the piece
// comes whole, of the film that it was, or the connection ends.
func TestFileChangesDuringOnePiece(t *testing.T) {
	t.Parallel()
	// Twice what the kernel holds for a client that does not read.
	const nearly = stream.MaxPiece - 4<<10
	changes := map[string]struct {
		change func(path string) error
		gone   bool // the bytes of the piece are
	}{
		"cut off within it": {func(path string) error { return os.Truncate(path, nearly-1<<10) }, true},
		"emptied":           {func(path string) error { return os.Truncate(path, 0) }, true},
		"replaced":          {func(path string) error { return replace(path, []byte("another")) }, false},
	}
	for name, size := range map[string]uint32{"the last piece of a fragment": nearly, "a piece before it": 4 * nearly} {
		film := mp4test.File{MoovFirst: true, Tracks: []mp4test.Track{{
			ID: 1, Entries: [][]byte{mp4test.AVC(64, 36)}, Samples: mp4test.Samples(4, size, 2000, 1),
		}}}.Bytes()
		for how, c := range changes {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				path := filepath.Join(folder, "film.mp4")
				mustWrite(t, path, string(film))
				s := serve(t, Config{Ahead: 100}, folder)
				client := s.openOn(s.dialer(&net.Dialer{Control: smallBuffer}), "/ws/film.mp4")
				client.until("data") // the init segment
				left := client.beginPiece()
				if err := c.change(path); err != nil {
					t.Fatal(err)
				}
				if c.gone {
					n, err := io.Copy(io.Discard, client.r)
					if n >= left || err != nil && !errors.Is(err, syscall.ECONNRESET) {
						t.Errorf("%d of %d bytes followed, %v", n, left, err)
					}
				} else {
					client.endPiece(left, film)
				}
				s.awaitViewers(0, 0)
				s.log.await(t, "end=file_changed")
			})
		}
	}
}

func replace(path string, content []byte) error {
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// beginPiece reads no more than the start of a long binary message. It returns
// how many bytes are left of it.
func (c *socket) beginPiece() (left int64) {
	c.t.Helper()
	_, text, err := c.frame()
	var r told
	if err := errors.Join(err, json.Unmarshal(text, &r)); err != nil || r.Kind != "media" {
		c.t.Fatalf("%s, %v", text, err)
	}
	const start = 1 << 10
	if _, err := io.CopyN(io.Discard, c.r, maxHead+start); err != nil {
		c.t.Fatal(err)
	}
	return int64(r.Bytes) - start
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
