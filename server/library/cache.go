package library

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
)

const (
	// cacheVersion is raised when descriptions of the same film would be others.
	cacheVersion = 2
	// cachePatience is how long to wait for another server to let go.
	cachePatience = 200 * time.Millisecond
	// writeEvery is how long descriptions are gathered before they are written.
	writeEvery = 500 * time.Millisecond
	// cacheAge is for how long a file is kept that no server has opened.
	cacheAge = 90 * 24 * time.Hour
	// maxRebuilds bounds how often a damaged file is begun anew.
	maxRebuilds = 3
)

// cache keeps descriptions of films on disk, in a file for each library. It is
// safe for any number of goroutines, and nil does nothing: all of it can be
// made again.
type cache struct {
	path    string
	stop    context.CancelFunc
	done    chan struct{}
	nudge   chan struct{}
	rebuilt func() // called when nothing is left of what was kept

	// mu is held while db is used, by one at a time: who runs into damage may
	// leave locks of the database behind that nobody opens any more.
	mu       sync.Mutex
	db       *bbolt.DB // nil if it can't be used
	rebuilds int

	waiting sync.Mutex
	queue   map[Path]known
}

// record is a description as it is kept.
type record struct {
	Inode    uint64
	Size     int64
	Modified int64
	Complete bool
	Grown    string
	Info     info.File
}

// cacheName is how many characters the names of the files have, before .db.
const cacheName = 16

// openCache opens the file for what is served at a place, such as the absolute
// path of a folder. Errors say why there is no cache.
func openCache(dir, place string) (*cache, error) {
	err := os.MkdirAll(dir, 0o700)
	if err != nil {
		return nil, err
	}
	name := sha256.Sum256([]byte(place))
	c := &cache{
		path: filepath.Join(dir, hex.EncodeToString(name[:cacheName/2])+".db"), done: make(chan struct{}), nudge: make(chan struct{}, 1),
		queue: map[Path]known{}, rebuilt: func() {},
	}
	if c.db, err = c.open(); err != nil {
		return nil, err
	}
	sweep(dir, c.path)
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	go c.run(ctx)
	return c, nil
}

// sweep removes the files of folders that have not been served for long: each
// start writes to its file. One who serves such a folder still makes its
// descriptions again.
func sweep(dir, own string) {
	files, err := filepath.Glob(filepath.Join(dir, strings.Repeat("[0-9a-f]", cacheName)+".db"))
	if err != nil {
		return // there is no such error for this pattern, and nothing is lost
	}
	for _, path := range files {
		if stat, err := os.Lstat(path); err == nil && path != own && stat.Mode().IsRegular() && time.Since(stat.ModTime()) > cacheAge {
			_ = os.Remove(path) // another may have done it
		}
	}
}

// open opens the file. One that is damaged is begun anew.
func (c *cache) open() (*bbolt.DB, error) {
	db, err := c.openFile()
	if err == nil || errors.Is(err, bolterrors.ErrTimeout) || errors.Is(err, os.ErrPermission) {
		return db, err
	}
	if err := os.Remove(c.path); err != nil {
		return nil, err
	}
	return c.openFile()
}

// bucket names what is kept, by all that it depends on.
var bucket = fmt.Appendf(nil, "films %d.%d", cacheVersion, fragment.Version)

func (c *cache) openFile() (db *bbolt.DB, err error) {
	err = guarded(func() error {
		// With NoFreelistSync it would look for free pages in a goroutine of its
		// own, where nobody catches what a damaged page makes of it.
		db, err = bbolt.Open(c.path, 0o600, &bbolt.Options{Timeout: cachePatience, FreelistType: bbolt.FreelistMapType})
		if err != nil {
			return err
		}
		return db.Update(func(tx *bbolt.Tx) error {
			var old [][]byte
			err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
				if string(name) != string(bucket) {
					old = append(old, append([]byte{}, name...))
				}
				return nil
			})
			for _, name := range old {
				err = errors.Join(err, tx.DeleteBucket(name))
			}
			_, made := tx.CreateBucketIfNotExists(bucket)
			return errors.Join(err, made)
		})
	})
	if err != nil && db != nil && !errors.Is(err, errDamaged) {
		_ = guarded(db.Close)
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = fmt.Errorf("%s is in use by another server: %w", c.path, err)
	}
	return db, err
}

// errDamaged says that the file does not hold what it should.
var errDamaged = errors.New("library: the cache is damaged")

