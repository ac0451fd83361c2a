package library

import (
	"fmt"
	"sync"

	"vodsrv/mp4/fragment"
)

// segments keeps what was made of films for one viewer, for the next who comes
// by: streams, which hold their init segments, and segments, which are moofs
// and where the samples lie. It is safe for any number of goroutines.
type segments struct {
	mu           sync.Mutex
	made         *lru[segmentKey, any]
	hits, misses uint64
}

// segmentKey names a segment of a stream, or the stream itself.
type segmentKey struct {
	etag   string // of the film
	tracks string
	number int // wholeStream is the stream itself
}

const wholeStream = -1

func newSegments(limit int64) *segments {
	return &segments{made: newLRU[segmentKey](limit, weighMade, func(any) {})}
}

// weighMade is roughly what a value takes of memory, in bytes.
func weighMade(v any) int64 {
	const around = 256 // key, list element, headers
	switch v := v.(type) {
	case *fragment.Stream:
		return around + int64(len(v.Init()))
	case *fragment.Segment:
		weight := int64(around)
		for _, p := range v.Parts {
			const part = 48
			weight += part + int64(len(p.Data))
		}
		return weight
	}
	return around
}

// share returns what was made under a key, or makes it. Several who come for
// it at once may each make it, which is cheaper than to wait.
func share[V any](s *segments, key segmentKey, makeIt func() (V, error)) (V, error) {
	s.mu.Lock()
	found, ok := s.made.get(key)
	if ok {
		s.hits++
	} else {
		s.misses++
	}
	s.mu.Unlock()
	if ok {
		return found.(V), nil
	}
	made, err := makeIt()
	if err != nil {
		return made, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made.put(key, made)
	return made, nil
}

// Stream is some tracks of a film. What it makes is shared by all who watch
// them.
type Stream struct {
	*fragment.Stream
	film *Film
	key  segmentKey
}

// Stream muxes tracks into one stream; see fragment.Plan.Stream.
func (f *Film) Stream(ids []uint32) (*Stream, error) {
	key := segmentKey{f.ETag(), fmt.Sprint(ids), wholeStream}
	made, err := share(f.made, key, func() (*fragment.Stream, error) { return f.Plan.Stream(ids) })
	if err != nil {
		return nil, err
	}
	return &Stream{made, f, key}, nil
}

// Segment gives segment k, which nobody may change; nil if the stream has no
// samples in it.
func (s *Stream) Segment(k int) (*fragment.Segment, error) {
	key := s.key
	key.number = k
	return share(s.film.made, key, func() (*fragment.Segment, error) { return s.Stream.Segment(k) })
}
