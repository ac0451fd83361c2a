package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"vodsrv/server/library"
)

func TestSlowReaderIsDropped(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Ahead: 100, WriteTimeout: 300 * time.Millisecond}, "film.mp4")
	conn := s.dialer(&net.Dialer{Control: smallBuffer})
	s.openOn(conn, "/ws/film.mp4")
	s.awaitViewers(0, 1) // it came, took nothing, and was dropped
	if log := s.log.String(); !strings.Contains(log, "end=slow_reader") {
		t.Errorf("the log says %s", log)
	}
	if got := s.open("/ws/film.mp4?rate=16").whole(); len(got) == 0 {
		t.Fatal("another viewer got nothing")
	}
}

// smallBuffer makes the kernel hold little for a client that does not read.
func smallBuffer(_, _ string, raw syscall.RawConn) error {
	var err error
	return errors.Join(raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
	}), err)
}

func TestFileChangesWhileItIsWatched(t *testing.T) {
	t.Parallel()
	changes := map[string]func(t *testing.T, path string){
		"replaced": func(t *testing.T, path string) {
			copySample(t, path+".new")
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
		"cut": func(t *testing.T, path string) {
			if err := os.Truncate(path, 100_000); err != nil {
				t.Fatal(err)
			}
		},
		"written to": func(t *testing.T, path string) {
			later := time.Now().Add(time.Minute)
			if err := os.Chtimes(path, later, later); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveFolder(t, Config{Ahead: 3}, "film.mp4")
			c := s.open("/ws/film.mp4?paused=1")
			for r := c.until("data"); r.Kind != "media"; {
				r = c.must()
			}
			change(t, filepath.Join(s.folder, "film.mp4"))
			c.say(`{"type":"play","rate":16}`)
			for whole := true; ; {
				r := c.must()
				if r.Kind == "media" && r.Start > 4 {
					whole = whole && !r.Last
				}
				if r.Type != "error" {
					continue
				}
				if r.Code != "file_changed" || !r.Fatal || !whole {
					t.Fatalf("%+v; a fragment was completed after the change: %v", r.told, !whole)
				}
				break
			}
			if code, _ := c.untilClose(); code != 1012 {
				t.Fatalf("closed with %d", code)
			}
			c.send(0x88, []byte{0x03, 0xf4})
			s.awaitViewers(0, 0)
			s.log.await(t, "end=file_changed")
		})
	}
	t.Run("removed", func(t *testing.T) {
		t.Parallel()
		s := serveFolder(t, Config{}, "film.mp4")
		c := s.open("/ws/film.mp4?rate=16")
		c.until("data")
		if err := os.Remove(filepath.Join(s.folder, "film.mp4")); err != nil {
			t.Fatal(err)
		}
		c.until("end") // who has it open may see it to the end
	})
}

func TestMaxViewers(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{MaxViewers: 2}, "film.mp4")
	a, b := s.open("/ws/film.mp4"), s.open("/ws/film.mp4")
	a.until("open")
	b.until("open")
	if code, last := s.open("/ws/film.mp4").untilClose(); last.Code != "busy" || code != 1013 {
		t.Fatalf("the third: %+v, %d", last, code)
	}
	a.send(0x88, nil)
	a.untilClose()
	s.awaitViewers(1, 1)
	s.open("/ws/film.mp4").until("open")
}

// Who wants what is not there, and does not go, takes no viewer's place.
func TestTheRefusedTakeNoPlace(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{MaxViewers: 3}, "film.mp4")
	for range 3 {
		if code, last := s.open("/ws/none.mp4").untilClose(); code != 1008 || last.Code != "not_found" {
			t.Fatalf("%+v, closed with %d", last, code)
		}
	}
	s.open("/ws/film.mp4").until("data")
}

// Nor do more of them stay than there is room for.
func TestTooManyRefused(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{})
	s.server.refused = make(chan struct{}, 1)
	leaves := func(c *socket) time.Duration {
		began := time.Now()
		c.untilClose()
		if n, err := io.Copy(io.Discard, c.conn); n != 0 || err != nil {
			t.Errorf("after the close frame there are %d bytes, %v", n, err)
		}
		return time.Since(began)
	}
	if took := leaves(s.open("/ws/none.mp4")); took < closeGrace-time.Second {
		t.Errorf("one alone is waited for %v", took)
	}
	s.server.refused <- struct{}{}
	if took := leaves(s.open("/ws/none.mp4")); took > closeGrace-time.Second {
		t.Errorf("one too many is waited for %v", took)
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Ahead: 100}, "film.mp4")
	polite := s.open("/ws/film.mp4?paused=1")
	polite.until("data")
	deaf := s.openOn(s.dialer(&net.Dialer{Control: smallBuffer}), "/ws/film.mp4")
	deaf.until("open")
	done := make(chan time.Duration, 1)
	go func() {
		begin := time.Now()
		s.server.Shutdown(t.Context())
		done <- time.Since(begin)
	}()
	code, last := polite.untilClose()
	if code != 1001 || !last.Fatal || last.Code != "busy" {
		t.Fatalf("told %+v, closed with %d", last, code)
	}
	polite.send(0x88, []byte{0x03, 0xe9})
	select {
	case took := <-done:
		if took > shutdownGrace+2*time.Second {
			t.Fatalf("took %v", took)
		}
	case <-time.After(patience):
		t.Fatal("a viewer who does not read keeps the server from stopping")
	}
	if r, body := s.get("GET", "/readyz"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Fatalf("%s %s", r.Status, body)
	}
	if _, last := s.open("/ws/film.mp4").untilClose(); last.Code != "busy" {
		t.Fatalf("after the stop a viewer is told %+v", last)
	}
}

