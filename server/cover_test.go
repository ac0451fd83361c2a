package server

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/mp4/mp4test"
	"vodsrv/server/access"
)

// withCover is a film with cover art in it.
func withCover(picture string) string {
	data := mp4test.Box("data", mp4test.U32(13, 0), []byte(picture))
	meta := mp4test.Full("meta", 0, 0, mp4test.Full("hdlr", 0, 0, make([]byte, 21)), mp4test.Box("ilst", mp4test.Box("covr", data)))
	return string(mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Samples(50, 9, 40, 5)}}, Extra: mp4test.Box("udta", meta)}.Bytes())
}

func TestCover(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "none.mp4")
	const jpeg = "\xff\xd8\xff\xe0 a picture"
	mustWrite(t, filepath.Join(s.folder, "film.mp4"), withCover(jpeg))
	mustWrite(t, filepath.Join(s.folder, "page.mp4"), withCover("<script>alert(1)</script>"))
	mustWrite(t, filepath.Join(s.folder, "bad.mp4"), "no film at all")
	r, body := s.get("GET", "/cover/film.mp4")
	etag := r.Header.Get("ETag")
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox",
		"Cache-Control": "no-cache", "Content-Length": fmt.Sprint(len(jpeg)), "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.StatusCode != 200 || body != jpeg || etag == "" {
		t.Fatalf("%s %q, ETag %q", r.Status, body, etag)
	}
	for _, c := range []struct {
		method, path, header string
		status               int
		body                 string
	}{
		{"HEAD", "film.mp4", "", 200, ""},
		{"GET", "film.mp4", "If-None-Match: " + etag, 304, ""},
		{"GET", "film.mp4", "Range: bytes=0-1", 206, jpeg[:2]},
		{"GET", "none.mp4", "", 404, "not_found"},
		{"GET", "page.mp4", "", 404, "not_found"},
		{"GET", "missing.mp4", "", 404, "not_found"},
		{"GET", "bad.mp4", "", 422, "bad_file"},
	} {
		r, body := s.get(c.method, "/cover/"+c.path, c.header)
		if c.status >= 400 {
			body = code(body)
		}
		if r.StatusCode != c.status || body != c.body {
			t.Errorf("%s %s %s: %s %q", c.method, c.path, c.header, r.Status, body)
		}
	}
	mustWrite(t, filepath.Join(s.folder, "film.mp4"), withCover("\x89PNG\r\n\x1a\nanother"))
	if r, body := s.get("GET", "/cover/film.mp4", "If-None-Match: "+etag); r.Header.Get("Content-Type") != "image/png" || !strings.HasSuffix(body, "another") {
		t.Errorf("the picture of a film that changed: %s %q", r.Status, body)
	}
}

func TestCoverByLink(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost)})
	mustWrite(t, filepath.Join(s.folder, "film.mp4"), withCover("\xff\xd8\xff"))
	link := s.link("film.mp4", access.Watch, time.Hour)
	for path, want := range map[string]int{"film.mp4": 401, "film.mp4" + link: 200, "other.mp4" + link: 401} {
		if r, _ := s.get("GET", "/cover/"+path); r.StatusCode != want {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}
