package store

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/minio/minio-go/v7"

	"vodsrv/server/library"
)

const (
	// fresh is for how long what the store said of a name is good: each segment
	// that is asked for looks at its film.
	fresh = 5 * time.Second
	// maxKnown is how many names are known, and maxLists how many lists.
	maxKnown = 100_000
	maxLists = 1_000
	// maxKey is how many bytes a key has at most.
	maxKey = 1024
)

// known is what the store said of names not long ago. The zero value is empty.
type known struct {
	mu    sync.Mutex
	names map[library.Path]saying
	lists map[library.Path]listing
}

// saying is what the store said of a name; stat is nil if there is none.
type saying struct {
	stat *stat
	at   time.Time
}

type listing struct {
	entries []fs.DirEntry
	at      time.Time
}

// get returns what was said last; good tells whether that is not long ago.
func (k *known) get(p library.Path) (last saying, good bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	last = k.names[p]
	return last, !last.at.IsZero() && time.Since(last.at) < fresh
}

func (k *known) put(p library.Path, found *stat) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.names = room(k.names, maxKnown)
	k.names[p] = saying{found, time.Now()}
}

// doubt has the store asked anew.
func (k *known) doubt(p library.Path) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.names, p)
	delete(k.lists, p.Parent())
}

func (k *known) list(p library.Path) []fs.DirEntry {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.lists[p]; time.Since(l.at) < fresh {
		return l.entries
	}
	return nil
}

// putList takes in a list, and all that it says of names.
func (k *known) putList(p library.Path, found map[string]*stat) []fs.DirEntry {
	entries := make([]fs.DirEntry, 0, len(found))
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		entries = append(entries, fs.FileInfoToDirEntry(found[name]))
		k.names = room(k.names, maxKnown)
		k.names[join(p, name)] = saying{found[name], now}
	}
	k.lists = room(k.lists, maxLists)
	k.lists[p] = listing{entries, now}
	return entries
}

func join(p library.Path, name string) library.Path {
	if p == "" {
		return library.Path(name)
	}
	return p + "/" + library.Path(name)
}

// room makes a map, or drops something of one that is full.
func room[V any](m map[library.Path]V, limit int) map[library.Path]V {
	if m == nil {
		m = map[library.Path]V{}
	}
	for p := range m {
		if len(m) < limit {
			break
		}
		delete(m, p)
	}
	return m
}

// stat looks at a name, if the store did not say just now what it is. A store
// that can't be reached leaves what was known.
func (b *Bucket) stat(p library.Path) (*stat, error) {
	if p == "" {
		return &stat{name: ".", folder: true}, nil
	}
	last, good := b.known.get(p)
	if !good {
		found, err, _ := b.once.Do("look "+string(p), func() (any, error) {
			if now, good := b.known.get(p); good && now.stat != nil {
				return now.stat, nil // another asked between the look and here
			}
			return b.look(p, b.patienceFor(last))
		})
		switch {
		case err == nil:
			last.stat = found.(*stat)
		case errors.Is(err, fs.ErrNotExist):
			last.stat = nil
		case last.stat != nil:
			b.known.put(p, last.stat)
		default:
			return nil, err
		}
	}
	if last.stat == nil {
		return nil, fs.ErrNotExist
	}
	return last.stat, nil
}

// patienceFor is how long to ask for what was known before: not at all again.
func (b *Bucket) patienceFor(last saying) time.Duration {
	if last.stat != nil {
		return 0
	}
	return lookPatience
}

// look asks the store what a name is.
func (b *Bucket) look(p library.Path, patience time.Duration) (*stat, error) {
	if len(b.key(p)) > maxKey || !utf8.ValidString(string(p)) {
		return nil, errGone
	}
	found := &stat{name: p.Name(), folder: true}
	if p.ContentType() != "" {
		err := b.persist(b.ctx, kindLook, patience, func(ctx context.Context) (bool, error) {
			o, err := b.core.StatObject(ctx, b.at.Bucket, b.key(p), minio.StatObjectOptions{})
			if err == nil {
				found = &stat{name: p.Name(), size: o.Size, modified: o.LastModified, etag: o.ETag}
			}
			return false, err
		})
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return b.tell(p, found, err)
		}
	}
	return b.tell(p, found, b.peek(p, patience, false))
}

// tell keeps what the store said of a name.
func (b *Bucket) tell(p library.Path, found *stat, err error) (*stat, error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.known.put(p, nil)
	case err == nil:
		b.known.put(p, found)
	}
	return found, err
}

// peek looks whether there is anything in a folder: there is no other sign of
// one. A bucket may be empty.
func (b *Bucket) peek(p library.Path, patience time.Duration, empty bool) error {
	return b.persist(b.ctx, kindLook, patience, func(ctx context.Context) (bool, error) {
		for o := range b.core.ListObjectsIter(ctx, b.at.Bucket, minio.ListObjectsOptions{Prefix: b.below(p), MaxKeys: 1}) {
			return false, o.Err
		}
		if empty || ctx.Err() != nil {
			return false, ctx.Err()
		}
		return false, errGone
	})
}

// list lists a folder.
func (b *Bucket) list(p library.Path) ([]fs.DirEntry, error) {
	var found map[string]*stat
	err := b.persist(b.ctx, kindList, lookPatience, func(ctx context.Context) (bool, error) {
		found = map[string]*stat{}
		there := p == ""
		for o := range b.core.ListObjectsIter(ctx, b.at.Bucket, minio.ListObjectsOptions{Prefix: b.below(p)}) {
			if o.Err != nil {
				return false, o.Err
			}
			there = true
			b.addTo(found, p, o)
		}
		if ctx.Err() == nil && !there {
			return false, errGone
		}
		return false, ctx.Err() // the iteration ends without a word then
	})
	if err != nil {
		return nil, err
	}
	return b.known.putList(p, found), nil
}

// addTo takes in one line of a list. A film goes before a folder of the same
// name, as it does when it is asked for.
func (b *Bucket) addTo(found map[string]*stat, p library.Path, o minio.ObjectInfo) {
	name, ok := strings.CutPrefix(o.Key, b.below(p))
	name, folder := strings.CutSuffix(name, "/")
	if !ok || !plain(name) || folder && found[name] != nil {
		return
	}
	s := &stat{name: name, folder: folder}
	if !folder {
		s.size, s.modified, s.etag = o.Size, o.LastModified, strings.Trim(o.ETag, `"`)
		if library.Path(name).ContentType() == "" {
			return // as look does
		}
	}
	found[name] = s
}
