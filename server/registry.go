package server

import (
	"context"
	"sync"
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

// shutdown tells all viewers to leave, and drops those who have not when ctx
// is done. It is called once.
func (r *registry) shutdown(ctx context.Context) {
	r.mu.Lock()
	r.closed, r.gone = true, make(chan struct{})
	if len(r.viewers) == 0 {
		close(r.gone)
	}
	for v := range r.viewers {
		v.leave()
	}
	r.mu.Unlock()
	select {
	case <-r.gone:
		return
	case <-ctx.Done():
	}
	r.mu.Lock()
	for v := range r.viewers {
		_ = v.conn.Close()
	}
	r.mu.Unlock()
	<-r.gone
}
