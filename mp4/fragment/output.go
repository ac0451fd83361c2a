package fragment

import "io"

const (
	// copyWindow is how much of the source is read at once: one long read costs
	// less than one for each run of samples.
	copyWindow = 1 << 20
	// longestSpan is how much of the source is held in memory so that the
	// tracks of a fragment can be gathered from it one after the other.
	longestSpan = 8 << 20
	copyBuffer  = 256 << 10
)

// output is where a conversion writes to.
type output struct {
	w        io.Writer
	src      *window
	buf      []byte
	at       int64 // bytes written
	total    int64 // bytes of samples to be written in all
	done     int64 // bytes of fragments written
	progress func(done, total int64)
}

// Write counts what is written.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.w.Write(b)
	o.at += int64(n)
	return n, err
}

func (o *output) write(b []byte) error {
	_, err := o.Write(b)
	return err
}

// segment writes a segment's parts.
func (o *output) segment(g *Segment) error {
	// What the moof takes from the source may lie far from the samples.
	moof := Segment{Parts: g.Parts[:g.head]}
	n, err := io.CopyBuffer(struct{ io.Writer }{o}, moof.NewReader(o.src.r), o.buf)
	if err != nil {
		return err
	}
	o.done += n
	g = &Segment{Parts: g.Parts[g.head:]}
	if from, to := g.span(); to-from <= longestSpan {
		if err := o.src.hold(from, to); err != nil {
			return err
		}
	}
	// The struct hides that the writer below might read by itself, which would
	// pass the window by.
	n, err = io.CopyBuffer(struct{ io.Writer }{o}, g.NewReader(o.src), o.buf)
	o.done += n
	if o.progress != nil {
		o.progress(min(o.done, o.total), o.total)
	}
	return err
}

// span is the stretch of the source that the segment's ranges lie in.
func (g *Segment) span() (from, to int64) {
	for _, p := range g.Parts {
		if p.Data != nil {
			continue
		}
		if to == 0 {
			from = p.Offset
		}
		from, to = min(from, p.Offset), max(to, p.Offset+p.Size)
	}
	return from, to
}

// window reads a file in long pieces for someone who asks for short ones, one
// behind the other. It is for one goroutine.
type window struct {
	r    io.ReaderAt
	size int64
	buf  []byte
	off  int64
}

// ReadAt reads from the piece at hand, or fetches the one that begins at off.
func (w *window) ReadAt(p []byte, off int64) (int, error) {
	if off >= w.off && off < w.off+int64(len(w.buf)) {
		return copy(p, w.buf[off-w.off:]), nil
	}
	if len(p) >= copyWindow {
		return w.r.ReadAt(p, off)
	}
	if off >= w.size {
		return 0, io.EOF
	}
	if err := w.hold(off, min(off+copyWindow, w.size)); err != nil {
		return 0, err
	}
	return copy(p, w.buf), nil
}

// hold reads a stretch of the file into memory, unless it is there already.
func (w *window) hold(from, to int64) error {
	if from >= w.off && to <= w.off+int64(len(w.buf)) {
		return nil
	}
	n := int(to - from)
	if cap(w.buf) < n {
		w.buf = make([]byte, (n+copyWindow-1)/copyWindow*copyWindow)
	}
	w.buf, w.off = w.buf[:n], from
	got, err := w.r.ReadAt(w.buf, from)
	w.buf = w.buf[:got]
	if got < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}
