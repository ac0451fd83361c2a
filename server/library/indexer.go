package library

import "sync"

// indexer works through films that nobody waits for, a few at a time. Its
// workers end when there is nothing to do.
type indexer struct {
	work func(Path)

	mu      sync.Mutex
	idle    int // workers that may still be started
	queue   []*job
	jobs    map[Path]*job // waiting and being worked on
	closed  bool
	workers sync.WaitGroup
}

// job is one film to index.
type job struct {
	path Path
	done chan struct{} // closed when it is indexed, or never will be
}

func newIndexer(workers int, work func(Path)) indexer {
	return indexer{work: work, idle: workers, jobs: map[Path]*job{}}
}

// add asks for a film to be indexed; the channel is closed when that is done.
func (x *indexer) add(p Path) <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if j, ok := x.jobs[p]; ok {
		return j.done
	}
	j := &job{path: p, done: make(chan struct{})}
	if x.closed {
		close(j.done)
		return j.done
	}
	x.jobs[p] = j
	x.queue = append(x.queue, j)
	if x.idle > 0 {
		x.idle--
		x.workers.Go(x.run)
	}
	return j.done
}

func (x *indexer) run() {
	for {
		j := x.next()
		if j == nil {
			return
		}
		x.work(j.path)
		x.mu.Lock()
		delete(x.jobs, j.path)
		x.mu.Unlock()
		close(j.done)
	}
}

// next takes a job; nil ends the worker.
func (x *indexer) next() *job {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.queue) == 0 {
		x.idle++
		return nil
	}
	j := x.queue[0]
	x.queue = x.queue[1:]
	return j
}

// close drops what waits, and waits for what is worked on.
func (x *indexer) close() {
	x.mu.Lock()
	x.closed = true
	for _, j := range x.queue {
		delete(x.jobs, j.path)
		close(j.done)
	}
	x.queue = nil
	x.mu.Unlock()
	x.workers.Wait()
}