// Not parallel: it counts.
func TestVisitsLeaveNothingBehind(t *testing.T) {
	s := serveFolder(t, Config{}, "film.mp4")
	visit := func(i int) {
		c := s.open("/ws/film.mp4?rate=16")
		switch i % 4 {
		case 0:
			c.whole()
		case 1:
			c.until("data")
		case 2:
			c.send(0x88, nil)
			c.untilClose()
		case 3:
			c.send(0x82, nil)
			c.untilClose()
		}
		if err := c.conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	visit(0)
	s.awaitViewers(0, 0)
	before := runtime.NumGoroutine()
	for i := range 100 {
		visit(i)
	}
	s.awaitViewers(0, 0)
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before+2; {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTroubleIsToldOverTheSocket(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4", ".hidden.mp4")
	mustWrite(t, filepath.Join(s.folder, "text.mp4"), "this is no film")
	mustWrite(t, filepath.Join(s.folder, "empty.mp4"), "")
	cases := []struct{ path, code string }{
		{"/ws/none.mp4", "not_found"}, {"/ws/.hidden.mp4", "not_found"}, {"/ws/", "not_found"},
		{"/ws/text.mp4", "bad_file"}, {"/ws/empty.mp4", "bad_file"},
		{"/ws/film.mp4?t=soon", "bad_request"}, {"/ws/film.mp4?tracks=9", "bad_request"}, {"/ws/film.mp4?seq=1", "bad_request"},
	}
	for _, c := range cases {
		code, last := s.open(c.path).untilClose()
		if last.Code != c.code || !last.Fatal || last.Message == "" || code != 1008 {
			t.Errorf("%s: %+v, closed with %d", c.path, last, code)
		}
	}
}

// awaitViewers waits until there were some viewers, and then only so many.
func (s *site) awaitViewers(want, first int) {
	s.t.Helper()
	count := func() int {
		s.server.viewers.mu.Lock()
		defer s.server.viewers.mu.Unlock()
		return len(s.server.viewers.viewers)
	}
	for _, n := range []int{first, want} {
		for end := time.Now().Add(patience); count() != n; {
			if time.Now().After(end) {
				s.t.Fatalf("%d viewers, not %d", count(), n)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func mustWrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// While the folder is gone, who watches goes on, and who comes is told that
// there is nothing; when it is back, a viewer whose connection broke goes on at
// his place.
func TestFolderGoesAndComesBackForViewers(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	folder, away := filepath.Join(base, "media"), filepath.Join(base, "away")
	copySample(t, filepath.Join(folder, "film.mp4"))
	s := serveLibrary(t, Config{}, folder, library.Options{Watch: true})
	want := fragmented(t, sample)
	var got bytes.Buffer
	etag, next := "", 0
	// take takes in what comes up to a segment.
	take := func(c *socket, until int) {
		t.Helper()
		for next < until {
			r := c.must()
			switch {
			case r.Type == "open":
				etag = r.ETag
			case r.Kind == "media":
				if r.Seq != next {
					t.Fatalf("segment %d came, wanted %d", r.Seq, next)
				}
				got.Write(r.data)
				if r.Last {
					next++
				}
			case r.Kind == "init" && got.Len() == 0:
				got.Write(r.data)
			case r.Type == "end":
				return
			}
		}
	}
	stays := s.open("/ws/film.mp4?paused=1")
	stays.until("data")
	breaks := s.open("/ws/film.mp4?rate=16")
	take(breaks, 3)
	if err := os.Rename(folder, away); err != nil {
		t.Fatal(err)
	}
	take(breaks, 6)
	if err := breaks.conn.Close(); err != nil {
		t.Fatal(err)
	}
	again := func() (c *socket, r reply) {
		c = s.open(fmt.Sprintf("/ws/film.mp4?rate=16&seq=%d&etag=%s", next, etag))
		return c, c.must()
	}
	if err := os.Mkdir(folder, 0o755); err != nil { // the empty place of a mount
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, r := again()
		if r.Type == "error" && r.Code == "not_found" && r.Fatal {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the folder is gone, told is %+v", r.told)
		}
	}
	if err := errors.Join(os.Remove(folder), os.Rename(away, folder)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		c, r := again()
		if r.Type == "open" {
			take(c, math.MaxInt)
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the folder is back, told is %+v", r.told)
		}
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%d bytes came, other than the %d of the film", got.Len(), len(want))
	}
	stays.say(`{"type":"play","rate":16}`)
	stays.until("end")
}
