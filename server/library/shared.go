package library

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"vodsrv/mp4/fragment"
)

// Shared keeps small values where several servers find them. It is safe for any
// number of goroutines.
type Shared interface {
	// Get returns the value of a key; fs.ErrNotExist if there is none.
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, value []byte) error
	// Prune removes what was put before then, but for the keys that are to stay:
	// others may have put something, too.
	Prune(ctx context.Context, before time.Time, stay func(key string) bool) error
	Close() error
}

const (
	// sharedPatience is how long a film that is to be indexed waits for a
	// description by others, and putPatience how long one may take to be put.
	sharedPatience = time.Second
	putPatience    = 10 * time.Second
	// sharedRest is for how long nothing is asked for after a failure.
	sharedRest = 30 * time.Second
	// sharedWriters put at the same time, from a queue of maxUnshared.
	sharedWriters = 4
	maxUnshared   = 4096
	// closePatience is how long a server that stops goes on putting.
	closePatience = 3 * time.Second
	// prunePatience is how long it may take to look through all there is.
	prunePatience = 5 * time.Minute
	// sharedAge is for how long a description is kept that no server here needs.
	sharedAge = 30 * 24 * time.Hour
)

// shared keeps descriptions for other servers, and takes theirs, by what they
// depend on. Nil does nothing: all of it can be made again.
type shared struct {
	store   Shared
	trouble func(error) // called once
	once    sync.Once
	gets    rest
	puts    rest

	queue   chan *unshared
	closing chan struct{} // closed when there will be no more
	workers sync.WaitGroup
	ctx     context.Context // done when the server has no more time
	hurry   context.CancelFunc
}

// unshared is a description that is to be put.
type unshared struct {
	path  Path
	known known
}

// rest follows a failure, so that films which are to be indexed don't wait for
// the same one after another.
type rest struct{ until atomic.Int64 } // in ns since 1970

func (r *rest) begin()    { r.until.Store(time.Now().Add(sharedRest).UnixNano()) }
func (r *rest) now() bool { return time.Now().UnixNano() < r.until.Load() }

func newShared(store Shared, trouble func(error)) *shared {
	if store == nil {
		return nil
	}
	s := &shared{store: store, trouble: trouble, queue: make(chan *unshared, maxUnshared), closing: make(chan struct{})}
	s.ctx, s.hurry = context.WithCancel(context.Background())
	for range sharedWriters {
		s.workers.Go(s.run)
	}
	return s
}

// run puts what there is, until there will be no more.
func (s *shared) run() {
	for {
		select {
		case u := <-s.queue:
			s.write(u)
			continue
		case <-s.closing:
		}
		for {
			select {
			case u := <-s.queue:
				s.write(u)
			default:
				return
			}
		}
	}
}

// sharedKey names a description by all that it depends on.
func sharedKey(p Path, id identity) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d %d %d", p, id.inode, id.size, id.mtime))
	return fmt.Sprintf("%d.%d/%x", cacheVersion, fragment.Version, sum[:16])
}

// likeSharedKey tells whether such a name could be a key, of any version.
var likeSharedKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+\.[0-9]+/[0-9a-f]{32}$`) })

// get returns a description that a server made, whether or not it was this one.
// One that is damaged is not there, as is one that does not come soon.
func (s *shared) get(p Path, id identity) (known, bool) {
	if s == nil || s.gets.now() {
		return known{}, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), sharedPatience)
	defer cancel()
	value, err := s.store.Get(ctx, sharedKey(p, id))
	if s.failed(err) {
		s.gets.begin()
	}
	if err != nil {
		return known{}, false
	}
	k, ok := decode(value, p)
	return k, ok && k.id == id
}

// put has a description put by and by. If there are too many, it is forgotten.
func (s *shared) put(p Path, k known) {
	if s == nil || k.again {
		return
	}
	select {
	case s.queue <- &unshared{p, k}:
	default:
	}
}

func (s *shared) write(u *unshared) {
	ctx, cancel := context.WithTimeout(s.ctx, putPatience)
	defer cancel()
	value, err := encode(u.known)
	if err != nil || ctx.Err() != nil || s.puts.now() {
		return
	}
	if s.failed(s.store.Put(ctx, sharedKey(u.path, u.known.id), value)) {
		s.puts.begin()
	}
}

// failed tells whether a request failed, and whoever wants to know.
func (s *shared) failed(err error) bool {
	if err == nil || errors.Is(err, fs.ErrNotExist) || s.ctx.Err() != nil {
		return false
	}
	if s.trouble != nil {
		s.once.Do(func() { s.trouble(err) })
	}
	return true
}

// prune removes what has become old, but for the descriptions of films that are
// there. It waits for nothing.
func (s *shared) prune(there map[Path]identity) {
	if s == nil {
		return
	}
	stay := make(map[string]bool, len(there))
	for p, id := range there {
		stay[sharedKey(p, id)] = true
	}
	s.workers.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, prunePatience)
		defer cancel()
		s.failed(s.store.Prune(ctx, time.Now().Add(-sharedAge), func(key string) bool { return stay[key] || !likeSharedKey().MatchString(key) }))
	})
}

// close puts what waits, but does not take long.
func (s *shared) close() error {
	if s == nil {
		return nil
	}
	close(s.closing)
	late := time.AfterFunc(closePatience, s.hurry)
	s.workers.Wait()
	late.Stop()
	s.hurry()
	return s.store.Close()
}
