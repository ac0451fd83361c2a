package library

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
)

// quiet is for how long a file must have stayed as it is to be taken for
// complete, if nothing in it says that it is.
const quiet = 15 * time.Second

// sight is a file as it was seen last.
type sight struct {
	id    identity
	since time.Time // it is so
}

// sinceAtFirst is the time of change of a file that is seen for the first time:
// not one to come.
func sinceAtFirst(modified, now time.Time) time.Time {
	if modified.After(now) {
		return now
	}
	return modified
}

// since tells since when a file has been as it is. What its time of change says
// is believed only when the file is seen for the first time, as the clocks of
// other machines may be wrong.
func (l *Library) since(p Path, id identity) time.Time {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sights.get(p)
	switch {
	case ok && s.id == id:
		return s.since
	case ok && s.id.inode == id.inode:
		s.since = now
	default:
		s.since = sinceAtFirst(time.Unix(0, id.mtime), now)
	}
	s.id = id
	l.sights.put(p, s)
	return s.since
}

// grows tells whether a film that has been as it is since then may be written
// to still: it can be played, but does not say that it is complete.
func (k known) grows(since time.Time) bool {
	return !k.complete && !k.again && k.info.State != info.Invalid && time.Since(since) < quiet
}

// MayGrow tells whether a file that is seen for the first time is taken for one
// that is still being written, by its index and its time of change.
func MayGrow(m *mp4.Movie, modified time.Time) bool {
	k := known{complete: m.Complete}
	return k.grows(sinceAtFirst(modified, time.Now()))
}

// followEvery is how often a film that grows is looked at while it is watched.
const followEvery = 250 * time.Millisecond

// growth is what a film has that may grow, or has grown while it was watched.
type growth struct {
	l     *Library
	begun bool      // it was growing when it was opened
	start time.Time // of the recording, if it is written as fast as it plays

	mu    sync.Mutex // only one goes on with the film
	since time.Time  // the file is as it is

	watching sync.Mutex // guards what follows
	nextID   int
	wake     map[int]func()
	enough   chan struct{} // ends the one who follows; nil if nobody does
}

// mayGrow makes a film one that grows if its file may be written to still, or
// was when it was watched before. Its ETag then does not tell how long the file
// is, or when it was written.
func (l *Library) mayGrow(f *Film) error {
	e := f.now.Load()
	if !e.movie.Fragmented || len(e.movie.Fragments) == 0 {
		return nil
	}
	since := l.since(f.path, e.id)
	before, _ := l.remember(f.path, e.id)
	grows := f.known().grows(since)
	if !grows && before.grown == "" {
		return nil
	}
	etag, err := growingETag(f.file, e)
	if err != nil {
		return err
	}
	if grows || before.grown == etag {
		f.etag = etag
		f.growth = &growth{l: l, begun: grows, since: since, start: since.Add(-time.Duration(e.info.Duration * float64(time.Second)))}
	}
	return nil
}

// firstHead is how much of its first fragment's moof a film is known by.
const firstHead = 4 << 10

// growingETag names a film by what stays while it grows: its inode, its moov,
// and how its first fragment begins, since recordings of the same kind may have
// the same moov.
func growingETag(r io.ReaderAt, e *edition) (string, error) {
	first := e.movie.Fragments[0]
	head := make([]byte, min(firstHead, first.End-first.Offset))
	if n, err := r.ReadAt(head, first.Offset); n < len(head) {
		return "", err
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "grows %d %x %d %d ", e.id.inode, e.movie.Init, first.Offset, fragment.Version) // never fails
	_, _ = sum.Write(head)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12]), nil
}

// known is what is to be remembered of the film.
func (f *Film) known() known {
	e := f.now.Load()
	k := known{id: e.id, info: e.info, complete: e.movie.Complete}
	if f.growth != nil {
		k.grown = f.etag
		k.complete = k.complete || e.plan != nil && !e.plan.Open()
	}
	return k
}

