package server

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vodsrv/server/library"
)

// listen asks for events and returns them line by line.
func (s *site) listen(path string) *bufio.Reader {
	s.t.Helper()
	conn := s.dial()
	s.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: "+s.addr()+"\r\n\r\n"); err != nil {
		s.t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/event-stream" || r.Header.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("%+v, %v", r, err)
	}
	return bufio.NewReader(r.Body)
}

// event waits for one of a kind, and returns its data.
func event(t *testing.T, from *bufio.Reader, kind, holding string) string {
	t.Helper()
	for found := false; ; {
		line, err := from.ReadString('\n')
		if err != nil {
			t.Fatalf("waiting for %s: %v", kind, err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && found && strings.Contains(data, holding) {
			return data
		}
		found = line == "event: "+kind+"\n"
	}
}

func TestEvents(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"first.mp4", "a/inside.mp4"} {
		copySample(t, filepath.Join(folder, name))
	}
	s := serveLibrary(t, Config{}, folder, library.Options{Watch: true})
	all, inside := s.listen("/api/events"), s.listen("/api/events?folder=a")
	event(t, all, "progress", `{"indexed":2,"total":2}`)
	event(t, inside, "progress", `{"indexed":2,"total":2}`)
	begin := time.Now()
	copySample(t, filepath.Join(s.folder, "new film.mp4"))
	if data := event(t, all, "added", "new%20film.mp4"); !strings.HasPrefix(data, `[{"name":"new film.mp4"`) {
		t.Errorf("added is %s", data)
	}
	event(t, all, "changed", `"state":"ready"`)
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("told after %v", took)
	}
	if err := os.Remove(filepath.Join(s.folder, "new film.mp4")); err != nil {
		t.Fatal(err)
	}
	if data := event(t, all, "removed", ""); data != "[\"new%20film.mp4\"]\n" {
		t.Errorf("removed is %s", data)
	}
	copySample(t, filepath.Join(s.folder, "a", "second.mp4"))
	if data := event(t, inside, "added", ""); !strings.Contains(data, `"a/second.mp4"`) {
		t.Errorf("in the folder was added %s", data)
	}
	if r, body := s.get("GET", "/api/events?folder=.."); r.StatusCode != http.StatusBadRequest {
		t.Errorf("a bad folder: %d %s", r.StatusCode, body)
	}
	if r, body := s.get("HEAD", "/api/events"); r.StatusCode != http.StatusOK || body != "" {
		t.Errorf("HEAD: %d %q", r.StatusCode, body)
	}
}

// Listeners do not keep the server from stopping.
func TestEventsEndWhenTheServerStops(t *testing.T) {
	s := serveFolder(t, Config{}, "first.mp4")
	events := s.listen("/api/events")
	event(t, events, "progress", "")
	s.server.Shutdown(t.Context())
	if rest, err := io.ReadAll(events); err != nil {
		t.Fatalf("ended with %v after %q", err, rest)
	}
}

// HEAD ends at once, and the connection is good for more.
func TestHeadOfEvents(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{})
	conn := s.dial()
	defer func() { _ = conn.Close() }()
	for _, path := range []string{"/api/events", "/healthz"} {
		if r, _ := exchange(t, conn, "HEAD", path, "localhost", "Connection: keep-alive"); r.StatusCode != 200 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}
