package library

import "sync"

// indexer works through films that nobody waits for, a few at a time. Its
// workers end when there is nothing to do.
type indexer struct {
	work func(Path)

	mu      sync.Mutex
	idle    int // workers that may still be started
	urgent  []*job
	queue   []*job        // the others; some may be urgent, too
	jobs    map[Path]*job // waiting and being worked on
	closed  bool
	workers sync.WaitGroup
}

// job is one film to index.
type job struct {
	path   Path
	urgent bool
	taken  bool
	done   chan struct{} // closed when it is indexed, or never will be
}

func newIndexer(workers int, work func(Path)) indexer {
	return indexer{work: work, idle: workers, jobs: map[Path]*job{}}
}

// add asks for a film to be indexed, before all that is not urgent if it is;
// the channel is closed when that is done.
func (x *indexer) add(p Path, urgent bool) <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	j, ok := x.jobs[p]
	if !ok {
		j = &job{path: p, done: make(chan struct{})}
		if x.closed {
			close(j.done)
			return j.done
		}
		x.jobs[p] = j
		if !urgent {
			x.queue = append(x.queue, j)
		}
	}
	if urgent && !j.urgent && !j.taken {
		j.urgent = true
		x.urgent = append(x.urgent, j)
	}
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
	for _, queue := range []*[]*job{&x.urgent, &x.queue} {
		for len(*queue) > 0 {
			j := (*queue)[0]
			*queue = (*queue)[1:]
			if !j.taken {
				j.taken = true
				return j
			}
		}
	}
	x.idle++
	return nil
}

// close drops what waits, and waits for what is worked on.
func (x *indexer) close() {
	x.mu.Lock()
	x.closed = true
	for p, j := range x.jobs {
		if !j.taken {
			delete(x.jobs, p)
			close(j.done)
		}
	}
	x.urgent, x.queue = nil, nil
	x.mu.Unlock()
	x.workers.Wait()
}
