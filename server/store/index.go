package store

import (
	"context"
	"encoding/binary"
	"io"
)

const (
	// headSpan is how much is read of the start of an object, and tailSpan from
	// where on to its end: of most films that is all that tells what they hold.
	headSpan = 1 * blockSize
	tailSpan = 16 * blockSize
	// wholeSpan is the size of an object that is read at once.
	wholeSpan = 4 * blockSize
	// boxSpan is how much of a moov is read at once at most.
	boxSpan = 16 * blockSize
	// smallSpan is how much is read of a box that lies far from the last: a moof
	// of common size, with the header of what follows.
	smallSpan = 16 << 10
	// denseSpan is how much is read at once where such boxes are less than
	// denseStep apart: to skip what is between takes longer than to read it.
	denseSpan = 4 << 20
	denseStep = 512 << 10
)

// indexReader reads the boxes of an object by few requests. It is for one
// goroutine.
//
// The head is read at once; what lies near the end, with all that follows; a
// moov, in one piece as soon as its size is known. What is skipped on the way
// from moof to moof is not read, unless it is little.
type indexReader struct {
	object   *object
	from, to int64 // what lies in blocks that were read last
	moov     int64 // the end of the moov that begins there
	window   []byte
	at       int64 // where the window lies
	last     int64 // what was asked for last, and before that
	before   int64
}

// ReadAt is for one who goes from box to box.
func (r *indexReader) ReadAt(p []byte, offset int64) (int, error) {
	size := r.object.stat.size
	end := min(offset+int64(len(p)), size)
	r.before, r.last = r.last, offset
	if offset < 0 || offset >= end {
		return 0, io.EOF
	}
	if offset >= r.at && end <= r.at+int64(len(r.window)) {
		n := copy(p, r.window[offset-r.at:])
		return full(n, p)
	}
	if offset < r.from || end > r.to {
		if err := r.fetch(offset, end); err != nil {
			return 0, err
		}
	}
	if offset >= r.from && end <= r.to {
		return r.object.readAt(p, offset, openPatience)
	}
	n := copy(p, r.window[offset-r.at:])
	return full(n, p)
}

func full(n int, p []byte) (int, error) {
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// fetch reads what is asked for, and what is likely to be asked for next.
func (r *indexReader) fetch(offset, end int64) error {
	size := r.object.stat.size
	switch {
	case offset == 0 && size <= wholeSpan:
		return r.load(0, size)
	case offset == 0:
		return r.load(0, max(end, headSpan))
	case size-offset <= tailSpan:
		return r.load(offset, size)
	case offset < r.moov:
		// Parts of it may be passed over now, and wanted later.
		if from := r.to; from < offset && offset-from < boxSpan {
			offset = from
		}
		return r.load(offset, max(end, min(r.moov, offset+boxSpan)))
	}
	span := max(end-offset, smallSpan)
	if r.before > 0 && offset > r.before && offset-r.before <= denseStep {
		span = denseSpan
	}
	if cap(r.window) < int(span) {
		r.window = make([]byte, span)
	}
	r.at, r.window = offset, r.window[:min(span, size-offset)]
	if err := r.read(); err != nil {
		r.window = r.window[:0]
		return err
	}
	r.look(offset, r.window)
	return nil
}

// load reads a range into the blocks.
func (r *indexReader) load(from, to int64) error {
	size := r.object.stat.size
	r.from, r.to = from/blockSize*blockSize, min((to+blockSize-1)/blockSize*blockSize, size)
	if _, err := r.object.load(r.from, r.to, openPatience); err != nil {
		return err
	}
	if from < r.moov {
		return nil // in the middle of it
	}
	for at := from; at+8 <= r.to; {
		var head [16]byte
		n, err := r.object.readAt(head[:], at, openPatience)
		if err != nil && err != io.EOF {
			return err
		}
		step := r.look(at, head[:n])
		if step < 8 || at > size-step {
			return nil
		}
		at += step
	}
	return nil
}

// look notes where a moov ends, and returns the size of a box; 0 if that can't
// be told.
func (r *indexReader) look(at int64, head []byte) int64 {
	if len(head) < 16 {
		return 0
	}
	size := int64(binary.BigEndian.Uint32(head))
	if size == 1 {
		size = int64(min(binary.BigEndian.Uint64(head[8:]), 1<<62))
	}
	if string(head[4:8]) == "moov" && size >= 8 {
		r.moov = min(r.object.stat.size-at, size) + at
	}
	return size
}

// read fills the window.
func (r *indexReader) read() error {
	b := r.object.bucket
	return b.persist(b.ctx, openPatience, readTime, func(ctx context.Context) (bool, error) {
		body, err := r.object.get(ctx, r.at, r.at+int64(len(r.window)))
		if err != nil {
			return false, err
		}
		defer func() { _ = body.Close() }()
		_, err = io.ReadFull(body, r.window)
		if err == nil {
			b.counts.bytes.Add(uint64(len(r.window)))
		}
		return false, err
	})
}
