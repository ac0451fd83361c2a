package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/websocket"

	"vodsrv/server/live/flv/flvtest"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// running is a stream that goes until the test ends.
func running(t *testing.T, from string, o Options) *Stream {
	t.Helper()
	s, err := New("test", from, o)
	if err != nil {
		t.Fatal(err)
	}
	letRun(t, s)
	return s
}

// letRun lets a stream go until the test ends.
func letRun(t *testing.T, s *Stream) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { s.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// await waits until something is so, looking whenever the stream has news.
func await(t *testing.T, s *Stream, what string, so func() bool) {
	t.Helper()
	news := make(chan struct{}, 1)
	enough := s.follow(func() {
		select {
		case news <- struct{}{}:
		default:
		}
	})
	defer enough()
	for late := time.After(patience); !so(); {
		select {
		case <-news:
		case <-late:
			t.Fatalf("%s: not so after %v; %+v", what, patience, s.Status())
		}
	}
}

// FLV may come over HTTP, in chunks or not, behind a redirect and a password,
// or over a WebSocket; and from a file.
func TestSources(t *testing.T) {
	t.Parallel()
	stream := clip(t, 4)
	path := filepath.Join(t.TempDir(), "clip.flv")
	if err := os.WriteFile(path, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(stream) })
	mux.HandleFunc("/chunks", func(w http.ResponseWriter, _ *http.Request) {
		for b := range slices.Chunk(stream, 1000) {
			_, _ = w.Write(b)
			_ = http.NewResponseController(w).Flush()
		}
	})
	mux.Handle("/redirect", http.RedirectHandler("/plain", http.StatusFound))
	guarded := func(next http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		}
	}
	mux.HandleFunc("/for-me", guarded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(stream) })))
	mux.HandleFunc("/ws", guarded(websocket.Handler(func(ws *websocket.Conn) {
		ws.PayloadType = websocket.BinaryFrame
		for b := range slices.Chunk(stream, 1000) {
			_, _ = ws.Write(b)
		}
	})))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	at := strings.TrimPrefix(server.URL, "http://")
	for _, from := range []string{
		"http://" + at + "/plain", "http://" + at + "/chunks", "http://" + at + "/redirect",
		"http://me:secret@" + at + "/for-me", "ws://me:secret@" + at + "/ws", path,
	} {
		s := running(t, from, Options{Cutting: Cutting{Low}})
		await(t, s, from, func() bool {
			_, to := s.Bounds()
			return to > 1
		})
	}
	for from, reason := range map[string]string{
		"http://" + at + "/nothing": "404 Not Found", "http://me:wrong@" + at + "/for-me": "401 Unauthorized",
		filepath.Join(t.TempDir(), "none.flv"): "no such file",
	} {
		s := running(t, from, Options{})
		await(t, s, from, func() bool {
			status := s.Status()
			return status.State == Waiting && strings.Contains(status.Reason, reason) && s.Away() != ""
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]string{
		"a/b": "x.flv", "": "x.flv", "rtmp": "rtmp://host/app/stream", "host": "http:///x", "url": "http://[",
	} {
		if s, err := New(name, from, Options{}); err == nil {
			t.Errorf("%s=%s makes %v", name, from, s.source)
		}
	}
	if _, err := New("x", "http://me:secret@host:x/", Options{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	s, err := New("x", "http://me:secret@host/x?key=secret", Options{})
	if err != nil || strings.Contains(s.source.String(), "secret") {
		t.Errorf("%v, %v", s.source, err)
	}
}

// A source that goes away is asked again, and the stream goes on behind what
// there was.
func TestComesBack(t *testing.T) {
	t.Parallel()
	stream := clip(t, 4)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch asked++; asked {
		case 1: // cut in the middle
			_, _ = w.Write(stream[:len(stream)*2/3])
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			_, _ = w.Write([]byte("<html>rubbish</html>"))
		default:
			_, _ = w.Write(stream)
		}
	}))
	t.Cleanup(server.Close)
	s := running(t, server.URL, Options{Cutting: Cutting{Low}})
	await(t, s, "two more runs", func() bool { return s.Film(s.Newest()) != nil && s.Pulls() >= 6 })
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.Window
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.runs) < 2 {
		t.Errorf("%d runs", len(w.runs))
	}
	for i := 1; i < len(w.entries); i++ {
		if gap := w.entries[i].start - w.entries[i-1].end; gap < -0.001 || gap > 0.2 {
			t.Errorf("fragment %d starts %v s after the one before ended", i, gap)
		}
	}
}

