package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	// directPiece is how much the kernel is told to send at once.
	directPiece = 1 << 20
	// copiedPiece goes through the program, and has to be taken within one
	// timeout. It is what a record of TLS holds.
	copiedPiece = 16 << 10
)

// patient gives up an answer that nobody takes: each piece has its own time,
// the whole may take as long as it likes.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	secure  bool // TLS: nothing goes directly, and a write that failed is the last
}

// Unwrap lets http.ResponseController reach Hijack, Flush and deadlines.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// more gives the next piece its time. Where there are no deadlines, as in some
// tests, it goes on without.
func (p *patient) more() { _ = p.control.SetWriteDeadline(time.Now().Add(p.timeout)) }

func (p *patient) WriteHeader(status int) {
	p.more()
	p.ResponseWriter.WriteHeader(status)
}

func (p *patient) Write(b []byte) (written int, err error) {
	for {
		p.more()
		n, err := p.ResponseWriter.Write(b[written:min(len(b), written+copiedPiece)])
		written += n
		if err != nil || written == len(b) {
			return written, err
		}
	}
}

// ReadFrom hands a file over in pieces, so that the kernel sends it.
func (p *patient) ReadFrom(src io.Reader) (written int64, err error) {
	limited, ok := src.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: src, N: 1<<63 - 1}
	}
	if c, ok := limited.R.(*content); ok && !p.secure {
		n, err := c.sendTo(p, limited.N)
		limited.N -= n
		return n, err
	}
	if _, file := limited.R.(*os.File); !file || p.secure {
		return p.copyFrom(limited)
	}
	// Were the header late, ReadFrom would not tell, and send what follows
	// without it.
	p.more()
	if err := p.control.Flush(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return 0, err
	}
	for limited.N > 0 {
		p.more()
		piece := &io.LimitedReader{R: limited.R, N: min(limited.N, directPiece)}
		asked := piece.N
		n, err := io.Copy(p.ResponseWriter, piece)
		written += n
		limited.N -= n
		slow := n > 0 && errors.Is(err, os.ErrDeadlineExceeded)
		if err != nil && !slow || err == nil && n < asked {
			return written, err
		}
	}
	return written, nil
}

// copyFrom takes each piece in before its time begins: a store may let it wait.
func (p *patient) copyFrom(src *io.LimitedReader) (written int64, err error) {
	buf := make([]byte, min(copiedPiece, src.N))
	for src.N > 0 {
		n, err := src.Read(buf)
		if n > 0 {
			taken, err := p.Write(buf[:n])
			written += int64(taken)
			if err != nil {
				return written, err
			}
		}
		if err == io.EOF {
			return written, nil
		}
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
