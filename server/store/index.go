package store

import (
	"encoding/binary"
	"io"
	"slices"
	"sync"

	"vodsrv/mp4"
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
	// batch is how many boxes are read at once where an index in the film says
	// that they lie, and largeSpan how much of each at most.
	batch     = 32
	largeSpan = 64 << 10
)

// indexReader reads the boxes of an object by few requests. It is for one
// goroutine.
//
// The head is read at once; what lies near the end, with all that follows; a
// moov, in one piece as soon as its size is known. What is skipped on the way
// from moof to moof is not read, unless it is little; and many of them are read at
// once, if the film lists them. A list that is wrong costs reads, nothing else.
type indexReader struct {
	object   *object
	from, to int64 // what lies in blocks that were read last
	moov     int64 // the end of the moov that begins there
	windows  []window
	last     int64 // what was asked for last, and before that
	before   int64
	moof     int64   // the size of the largest
	asked    bool    // whether the film lists its moofs:
	listed   []int64 // where they begin
}

// window is a small piece of the object.
type window struct {
	at    int64
	bytes []byte
	err   error
}

// holds tells whether a range lies in it.
func (w window) holds(from, to int64) bool {
	return w.err == nil && from >= w.at && to <= w.at+int64(len(w.bytes))
}

// ReadAt is for one who goes from box to box.
func (r *indexReader) ReadAt(p []byte, offset int64) (int, error) {
	size := r.object.stat.size
	end := min(offset+int64(len(p)), size)
	r.before, r.last = r.last, offset
	if offset < 0 || offset >= end {
		return 0, io.EOF
	}
	if n := r.copy(p, offset, end); n > 0 {
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
	return full(r.copy(p, offset, end), p)
}

// copy takes a range from a window that holds it.
func (r *indexReader) copy(p []byte, offset, end int64) int {
	for _, w := range r.windows {
		if w.holds(offset, end) {
			return copy(p, w.bytes[offset-w.at:])
		}
	}
	return 0
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
		return r.read([]int64{offset}, denseSpan)
	}
	if !r.asked && r.moov > 0 {
		r.asked = true
		r.listed = r.list()
	}
	k, found := slices.BinarySearch(r.listed, offset)
	if !found || end-offset > largeSpan {
		return r.read([]int64{offset}, span)
	}
	next := r.listed[k:min(k+batch, len(r.listed))]
	return r.read(next, max(end-offset, min(max(2*r.moof, smallSpan/4), largeSpan)))
}

// list reads what the film says of where its moofs are. If they lie close
// together, it is of no use.
func (r *indexReader) list() []int64 {
	size := r.object.stat.size
	listed := mp4.Listed(readerAt(func(p []byte, offset int64) (int, error) {
		return r.object.readAt(p, offset, openPatience)
	}), size)
	if size/int64(len(listed)+1) <= denseStep {
		return nil
	}
	return listed
}

type readerAt func(p []byte, offset int64) (int, error)

func (f readerAt) ReadAt(p []byte, offset int64) (int, error) { return f(p, offset) }

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
	switch {
	case string(head[4:8]) == "moov" && size >= 8:
		r.moov = min(r.object.stat.size-at, size) + at
	case string(head[4:8]) == "moof":
		r.moof = max(r.moof, size)
	}
	return size
}

// read reads as many bytes at each of several offsets, all at once. Of the
// first it has to succeed.
func (r *indexReader) read(offsets []int64, span int64) error {
	r.windows = make([]window, len(offsets))
	var all sync.WaitGroup
	for k, at := range offsets {
		w := &r.windows[k]
		w.at, w.bytes = at, make([]byte, min(span, r.object.stat.size-at))
		all.Go(func() { w.err = r.object.direct(w.bytes, w.at) })
	}
	all.Wait()
	for _, w := range r.windows {
		if w.err == nil {
			r.look(w.at, w.bytes)
		}
	}
	return r.windows[0].err
}
