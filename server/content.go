package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sort"
	"time"

	"vodsrv/mp4/fragment"
	"vodsrv/server/library"
)

// layout is a file that is never built: pieces one behind the other, whose
// sizes are known. Each is looked up when its bytes are wanted.
type layout struct {
	starts []int64 // of each piece, in bytes, and last the size of all
	piece  func(k int) ([]fragment.Part, error)
}

// single is a layout of one piece.
func single(parts []fragment.Part, size int64) layout {
	return layout{[]int64{0, size}, func(int) ([]fragment.Part, error) { return parts, nil }}
}

func (l layout) size() int64 { return l.starts[len(l.starts)-1] }

// holding is the number of the piece that holds a byte before the end.
func (l layout) holding(at int64) int {
	return sort.Search(len(l.starts), func(k int) bool { return l.starts[k] > at }) - 1
}

// heldBack is how many bytes at the end of a piece go through the program, so
// that the file can be looked at again when they have been read.
const heldBack = 4 << 10

// content is a layout over a film, for one answer. It hands out no byte of the
// film unless the film is what it was after it was read, or else has the answer
// cut short: nobody gets whole what is mixed of two files.
type content struct {
	layout
	film  *library.Film
	file  *os.File // of its own, for the kernel to send from; nil if there is none
	at    int64
	k     int // number of the piece in parts
	parts []fragment.Part
	err   error // why the answer ends early
}

// Seek moves to where net/http wants to read.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.size()
	}
	if offset < 0 {
		return 0, errors.New("seeking before the start")
	}
	c.at = offset
	return offset, nil
}

// part is the part at the place that was reached, from there on.
func (c *content) part() (fragment.Part, error) {
	if c.at >= c.size() {
		return fragment.Part{}, io.EOF
	}
	if k := c.holding(c.at); c.parts == nil || k != c.k {
		parts, err := c.piece(k)
		if err != nil {
			return fragment.Part{}, err
		}
		c.k, c.parts = k, parts
	}
	within := c.at - c.starts[c.k]
	for _, p := range c.parts {
		if within >= p.Size {
			within -= p.Size
			continue
		}
		if p.Data != nil {
			p.Data = p.Data[within:]
		} else {
			p.Offset += within
		}
		p.Size -= within
		return p, nil
	}
	return fragment.Part{}, errors.New("internal: a piece is shorter than it was to be")
}

// Read reads what comes next.
func (c *content) Read(p []byte) (n int, err error) {
	defer func() { c.note(err) }()
	part, err := c.part()
	if err != nil {
		return 0, err
	}
	if part.Data != nil {
		n = copy(p, part.Data)
	} else {
		p = p[:min(int64(len(p)), part.Size)]
		if n, err = c.film.ReadAt(p, part.Offset); n < len(p) {
			return 0, errors.Join(library.ErrChanged, err)
		}
		if err := c.film.Unchanged(); err != nil {
			return 0, err
		}
	}
	c.at += int64(n)
	return n, nil
}

func (c *content) note(err error) {
	if c.err == nil && err != io.EOF {
		c.err = err
	}
}

// sendTo has the kernel send ranges of the film; w takes files the direct way.
func (c *content) sendTo(w io.Writer, size int64) (sent int64, err error) {
	buf := make([]byte, copiedPiece)
	for sent < size && err == nil {
		var n int64
		var part fragment.Part
		if part, err = c.part(); err != nil {
			c.note(err)
			break
		}
		end := min(part.Size, size-sent)
		direct := end
		if end == size-sent || c.at+end == c.starts[c.k+1] {
			direct -= heldBack
		}
		if part.Data == nil && c.file != nil && direct >= copiedPiece {
			n, err = c.sendFile(w, part.Offset, direct)
		} else {
			n, err = c.copyTo(w, buf[:min(end, copiedPiece)])
		}
		sent += n
	}
	return sent, err
}

func (c *content) sendFile(w io.Writer, offset, size int64) (int64, error) {
	if _, err := c.file.Seek(offset, io.SeekStart); err != nil {
		c.note(err)
		return 0, err
	}
	n, err := io.CopyN(w, c.file, size)
	c.at += n
	if err == io.EOF {
		err = library.ErrChanged
		c.note(err)
	}
	return n, err
}

func (c *content) copyTo(w io.Writer, buf []byte) (int64, error) {
	n, err := c.Read(buf)
	if err != nil {
		return 0, err
	}
	n, err = w.Write(buf[:n])
	return int64(n), err
}

// serveContent answers with a layout over a film: all of it, or ranges. The
// ETag is without quotes.
func serveContent(w http.ResponseWriter, r *http.Request, film *library.Film, etag string, l layout) error {
	c := &content{layout: l, film: film}
	if r.Method != http.MethodHead {
		if file, err := film.Reopen(); err == nil {
			c.file = file
			defer func() { _ = file.Close() }()
		}
	}
	w.Header().Set("ETag", `"`+etag+`"`)
	// Should a browser take it for a page after all, it can do nothing.
	w.Header().Set("Content-Security-Policy", "sandbox")
	http.ServeContent(w, r, "", time.Time{}, c)
	if c.err != nil {
		if public(c.err) == errInside {
			note(r, c.err)
		}
		panic(http.ErrAbortHandler) // net/http passes over errors
	}
	return nil
}
