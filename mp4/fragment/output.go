package fragment

import "io"

const (
	// copyWindow is how much of the source is read at once: one long read costs
	// less than one for each run of samples.
	copyWindow = 1 << 20
	// longestSpan is how much of the source is held in memory so that the
	// tracks of a fragment can be gathered from it one after the other.
	longestSpan = 8 << 20
	// writeSize is how much is written at once. Longer writes were measured to
	// cost two to four times as much a byte: ext4 then looks for large folios
	// of memory, which a machine that has run for a while is short of.
	writeSize = 64 << 10
)

// output is where a conversion writes to.
type output struct {
	w        io.Writer
	direct   rangeCopier // w, if it takes ranges of the source itself; else nil
	src      *window
	at       int64 // bytes written
	total    int64 // bytes of samples to be written in all
	done     int64 // bytes of fragments written
	progress func(done, total int64)
}

// rangeCopier is a writer that takes bytes of the source from where they lie.
type rangeCopier interface {
	// copyRange writes n bytes of the source from off on.
	copyRange(off, n int64) error
}

func newOutput(w io.Writer, src io.ReaderAt, size int64, progress func(done, total int64)) *output {
	o := &output{w: w, src: &window{r: src, size: size}, progress: progress}
	o.direct, _ = w.(rangeCopier)
	return o
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
	head, payload := g.Parts[:g.head], g.Parts[g.head:]
	if err := o.parts(head); err != nil {
		return err
	}
	if from, to := stretch(payload); o.direct == nil && to-from <= longestSpan {
		if err := o.src.hold(from, to); err != nil {
			return err
		}
	}
	if err := o.parts(payload); err != nil {
		return err
	}
	if o.progress != nil {
		o.progress(min(o.done, o.total), o.total)
	}
	return nil
}

func (o *output) parts(parts []Part) error {
	for _, p := range parts {
		if p.Data != nil {
			if err := o.write(p.Data); err != nil {
				return err
			}
			continue
		}
		if err := o.copyRange(p.Offset, p.Size); err != nil {
			return err
		}
		o.done += p.Size
	}
	return nil
}

// copyRange writes n bytes of the source from off on.
func (o *output) copyRange(off, n int64) error {
	if o.direct != nil {
		o.at += n
		return o.direct.copyRange(off, n)
	}
	for end := off + n; off < end; {
		b, err := o.src.piece(off, end)
		if err != nil {
			return err
		}
		if err := o.write(b); err != nil {
			return err
		}
		off += int64(len(b))
	}
	return nil
}

// stretch is the part of the source that ranges lie in.
func stretch(parts []Part) (from, to int64) {
	for _, p := range parts {
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

// piece returns bytes of a stretch of the file that are at hand, or else of a
// window of it, no more than are written at once. They are good until the next
// call.
func (w *window) piece(from, to int64) ([]byte, error) {
	if from >= w.size {
		return nil, io.ErrUnexpectedEOF
	}
	if from < w.off || from >= w.off+int64(len(w.buf)) {
		if err := w.hold(from, min(max(to, from+copyWindow), from+longestSpan, w.size)); err != nil {
			return nil, err
		}
	}
	b := w.buf[from-w.off:]
	return b[:min(int64(len(b)), to-from, writeSize)], nil
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
	got, err := readFull(w.r, w.buf, from)
	w.buf = w.buf[:got]
	return err
}

// readFull fills p. A file that ends too early is io.ErrUnexpectedEOF.
func readFull(r io.ReaderAt, p []byte, off int64) (int, error) {
	n, err := r.ReadAt(p, off)
	switch {
	case n == len(p):
		return n, nil
	case err == nil || err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
