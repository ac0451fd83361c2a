package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vodsrv/server/stream"
)

// sendfileMin is the shortest range that the kernel is asked to send. A shorter
// one costs less to read, since many of them then go out at once.
const sendfileMin = 4 << 10

// gatheredLast is how many bytes at the end of a fragment go through the
// program.
const gatheredLast = 1 << 10

// direct tells whether the kernel can send files over a connection: plain TCP
// only.
func direct(conn net.Conn) bool {
	_, ok := conn.(*net.TCPConn)
	return ok
}

// sender writes one message: what is made here is gathered and goes out
// together with the start of the file's bytes that follow it.
type sender struct {
	conn *wsConn
	raw  syscall.RawConn
	buf  []byte
}

// senderBuffer holds a moof of common size and what announces it.
const senderBuffer = 8 << 10

var senderBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, senderBuffer)
	return &b
}}

// sendMessage has the kernel send the ranges of a message from the file, from
// the page cache to the socket.
func (c *wsConn) sendMessage(step stream.Step, src source, file *os.File) error {
	raw, err := c.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	buf := senderBuffers.Get().(*[]byte)
	defer senderBuffers.Put(buf)
	s := sender{conn: c, raw: raw, buf: announce((*buf)[:0], step.Text, step.Size)}
	for i, p := range step.Parts {
		switch {
		case p.Data != nil:
			err = s.write(p.Data)
		case step.Final && i == len(step.Parts)-1:
			err = s.copyLast(file, p.Offset, p.Size)
		default:
			err = s.copyRange(file, p.Offset, p.Size)
		}
		if err != nil {
			return err
		}
	}
	if step.Final {
		if err := src.Unwritten(); err != nil {
			return err
		}
	}
	if err := s.flush(0); err != nil {
		return err
	}
	if limit, changed := c.unsent.sent(step.Size, time.Now()); changed {
		return raw.Control(func(fd uintptr) { limitUnsent(fd, limit) })
	}
	return nil
}

// write sends bytes, by and by.
func (s *sender) write(b []byte) error {
	for len(b) > 0 {
		room, err := s.room(len(b))
		if err != nil {
			return err
		}
		n := copy(room, b)
		s.buf, b = s.buf[:len(s.buf)+n], b[n:]
	}
	return nil
}

// copyRange sends bytes of the file.
func (s *sender) copyRange(file *os.File, offset, size int64) error {
	if size >= sendfileMin {
		err := s.sendfile(file, &offset, &size)
		if !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	for size > 0 {
		room, err := s.room(int(min(size, senderBuffer)))
		if err != nil {
			return err
		}
		if err := readAll(file, room, offset); err != nil {
			return err
		}
		s.buf = s.buf[:len(s.buf)+len(room)]
		offset, size = offset+int64(len(room)), size-int64(len(room))
	}
	return nil
}

// copyLast sends bytes of the file but for the last few, which it gathers: they
// complete a fragment, and wait until the file was looked at again.
func (s *sender) copyLast(file *os.File, offset, size int64) error {
	direct := max(size-gatheredLast, 0)
	if err := s.copyRange(file, offset, direct); err != nil {
		return err
	}
	return s.copyRange(file, offset+direct, size-direct)
}

// room is where the next n bytes, or the first of them, go in the buffer.
func (s *sender) room(n int) ([]byte, error) {
	if len(s.buf) == cap(s.buf) {
		if err := s.flush(unix.MSG_MORE); err != nil {
			return nil, err
		}
	}
	at := len(s.buf)
	return s.buf[at:min(at+n, cap(s.buf))], nil
}

// flush sends what was gathered.
func (s *sender) flush(flags int) error {
	rest := s.buf
	s.buf = s.buf[:0]
	return s.transfer(int64(len(rest)), func(fd int) (int, error) {
		n, err := unix.SendmsgN(fd, rest, nil, nil, flags|unix.MSG_NOSIGNAL)
		rest = rest[max(n, 0):]
		return n, err
	})
}

// sendfile sends what was gathered and a range of the file behind it, and
// moves offset and size on as it does.
func (s *sender) sendfile(file *os.File, offset, size *int64) error {
	if err := s.flush(unix.MSG_MORE); err != nil {
		return err
	}
	return s.transfer(*size, func(fd int) (int, error) {
		n, err := unix.Sendfile(fd, int(file.Fd()), offset, int(*size))
		switch {
		case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EPERM):
			err = errors.ErrUnsupported // by the file system, or a guard around the program
		case n == 0 && err == nil:
			err = io.ErrUnexpectedEOF
		}
		*size -= int64(max(n, 0))
		return n, err
	})
}

// transfer calls once until it has sent size bytes, as long as the other side
// takes something.
func (s *sender) transfer(size int64, once func(fd int) (int, error)) error {
	for size > 0 {
		if err := s.conn.setDeadline(); err != nil {
			return err
		}
		var n int
		var err error
		waited := s.raw.Write(func(fd uintptr) bool {
			n, err = once(int(fd))
			return !errors.Is(err, unix.EAGAIN)
		})
		switch {
		case errors.Is(waited, os.ErrDeadlineExceeded):
			if s.conn.hurried() {
				return errGone
			}
			return errSlow
		case waited != nil:
			return waited
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("sending: %w", err)
		}
		size -= int64(max(n, 0))
	}
	return nil
}
