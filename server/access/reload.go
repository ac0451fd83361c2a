package access

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// lookEvery is how long a change of files may go unnoticed.
const lookEvery = 500 * time.Millisecond

// Reloading is a value that is read from files, and read anew when they
// change. It is safe for any number of goroutines.
type Reloading[T any] struct {
	files  []string
	load   func() (T, error)
	failed func(error)
	every  time.Duration

	value atomic.Pointer[T]
	next  atomic.Int64 // when to look again, in nanoseconds of Unix time

	mu     sync.Mutex
	stamps []stamp
}

// stamp is how a file looked.
type stamp struct {
	size    int64
	changed time.Time
}

// Reload loads a value from files. When a changed file can't be used the value
// stays as it was, and failed is told once.
func Reload[T any](load func() (T, error), failed func(error), files ...string) (*Reloading[T], error) {
	r := &Reloading[T]{files: files, load: load, failed: failed, every: lookEvery}
	r.stamps = r.look()
	value, err := load()
	if err != nil {
		return nil, err
	}
	r.value.Store(&value)
	r.next.Store(time.Now().Add(r.every).UnixNano())
	return r, nil
}

// Get is the value as of now.
func (r *Reloading[T]) Get() T {
	if time.Now().UnixNano() >= r.next.Load() && r.mu.TryLock() {
		r.refresh()
		r.mu.Unlock()
	}
	return *r.value.Load()
}

func (r *Reloading[T]) refresh() {
	defer func() { r.next.Store(time.Now().Add(r.every).UnixNano()) }()
	// It is looked at before it is read: what changes in between is read again.
	now := r.look()
	if same(now, r.stamps) {
		return
	}
	r.stamps = now
	value, err := r.load()
	if err != nil {
		r.failed(err)
		return
	}
	r.value.Store(&value)
}

func (r *Reloading[T]) look() []stamp {
	stamps := make([]stamp, len(r.files))
	for i, f := range r.files {
		if stat, err := os.Stat(f); err == nil {
			stamps[i] = stamp{stat.Size(), stat.ModTime()}
		}
	}
	return stamps
}

func same(a, b []stamp) bool {
	for i := range a {
		if a[i].size != b[i].size || !a[i].changed.Equal(b[i].changed) {
			return false
		}
	}
	return true
}
