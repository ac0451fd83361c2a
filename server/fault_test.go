package server

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"vodsrv/server/library"
	"vodsrv/server/stream"
)

// A fault in a handler is logged with its stack, and told where it still can be.
func TestFaultInAHandler(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve  http.HandlerFunc
		status int // 0: cut off
		logged bool
	}{
		"before the answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			panic("oh no")
		}, 500, true},
		"in its midst": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "hel")
			panic("oh no")
		}, 0, true},
		"cut off on purpose": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, false},
	} {
		s := serveFolder(t, Config{})
		l := httptest.NewServer(s.server.logged(c.serve))
		r, err := l.Client().Get(l.URL)
		status := 0
		if err == nil {
			var body []byte
			if body, err = io.ReadAll(r.Body); err == nil {
				status = r.StatusCode
			}
			if status == 500 && code(string(body)) != "internal" {
				t.Errorf("%s: %s", name, body)
			}
			_ = r.Body.Close()
		}
		l.Close()
		if status != c.status {
			t.Errorf("%s: status %d, %v", name, status, err)
		}
		log := s.log.String()
		if got := strings.Contains(log, "level=ERROR") && strings.Contains(log, "oh no") && strings.Contains(log, "fault_test.go"); got != c.logged {
			t.Errorf("%s: the log says %s", name, log)
		}
	}
}

func TestServerLog(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{})
	log := s.server.httpServer().ErrorLog
	log.Print("http: TLS handshake error from 192.0.2.1:1: EOF")
	log.Print("http2: server: error reading preface from client 192.0.2.1:1: bogus greeting \"a handshake\"")
	log.Print("http: Accept error: too many open files")
	if said := s.log.String(); !strings.Contains(said, "level=WARN") || !strings.Contains(said, "too many open files") || strings.Contains(said, "handshake") {
		t.Errorf("the log says %s", said)
	}
}

// A handshake on what can't be taken over counts for nobody.
func TestHandshakeThatCannotBe(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{MaxViewersPerAddress: 1}, "film.mp4")
	for range 2 {
		r := httptest.NewRequest("GET", "/ws/film.mp4", nil)
		r.Host = "localhost"
		r.Header.Set("Connection", "Upgrade")
		for _, h := range handshake {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder() // it can't be hijacked
		s.server.Handler().ServeHTTP(w, r)
		if w.Code != 500 {
			t.Errorf("answered with %d", w.Code)
		}
	}
	if n := len(s.server.watching.n); n != 0 {
		t.Errorf("%d addresses are counted", n)
	}
}

// faultyFilm is a film whose tracks can't be chosen once it is broken.
type faultyFilm struct {
	stream.Film
	broken bool
}

func (f *faultyFilm) Tracks() []stream.Track {
	if f.broken {
		panic("broken")
	}
	return f.Film.Tracks()
}

// A fault while a message is taken in ends this viewer, and both who serve it.
// Not parallel: it looks at all goroutines.
func TestFaultInASession(t *testing.T) {
	s := serveFolder(t, Config{Ahead: 100}, "film.mp4")
	c := s.open("/ws/film.mp4")
	c.say(`{"type":"pause"}`)
	c.until("end")
	for _, v := range s.server.viewers.all() {
		v.mu.Lock()
		faulty := &faultyFilm{Film: film{v.film.(*library.Film)}}
		session, err := stream.Open(faulty, v.visit.query, stream.Pace{Ahead: 1})
		faulty.broken = true
		v.session = session
		v.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
	}
	c.say(`{"type":"tracks","req":1,"time":1,"ids":[1]}`)
	for _, err := c.next(); err == nil; {
		_, err = c.next()
	}
	s.awaitViewers(0, 0)
	buf := make([]byte, 1<<20)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		stacks := buf[:runtime.Stack(buf, true)]
		if !bytes.Contains(stacks, []byte("(*viewer).write(")) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the writer goes on: %s", stacks)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "internal fault") || !strings.Contains(log, "Receive") {
		t.Errorf("the log says %s", log)
	}
}

// One who is stuck keeps nobody from stopping, however often it is tried.
func TestShutdownWithOneStuck(t *testing.T) {
	t.Parallel()
	var r registry
	here, there := net.Pipe()
	v := &viewer{conn: &wsConn{Conn: here}, nudge: make(chan struct{}, 1)}
	if err := r.add(v); err != nil {
		t.Fatal(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	stop := func(ctx context.Context, times int) {
		done := make(chan struct{})
		for range times {
			go func() {
				r.shutdown(ctx)
				done <- struct{}{}
			}()
		}
		for range times {
			select {
			case <-done:
			case <-time.After(patience):
				t.Fatal("it does not stop")
			}
		}
	}
	stop(ctx, 2)
	if _, err := there.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection is not closed: %v", err)
	}
	r.remove(v)
	stop(context.WithoutCancel(t.Context()), 2)
}
