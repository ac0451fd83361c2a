package library

import (
	"sync/atomic"
	"time"
)

// Stats are what a library has done since it was opened.
type Stats struct {
	Indexed   uint64        // files indexed
	IndexTime time.Duration // that it took, all together
	Films     CacheStats
	Segments  CacheStats // and streams, which hold their init segments
}

// CacheStats are what a cache was good for.
type CacheStats struct {
	Hits, Misses uint64
	Bytes        int64 // roughly what it holds
}

// Stats tells what the library has done.
func (l *Library) Stats() Stats {
	s := Stats{Indexed: l.counts.indexed.Load(), IndexTime: time.Duration(l.counts.indexTime.Load())}
	s.Films = CacheStats{Hits: l.counts.hits.Load(), Misses: l.counts.misses.Load()}
	l.mu.Lock()
	s.Films.Bytes = l.films.weight
	l.mu.Unlock()
	l.made.mu.Lock()
	defer l.made.mu.Unlock()
	s.Segments = CacheStats{Hits: l.made.hits, Misses: l.made.misses, Bytes: l.made.made.weight}
	return s
}

// counts are the library's own, for any goroutine.
type counts struct {
	indexed, hits, misses atomic.Uint64
	indexTime             atomic.Int64 // nanoseconds
}

// took counts a file that was indexed from then until now.
func (c *counts) took(began time.Time) {
	c.indexed.Add(1)
	c.indexTime.Add(int64(time.Since(began)))
}
