package box

import (
	"encoding/binary"
	"errors"
	"io"
)

const (
	// readAhead is how many bytes a small read brings in at once, so that the
	// boxes of a moov cost few system calls.
	readAhead = 16 << 10
	// MaxRead is the most that is read into memory in one piece.
	MaxRead = 1 << 20
)

// Source reads pieces of a file at any offset through one window in memory.
// It is for one goroutine; several Sources may share one io.ReaderAt.
type Source struct {
	r     io.ReaderAt
	size  int64
	win   []byte
	off   int64
	ahead int
}

// NewSource reads from r, which holds size bytes.
func NewSource(r io.ReaderAt, size int64) *Source {
	return &Source{r: r, size: size, ahead: readAhead}
}

// Another reads the same bytes, for another goroutine.
func (s *Source) Another() *Source { return NewSource(s.r, s.size) }

// SetAhead sets how many bytes a read brings in at least, as far as there are
// so many: more where boxes lie close together, fewer where a few bytes are
// wanted here and there.
func (s *Source) SetAhead(n int) { s.ahead = min(max(n, MaxHeadSize), MaxRead) }

// Size is the number of bytes of the file.
func (s *Source) Size() int64 { return s.size }

// plain parses a header of 8 bytes that is in memory: most are such, and most
// of what a fragment costs is headers.
func (s *Source) plain(at int64, h *Header) bool {
	if at < s.off || at+8 > s.off+int64(len(s.win)) {
		return false
	}
	b := s.win[at-s.off:]
	size := binary.BigEndian.Uint32(b)
	h.Type, h.Offset, h.Size, h.HeadSize, h.ToEnd = Type(b[4:8]), at, int64(size), 8, false
	h.UserType = [16]byte{}
	return size >= 8 && h.Type != typeUUID
}

// Bytes returns n bytes from offset on, n at most MaxRead. They are good until
// the next call. Bytes past the end of the file are io.ErrUnexpectedEOF.
func (s *Source) Bytes(offset int64, n int) ([]byte, error) {
	if n > MaxRead {
		panic("internal: too large a piece to read at once")
	}
	if offset < 0 || offset > s.size || int64(n) > s.size-offset {
		return nil, io.ErrUnexpectedEOF
	}
	if offset >= s.off && offset+int64(n) <= s.off+int64(len(s.win)) {
		at := int(offset - s.off)
		return s.win[at : at+n : at+n], nil
	}
	want := int(min(int64(max(n, s.ahead)), s.size-offset))
	if cap(s.win) < want {
		s.win = make([]byte, want)
	}
	s.win, s.off = s.win[:want], offset
	got, err := s.r.ReadAt(s.win, offset)
	s.win = s.win[:got]
	if got >= n {
		return s.win[:n:n], nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}

// Header reads the header of the box at offset, whose container ends at limit.
func (s *Source) Header(offset, limit int64) (Header, error) {
	limit = min(limit, s.size)
	b, err := s.Bytes(offset, int(max(0, min(MaxHeadSize, limit-offset))))
	if err != nil {
		return Header{Offset: offset}, err
	}
	return ParseHeader(b, offset, limit)
}

// Body returns the payload of a box. One that is cut off or longer than limit
// bytes is an error.
func (s *Source) Body(path string, h Header, limit int) ([]byte, error) {
	n := h.BodySize()
	if n > int64(limit) || n > MaxRead {
		return nil, &UnsupportedError{path, h.Offset, "is unusually long: " + bytesText(n)}
	}
	b, err := s.Bytes(h.Body(), int(n))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, Errorf(path, h.Offset, "should go on to byte %d, but the file ends at byte %d", h.End(), s.size)
	}
	return b, err
}

// Children calls visit with the header of each box between two offsets, until
// visit returns an error. A child that does not fit is a FormatError; a
// remainder too short for a header is passed over, as all readers do (some
// writers end QuickTime containers with four zero bytes).
func (s *Source) Children(path string, from, to int64, visit func(Header) error) error {
	h := Header{Offset: from}
	for {
		more, err := s.Next(path, to, &h)
		if err != nil || !more {
			return err
		}
		if err := visit(h); err != nil {
			return err
		}
	}
}

// ChildrenClipped is Children for containers of which writers get the size of the
// last child wrong: where it is none that must be whole, it ends with its
// container.
func (s *Source) ChildrenClipped(path string, from, to int64, whole func(Type) bool, visit func(Header) error) error {
	h := Header{Offset: from}
	for {
		more, err := s.Next(path, to, &h)
		if h.End() > to && h.Body() <= to && !whole(h.Type) {
			h.Size, more, err = to-h.Offset, true, nil
		}
		if err != nil || !more {
			return err
		}
		if err := visit(h); err != nil {
			return err
		}
	}
}

// Next reads the header of the box behind h, in the container of that path that
// ends at an offset; that of the first one if h has nothing but the offset. It
// is false where no box follows. Errors are those of Children, which is simpler
// where the cost of a call for each box is no matter.
func (s *Source) Next(path string, to int64, h *Header) (bool, error) {
	at := h.End()
	if to-at < 8 {
		return false, nil
	}
	if s.plain(at, h) && h.End() <= to {
		return true, nil
	}
	var err error
	if *h, err = s.Header(at, to); err != nil {
		return false, within(path, err)
	}
	if h.End() > to {
		return false, Errorf(join(path, h.Type.String()), at, "says it ends at byte %d, past its container's end at byte %d", h.End(), to)
	}
	return true, nil
}
