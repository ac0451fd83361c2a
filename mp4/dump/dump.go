// Package dump writes down what stands in a file of boxes (ISO/IEC 14496-12,
// QuickTime): the tree with the fields of each box it knows, and the samples
// of a track. It shows what the file says, right or wrong, and goes on behind
// what is broken. Memory does not depend on the file: payloads are read
// through one small window, and media data is never read.
package dump

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"vodsrv/mp4/box"
)

// Options say what Boxes writes.
type Options struct {
	JSON bool // one JSON document instead of text
	Full bool // all entries of tables and all bytes of unknown boxes, not the first few
	Path Path // the boxes to write with all within; an empty one means the whole file
}

const (
	maxDepth   = 32        // boxes are shown nested so deep
	someRows   = 10        // entries of a table, without Full
	someBytes  = 32        // bytes of what has no fields, without Full
	someText   = 256       // bytes of a string, without Full
	fullText   = 64 << 10  // bytes of a string with Full
	manyTypes  = 1024      // different types in one container whose boxes are counted
	manyTracks = 4096      // tracks whose timescale is kept
	topAhead   = 4 << 10   // top-level boxes lie far apart
	moovAhead  = 64 << 10  // the boxes of a moov lie close together
	outBuffer  = 256 << 10 // of the writer
)

// Boxes writes the boxes of the file that r holds size bytes of. What is
// wrong with the file is told in its place, and the first of it is returned
// as a *box.FormatError once all is written. Other errors come from r and w,
// or say that no box has the path.
func Boxes(w io.Writer, r io.ReaderAt, size int64, o Options) error {
	buffer := bufio.NewWriterSize(w, outBuffer)
	d := &dumper{src: box.NewSource(r, size), full: o.Full, path: o.Path}
	d.tracks = tracks{map[int64]*track{}, map[uint32]*track{}}
	if o.JSON {
		d.out = &jsonPrinter{w: buffer}
	} else {
		d.out = &textPrinter{w: buffer}
	}
	d.gather()
	d.showing = len(o.Path.steps) == 0
	d.out.begin(size)
	d.walk(&place{}, 0, size)
	d.out.end()
	if err := buffer.Flush(); err != nil {
		return err
	}
	if d.err != nil {
		return d.err
	}
	return d.verdict()
}

// dumper is the state of one dump.
type dumper struct {
	src       *box.Source
	out       printer
	full      bool
	path      Path
	tracks    tracks
	scale     uint32           // of the movie's clock
	showing   bool             // inside a box that was asked for
	matched   bool             // a box that was asked for was there
	silent    bool             // only facts are gathered
	damage    *box.FormatError // the first found
	more      int              // found after it
	err       error            // reading failed: all ends
	lastFlags flagsValue
}

// place is a box among its containers.
type place struct {
	in    *place
	box   box.Header
	index int // among the boxes of its type in its container, from 1
	depth int
	track *track // whose part it is, nil if unknown
}

// container is the type of the box that this one lies in.
func (p *place) container() box.Type {
	if p.in == nil {
		return box.Type{}
	}
	return p.in.box.Type
}

// gather reads what fields far away depend on, such as timescales, from the
// moov.
func (d *dumper) gather() {
	d.silent = true
	d.src.SetAhead(topAhead)
	for at := int64(0); d.src.Size()-at >= 8; {
		h, err := d.src.Header(at, d.src.Size())
		if err != nil {
			break
		}
		at = h.End()
		if h.Type == box.T("moov") {
			d.box(&place{}, h, 1, min(at, d.src.Size()))
			break
		}
	}
	d.silent = false
}

// walk dumps the boxes between two offsets.
func (d *dumper) walk(in *place, from, to int64) {
	var seen counts
	at := from
	for to-at >= 8 && d.err == nil {
		h, err := d.src.Header(at, to)
		if err != nil {
			d.noHeader(in, at, err)
			return
		}
		d.box(in, h, seen.next(h.Type), to)
		at = h.End()
	}
	if d.err == nil && at < to {
		d.remainder(in, at, int(to-at))
	}
}

