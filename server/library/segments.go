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
	measuring    sync.Mutex // held by the one who works out where segments begin
	mu           sync.Mutex
	made         *lru[segmentKey, any]
	hits, misses uint64
}

// segmentKey names a segment of a stream, or the stream itself.
type segmentKey struct {
	path   Path   // of the film: two disks may have files of one inode
	etag   string // of the film
	tracks string
	number int // wholeStream is the stream itself
}

const (
	wholeStream = -1
	// startsOf and below are where the segments begin, one number for each count
	// of segments: a film that grows has more and more.
	startsOf = -2
)

func newSegments(limit int64) *segments {
	return &segments{made: newLRU[segmentKey](limit, weighMade, func(any) {})}
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
	case *fragment.Stream:
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
	made, err := s.now()
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
	made, err := s.now()
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
		made, err := s.now()
		if err != nil {
			return nil, err
		}
		return made.Segment(k)
	})
}

// Has tells whether the stream has samples in segment k.
func (s *Stream) Has(k int) bool {
	made, err := s.now()
	return err == nil && k < made.Len() && made.Samples(k) > 0
}

// Frames tells whether IFrame has pictures to give.
func (s *Stream) Frames() bool {
	made, err := s.now()
	return err == nil && made.Frames()
}

// IFrame gives a picture as a segment by itself; see fragment.Stream.IFrame.
func (s *Stream) IFrame(k, last int) (*fragment.Segment, error) {
	made, err := s.now()
	if err != nil {
		return nil, err
	}
	return made.IFrame(k, last)
}

// Starts tells where each segment begins, in bytes, in the file that the init
// segment and all segments make one behind the other; and last its size.
func (s *Stream) Starts() ([]int64, error) {
	s.film.made.measuring.Lock()
	defer s.film.made.measuring.Unlock()
	made, err := s.now()
	if err != nil {
		return nil, err
	}
	key := s.key
	key.number = startsOf - made.Len()
	return share(s.film.made, key, func() ([]int64, error) {
		starts := make([]int64, 0, made.Len()+1)
		at := int64(len(s.init))
		for k := range made.Len() {
			starts = append(starts, at)
			segment, err := made.Segment(k)
			if err != nil {
				return nil, err
			}
			if segment != nil {
				at += segment.Size()
			}
		}
		return append(starts, at), nil
	})
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

// now is the stream of the film as it is. That of a film that grows is kept
// with the edition, which is forgotten for the next.
func (s *Stream) now() (*fragment.Stream, error) {
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
