package store

import (
	"container/list"
	"sync"
	"time"

	"vodsrv/server/library"
)

// blockSize is how much of an object is asked for at once while it is watched:
// some seconds of a film of common size. Requests cost money, and memory for two
// of these is what each viewer takes who watches what nobody else does.
const blockSize = 512 << 10

// blockKey names a block of an object.
type blockKey struct {
	path   library.Path
	etag   string
	number int64
}

// block is a part of an object. It is filled once.
type block struct {
	key   blockKey
	ready chan struct{} // closed when there are:
	data  []byte
	err   error

	patience time.Duration // for which it was tried in vain
	begun    bool          // its first half was read by someone
	place    *list.Element
}

// blocks are what was read of objects, those used last. It is safe for any
// number of goroutines.
type blocks struct {
	limit int

	mu    sync.Mutex
	there map[blockKey]*block
	order *list.List // of those that are filled, the one used last in front
}

func newBlocks(bytes int64) *blocks {
	return &blocks{limit: int(max(bytes/blockSize, 1)), there: map[blockKey]*block{}, order: list.New()}
}

// take returns the blocks of an object between two numbers. Those that were not
// there are for the caller to fill; they come as runs that lie side by side.
func (c *blocks) take(key blockKey, first, last int64) (all []*block, missing [][]*block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	side := false
	for key.number = first; key.number <= last; key.number++ {
		b, ok := c.there[key]
		if !ok {
			b = &block{key: key, ready: make(chan struct{})}
			c.there[key] = b
			if !side {
				missing = append(missing, nil)
			}
			run := &missing[len(missing)-1]
			*run = append(*run, b)
		} else if b.place != nil {
			c.order.MoveToFront(b.place)
		}
		side = !ok
		all = append(all, b)
	}
	return all, missing
}

// fulfil gives a block what is in it.
func (c *blocks) fulfil(b *block, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.data = data
	close(b.ready)
	b.place = c.order.PushFront(b)
	for c.order.Len() > c.limit {
		oldest := c.order.Remove(c.order.Back()).(*block)
		delete(c.there, oldest.key)
	}
}

// fail gives up a block. Whoever comes next tries again.
func (c *blocks) fail(b *block, err error, patience time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.err, b.patience = err, patience
	close(b.ready)
	delete(c.there, b.key)
}

// passed notes what of a block was read, and tells whether someone has come from
// its first half to its second.
func (c *blocks) passed(key blockKey, from, to int64) bool {
	middle := key.number*blockSize + blockSize/2
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.there[key]
	if !ok {
		return false
	}
	b.begun = b.begun || from < middle
	return b.begun && to > middle
}