// guarded runs what works on a file that may hold anything: the database
// believes what it reads, and reads it as memory.
func guarded(f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", errDamaged, fault)
		}
	}()
	return f()
}

// get returns what is known of a file, if it has not changed.
func (c *cache) get(p Path, id identity) (k known, ok bool) {
	if c == nil {
		return k, false
	}
	c.use(func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			k, ok = decode(tx.Bucket(bucket).Get([]byte(p)), p)
			return nil
		})
	})
	return k, ok && k.id == id
}

// put keeps a description, by and by.
func (c *cache) put(p Path, k known) {
	if c == nil || k.again {
		return
	}
	c.waiting.Lock()
	c.queue[p] = k
	c.waiting.Unlock()
	select {
	case c.nudge <- struct{}{}:
	default:
	}
}

// run writes what is to be kept, until the cache is closed.
func (c *cache) run(ctx context.Context) {
	defer close(c.done)
	for {
		select {
		case <-ctx.Done():
			c.flush()
			return
		case <-c.nudge:
		}
		select {
		case <-ctx.Done():
		case <-time.After(writeEvery):
		}
		c.flush()
	}
}

// flush writes what waits. A disk that is full loses it, and nothing else.
func (c *cache) flush() {
	c.waiting.Lock()
	queue := c.queue
	c.queue = map[Path]known{}
	c.waiting.Unlock()
	if len(queue) == 0 {
		return
	}
	c.update(func(b *bbolt.Bucket) error {
		for p, k := range queue {
			text, err := encode(k)
			if err == nil {
				err = b.Put([]byte(p), text)
			}
			if err != nil && !errors.Is(err, bolterrors.ErrKeyTooLarge) {
				return err
			}
		}
		return nil
	})
}

// prune forgets films that are gone.
func (c *cache) prune(there func(Path) bool) {
	if c == nil {
		return
	}
	c.update(func(b *bbolt.Bucket) error {
		var gone [][]byte
		err := b.ForEach(func(p, _ []byte) error {
			if !there(Path(p)) {
				gone = append(gone, append([]byte{}, p...))
			}
			return nil
		})
		for _, p := range gone {
			err = errors.Join(err, b.Delete(p))
		}
		return err
	})
}

func (c *cache) update(f func(*bbolt.Bucket) error) {
	c.use(func(db *bbolt.DB) error {
		return db.Update(func(tx *bbolt.Tx) error { return f(tx.Bucket(bucket)) })
	})
}

// use does something with the file, if there is one. One that turns out to be
// damaged is begun anew; what was done then comes to nothing. All other
// trouble, such as a full disk, costs no more than what was to be kept.
func (c *cache) use(f func(*bbolt.DB) error) {
	c.mu.Lock()
	var err error
	if db := c.db; db != nil {
		err = guarded(func() error { return f(db) })
	}
	damaged := errors.Is(err, errDamaged)
	if damaged {
		c.rebuild()
	}
	c.mu.Unlock()
	if damaged {
		c.rebuilt()
	}
}

// rebuild begins a damaged file anew. The old one is not closed, which could
// wait for ever, but removed: it goes with the program.
func (c *cache) rebuild() {
	c.db = nil
	if c.rebuilds++; c.rebuilds <= maxRebuilds && os.Remove(c.path) == nil {
		c.db, _ = c.open() // or there is none
	}
}

func (c *cache) close() {
	if c == nil {
		return
	}
	c.stop()
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db != nil {
		_ = guarded(c.db.Close)
		c.db = nil
	}
}

// castagnoli is made when it is first used: nobody should wait for it when the
// program starts.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// encode makes the value of a record: a checksum, and JSON.
func encode(k known) ([]byte, error) {
	text, err := json.Marshal(record{k.id.inode, k.id.size, k.id.mtime, k.complete, k.grown, k.info})
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint32(nil, crc32.Checksum(text, castagnoli())), text...), nil
}

// decode reads a record; false for one that is damaged.
func decode(value []byte, p Path) (known, bool) {
	if len(value) < 4 || crc32.Checksum(value[4:], castagnoli()) != binary.BigEndian.Uint32(value) {
		return known{}, false
	}
	var r record
	if json.Unmarshal(value[4:], &r) != nil {
		return known{}, false
	}
	r.Info.Path = p.Escaped()
	return known{id: identity{r.Inode, r.Size, r.Modified}, info: r.Info, complete: r.Complete, grown: r.Grown}, true
}
