package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
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

// maxRanges is how many ranges of a film are sent at once. Who asks for more gets
// all of it: each may take as much work as a segment does.
const maxRanges = 16

// content is a layout over a film, for one answer. It hands out no byte of the
// film unless the film is what it was after it was read, or else has the answer
// cut short: nobody gets whole what is mixed of two files.
type content struct {
	layout
	mu   sync.Mutex    // held by who reads: of several ranges net/http reads in a goroutine, which may outlive the answer
	over bool          // the answer has ended
	film *library.Film // nil where all is in memory
	file *os.File      // of its own, for the kernel to send from; nil if there is none
	at   int64
	k    int             // number of the piece that was looked up last
	sent bool            // the kernel sent of the film since that was looked at
	rest []fragment.Part // of that piece, those not passed yet; nil if none was looked up
	next int64           // where the first of them begins
	err  error           // why the answer ends early
}

// Seek moves to where net/http wants to read.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	if c.rest == nil || c.at < c.next || c.at >= c.starts[c.k+1] {
		k := c.holding(c.at)
		parts, err := c.piece(k)
		if err != nil {
			return fragment.Part{}, err
		}
		c.k, c.rest, c.next = k, parts, c.starts[k]
	}
	for len(c.rest) > 0 && c.at >= c.next+c.rest[0].Size {
		c.next += c.rest[0].Size
		c.rest = c.rest[1:]
	}
	if len(c.rest) == 0 {
		return fragment.Part{}, errors.New("internal: a piece is shorter than it was to be")
	}
	p, within := c.rest[0], c.at-c.next
	if p.Data != nil {
		p.Data = p.Data[within:]
	} else {
		p.Offset += within
	}
	p.Size -= within
	return p, nil
}

// Read reads what comes next, of as many parts as it takes: looking at the film
// costs more than a short part.
func (c *content) Read(p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return 0, errSent
	}
	from, read := c.at, c.sent
	for n < len(p) && err == nil {
		var part fragment.Part
		if part, err = c.part(); err != nil {
			break
		}
		piece := p[n:min(int64(len(p)), int64(n)+part.Size)]
		if part.Data != nil {
			copy(piece, part.Data)
		} else {
			read = true
			var got int
			if got, err = c.film.ReadAt(piece, part.Offset); got == len(piece) {
				err = nil
			} else {
				err = errors.Join(library.ErrChanged, err)
				break
			}
		}
		n += len(piece)
		c.at += int64(len(piece))
	}
	if read && (err == nil || err == io.EOF) {
		if changed := c.film.Unchanged(); changed != nil {
			err = changed
		}
		c.sent = false
	}
	if err != nil && err != io.EOF {
		c.note(err)
		c.at = from
		return 0, err
	}
	if n > 0 {
		err = nil
	}
	return n, err
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
			n, err = c.copyTo(w, buf[:min(size-sent, copiedPiece)])
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
	c.sent = true
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

// end waits until nobody reads any more, and tells why the answer ended early.
func (c *content) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return c.err
}

// serveContent answers with a layout over a film, nil where all is in memory:
// all of it, or ranges. The ETag is without quotes.
func serveContent(w http.ResponseWriter, r *http.Request, film *library.Film, etag string, l layout) error {
	c := &content{layout: l, film: film}
	if film != nil && r.Method != http.MethodHead {
		if file, err := film.Reopen(); err == nil {
			c.file = file
			defer func() { _ = file.Close() }()
		}
	}
	w.Header().Set("ETag", `"`+etag+`"`)
	// Should a browser take it for a page after all, it can do nothing.
	w.Header().Set("Content-Security-Policy", "sandbox")
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		r = r.Clone(r.Context())
		r.Header.Del("Range") // RFC 9110, section 14.2
	}
	http.ServeContent(w, r, "", time.Time{}, c)
	if err := c.end(); err != nil {
		if public(err) == errInside {
			note(r, err)
		}
		panic(http.ErrAbortHandler) // net/http passes over errors
	}
	return nil
}
