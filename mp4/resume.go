package mp4

import (
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"sync/atomic"

	"vodsrv/mp4/box"
)

// ErrChanged says that a file is no longer the one a Movie was read from: it
// shrank, or a box that was read has become another. Open reads it anew.
var ErrChanged = errors.New("mp4: the file is no longer the one that was read")

// initHead is how much of the moov Movie.Init is made of: all of it where
// samples are in fragments.
const initHead = 16 << 10

// moofHead is what a moof begins with, by which it is known again: its number
// and, of its first track, most of the header.
type moofHead struct {
	size  int64 // of the bytes
	bytes [64]byte
}

// Resume reads what has come to a file since m was read from it, and gives a
// Movie of the whole, the same as Open would. That takes time and memory for
// what is new; the two share the rest. m stays as it is, and both may be used
// by any number of goroutines. Of Movies that Resume makes of the same m, the
// first goes on in m's memory and the others copy its tables, so going on from
// the newest is the way to follow a file.
//
// It fails with ErrChanged if the file is shorter than it was, its moov is
// another, or the last fragment that was whole begins otherwise. Fragments
// before that are taken to be what they were.
func (m *Movie) Resume(r io.ReaderAt, size int64) (*Movie, error) {
	if size < m.Size {
		return nil, ErrChanged
	}
	o := &opener{src: box.NewSource(r, size), trex: map[uint32]defaults{}, early: -1, epoch: 1}
	if err := o.recognize(m); err != nil {
		return nil, err
	}
	if m.next == nil {
		return Open(r, size)
	}
	own := m.next.taken.CompareAndSwap(false, true)
	o.goOn(m, own)
	next, err := o.resume()
	if err != nil && own {
		m.next.taken.Store(false) // what was written behind m's own is not used
	}
	return next, err
}

func (o *opener) resume() (*Movie, error) {
	if err := o.walk(o.whole.end); err != nil {
		return nil, err
	}
	return o.finish()
}

// recognize checks that a file still is the one that a Movie was read from.
func (o *opener) recognize(m *Movie) error {
	o.src.SetAhead(0)
	h, err := o.src.Header(m.Moov, o.src.Size())
	if err != nil {
		return changed(err)
	}
	init, err := o.hashMoov(h)
	if err != nil || init != m.Init {
		return changed(err)
	}
	if m.next == nil || m.next.whole.fragments == 0 {
		return nil
	}
	last := m.next.whole
	head, err := o.readMoofHead(last.last.Offset, last.head.size)
	if err != nil || head != last.head {
		return changed(err)
	}
	return nil
}

// readMoofHead reads the head of a moof of that size.
func (o *opener) readMoofHead(at, size int64) (head moofHead, err error) {
	head.size = min(size, int64(len(head.bytes)))
	b, err := o.src.Bytes(at, int(head.size))
	copy(head.bytes[:], b)
	return head, err
}

// changed keeps errors of reading.
func changed(err error) error {
	var format *FormatError
	if err == nil || errors.As(err, &format) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrChanged
	}
	return err
}

func (o *opener) hashMoov(h box.Header) ([sha256.Size]byte, error) {
	b, err := o.src.Bytes(h.Offset, int(min(h.Size, initHead)))
	return sha256.Sum256(b), err
}

// continuation is what Resume goes on from: what was whole in the file.
type continuation struct {
	whole     extent
	trex      map[uint32]defaults
	fragments []Fragment
	tracks    []continuedTrack // in the order of Movie.Tracks
	taken     atomic.Bool      // a Movie goes on in the memory behind these tables
}

// continuedTrack is what of a track was whole.
type continuedTrack struct {
	index     Index
	starts    []FragmentStart
	groups    []Groups
	auxiliary []Auxiliary
	lost      error
}

// clip makes appending to any of the tables copy it.
func (c *continuedTrack) clip() {
	c.index.clip()
	c.starts = slices.Clip(c.starts)
	for k := range c.groups {
		c.groups[k].clip()
	}
	for k := range c.auxiliary {
		c.auxiliary[k].clip()
	}
}

// continuation keeps what Resume needs of a film in fragments.
func (o *opener) continuation(tracks []continuedTrack) *continuation {
	m := o.movie
	c := &continuation{whole: o.whole, trex: o.trex, fragments: m.Fragments[:o.whole.fragments], tracks: tracks}
	if n := len(c.fragments); n > 0 && c.fragments[n-1] != o.whole.last {
		c.fragments = slices.Clone(c.fragments)
		c.fragments[n-1] = o.whole.last
	}
	if o.whole.fragments < len(m.Fragments) {
		c.fragments = slices.Clip(c.fragments)
	}
	return c
}

// continued is what of a track was whole. It is asked before the track is
// finished if it holds more than that. What came behind stands in the Movie's
// tables: others may not write there.
func (o *opener) continued(t *Track) continuedTrack {
	c := continuedTrack{*t.Index, t.Starts, cloneGroups(t.Groups), slices.Clone(t.Auxiliary), t.Lost}
	f := o.pending(t)
	if f == nil {
		return c
	}
	c.index.undo(f.mark)
	c.starts = t.Starts[:f.starts]
	if b := f.besides; b.epoch == o.epoch {
		c.groups, c.auxiliary, c.lost = b.groups, b.auxiliary, b.lost
	}
	c.clip()
	c.index.finish()
	return c
}

// pending tells whether a track has samples that are not whole yet; nil if not.
func (o *opener) pending(t *Track) *fragmentTrack {
	if f := o.frags[t.ID]; f != nil && f.t == t && f.epoch == o.epoch {
		return f
	}
	return nil
}

// goOn readies the opener to read what follows on a Movie, in memory behind
// the Movie's own or, if that is taken, in copies.
func (o *opener) goOn(m *Movie, own bool) {
	c := m.next
	o.moov, o.trex, o.whole, o.resumed = true, c.trex, c.whole, true
	o.plain, o.dataEnd, o.claimed, o.head = c.whole.plain, c.whole.dataEnd, c.whole.claimed, c.whole.head
	o.inherited = len(c.fragments)
	o.movie = &Movie{
		Size: o.src.Size(), Brands: m.Brands, Timescale: m.Timescale, Moov: m.Moov, Init: m.Init,
		Fragmented: true, Fragments: c.fragments, Complete: m.Complete, Pssh: slices.Clip(m.Pssh[:c.whole.pssh]), UserData: m.UserData,
	}
	if !own {
		o.movie.Fragments = slices.Clip(o.movie.Fragments)
	}
	for _, b := range o.movie.Pssh {
		o.notePssh(b)
	}
	for k, t := range m.Tracks {
		s := c.tracks[k]
		s.groups, s.auxiliary = cloneGroups(s.groups), slices.Clone(s.auxiliary)
		if !own {
			s.clip()
		}
		next := *t
		next.Index, next.Starts, next.Groups, next.Auxiliary, next.Lost = &s.index, s.starts, s.groups, s.auxiliary, s.lost
		o.movie.Tracks = append(o.movie.Tracks, &next)
	}
}
