package server

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestHosts(t *testing.T) {
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGuard([]string{"Films.Example", "proxy:8080"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8327": true, "LOCALHOST:1": true, "localhost.": true,
		"127.0.0.1": true, "127.0.0.1:80": true, "192.168.1.7:8327": true, "[::1]:8327": true, "[::1]": true, "[fe80::1%25eth0]:80": true,
		own: true, own + ":8327": true, strings.ToUpper(own): true, own + ".local": true, own + ".local:8327": true,
		"films.example": true, "films.example:443": true, "proxy": true,
		"": false, "evil.example": false, "evil.example:8327": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false,
		"127.1": false, "0x7f000001": false, "sub.films.example": false, "films.example.evil.example": false, "[evil]": false, ":8327": false,
	} {
		if got := g.hostAllowed(host); got != want {
			t.Errorf("Host %q: %v", host, got)
		}
	}
}

func TestOrigins(t *testing.T) {
	g, err := newGuard(nil, []string{"https://Pages.Example", "http://tv.example:8080"})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		host, origin string
		want         bool
		secure       bool
	}{
		{"localhost:8327", "http://localhost:8327", true, false},
		{"localhost:8327", "HTTP://LOCALHOST:8327", true, false},
		{"localhost:8327", "https://localhost:8327", true, false}, // TLS ends at a proxy
		{"films.example", "https://films.example", true, false},
		{"films.example", "https://films.example:443", true, false},
		{"films.example:443", "https://films.example", true, false},
		{"[::1]:8327", "http://[::1]:8327", true, false},
		{"localhost:8327", "https://pages.example", true, false},
		{"localhost:8327", "https://pages.example:443", true, false},
		{"localhost:8327", "http://tv.example:8080", true, false},
		{"localhost:8327", "http://pages.example", false, false},
		{"localhost:8327", "http://tv.example", false, false},
		{"localhost:8327", "null", false, false},
		{"localhost:8327", "", false, false},
		{"localhost:8327", "http://localhost", false, false},
		{"localhost:8327", "http://localhost:8328", false, false},
		{"localhost:8327", "http://127.0.0.1:8327", false, false},
		{"localhost:8327", "http://evil.example", false, false},
		{"localhost:8327", "http://localhost:8327.evil.example", false, false},
		{"localhost:8327", "http://localhost:8327@evil.example", false, false},
		{"localhost:8327", "http://localhost:8327/", true, false},
		{"localhost:8327", "file://localhost:8327", false, false},
		{"localhost:8327", "localhost:8327", false, false},
		{"localhost:8327", "*", false, false},
		{"films.example", "https://films.example", true, true},
		{"films.example", "http://films.example", false, true}, // a page that anyone on the way could have changed
		{"films.example", "http://tv.example:8080", true, true},
	}
	for _, c := range cases {
		r := &http.Request{Host: c.host, Header: http.Header{"Origin": {c.origin}}}
		if got := g.originAllowed(r, c.secure); got != c.want {
			t.Errorf("Host %q, Origin %q: %v", c.host, c.origin, got)
		}
	}
	if !g.originAllowed(&http.Request{Host: "localhost", Header: http.Header{}}, false) {
		t.Error("a request without Origin was refused")
	}
	two := http.Header{"Origin": {"http://localhost", "http://localhost"}}
	if g.originAllowed(&http.Request{Host: "localhost", Header: two}, false) {
		t.Error("a request with two Origins passed")
	}
}

func TestGuardWantsSense(t *testing.T) {
	for _, host := range []string{"", "https://films.example", "*", "a b"} {
		if _, err := newGuard([]string{host}, nil); err == nil {
			t.Errorf("the host %q is allowed", host)
		}
	}
	for _, origin := range []string{"", "*", "null", "films.example", "https://films.example/page", "ftp://films.example"} {
		if _, err := newGuard(nil, []string{origin}); err == nil {
			t.Errorf("the origin %q is allowed", origin)
		}
	}
}

