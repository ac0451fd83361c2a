package server

import (
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/net/websocket"

	"vodsrv/mp4/fragment"
	"vodsrv/server/stream"
)

// source is where the ranges of a segment lie.
type source interface {
	io.ReaderAt
	// File is what the kernel can send from; nil if the source is no file.
	File() *os.File
	// Unwritten fails if the file was written to since it was indexed.
	Unwritten() error
}

// announce appends all of a binary message but its payload: the text message
// that goes before it, and the header of its frame.
func announce(b, text []byte, size int64) []byte {
	b = appendHead(b, websocket.TextFrame, int64(len(text)))
	b = append(b, text...)
	return appendHead(b, websocket.BinaryFrame, size)
}

// message writes a binary message right behind the text that announces it.
// check is called as late as it can be before the message goes out; if it or
// the source fails before that, the error is a *sourceError, and nothing went
// out. A fragment whose file is written to while the kernel sends the last of it
// is not completed.
func (c *wsConn) message(step stream.Step, src source, check func() error) error {
	if file := src.File(); c.direct && file != nil {
		if err := check(); err != nil {
			return &sourceError{err}
		}
		return c.sendMessage(step, src, file)
	}
	m := newMessage(step)
	defer m.free()
	if err := m.read(src, step.Parts); err != nil {
		return &sourceError{err}
	}
	if err := check(); err != nil {
		return &sourceError{err}
	}
	_, err := c.Write(*m.buf)
	return err
}

// sourceError is trouble with a film that the viewer can still be told of.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }

func (e *sourceError) Unwrap() error { return e.err }

// message is an announcement and its binary message, ready to be written: the
// whole of it is read before the first byte goes out, so that trouble with the
// source never leaves a broken frame.
type message struct{ buf *[]byte }

// textRoom is room for an announcement.
const textRoom = 1 << 10

var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, stream.MaxPiece+2*maxHead+textRoom)
	return &b
}}

// newMessage begins a message: all but the payload.
func newMessage(step stream.Step) *message {
	m := &message{buffers.Get().(*[]byte)}
	*m.buf = announce((*m.buf)[:0], step.Text, step.Size)
	return m
}

// read appends the payload. A source that ends too early is
// io.ErrUnexpectedEOF.
func (m *message) read(src io.ReaderAt, parts []fragment.Part) error {
	b := *m.buf
	for _, p := range parts {
		if p.Data != nil {
			b = append(b, p.Data...)
			continue
		}
		at := len(b)
		b = append(b, make([]byte, p.Size)...)
		if err := readAll(src, b[at:], p.Offset); err != nil {
			return err
		}
	}
	*m.buf = b
	return nil
}

func (m *message) free() { buffers.Put(m.buf) }

// readAll fills p.
func readAll(src io.ReaderAt, p []byte, offset int64) error {
	n, err := src.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
