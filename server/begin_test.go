package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// begun splits a beginning into its messages, and the bytes that they announce.
func begun(t *testing.T, body string) (messages []told, film []byte) {
	t.Helper()
	for body != "" {
		line, rest, _ := strings.Cut(body, "\n")
		var m told
		if err := json.Unmarshal([]byte(line), &m); err != nil || len(rest) < m.Bytes {
			t.Fatalf("%d bytes follow on %s: %v", len(rest), line, err)
		}
		messages, film, body = append(messages, m), append(film, rest[:m.Bytes]...), rest[m.Bytes:]
	}
	return messages, film
}

// What begins over HTTP goes on over a WebSocket, and nothing is missing.
func TestBeginning(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	r, body := s.get("GET", "/begin/film.mp4")
	if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Content-Length") != fmt.Sprint(len(body)) {
		t.Fatalf("%s %v", r.Status, r.Header)
	}
	messages, film := begun(t, body)
	last := messages[len(messages)-1]
	if messages[0].Type != "open" || messages[1].Kind != "init" || !last.Last || last.Seq != 0 || last.End < 2 {
		t.Fatalf("%+v", messages)
	}
	c := s.open(fmt.Sprintf("/ws/film.mp4?rate=16&seq=%d&etag=%s", last.Seq+1, messages[0].ETag))
	film = append(film, bytes.TrimPrefix(c.whole(), film[:messages[1].Bytes])...)
	if want := fragmented(t, sample); !bytes.Equal(film, want) {
		t.Errorf("%d bytes came, other than the %d of the converter", len(film), len(want))
	}
}

// A page asks before it knows whether the film can be played: that it can't is
// nothing for the browser to complain of.
func TestNoBeginning(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	mustWrite(t, filepath.Join(s.folder, "text.mp4"), "this is no film")
	for path, c := range map[string]struct {
		status int
		code   string
	}{
		"text.mp4": {200, "bad_file"}, "film.mp4?tracks=9": {200, "bad_request"}, "film.mp4?seq=1&etag=x": {200, "file_changed"},
		"none.mp4": {404, "not_found"}, "film.mp4?t=soon": {400, "bad_request"},
	} {
		r, body := s.get("GET", "/begin/"+path)
		if r.StatusCode != c.status || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v", path, r.Status, r.Header)
		}
		if c.status != 200 {
			if code(body) != c.code {
				t.Errorf("%s: %s", path, body)
			}
			continue
		}
		if messages, _ := begun(t, body); len(messages) != 1 || messages[0].Code != c.code || !messages[0].Fatal || messages[0].Message == "" {
			t.Errorf("%s: %s", path, body)
		}
	}
}
