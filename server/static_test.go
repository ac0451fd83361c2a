package server

import (
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestStaticFilesArePacked(t *testing.T) {
	s := serveFolder(t, Config{})
	plain, script := s.get("GET", "/static/app.js")
	if plain.Header.Get("Content-Encoding") != "" || !slices.Contains(plain.Header.Values("Vary"), "Accept-Encoding") {
		t.Fatalf("for who takes nothing packed: %v", plain.Header)
	}
	for accepted, packed := range map[string]bool{
		"gzip, deflate, br": true, "br;q=1.0, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000, *": false, "br": false, "x-gzip2": false,
	} {
		r, body := s.get("GET", "/static/app.js", "Accept-Encoding: "+accepted)
		if got := r.Header.Get("Content-Encoding") == "gzip"; got != packed || packed == (r.Header.Get("ETag") == plain.Header.Get("ETag")) {
			t.Errorf("for %s: %v", accepted, r.Header)
		}
		if !packed {
			continue
		}
		z, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if content, err := io.ReadAll(z); err != nil || string(content) != script {
			t.Errorf("for %s: %q, %v", accepted, content, err)
		}
		if r, _ := s.get("GET", "/static/app.js", "Accept-Encoding: "+accepted, "If-None-Match: "+r.Header.Get("ETag")); r.StatusCode != 304 {
			t.Errorf("for %s, again: %s", accepted, r.Status)
		}
	}
	if r, body := s.get("GET", "/static/app.js", "Accept-Encoding: gzip", "Range: bytes=1-3"); r.StatusCode != 206 || body != script[1:4] {
		t.Errorf("a range: %s %q", r.Status, body)
	}
}
