package server

import (
	"context"
	"sync/atomic"
)

// queue lets a few do something at once. Some more may wait.
type queue struct {
	places  chan struct{}
	waiting atomic.Int64
	most    int64 // who may wait
}

func newQueue(places, most int) *queue {
	return &queue{places: make(chan struct{}, places), most: int64(most)}
}

// enter waits for a place, which leave gives back. It fails with errBusy where
// too many wait.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	defer q.waiting.Add(-1)
	if q.waiting.Add(1) > q.most {
		return nil, errBusy
	}
	select {
	case q.places <- struct{}{}:
		return func() { <-q.places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
