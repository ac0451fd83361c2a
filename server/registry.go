package server

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// registry knows all viewers: after Hijack, http.Server knows them no more.
type registry struct {
	limit int // 0 for none

	mu      sync.Mutex
	viewers map[*viewer]bool
	closed  bool
	gone    chan struct{} // closed when closed and the last viewer is gone
}

// add takes a viewer in; it fails when the server is full or stops.
func (r *registry) add(v *viewer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return errStopping
	case r.limit > 0 && len(r.viewers) >= r.limit:
		return errFull
	}
	if r.viewers == nil {
		r.viewers = map[*viewer]bool{}
	}
	r.viewers[v] = true
	return nil
}

// len is how many viewers there are.
func (r *registry) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.viewers)
}

// remove lets go of a viewer; of one that was never taken in, too.
func (r *registry) remove(v *viewer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.viewers[v] {
		return
	}
	delete(r.viewers, v)
	if r.closed && len(r.viewers) == 0 {
		close(r.gone)
	}
}

// dropGrace is how long viewers who were dropped may take to give all back.
const dropGrace = time.Second

// shutdown tells all viewers to leave, and drops those who have not when ctx
// is done. One who is stuck, in a read of a disk that is gone, say, is left to
// himself: he gets a goroutine, since he may hold his own lock.
func (r *registry) shutdown(ctx context.Context) {
	gone := r.close()
	for _, v := range r.all() {
		go v.leave()
	}
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	for _, v := range r.all() {
		go func() { _ = v.conn.Close() }()
	}
	select {
	case <-gone:
	case <-time.After(dropGrace):
	}
}

// close lets nobody in any more. What it returns is closed when all are gone.
func (r *registry) close() (gone <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed, r.gone = true, make(chan struct{})
		if len(r.viewers) == 0 {
			close(r.gone)
		}
	}
	return r.gone
}

func (r *registry) all() []*viewer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.viewers))
}
