package load

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is what the server took, by its own /metrics.
type Server struct {
	MemoryBefore     int64 `json:"memoryBefore"` // resident, in bytes
	MemoryMost       int64 `json:"memoryMost"`
	MemoryEach       int64 `json:"memoryEach"` // more for each viewer
	GoroutinesBefore int64 `json:"goroutinesBefore"`
	GoroutinesMost   int64 `json:"goroutinesMost"`
}

// usage follows what the server takes, once a second.
type usage struct {
	stop   context.CancelFunc
	all    sync.WaitGroup
	known  bool
	server Server
}

// watchServer begins; a server without metrics is not followed.
func (t *target) watchServer(ctx context.Context) *usage {
	ctx, stop := context.WithCancel(ctx)
	u := &usage{stop: stop}
	memory, goroutines, ok := t.metrics(ctx)
	if !ok {
		return u
	}
	u.known = true
	u.server = Server{MemoryBefore: memory, MemoryMost: memory, GoroutinesBefore: goroutines, GoroutinesMost: goroutines}
	u.all.Go(func() {
		for wait(ctx, time.Second) {
			if memory, goroutines, ok := t.metrics(ctx); ok {
				u.server.MemoryMost = max(u.server.MemoryMost, memory)
				u.server.GoroutinesMost = max(u.server.GoroutinesMost, goroutines)
			}
		}
	})
	return u
}

// end is what the server took for so many viewers; nil if it does not say.
func (u *usage) end(viewers int) *Server {
	u.stop()
	u.all.Wait()
	if !u.known {
		return nil
	}
	u.server.MemoryEach = (u.server.MemoryMost - u.server.MemoryBefore) / int64(max(viewers, 1))
	return &u.server
}

// metrics asks for the memory and the goroutines of the server.
func (t *target) metrics(ctx context.Context) (memory, goroutines int64, ok bool) {
	before, _, _ := strings.Cut(t.url.Path, "/ws/")
	address := url.URL{Scheme: "http", Host: t.url.Host, Path: before + "/metrics", User: t.url.User}
	if t.tls {
		address.Scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return 0, 0, false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, 0, false
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return 0, 0, false
	}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		switch name {
		case "process_resident_memory_bytes":
			memory, ok = int64(n), true
		case "go_goroutines":
			goroutines = int64(n)
		}
	}
	return memory, goroutines, ok
}
