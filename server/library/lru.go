package library

import "container/list"

// lru is a map that forgets what was used longest ago when its values weigh
// too much together. The newest stays, whatever its weight. It is for one
// goroutine at a time.
type lru[K comparable, V any] struct {
	limit   int64
	weigh   func(V) int64 // the same each time for a value
	evicted func(V)       // told of each value that goes, also of one that is replaced
	weight  int64
	order   *list.List
	items   map[K]*list.Element
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](limit int64, weigh func(V) int64, evicted func(V)) *lru[K, V] {
	return &lru[K, V]{limit: limit, weigh: weigh, evicted: evicted, order: list.New(), items: map[K]*list.Element{}}
}

func (c *lru[K, V]) get(key K) (value V, ok bool) {
	e, ok := c.items[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(lruItem[K, V]).value, true
}

func (c *lru[K, V]) put(key K, value V) {
	c.remove(key)
	c.items[key] = c.order.PushFront(lruItem[K, V]{key, value})
	c.weight += c.weigh(value)
	for c.weight > c.limit && len(c.items) > 1 {
		c.remove(c.order.Back().Value.(lruItem[K, V]).key)
	}
}

func (c *lru[K, V]) remove(key K) {
	e, ok := c.items[key]
	if !ok {
		return
	}
	value := e.Value.(lruItem[K, V]).value
	c.order.Remove(e)
	delete(c.items, key)
	c.weight -= c.weigh(value)
	c.evicted(value)
}

func (c *lru[K, V]) clear() {
	for c.order.Len() > 0 {
		c.remove(c.order.Back().Value.(lruItem[K, V]).key)
	}
}