// What is piped in is read whether someone watches or not, and may pause: it
// can't be asked for again.
func TestPiped(t *testing.T) {
	stream := clip(t, 4)
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = from
	t.Cleanup(func() { os.Stdin = stdin })
	s := running(t, "-", Options{Cutting: Cutting{Low}, OnDemand: true, Stall: time.Millisecond})
	if _, err := to.Write(stream[:len(stream)/2]); err != nil {
		t.Fatal(err)
	}
	await(t, s, "media", func() bool { return s.Newest() >= 0 })
	_, before := s.Bounds()
	if _, err := to.Write(stream[len(stream)/2:]); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, s, "the end", func() bool { return s.Status().State == Ended })
	if _, end := s.Bounds(); s.Pulls() != 1 || end <= before || end < 3.9 {
		t.Errorf("%d pulls, up to %v s", s.Pulls(), end)
	}
}

// A source that sends nothing any more is asked anew.
func TestStall(t *testing.T) {
	t.Parallel()
	stream := clip(t, 4)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(stream[:len(stream)/2])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	s := running(t, server.URL, Options{Cutting: Cutting{Low}, Stall: 50 * time.Millisecond})
	await(t, s, "asked again", func() bool { return s.Pulls() > 1 })
}

// On demand the source is read only while someone watches.
func TestOnDemand(t *testing.T) {
	t.Parallel()
	stream := clip(t, 4)
	begun := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		_, _ = w.Write(stream)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	s := running(t, server.URL, Options{Cutting: Cutting{Low}, OnDemand: true})
	news := make(chan struct{}, 1)
	enough := s.Follow(func() {
		select {
		case news <- struct{}{}:
		default:
		}
	})
	defer enough()
	select {
	case <-begun:
	case <-time.After(patience):
		t.Fatal("the source is not read")
	}
	await(t, s, "media", func() bool { return s.Newest() >= 0 })
	if s.Status().State == Idle || s.Viewers() != 1 {
		t.Errorf("%+v", s.Status())
	}
}

// Some time after the last viewer has left the source is let go, and what was kept
// is forgotten; who comes then has it asked anew. Who only asks for pieces is a
// viewer for a while.
func TestOnDemandEnds(t *testing.T) {
	t.Parallel()
	stream := clip(t, 4)
	begun, left := make(chan struct{}, 10), make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		_, _ = w.Write(flvtest.Header())
		for r.Context().Err() == nil { // it has no end
			for b := range slices.Chunk(stream[len(flvtest.Header()):], 2000) {
				select {
				case <-r.Context().Done():
				case <-time.After(20 * time.Millisecond):
					_, _ = w.Write(b)
					_ = http.NewResponseController(w).Flush()
				}
			}
		}
		left <- struct{}{}
	}))
	t.Cleanup(server.Close)
	s, err := New("test", server.URL, Options{Cutting: Cutting{Low}, OnDemand: true, Stall: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s.grace = 100 * time.Millisecond
	letRun(t, s)
	event := func(what string, c <-chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-time.After(patience):
			t.Fatalf("not after %v: %s; %+v", patience, what, s.Status())
		}
	}
	for round := range 2 {
		enough := s.Follow(func() {})
		event("the source is asked", begun)
		await(t, s, "media", func() bool { return s.Newest() >= 0 })
		if len(left) != 0 {
			t.Fatal("the source is let go while someone watches")
		}
		enough()
		event("the source is let go", left)
		for end := time.After(patience); s.Status().State != Idle; {
			select {
			case <-end:
				t.Fatalf("%+v", s.Status())
			case <-time.After(time.Millisecond):
			}
		}
		if s.Pulls() != round+1 || s.Newest() >= 0 {
			t.Errorf("after %d rounds: %d pulls, fragment %d is kept", round+1, s.Pulls(), s.Newest())
		}
	}
	s.ask()
	event("the source is asked for pieces", begun)
	if !s.watched() || s.Viewers() != 0 {
		t.Error("who asks for pieces does not watch")
	}
	s.mu.Lock()
	s.asked = s.asked.Add(-askedFor)
	s.mu.Unlock()
	event("the source is let go, as nobody asks for more", left)
}