func TestGuardStandsBeforeEveryRoute(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{AllowOrigins: []string{"https://pages.example"}}, "film.mp4")
	paths := []string{"/none", "/ws/film.mp4", "/media/film.mp4", "/api/info/film.mp4", "/static/app.js"}
	for _, r := range s.server.routes {
		paths = append(paths, r.path)
	}
	for _, path := range paths {
		refused := http.StatusMisdirectedRequest
		if path == authPath {
			refused = http.StatusForbidden
		}
		for _, upgrade := range [][]string{nil, handshake} {
			r, body := s.get("GET", path, append(upgrade, "Host: rebound.example")...)
			if r.StatusCode != refused || code(body) != "forbidden" {
				t.Errorf("%s with a foreign Host: %s %s", path, r.Status, body)
			}
		}
		for _, origin := range []string{"http://evil.example", "null"} {
			if r, body := s.get("POST", path, "Origin: "+origin); r.StatusCode != http.StatusForbidden || code(body) != "forbidden" {
				t.Errorf("POST %s from %s: %s %s", path, origin, r.Status, body)
			}
			if r, body := s.get("GET", path, append(handshake, "Origin: "+origin)...); r.StatusCode != http.StatusForbidden {
				t.Errorf("WebSocket %s from %s: %s %s", path, origin, r.Status, body)
			}
		}
	}
	for _, origin := range []string{"http://" + s.addr(), "https://pages.example"} {
		r, _ := s.get("GET", "/ws/film.mp4", append(handshake, "Connection: Upgrade", "Origin: "+origin)...)
		if r.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("WebSocket from %s: %s", origin, r.Status)
		}
	}
}

// What the player needs is for pages of the allowed origins to read, an error
// too; nothing else is, and nobody gets leave to come with cookies.
func TestWhatOtherPagesMayRead(t *testing.T) {
	t.Parallel()
	const allowed = "https://pages.example"
	s := serveFolder(t, Config{AllowOrigins: []string{allowed}}, "film.mp4")
	shared := []string{"/vod-player.js", "/static/app.js", "/api/info/film.mp4", "/api/info/none.mp4", "/media/film.mp4", "/keyframe/film.mp4?t=0", "/cover/film.mp4", "/begin/film.mp4"}
	own := []string{"/", "/watch/film.mp4", "/api/list", "/metrics", "/login"}
	for _, path := range append(shared, own...) {
		for _, origin := range []string{allowed, "https://evil.example", "null", ""} {
			r, _ := s.get("GET", path, "Origin: "+origin)
			want, policy := "", "same-origin"
			if origin == allowed && slices.Contains(shared, path) {
				want, policy = allowed, "cross-origin"
			}
			h := r.Header
			if h.Get("Access-Control-Allow-Origin") != want || h.Get("Cross-Origin-Resource-Policy") != policy || h.Get("Access-Control-Allow-Credentials") != "" ||
				strings.Contains(h.Get("Access-Control-Expose-Headers"), "Date") != (want != "") {
				t.Errorf("%s for %q: %v", path, origin, h)
			}
			if slices.Contains(shared, path) && !slices.Contains(h.Values("Vary"), "Origin") {
				t.Errorf("%s may be kept for another origin: %v", path, h)
			}
		}
	}
	r, body := s.get("GET", "/vod-player.js")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(body, "./static/") {
		t.Errorf("%s %v %s", r.Status, r.Header, body)
	}
}

// Browsers ask, without any cookie, before a page may send some headers; and tell
// a page nothing of an answer that is not for it, such as how long to wait.
func TestPreflight(t *testing.T) {
	t.Parallel()
	const allowed = "https://pages.example"
	c := Config{AllowOrigins: []string{allowed}, Door: newDoor(t, bcrypt.MinCost), BasePath: "/films"}
	s := serveFolder(t, c, "film.mp4")
	for path, shared := range map[string]bool{
		"/films/hls/film.mp4/master.m3u8": true, "/films/media/film.mp4": true, "/films/media/none.mp4": true, "/films/live/camera/media.m3u8": true, "/films/vod-player.js": true,
		"/films/live/camera": false, "/films/api/list": false, "/films/login": false, "/films/none": false, "/media/film.mp4": false,
	} {
		for _, origin := range []string{allowed, "https://evil.example", "null"} {
			want := shared && origin == allowed
			r, _ := s.get("OPTIONS", path, "Origin: "+origin, "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: if-none-match,range")
			h := r.Header
			allows := strings.Contains(h.Get("Access-Control-Allow-Headers"), "Range, If-Range, If-None-Match") && h.Get("Access-Control-Allow-Methods") == "GET, HEAD" && h.Get("Access-Control-Allow-Origin") == allowed
			if (r.StatusCode == http.StatusNoContent) != want || allows != want {
				t.Errorf("%s from %s: %s %v", path, origin, r.Status, h)
			}
		}
	}
	s = serveFolder(t, Config{AllowOrigins: c.AllowOrigins, MaxRequestsPerSecond: 0.001}, "film.mp4")
	for range 2 {
		r, _ := s.get("GET", "/media/film.mp4", "Origin: "+allowed)
		if h := r.Header; h.Get("Access-Control-Allow-Origin") != allowed || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Retry-After") {
			t.Errorf("%s: %v", r.Status, h)
		}
	}
}