// noHeader tells of bytes that can't be the header of a box.
func (d *dumper) noHeader(in *place, at int64, err error) {
	var format *box.FormatError
	if !errors.As(err, &format) {
		d.fail(err)
		return
	}
	if format.Box != "" {
		d.wrong(in, at, fmt.Sprintf("box %s %s", format.Box, format.Reason))
		return
	}
	d.wrong(in, at, format.Reason)
}

// remainder tells of bytes behind the last box of a container, unless they are
// the zeros that QuickTime's writers end some containers with.
func (d *dumper) remainder(in *place, at int64, n int) {
	b, err := d.src.Bytes(at, n)
	if err != nil {
		d.fail(err)
		return
	}
	for _, c := range b {
		if c != 0 || in.in == nil {
			d.wrong(in, at, fmt.Sprintf("%s are left, too few for a box", quantity(int64(n), "byte")))
			return
		}
	}
}

// box dumps one box, as far as its container goes.
func (d *dumper) box(in *place, h box.Header, index int, limit int64) {
	if in.in == nil {
		d.src.SetAhead(int(min(h.Size, moovAhead)))
		defer d.src.SetAhead(topAhead)
	}
	here := &place{in: in, box: h, index: index, depth: in.depth + 1, track: in.track}
	d.setTrack(here)
	k := kindOf(here)
	chosen := !d.showing && !d.silent && d.path.matches(here)
	d.matched = d.matched || chosen
	if chosen {
		d.showing = true
		defer func() { d.showing = false }()
	}
	if !d.showing && !k.children && !(d.silent && k.facts) {
		return
	}
	f := &fields{d: d, place: here, pos: h.Body(), end: min(h.End(), limit), mute: !d.showing}
	f.readHead(k)
	if d.showing {
		d.out.open(headOf(f, k, chosen))
	}
	if h.End() > limit {
		d.wrong(here, h.Offset, tooLong(h, limit, d.src.Size()))
	}
	d.payload(f, k, h.End() > limit)
	if d.showing {
		d.out.close()
	}
}

func tooLong(h box.Header, limit, size int64) string {
	if limit == size {
		return fmt.Sprintf("should go on to byte %d, but the file ends at byte %d", h.End(), size)
	}
	return fmt.Sprintf("ends at byte %d, past its container's end at byte %d", h.End(), limit)
}

// payload dumps what a box holds.
func (d *dumper) payload(f *fields, k kind, cut bool) {
	if k.media {
		return
	}
	f.children = k.children
	if k.read != nil && !f.short {
		k.read(f)
	}
	if f.short && !cut {
		f.fault("is too short for its fields")
	}
	if !f.short && !f.children && f.left() > 0 {
		name := "data"
		if k.read != nil {
			name = "trailing"
		}
		f.hex(name, f.left())
	}
	for _, fault := range f.faults {
		d.wrong(f.place, f.box.Offset, fault)
	}
	switch {
	case !f.children || f.short:
	case f.depth >= maxDepth:
		d.wrong(f.place, f.box.Offset, fmt.Sprintf("holds boxes nested more than %d deep, which are not shown", maxDepth))
	default:
		d.walk(f.place, f.pos, f.end)
	}
}

// fail ends the dump because reading failed.
func (d *dumper) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// wrong tells of damage in a box.
func (d *dumper) wrong(p *place, offset int64, reason string) {
	if d.silent {
		return
	}
	if d.showing {
		if offset != p.box.Offset || p.in == nil {
			d.out.problem(fmt.Sprintf("byte %d: %s", offset, reason))
		} else {
			d.out.problem(reason)
		}
	}
	if len(d.path.steps) > 0 && !d.showing {
		return
	}
	if d.damage != nil {
		d.more++
		return
	}
	d.damage = &box.FormatError{Box: p.path(), Offset: offset, Reason: reason}
}

// verdict is the error for all the damage there was.
func (d *dumper) verdict() error {
	if d.damage != nil {
		if d.more > 0 {
			d.damage.Reason += "; and " + quantity(int64(d.more), "more fault")
		}
		return d.damage
	}
	if len(d.path.steps) > 0 && !d.matched {
		return fmt.Errorf("no box has the path %s", d.path)
	}
	return nil
}

func quantity(n int64, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
