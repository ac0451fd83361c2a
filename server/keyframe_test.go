package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

func TestKeyframe(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	r, body := s.get("GET", "/keyframe/film.mp4?t=5.9")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "video/mp4" || r.Header.Get("Content-Length") != fmt.Sprint(len(body)) ||
		r.Header.Get("Cache-Control") != "public, max-age=60" {
		t.Fatalf("%s %v", r.Status, r.Header)
	}
	path := filepath.Join(t.TempDir(), "frame.mp4")
	mustWrite(t, path, body)
	if shown := testmedia.FrameNumbers(t, path); len(shown) != 1 || shown[0] != 100 {
		t.Errorf("frames %v, want 100", shown)
	}
	m, err := mp4.Open(strings.NewReader(body), int64(len(body)))
	if err != nil || m.Duration() != 1 {
		t.Fatal(m, err)
	}

	etag := r.Header.Get("ETag")
	film, _, _ := strings.Cut(strings.Trim(etag, `"`), ".")
	for _, c := range []struct {
		method, query string
		headers       []string
		status        int
		body          string
	}{
		{"HEAD", "?t=5.9", nil, 200, ""},
		{"GET", "?t=5.9", []string{"If-None-Match: " + etag}, 304, ""},
		{"GET", "?t=5.9", []string{"If-None-Match: W/" + etag}, 304, ""},
		{"GET", "?t=5.9", []string{"Range: bytes=4-7"}, 206, "ftyp"},
		{"GET", "?t=5.9&v=" + film, nil, 200, body},
		{"GET", "?t=4", []string{"If-None-Match: " + etag}, 200, body},
	} {
		r, got := s.get(c.method, "/keyframe/film.mp4"+c.query, c.headers...)
		if r.StatusCode != c.status || got != c.body {
			t.Errorf("%s %s %v: %s, %d bytes", c.method, c.query, c.headers, r.Status, len(got))
		}
		if kept := strings.Contains(r.Header.Get("Cache-Control"), "immutable"); kept != strings.Contains(c.query, "v=") {
			t.Errorf("%s: %v", c.query, r.Header)
		}
	}
	if r, _ := s.get("GET", "/keyframe/film.mp4"); r.StatusCode != 200 || r.Header.Get("ETag") == etag {
		t.Errorf("the cover: %s %v", r.Status, r.Header)
	}
	for _, query := range []string{"?t=", "?t=-1", "?t=x", "?t=NaN", "?t=Inf"} {
		if r, body := s.get("GET", "/keyframe/film.mp4"+query); r.StatusCode != 400 || code(body) != "bad_request" {
			t.Errorf("%s: %s %s", query, r.Status, body)
		}
	}
	if r, _ := s.get("GET", "/keyframe/none.mp4"); r.StatusCode != 404 {
		t.Errorf("no film: %s", r.Status)
	}
}

// A client that has the picture is told so without the film being read.
func TestKeyframeKnownWithoutIndex(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	r, _ := s.get("GET", "/keyframe/film.mp4?t=3")
	etag := r.Header.Get("ETag")
	other := serve(t, Config{}, s.folder)
	for range cap(other.server.stills.places) {
		other.server.stills.places <- struct{}{} // nothing can be indexed for pictures
	}
	if r, _ := other.get("GET", "/keyframe/film.mp4?t=3", "If-None-Match: "+etag); r.StatusCode != 304 || r.Header.Get("ETag") != etag {
		t.Errorf("%s %v", r.Status, r.Header)
	}
}

func TestKeyframeOfNone(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	samples := mp4test.Samples(10, 10, 1000, 5)
	for name, track := range map[string]mp4test.Track{
		"sound.mp4":     {ID: 1, Handler: "soun", Samples: samples},
		"encrypted.mp4": {ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: samples},
	} {
		mustWrite(t, filepath.Join(s.folder, name), string(mp4test.File{Tracks: []mp4test.Track{track}}.Bytes()))
	}
	if r, body := s.get("GET", "/keyframe/sound.mp4"); r.StatusCode != 404 || code(body) != "unsupported" {
		t.Errorf("sound: %s %s", r.Status, body)
	}
	if r, body := s.get("GET", "/keyframe/encrypted.mp4"); r.StatusCode != 422 || code(body) != "unsupported" || !strings.Contains(body, "encrypted") {
		t.Errorf("encrypted: %s %s", r.Status, body)
	}
}

// Pictures of films that are not indexed wait for each other, a bounded number
// of them; those of films at hand don't.
func TestKeyframesDoNotPileUp(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4", "other.mp4")
	if r, _ := s.get("GET", "/keyframe/film.mp4"); r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	q := s.server.stills
	for range cap(q.places) {
		q.places <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	for range stillsWaiting {
		go func() {
			_, err := q.enter(ctx)
			ended <- err
		}()
	}
	for end := time.Now().Add(patience); q.waiting.Load() < stillsWaiting; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody waits")
		}
	}
	if r, body := s.get("GET", "/keyframe/other.mp4"); r.StatusCode != 503 || code(body) != "busy" || r.Header.Get("Retry-After") != "1" {
		t.Errorf("too many: %s %s", r.Status, body)
	}
	if r, _ := s.get("GET", "/keyframe/film.mp4"); r.StatusCode != 200 {
		t.Errorf("a film at hand: %s", r.Status)
	}
	cancel()
	for range stillsWaiting {
		if err := <-ended; err != context.Canceled {
			t.Error(err)
		}
	}
	for range cap(q.places) {
		<-q.places
	}
	if r, _ := s.get("GET", "/keyframe/other.mp4"); r.StatusCode != 200 {
		t.Errorf("later: %s", r.Status)
	}
}

// A recording has pictures while it grows, and another cover by and by.
func TestKeyframeOfAGrowingFilm(t *testing.T) {
	t.Parallel()
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 30, Size: "160x90", Args: []string{
		"-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-an", "-movflags", "frag_keyframe+empty_moov+default_base_moof+skip_trailer"}})
	whole, err := os.ReadFile(clip)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	s := serveFolder(t, Config{})
	path := filepath.Join(s.folder, "live.mp4")
	mustWrite(t, path, string(whole[:m.Fragments[10].Offset+100]))
	r, body := s.get("GET", "/keyframe/live.mp4?t=5")
	if r.StatusCode != 200 {
		t.Fatal(r.Status, body)
	}
	etag := r.Header.Get("ETag")
	film, _, _ := strings.Cut(strings.Trim(etag, `"`), ".")
	if r, _ := s.get("GET", "/keyframe/live.mp4?t=20&v="+film); r.StatusCode != 200 || strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("of a time that has not come: %s %v", r.Status, r.Header)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(whole[m.Fragments[10].Offset+100:])
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := s.get("GET", "/keyframe/live.mp4?t=5", "If-None-Match: "+etag); r.StatusCode != http.StatusNotModified {
		t.Errorf("the same picture: %s, %s is now %s", r.Status, etag, r.Header.Get("ETag"))
	}
	if r, got := s.get("GET", "/keyframe/live.mp4?t=20", "If-None-Match: "+etag); r.StatusCode != 200 || got == body {
		t.Errorf("a picture that has come: %s", r.Status)
	}
}
