package library

import (
	"container/list"
	"iter"
)

// lru is a map that forgets what was used longest ago when its values weigh
// too much together. The newest stays, whatever its weight. It is for one
// goroutine at a time.
type lru[K comparable, V any] struct {
	limit   int64
	weigh   func(V) int64
	evicted func(V) // told of each value that goes, also of one that is replaced
	weight  int64
	order   *list.List
	items   map[K]*list.Element
}

type lruItem[K comparable, V any] struct {
	key    K
	value  V
	weight int64
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
	weight := c.weigh(value)
	c.items[key] = c.order.PushFront(lruItem[K, V]{key, value, weight})
	c.weight += weight
	c.shrink()
}

// reweigh takes in that a value has become heavier.
func (c *lru[K, V]) reweigh(key K) {
	e, ok := c.items[key]
	if !ok {
		return
	}
	item := e.Value.(lruItem[K, V])
	c.weight -= item.weight
	item.weight = c.weigh(item.value)
	c.weight += item.weight
	e.Value = item
	c.order.MoveToFront(e)
	c.shrink()
}

// all are the values, in no order.
func (c *lru[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for key, e := range c.items {
			if !yield(key, e.Value.(lruItem[K, V]).value) {
				return
			}
		}
	}
}

func (c *lru[K, V]) shrink() {
	for c.weight > c.limit && len(c.items) > 1 {
		c.remove(c.order.Back().Value.(lruItem[K, V]).key)
	}
}

func (c *lru[K, V]) remove(key K) {
	e, ok := c.items[key]
	if !ok {
		return
	}
	item := e.Value.(lruItem[K, V])
	c.order.Remove(e)
	delete(c.items, key)
	c.weight -= item.weight
	c.evicted(item.value)
}

func (c *lru[K, V]) clear() {
	for c.order.Len() > 0 {
		c.remove(c.order.Back().Value.(lruItem[K, V]).key)
	}
}
