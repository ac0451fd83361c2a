package server

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/server/access"
)

// attack is one request that must come to nothing.
type attack struct {
	name    string
	method  string // default GET
	path    string
	headers []string
	status  int
	code    string // in the JSON; "" where net/http itself answers, or nothing is wrong
}

// besieged is a folder with things in it that are nobody's business.
func besieged(t *testing.T) string {
	t.Helper()
	outside := t.TempDir()
	copySample(t, filepath.Join(outside, "outside.mp4"))
	mustWrite(t, filepath.Join(outside, "passwd"), "root:x\n")
	folder := filepath.Join(outside, "films")
	for _, name := range []string{"film.mp4", "other.mp4", "sub/film.mp4", ".hidden.mp4", ".secret/film.mp4", "<script>alert(1)<.mp4", "a%2fb.mp4", "emoji 🎬.mp4",
		"\"quoted\" & 'so'.mp4", "line\nbreak.mp4", strings.Repeat("x", 251) + ".mp4"} {
		copySample(t, filepath.Join(folder, name))
	}
	page := "<script>alert(1)</script>"
	for _, name := range []string{"page.html", "picture.svg", "page.mp4", "page.mp4.html", "script.js", "film.MP4.svg"} {
		mustWrite(t, filepath.Join(folder, name), page)
	}
	for name, target := range map[string]string{"out.mp4": "../outside.mp4", "passwd.mp4": "/etc/passwd", "dir": outside, "loop.mp4": "loop.mp4"} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.mp4"), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// snapshot is all that lies in a folder and below.
func snapshot(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		stat, err := d.Info()
		if err != nil {
			return err
		}
		all = append(all, fmt.Sprint(path, stat.Mode(), stat.Size(), stat.ModTime()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// attacks are all that is tried over HTTP. They know a session, and links to
// watch and to download film.mp4.
func attacks(s *site, session string) []attack {
	watch, download := s.link("film.mp4", access.Watch, time.Hour), s.link("film.mp4", access.Download, time.Hour)
	expired := s.link("film.mp4", access.Download, -time.Second)
	in := []string{session}
	shake := func(headers ...string) []string { return append(headers, append(handshake, "Connection: Upgrade")...) }
	all := []attack{
		{"a foreign Host", "", "/api/list", []string{session, "Host: rebound.example"}, 421, "forbidden"},
		{"a foreign Host with our port", "", "/", []string{session, "Host: rebound.example:8327"}, 421, "forbidden"},
		{"a Host that begins like ours", "", "/", []string{session, "Host: localhost.evil.example"}, 421, "forbidden"},
		{"a foreign Host for a WebSocket", "", "/ws/film.mp4", shake(session, "Host: rebound.example"), 421, "forbidden"},
		{"a foreign Host at the login", "POST", "/login", []string{"Host: rebound.example"}, 421, "forbidden"},
		{"a foreign Host for a proxy's question", "", "/auth", []string{session, "Host: rebound.example"}, 403, "forbidden"},
		{"no Host", "", "/", []string{session, "Host:"}, 421, "forbidden"},
		{"a whole URL", "", "http://evil.example/api/list", in, 421, "forbidden"},
		{"two Hosts", "", "/", []string{"Host: localhost", "Host: evil.example"}, 400, ""},
		{"a foreign Origin for a WebSocket", "", "/ws/film.mp4", shake(session, "Origin: https://evil.example"), 403, "forbidden"},
		{"the Origin null for a WebSocket", "", "/ws/film.mp4", shake(session, "Origin: null"), 403, "forbidden"},
		{"an Origin of another port", "", "/ws/film.mp4", shake(session, "Origin: http://127.0.0.1:1"), 403, "forbidden"},
		{"a foreign Origin at the login", "POST", "/login", []string{"Origin: https://evil.example"}, 403, "forbidden"},
		{"the Origin null at the logout", "POST", "/logout", []string{session, "Origin: null"}, 403, "forbidden"},
		{"another protocol", "", "/ws/film.mp4", []string{session, "Connection: Upgrade", "Upgrade: h2c"}, 426, "bad_request"},
		{"DELETE", "DELETE", "/media/film.mp4", in, 405, "bad_request"},
		{"PUT", "PUT", "/media/film.mp4", in, 405, "bad_request"},
		{"POST", "POST", "/media/film.mp4", in, 405, "bad_request"},
		{"TRACE", "TRACE", "/", in, 405, "bad_request"},
		{"CONNECT", "CONNECT", "/media/film.mp4", in, 405, "bad_request"},
		{"a body that is not expected", "", "/", []string{session, "Content-Length: 5\r\n\r\nhello"}, 400, "bad_request"},
		{"two lengths", "POST", "/login", []string{"Content-Length: 5", "Content-Length: 6"}, 400, ""},

		{"nobody", "", "/api/list", nil, 401, "unauthorized"},
		{"a cookie altered", "", "/api/list", []string{session[:len(session)-4] + "AAAA"}, 401, "unauthorized"},
		{"a cookie cut", "", "/api/list", []string{session[:len(session)-1]}, 401, "unauthorized"},
		{"a token for a cookie", "", "/api/list", []string{"Cookie: " + cookieName + "=" + watch[len("?token="):]}, 401, "unauthorized"},
		{"a cookie for a token", "", "/watch/film.mp4?token=" + strings.SplitN(session, "=", 2)[1], nil, 401, "unauthorized"},
		{"a wrong password", "", "/api/list", []string{basic("anna", "wrong")}, 401, "unauthorized"},
		{"an unknown user", "", "/api/list", []string{basic("nobody", "right")}, 401, "unauthorized"},
		{"Basic that is nonsense", "", "/api/list", []string{"Authorization: Basic ???"}, 401, "unauthorized"},
		{"X-Original-URI where it means nothing", "", "/api/list", []string{"X-Original-URI: /static/app.js"}, 401, "unauthorized"},
		{"an expired link", "", "/media/film.mp4" + expired, nil, 401, "unauthorized"},
		{"an altered link", "", "/media/film.mp4" + download[:len(download)-2] + "AA", nil, 401, "unauthorized"},
		{"a link lengthened", "", "/media/film.mp4" + strings.Replace(expired, ".d.", ".d.z", 1), nil, 401, "unauthorized"},
		{"a link to watch made one to download", "", "/media/film.mp4" + strings.Replace(watch, ".w.", ".d.", 1), nil, 401, "unauthorized"},
		{"a link to watch used to download", "", "/media/film.mp4" + watch, nil, 401, "unauthorized"},
		{"a link to watch used to fetch all in fragments", "", "/fmp4/film.mp4" + watch, nil, 401, "unauthorized"},
		{"a link to another film's picture", "", "/keyframe/other.mp4" + watch, nil, 401, "unauthorized"},
		{"a link to another film's playlist", "", "/hls/other.mp4/master.m3u8" + watch, nil, 401, "unauthorized"},
		{"a link through a playlist", "", "/hls/film.mp4/../other.mp4/master.m3u8" + watch, nil, 401, "unauthorized"},
		{"a link to another film", "", "/watch/other.mp4" + watch, nil, 401, "unauthorized"},
		{"a link to another film of that name", "", "/watch/sub/film.mp4" + watch, nil, 401, "unauthorized"},
		{"a link to another film's WebSocket", "", "/ws/other.mp4" + watch, shake(), 401, "unauthorized"},
		{"a link to the list", "", "/api/list" + download, nil, 401, "unauthorized"},
		{"a link through another film", "", "/media/film.mp4/../other.mp4" + download, nil, 401, "unauthorized"},
		{"a way round through what is open", "", "/static/../api/list", nil, 401, "unauthorized"},
		{"the same, encoded", "", "/static/%2e%2e/api/list", nil, 401, "unauthorized"},
		{"the path in capitals", "", "/STATIC/app.js", nil, 401, "unauthorized"},
		{"two slashes", "", "//static/app.js", nil, 401, "unauthorized"},
	}
	for _, path := range []string{
		"../outside.mp4", "..%2foutside.mp4", "%2e%2e/outside.mp4", "%2e%2e%2foutside.mp4", ".%2e/outside.mp4", "sub/../../outside.mp4", "..%5coutside.mp4",
		"%252e%252e/outside.mp4", "..;/outside.mp4", "film.mp4%00", "sub//film.mp4", "a%2fb.mp4", "sub%2ffilm.mp4",
		"out.mp4", "passwd.mp4", "dir/outside.mp4", "loop.mp4", "pipe.mp4", ".hidden.mp4", ".secret/film.mp4", "%2ehidden.mp4",
		"page.html", "picture.svg", "page.mp4.html", "script.js", "film.MP4.svg", "sub", "none.mp4", strings.Repeat("x", 256) + ".mp4",
	} {
		for _, route := range []string{"/media/", "/api/info/", "/watch/", "/fmp4/", "/keyframe/", "/hls/"} {
			all = append(all, attack{"a path", "", route + path, in, 404, "not_found"})
		}
	}
	return append(all, attack{"a page called .mp4", "", "/media/page.mp4", in, 422, "bad_file"})
}

func TestSiege(t *testing.T) {
	folder := besieged(t)
	before := snapshot(t, folder)
	s := serveWhole(t, Config{Door: newDoor(t, bcrypt.MinCost)}, folder, nil)
	session := s.session()
	inside := s.open("/ws/film.mp4?rate=16", session)
	routines := runtime.NumGoroutine()

	for _, a := range attacks(s.site, session) {
		if a.method == "" {
			a.method = "GET"
		}
		r, body := s.get(a.method, a.path, a.headers...)
		status := r.StatusCode
		if a.status == 404 && status == 400 {
			status = 404 // what can't be a path at all
		}
		if status != a.status || a.code == "not_found" && !slices.Contains([]string{"not_found", "bad_request"}, code(body)) || a.code != "" && a.code != "not_found" && code(body) != a.code {
			t.Errorf("%s: %s %q: %s %s", a.name, a.method, a.path, r.Status, body)
		}
		if a.code == "" {
			continue
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", a.name, name, got)
			}
		}
		if r.Header.Get("Set-Cookie") != "" || strings.Contains(body, "outside") || strings.Contains(body, folder) {
			t.Errorf("%s: it tells %v %s", a.name, r.Header, body)
		}
	}
	for name, c := range map[string]struct {
		frame []byte
		code  int
	}{
		"oversized": {masked(0x81, bytes.Repeat([]byte(" "), 4097)), 1009}, "binary": {masked(0x82, []byte("{}")), 1003},
		"fragmented": {masked(0x01, []byte("{}")), 1003}, "not masked": {[]byte{0x81, 2, '{', '}'}, 1002},
	} {
		w := s.open("/ws/film.mp4", session)
		w.write(c.frame)
		if got, _ := w.untilClose(); got != c.code {
			t.Errorf("a frame that is %s: closed with %d", name, got)
		}
	}
	if got := inside.whole(); !bytes.Equal(got, fragmented(t, sample)) {
		t.Errorf("a viewer who was inside got %d bytes, or others than the film's", len(got))
	}
	if after := snapshot(t, folder); !slices.Equal(before, after) {
		t.Errorf("the folder is another: %q", after)
	}
	if strings.Contains(s.log.String(), "level=ERROR") || strings.Contains(s.log.String(), "token=") {
		t.Errorf("the log says %s", s.log)
	}
	s.until(func() bool { return runtime.NumGoroutine() <= routines })
}

// What a name holds stays text wherever it is shown.
func TestNamesAreNoMarkup(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{Door: newDoor(t, bcrypt.MinCost)}, besieged(t))
	session := s.session()
	evil := "/watch/%3Cscript%3Ealert(1)%3C.mp4"
	_, login := s.get("GET", "/login?to="+strings.ReplaceAll(evil, "%", "%25")+"%3Cscript%3E", asPage)
	_, refused := s.post("/login", asForm, "user=%3Cscript%3E&password=x&to=%22%3E%3Cscript%3E", asPage)
	_, list := s.get("GET", "/", asPage, session)
	r, page := s.get("GET", evil, asPage, session)
	if r.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", evil, r.Status)
	}
	for name, body := range map[string]string{"login": login, "refused": refused, "list": list, "page": page} {
		if strings.Contains(body, "<script>") {
			t.Errorf("%s: %s", name, body)
		}
	}
}
