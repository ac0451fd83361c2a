package library

import (
	"errors"
	"sync"
)

const (
	// maxListeners is how many may be told of changes at once.
	maxListeners = 4096
	// maxBehind is how many Changes wait for a listener that takes none.
	maxBehind = 16
	// maxTold is how many entries one Changes tells of. Who asks for the folder
	// anew has more at once for less.
	maxTold = 400
)

// ErrTooMany says that as many are told of changes as can be.
var ErrTooMany = errors.New("library: too many want to be told of changes")

// Changes is what has happened to the folder since the last Changes. It is
// shared by all who are told: nobody may change it.
type Changes struct {
	Added, Changed []Entry
	Removed        []Path // with all that lay below
	Progress       Progress
	// Lost says that there was more than could be told.
	Lost bool
}

// Progress says how far the library is with reading what is in it.
type Progress struct {
	Indexed int `json:"indexed"` // films that were looked into
	Total   int `json:"total"`   // films there are
}

// Listener is told of changes through C until it is closed. If it takes them
// too slowly, it is told that it lost some.
type Listener struct {
	C   <-chan Changes
	c   chan Changes
	hub *hub
}

// Close ends the telling.
func (s *Listener) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.hub.listeners, s)
}

// hub tells all listeners of changes. It never waits for one.
type hub struct {
	mu        sync.Mutex
	listeners map[*Listener]bool
	progress  Progress
}

// Listen begins to tell of changes; the first tells of the progress. It fails
// with ErrTooMany.
func (l *Library) Listen() (*Listener, error) {
	h := &l.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) >= maxListeners {
		return nil, ErrTooMany
	}
	c := make(chan Changes, maxBehind)
	c <- Changes{Progress: h.progress}
	s := &Listener{C: c, c: c, hub: h}
	if h.listeners == nil {
		h.listeners = map[*Listener]bool{}
	}
	h.listeners[s] = true
	return s, nil
}

// tell is called by one goroutine, so that between its looks at a channel
// nobody else fills it.
func (h *hub) tell(c Changes) {
	if len(c.Added)+len(c.Changed)+len(c.Removed) > maxTold {
		c = Changes{Progress: c.Progress, Lost: true}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.progress = c.Progress
	for s := range h.listeners {
		if len(s.c) == cap(s.c) {
			s.drop()
			s.c <- Changes{Progress: c.Progress, Lost: true}
			continue
		}
		s.c <- c
	}
}

// drop forgets what waits for the listener, who may be taking it just now.
func (s *Listener) drop() {
	for {
		select {
		case <-s.c:
		default:
			return
		}
	}
}