// Growth tells whether segments are still to come, or why the film can't be
// gone on with: ErrChanged.
func (f *Film) Growth() (more bool, err error) {
	if f.growth == nil {
		return false, nil
	}
	e := f.now.Load()
	return e.plan.Open() && e.err == nil, e.err
}

// Recorded tells of a film that grows, or has grown while it was watched, when
// its recording began, if it is written as fast as it plays, and when it was
// written to last.
func (f *Film) Recorded() (start, last time.Time) {
	if f.growth == nil {
		return start, last
	}
	f.growth.mu.Lock()
	defer f.growth.mu.Unlock()
	return f.growth.start, f.growth.since
}

// Follow has wake called whenever the film has grown, until stop is called. One
// goroutine follows a film, however many watch it. wake must not wait. For a
// film that does not grow stop is nil.
func (f *Film) Follow(wake func()) (stop func()) {
	if more, _ := f.Growth(); !more {
		return nil
	}
	g := f.growth
	g.watching.Lock()
	defer g.watching.Unlock()
	if g.wake == nil {
		g.wake = map[int]func(){}
	}
	id := g.nextID
	g.nextID++
	g.wake[id] = wake
	if g.enough == nil {
		g.enough = make(chan struct{})
		enough := g.enough
		g.l.followers.Go(func() { f.follow(enough) })
	}
	return func() {
		g.watching.Lock()
		defer g.watching.Unlock()
		delete(g.wake, id)
		if len(g.wake) == 0 && g.enough != nil {
			close(g.enough)
			g.enough = nil
		}
	}
}

// follow looks at the film until it is whole, or nobody watches it.
func (f *Film) follow(enough <-chan struct{}) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-enough:
			return
		case <-tick.C:
		}
		if f.catchUp(); f.now.Load().err != nil {
			return
		}
		if more, _ := f.Growth(); !more {
			return
		}
	}
}

// catchUp takes in what has come to a film that grows, and whether it is whole.
func (f *Film) catchUp() {
	if f.growth == nil {
		return
	}
	next := f.next()
	if next == nil {
		return
	}
	g := f.growth
	if next.err == nil {
		g.l.keep(f.path, f.known())
		g.l.mu.Lock()
		if there, _ := g.l.films.get(f.path); there == f {
			g.l.films.reweigh(f.path)
		}
		g.l.mu.Unlock()
	}
	g.watching.Lock()
	defer g.watching.Unlock()
	for _, wake := range g.wake {
		wake()
	}
}

// next makes the film's next edition; nil if there is nothing new.
func (f *Film) next() *edition {
	g := f.growth
	g.mu.Lock()
	defer g.mu.Unlock()
	e := f.now.Load()
	stat, err := f.look()
	if err != nil || e.err != nil {
		return nil // the disk may come back
	}
	id := f.dir.identify(stat)
	whole := !e.plan.Open()
	next := &edition{id: id, movie: e.movie, plan: e.plan, info: e.info}
	switch {
	case !f.was(e, stat):
		next.id, next.err = e.id, ErrChanged
	case id != e.id:
		g.since = time.Now()
		next.movie, next.plan, err = f.grow(e, id, whole)
	case whole || time.Since(g.since) < quiet:
		return nil
	default:
		next.plan, err = e.plan.Grow(e.movie, true)
	}
	switch {
	case errors.Is(err, mp4.ErrChanged):
		next = &edition{id: e.id, movie: e.movie, plan: e.plan, info: e.info, err: ErrChanged}
	case err != nil:
		return nil
	}
	next.info = describe(next.movie, f.path)
	f.now.Store(next)
	return next
}

// grow reads what has come to the file. A fault that it brings to light ends
// nothing but the use of this film.
func (f *Film) grow(e *edition, id identity, whole bool) (m *mp4.Movie, p *fragment.Plan, err error) {
	defer func() {
		if recover() != nil {
			err = mp4.ErrChanged
		}
	}()
	m, err = e.movie.Resume(f.file, id.size)
	if err != nil {
		return nil, nil, err
	}
	if whole {
		return m, e.plan, nil // only its time of change is another
	}
	p, err = e.plan.Grow(m, m.Complete)
	return m, p, err
}
