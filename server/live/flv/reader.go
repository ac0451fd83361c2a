package flv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	headerSize    = 9
	tagHeaderSize = 11
	pointerSize   = 4
	// maxHeader is the most that a header may claim to be long, in bytes.
	maxHeader = 64 << 10
	// step is how much room is made at once for a tag, whose size is but a claim.
	step = 64 << 10
)

// Types of tags (annex E.4.1).
const (
	tagAudio    = 8
	tagVideo    = 9
	tagScript   = 18
	tagFiltered = 0x20 // encrypted
	tagReserved = 0xc0
)

// Error is what is wrong with a stream, and where.
type Error struct {
	Offset int64 // in the stream, in bytes
	Reason string
	Err    error // of reading; nil if the bytes are what is wrong
}

// Error is the message.
func (e *Error) Error() string { return fmt.Sprintf("FLV at byte %d %s", e.Offset, e.Reason) }

// Unwrap is the error of reading.
func (e *Error) Unwrap() error { return e.Err }

// Reader reads one stream. It holds one tag at a time, for which it takes no
// more than twice the memory that has come.
type Reader struct {
	r       io.Reader
	offset  int64 // of what is read next
	started bool
	last    uint32 // timestamp as it stands in the tag
	time    int64  // the same, going on beyond 32 bits
	video   track
	audio   track
}

// NewReader reads from r, in small pieces.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next reads on to the next packet. It passes over tags that carry none, such
// as those of other tracks than the first. At the end of the stream behind a
// whole tag the error is io.EOF; else it is an *Error.
func (r *Reader) Next() (Packet, error) {
	if !r.started {
		if err := r.header(); err != nil {
			return Packet{}, err
		}
		r.started = true
	}
	for {
		p, ok, err := r.tag()
		if ok || err != nil {
			return p, err
		}
	}
}

// header reads the file header and the first back-pointer (annex E.2).
func (r *Reader) header() error {
	var b [headerSize]byte
	if err := r.fill(b[:]); err != nil {
		return err
	}
	if string(b[:3]) != "FLV" {
		return &Error{Reason: fmt.Sprintf("is no FLV: it begins with %q", b[:3])}
	}
	if b[3] != 1 {
		return &Error{Offset: 3, Reason: fmt.Sprintf("has version %d, where there is only 1", b[3])}
	}
	size := binary.BigEndian.Uint32(b[5:])
	if size < headerSize || size > maxHeader {
		return &Error{Offset: 5, Reason: fmt.Sprintf("says that its header has %d bytes", size)}
	}
	_, err := r.take(int(size) - headerSize + pointerSize)
	return err
}

// tag reads one tag and the back-pointer behind it (annex E.3, E.4.1).
func (r *Reader) tag() (p Packet, ok bool, err error) {
	at := r.offset
	var h [tagHeaderSize]byte
	if err := r.fill(h[:]); err != nil {
		var e *Error
		if errors.As(err, &e) && e.Err == io.ErrUnexpectedEOF && r.offset == at {
			err = io.EOF
		}
		return p, false, err
	}
	kind, size := h[0], int(h[1])<<16|int(h[2])<<8|int(h[3])
	if err := plausible(h, at); err != nil {
		return p, false, err
	}
	r.unwrap(uint32(h[7])<<24 | uint32(h[4])<<16 | uint32(h[5])<<8 | uint32(h[6]))
	data, err := r.take(size)
	if err != nil {
		return p, false, err
	}
	if err := r.pointer(size); err != nil {
		return p, false, err
	}
	p = Packet{Offset: at, Time: r.time}
	switch kind {
	case tagVideo:
		ok, err = p.video(&r.video, data)
	case tagAudio:
		ok, err = p.audio(&r.audio, data)
	case tagScript:
		ok = p.script(data)
	}
	return p, ok, err
}

// plausible refuses what can't be the head of a tag.
func plausible(h [tagHeaderSize]byte, at int64) error {
	if h[0]&tagFiltered != 0 && h[0]&tagReserved == 0 {
		return &Error{Offset: at, Reason: "has an encrypted tag, and vodsrv has no keys"}
	}
	if kinds := []byte{tagAudio, tagVideo, tagScript}; !slices.Contains(kinds, h[0]) {
		return &Error{Offset: at, Reason: fmt.Sprintf("has no tag: one of type %d is unknown", h[0])}
	}
	return nil
}

// pointer reads the size of the tag that ends here, with its header. Writers
// that count without the header, or write 0, are believed all the same.
func (r *Reader) pointer(size int) error {
	at := r.offset
	var b [pointerSize]byte
	if err := r.fill(b[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(b[:])
	if n != uint32(size+tagHeaderSize) && n != uint32(size) && n != 0 {
		return &Error{Offset: at, Reason: fmt.Sprintf("says that the tag of %d bytes that ends there has %d", size+tagHeaderSize, n)}
	}
	return nil
}

// unwrap carries a timestamp of 32 bits on: from the last one it goes the
// shorter way round.
func (r *Reader) unwrap(stamp uint32) {
	r.time += int64(int32(stamp - r.last))
	r.last = stamp
}

// take reads n bytes, for which room is made as they come.
func (r *Reader) take(n int) ([]byte, error) {
	b := make([]byte, 0, min(n, step))
	for len(b) < n {
		have := len(b)
		b = slices.Grow(b, min(n-have, max(step, have)))
		b = b[:min(n, cap(b))]
		if err := r.fill(b[have:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// fill reads as many bytes as p has room for. r.offset tells how many there
// were if it fails.
func (r *Reader) fill(p []byte) error {
	n, err := io.ReadFull(r.r, p)
	r.offset += int64(n)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Offset: r.offset, Reason: "is cut off", Err: io.ErrUnexpectedEOF}
	}
	return &Error{Offset: r.offset, Reason: "can't be read: " + err.Error(), Err: err}
}