// The window is bounded in time and in bytes.
func TestWindow(t *testing.T) {
	t.Parallel()
	stream := clip(t, 10)
	for _, tt := range []struct {
		length time.Duration
		bytes  int64
	}{{3 * time.Second, 1 << 30}, {time.Hour, 100_000}} {
		w := newWindow(tt.length, tt.bytes)
		a := newAssembler(w, Cutting{Low})
		if err := feedAll(t, a, stream); err != nil {
			t.Fatal(err)
		}
		from, to := w.Bounds()
		if w.size > tt.bytes || to-from > tt.length.Seconds()+0.2 || w.first == 0 || len(w.entries) == 0 {
			t.Errorf("%v, %d bytes: from %v to %v, %d bytes, fragments from %d on", tt.length, tt.bytes, from, to, w.size, w.first)
		}
		var sum int64
		for _, e := range w.entries {
			sum += e.size
		}
		if sum != w.size {
			t.Errorf("%d bytes, counted as %d", sum, w.size)
		}
		if k := w.Begin(from); k >= 0 && !w.entries[k-w.first].key {
			t.Errorf("fragment %d can't be begun with", k)
		}
	}
}

// A thousand damaged streams end, within bounded memory.
func TestDamagedStreams(t *testing.T) {
	t.Parallel()
	whole := clip(t, 2)
	random := rand.New(rand.NewPCG(3, 4))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 1000 {
		b := slices.Clone(whole)
		for range 1 + random.IntN(6) {
			at := len(flvtest.Header()) + random.IntN(len(b)-len(flvtest.Header()))
			switch random.IntN(3) {
			case 0:
				b[at] = byte(random.Uint32())
			case 1:
				b[at] ^= 1 << random.IntN(8)
			case 2:
				b = slices.Delete(b, at, min(len(b), at+1+random.IntN(8)))
			}
		}
		w := newWindow(time.Minute, DefaultBytes)
		_ = feedAll(t, newAssembler(w, Cutting{Low}), b)
		if w.size > int64(3*len(whole)) {
			t.Fatalf("%d bytes of fragments of a stream of %d", w.size, len(b))
		}
		from := -1.0
		for i, e := range w.entries {
			if e.start < from-1 {
				t.Fatalf("fragment %d starts at %v, one before at %v", i, e.start, from)
			}
			from = max(from, e.start)
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / 1000; each > uint64(20*len(whole)) {
		t.Errorf("%d bytes for each stream of %d", each, len(whole))
	}
}

// A file plays at its own rate.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p pacer
		began := time.Now()
		for _, at := range []time.Duration{time.Second, 1500 * time.Millisecond, 1480 * time.Millisecond, 3 * time.Second, time.Hour, 0} {
			if !p.wait(t.Context(), at) {
				t.Fatal("it did not wait")
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func ExampleNew() {
	s, err := New("camera", "http://me:secret@127.0.0.1/app/stream.flv", Options{})
	fmt.Println(s.Name(), s.source, err)
	// Output: camera http://me:xxxxx@127.0.0.1/app/stream.flv <nil>
}
