package library

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"time"
)

// courtesy is how long a film that nobody waits for makes way, at each read,
// for those that a viewer waits for.
const courtesy = 50 * time.Millisecond

// lead is for how long it makes way once such a film is there: the viewer's
// first segment is still to be made of it.
const lead = 20 * time.Millisecond

// headStart is for how long it makes way after the start of the program, for a
// viewer who has waited for that.
const headStart = 30 * time.Millisecond

// backgroundWorkers is how many films are indexed at once that nobody waits
// for. One processor is left: a goroutine that the network wakes has to wait
// 10 ms for one that is busy.
func backgroundWorkers() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// builds are the films that are being indexed, each once: a viewer who comes
// for one shares it, also where it was begun for nobody.
type builds struct {
	mu    sync.Mutex
	under map[string]*build
	hurry int           // films that a viewer waits for, or has just got, and other reasons for haste
	calm  chan struct{} // closed when there are none any more; nil if there are none
}

// errFault says that a fault of the program ended a build.
var errFault = errors.New("internal fault while a film was indexed")

// build is one of them.
type build struct {
	wanted chan struct{} // closed when a viewer waits for it: the film is kept
	done   chan struct{} // closed when it has ended; then there are:
	film   *Film         // nil if it is not kept
	err    error
}

func (b *build) isWanted() bool {
	select {
	case <-b.wanted:
		return true
	default:
		return false
	}
}

// join takes part in a build, which mine says is for the caller to do, and end.
func (s *builds) join(key string, wanted bool) (b *build, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b = s.under[key]
	if mine = b == nil; mine {
		b = &build{wanted: make(chan struct{}), done: make(chan struct{})}
		if s.under == nil {
			s.under = map[string]*build{}
		}
		s.under[key] = b
	}
	if wanted && !b.isWanted() {
		close(b.wanted)
		s.haste()
	}
	return b, mine
}

// settle ends a build that nobody wants; false if somebody does.
func (s *builds) settle(key string, b *build) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.isWanted() {
		return false
	}
	s.remove(key, b)
	return true
}

// end ends a build, unless it has ended.
func (s *builds) end(key string, b *build) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under[key] != b {
		return
	}
	if b.film == nil && b.err == nil {
		b.err = errFault
	}
	s.remove(key, b)
	if b.isWanted() {
		time.AfterFunc(lead, s.relax)
	}
}

// haste has what nobody waits for make way, until relax ends that. It needs s.mu.
func (s *builds) haste() {
	if s.hurry++; s.hurry == 1 {
		s.calm = make(chan struct{})
	}
}

// hold has what nobody waits for make way for a while.
func (s *builds) hold(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.haste()
	time.AfterFunc(d, s.relax)
}

// relax ends one haste.
func (s *builds) relax() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hurry--; s.hurry == 0 {
		close(s.calm)
		s.calm = nil
	}
}

func (s *builds) remove(key string, b *build) {
	delete(s.under, key)
	close(b.done)
}

// yield makes way for films that viewers wait for, unless b is one of them.
func (s *builds) yield(b *build) {
	s.mu.Lock()
	calm := s.calm
	s.mu.Unlock()
	if calm == nil || b.isWanted() {
		return
	}
	enough := time.NewTimer(courtesy)
	defer enough.Stop()
	select {
	case <-calm:
	case <-b.wanted:
	case <-enough.C: // disks can be very slow for one film, and not for another
	}
}

// polite reads as long as no viewer waits for something else.
type polite struct {
	io.ReaderAt
	builds *builds
	build  *build
}

func (r polite) ReadAt(p []byte, offset int64) (int, error) {
	r.builds.yield(r.build)
	return r.ReaderAt.ReadAt(p, offset)
}

// buildKey names a build by what it is of.
func buildKey(p Path, id identity) string { return string(p) + id.etag() }

// build indexes a film that a viewer waits for and keeps it. The share it
// returns is the cache's.
func (l *Library) build(p Path, id identity) (*Film, error) {
	key := buildKey(p, id)
	b, mine := l.builds.join(key, true)
	if mine {
		l.buildNew(p, id, key, b)
	}
	<-b.done
	return b.film, b.err
}

func (l *Library) buildNew(p Path, id identity, key string, b *build) {
	defer l.builds.end(key, b)
	l.slots <- struct{}{}
	defer func() { <-l.slots }()
	if film := l.open(p, id); film != nil {
		_ = film.Close()
		b.film = film
		return // another build ended between the look and here
	}
	film, err := l.read(p, reading{func(file io.ReaderAt) io.ReaderAt { return file }, b.together})
	b.film, b.err = l.ready(p, film, err)
}

// read indexes a film, without readying it for being watched.
func (l *Library) read(p Path, how reading) (*Film, error) {
	began := time.Now()
	film, err := openFilm(l.dir, p, how)
	l.counts.took(began)
	return film, err
}

// ready readies what read returned for being watched, and keeps it.
func (l *Library) ready(p Path, film *Film, err error) (*Film, error) {
	if err == nil {
		if err = l.mayGrow(film); err != nil {
			err = errors.Join(err, film.Close())
		}
	}
	l.learn(p, film, err)
	if err != nil {
		return nil, err
	}
	if err := film.plan(); err != nil {
		return nil, errors.Join(err, film.Close())
	}
	film.made = l.made
	l.mu.Lock()
	defer l.mu.Unlock()
	l.films.put(p, film)
	return film, nil
}

// index describes a film for the listing. It is not kept open unless a viewer
// comes for it meanwhile.
func (l *Library) index(p Path) {
	stat, err := l.dir.Stat(p)
	if err != nil {
		return
	}
	id := l.dir.identify(stat)
	if k, ok := l.known(p, id); ok && !k.again {
		return // a viewer came for it while it was in the queue
	}
	if k, ok := l.shared.get(p, id); ok {
		l.keepHere(p, k)
		return
	}
	key := buildKey(p, id)
	b, mine := l.builds.join(key, false)
	if mine {
		l.indexNew(p, key, b)
		return
	}
	<-b.done
	l.note(p, b.err)
}

func (l *Library) indexNew(p Path, key string, b *build) {
	defer l.builds.end(key, b)
	film, err := l.read(p, reading{func(file io.ReaderAt) io.ReaderAt { return polite{file, &l.builds, b} }, b.together})
	if !l.builds.settle(key, b) {
		b.film, b.err = l.ready(p, film, err)
		l.note(p, b.err)
		return
	}
	l.learn(p, film, err)
	if err == nil {
		_ = film.Close()
	}
	l.note(p, err)
}

// note keeps that a file could not be read, if that is what went wrong.
func (l *Library) note(p Path, err error) {
	var bad *BadFileError
	if err == nil || errors.As(err, &bad) {
		return
	}
	if stat, gone := l.dir.Stat(p); gone == nil {
		l.keep(p, known{id: l.dir.identify(stat), info: unreadable(p, stat.Size(), unwrapPath(err)), again: true})
	}
}
