package access

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter bounds how often each of many may do something. It remembers the
// latest of them, and no more than it was told to.
type Limiter[K comparable] struct {
	limit rate.Limit
	burst int
	most  int

	mu     sync.Mutex
	known  map[K]*list.Element
	recent *list.List // of *counted[K], the latest in front
}

type counted[K comparable] struct {
	key K
	*rate.Limiter
}

// NewLimiter allows each key limit times a second in the long run, and burst
// at once. It remembers most keys.
func NewLimiter[K comparable](limit rate.Limit, burst, most int) *Limiter[K] {
	return &Limiter[K]{limit: limit, burst: burst, most: most, known: map[K]*list.Element{}, recent: list.New()}
}

// Take counts once for a key. If that is too often nothing is counted, and it
// returns how long to wait.
func (l *Limiter[K]) Take(key K, now time.Time) time.Duration {
	r := l.of(key).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *Limiter[K]) of(key K) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.known[key]; ok {
		l.recent.MoveToFront(at)
		return at.Value.(*counted[K]).Limiter
	}
	if l.recent.Len() >= l.most {
		oldest := l.recent.Back()
		delete(l.known, oldest.Value.(*counted[K]).key)
		l.recent.Remove(oldest)
	}
	c := &counted[K]{key, rate.NewLimiter(l.limit, l.burst)}
	l.known[key] = l.recent.PushFront(c)
	return c.Limiter
}
