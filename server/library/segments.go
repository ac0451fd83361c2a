package library

import (
	"context"
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
	making       map[segmentKey]chan struct{} // closed when alone's one has left
	hits, misses uint64
}

// segmentKey names a segment of a stream, or the stream itself.
type segmentKey struct {
	path   Path   // of the film: two disks may have files of one inode
	etag   string // of the film
	tracks string
	number int // of a segment, or one of those below
}

const (
	wholeStream = -1 // the stream itself
	startsOf    = -2 // where the segments begin
	keptOf      = -3 // what Keep keeps; tracks is its name
)

func newSegments(limit int64) *segments {
	return &segments{made: newLRU[segmentKey](limit, weighMade, func(any) {}), making: map[segmentKey]chan struct{}{}}
}

// weighMade is roughly what a value takes of memory, in bytes.
func weighMade(v any) int64 {
	const around = 256 // key, list element, headers
	switch v := v.(type) {
	case []int64:
		return around + 8*int64(len(v))
	case *fragment.Segment:
		if v == nil { // the stream has no samples there
			return around
		}
		return around + weighParts(v.Parts)
	case Weighed: // *fragment.Stream among them
		return around + v.Memory()
	}
	return around
}

func weighParts(parts []fragment.Part) (weight int64) {
	for _, p := range parts {
		const part = 48
		weight += part + int64(len(p.Data))
	}
	return weight
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
	if err == nil {
		s.put(key, made)
	}
	return made, err
}

func (s *segments) put(key segmentKey, made any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made.put(key, made)
}

// alone waits until nobody else makes what belongs to a key, or ctx is done; it
// is for what costs more than to wait.
func (s *segments) alone(ctx context.Context, key segmentKey) (leave func(), err error) {
	for {
		s.mu.Lock()
		other := s.making[key]
		if other == nil {
			mine := make(chan struct{})
			s.making[key] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.making, key)
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Weighed is what can be kept beside a film.
type Weighed interface {
	Memory() int64 // roughly, in bytes
}

// Keep returns what was made of a film, as a plan of it has it, under a name; or
// has it made, once for all who come for it at the same time. What is kept
// counts as the film's segments do, and goes like them.
func Keep[V Weighed](ctx context.Context, f *Film, p *fragment.Plan, name string, makeIt func() (V, error)) (V, error) {
	key := segmentKey{f.path, f.ETag(), fmt.Sprintf("%s %d %t", name, p.Len(), p.Open()), keptOf}
	leave, err := f.made.alone(ctx, key)
	if err != nil {
		var none V
		return none, err
	}
	defer leave()
	return share(f.made, key, makeIt)
}

// Stream is some tracks of a film. What it makes is shared by all who watch
// them.
type Stream struct {
	film *Film
	key  segmentKey
	ids  []uint32
	part func() (*fragment.Stream, error) // makes the stream of a clip; nil for all of the film

	init   []byte
	mime   string
	tracks []uint32
}

// Stream muxes tracks into one stream; see fragment.Plan.Stream.
func (f *Film) Stream(ids []uint32) (*Stream, error) {
	s := &Stream{film: f, ids: ids, key: segmentKey{f.path, f.ETag(), fmt.Sprint(ids), wholeStream}}
	return s, s.prepare()
}

func (s *Stream) prepare() error {
	made, err := s.Now()
	if err == nil {
		s.init, s.mime, s.tracks = made.Init(), made.MIME(), made.Tracks()
	}
	return err
}

// Tracks are the ids of the stream's tracks, in the order of the file.
func (s *Stream) Tracks() []uint32 { return s.tracks }

// MIME is the type to ask MediaSource.isTypeSupported for.
func (s *Stream) MIME() string { return s.mime }

// Init is the init segment.
func (s *Stream) Init() []byte { return s.init }

// Seek is the number of the segment that holds the key frame at or before a
// presentation time in seconds.
func (s *Stream) Seek(seconds float64) int {
	made, err := s.Now()
	if err != nil {
		return 0 // which it was not when the stream was made
	}
	return made.Seek(seconds)
}

// Segment gives segment k, which nobody may change; nil if the stream has no
// samples in it.
func (s *Stream) Segment(k int) (*fragment.Segment, error) {
	key := s.key
	key.number = k
	return share(s.film.made, key, func() (*fragment.Segment, error) {
		made, err := s.Now()
		if err != nil {
			return nil, err
		}
		return made.Segment(k)
	})
}

// mostUnasked is how many segments are measured between two looks whether
// anyone still waits for them.
const mostUnasked = 64

// Starts tells where each segment begins, in bytes, in the file that the init
// segment and all segments make one behind the other; and last its size. It
// gives up when ctx is done. Where segments are left to be measured, the first
// who comes waits for its turn, unless that is nil, and all others for the first.
func (s *Stream) Starts(ctx context.Context, turn func(context.Context) (leave func(), err error)) ([]int64, error) {
	key := s.key
	key.number = startsOf
	leave, err := s.film.made.alone(ctx, key)
	if err != nil {
		return nil, err
	}
	defer leave()
	made, err := s.Now()
	if err != nil {
		return nil, err
	}
	starts, err := share(s.film.made, key, func() ([]int64, error) { return []int64{int64(len(s.init))}, nil })
	if err != nil {
		return nil, err
	}
	if len(starts) > made.Len() {
		return starts[:made.Len()+1], nil
	}
	if turn != nil {
		over, err := turn(ctx)
		if err != nil {
			return nil, err
		}
		defer over()
	}
	// Of a film that grows, the segments that are measured stay as they are.
	starts = append(make([]int64, 0, made.Len()+1), starts...)
	for k := len(starts) - 1; k < made.Len(); k++ {
		if k%mostUnasked == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		segment, err := made.Segment(k)
		if err != nil {
			return nil, err
		}
		size := int64(0)
		if segment != nil {
			size = segment.Size()
		}
		starts = append(starts, starts[k]+size)
	}
	s.film.made.put(key, starts)
	return starts, nil
}

// Clip is some tracks of a part of the film, between two presentation times in
// seconds, as a film by itself; a zero end is the film's. A film that grows may
// have another clip later: the size of what was read tells them apart.
func (f *Film) Clip(ids []uint32, from, to float64) (clip *Stream, size int64, err error) {
	m := f.Movie()
	s := &Stream{film: f, ids: ids, key: segmentKey{f.path, f.ETag(), fmt.Sprintf("%v %g %g %d", ids, from, to, m.Size), wholeStream}}
	s.part = func() (*fragment.Stream, error) { return fragment.NewClip(m, from, to).Stream(ids) }
	return s, m.Size, s.prepare()
}

// Now is the stream of the film as it is. That of a film that grows is kept
// with the edition, which is forgotten for the next.
func (s *Stream) Now() (*fragment.Stream, error) {
	if s.part != nil {
		return share(s.film.made, s.key, s.part)
	}
	e := s.film.now.Load()
	if s.film.growth == nil {
		return share(s.film.made, s.key, func() (*fragment.Stream, error) { return e.plan.Stream(s.ids) })
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if made, ok := e.streams[s.key.tracks]; ok {
		return made, nil
	}
	made, err := e.plan.Stream(s.ids)
	if err != nil {
		return nil, err
	}
	if e.streams == nil {
		e.streams = map[string]*fragment.Stream{}
	}
	e.streams[s.key.tracks] = made
	return made, nil
}
