package fragment

import "io"

const (
	// copyWindow is how much of the source is read at once: one long read costs
	// less than one for each run of samples.
	copyWindow = 1 << 20
	copyBuffer = 256 << 10
)

// output is where a conversion writes to.
type output struct {
	w        io.Writer
	src      io.ReaderAt
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
	// The struct hides that the writer below might read by itself, which would
	// pass the window by.
	n, err := io.CopyBuffer(struct{ io.Writer }{o}, g.NewReader(o.src), o.buf)
	o.done += n
	if o.progress != nil {
		o.progress(min(o.done, o.total), o.total)
	}
	return err
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
	n := min(copyWindow, w.size-off)
	if n <= 0 {
		return 0, io.EOF
	}
	if w.buf == nil {
		w.buf = make([]byte, copyWindow)
	}
	got, err := w.r.ReadAt(w.buf[:n:copyWindow], off)
	w.buf, w.off = w.buf[:got], off
	if got == 0 {
		return 0, err
	}
	return copy(p, w.buf), nil
}
