package fragment

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// pipeSize is how much is gathered before it is written: the most that a
	// user may have. A quarter of it was measured to be 15 % slower.
	pipeSize = 1 << 20
	// writeback is how much is written before the kernel is told to bring it to
	// the disk, so that there is little left to wait for at the end.
	writeback = 64 << 20
	// spliceMin is the shortest range that is spliced. A shorter one costs less
	// to read, since many of them are then written at once.
	spliceMin = 4 << 10
)

// splicer writes to a file what it is given, and ranges of another file that
// never pass through the program's memory: the kernel gathers references to
// their pages in a pipe and copies each page once, into the page cache of the
// file written. It is for one goroutine.
type splicer struct {
	ctx      context.Context
	src, out *os.File
	from, to int    // the pipe's ends
	held     int    // bytes in the pipe
	written  int64  // bytes in the file
	flushed  int64  // bytes that are on their way to the disk
	buf      []byte // what follows them
	// Not every file system can splice; bytes then go through buf.
	readSource, writeOut bool
}

func newSplicer(ctx context.Context, src, out *os.File) (fileWriter, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("pipe2", err)
	}
	// A shorter pipe, where a user has many, works as well.
	_, _ = unix.FcntlInt(uintptr(ends[1]), unix.F_SETPIPE_SZ, pipeSize)
	return &splicer{ctx: ctx, src: src, out: out, from: ends[0], to: ends[1], buf: make([]byte, 0, writeSize)}, nil
}

// Close lets go of the pipe, with what was not flushed.
func (s *splicer) Close() error {
	return errors.Join(unix.Close(s.from), unix.Close(s.to))
}

// Write writes bytes behind what was written and copied before.
func (s *splicer) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		room, err := s.room(len(rest))
		if err != nil {
			return len(b) - len(rest), err
		}
		n := copy(room, rest)
		s.buf, rest = s.buf[:len(s.buf)+n], rest[n:]
	}
	return len(b), nil
}

// copyRange writes n bytes of the source from off on.
func (s *splicer) copyRange(off, n int64) error {
	if n < spliceMin || s.readSource {
		return s.copyThrough(off, n)
	}
	if err := s.pass(); err != nil {
		return err
	}
	for end := off + n; off < end; {
		moved, err := unix.Splice(int(s.src.Fd()), &off, s.to, nil, int(min(end-off, 1<<30)), unix.SPLICE_F_NONBLOCK)
		if cannot(err) {
			s.readSource = true
			return s.copyThrough(off, end-off)
		}
		if moved == 0 && err == nil {
			return io.ErrUnexpectedEOF
		}
		if err := s.passed(int(moved), err); err != nil {
			return &os.PathError{Op: "splice", Path: s.src.Name(), Err: err}
		}
	}
	return nil
}

// copyThrough writes a range of the source by way of memory.
func (s *splicer) copyThrough(off, n int64) error {
	for n > 0 {
		room, err := s.room(int(min(n, writeSize)))
		if err != nil {
			return err
		}
		if _, err := readFull(s.src, room, off); err != nil {
			return err
		}
		s.buf = s.buf[:len(s.buf)+len(room)]
		off, n = off+int64(len(room)), n-int64(len(room))
	}
	return nil
}

// room is where the next n bytes, or the first of them, go in the buffer.
func (s *splicer) room(n int) ([]byte, error) {
	if len(s.buf) == cap(s.buf) {
		if err := s.pass(); err != nil {
			return nil, err
		}
	}
	at := len(s.buf)
	return s.buf[at:min(at+n, cap(s.buf))], nil
}

// pass puts what the buffer holds into the pipe.
func (s *splicer) pass() error {
	for b := s.buf; len(b) > 0; {
		n, err := unix.Write(s.to, b)
		if err := s.passed(n, err); err != nil {
			return os.NewSyscallError("write to a pipe", err)
		}
		b = b[max(n, 0):]
	}
	s.buf = s.buf[:0]
	return nil
}

// WriteAt changes bytes of the file that were written or gathered.
func (s *splicer) WriteAt(b []byte, at int64) (int, error) {
	if err := s.Flush(); err != nil {
		return 0, err
	}
	return s.out.WriteAt(b, at)
}

// passed counts what went into the pipe, and empties it if it is full.
func (s *splicer) passed(n int, err error) error {
	if n > 0 {
		s.held += n
	}
	switch {
	case err == nil || errors.Is(err, unix.EINTR):
		return nil
	case errors.Is(err, unix.EAGAIN) && s.held > 0:
		return s.empty()
	}
	return err
}

// Flush writes to the file all that was given.
func (s *splicer) Flush() error {
	if err := s.pass(); err != nil {
		return err
	}
	return s.empty()
}

// empty writes to the file what the pipe holds.
func (s *splicer) empty() error {
	if s.ctx.Err() != nil {
		return errStopped
	}
	for s.held > 0 {
		n, err := s.drain()
		switch {
		case errors.Is(err, unix.EINTR):
		case cannot(err) && !s.writeOut:
			s.writeOut = true
		case err != nil:
			return &os.PathError{Op: "write", Path: s.out.Name(), Err: err}
		}
		s.held -= max(n, 0)
		s.written += int64(max(n, 0))
	}
	if n := s.written - s.flushed; n >= writeback {
		// The sync at the end tells of trouble.
		_ = unix.SyncFileRange(int(s.out.Fd()), s.flushed, n, unix.SYNC_FILE_RANGE_WRITE)
		s.flushed = s.written
	}
	return nil
}

// cannot tells whether files are not spliced here: by their file system, or by
// a guard around the program.
func cannot(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) || errors.Is(err, errors.ErrUnsupported)
}

// drain writes some of what the pipe holds.
func (s *splicer) drain() (int, error) {
	if !s.writeOut {
		n, err := unix.Splice(s.from, nil, int(s.out.Fd()), nil, s.held, 0)
		return int(n), err
	}
	b := make([]byte, pipeSize)
	n, err := unix.Read(s.from, b)
	if err != nil {
		return 0, err
	}
	_, err = s.out.Write(b[:n])
	return n, err
}
