package library

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// together calls do with each number from 0 to n-1, in turn, but as many at
// once as there are processors from when on a viewer waits for the film. A
// panic of any of them is the caller's.
func (b *build) together(n int, do func(k int)) {
	t := together{n: int64(n), do: do}
	over := make(chan struct{})
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		t.helpers.Go(func() {
			select {
			case <-b.wanted:
				t.work()
			case <-over:
			}
		})
	}
	t.work()
	close(over)
	t.helpers.Wait()
	if fault := t.fault.Load(); fault != nil {
		panic(*fault)
	}
}

// together is work that is being done by several.
type together struct {
	n       int64
	do      func(k int)
	taken   atomic.Int64 // how much of it somebody does
	helpers sync.WaitGroup
	fault   atomic.Pointer[string]
}

// work does what nobody else does.
func (t *together) work() {
	defer func() {
		if fault := recover(); fault != nil {
			text := fmt.Sprintf("%v\n%s", fault, debug.Stack())
			t.fault.CompareAndSwap(nil, &text)
		}
	}()
	for {
		k := t.taken.Add(1) - 1
		if k >= t.n {
			return
		}
		t.do(int(k))
	}
}
