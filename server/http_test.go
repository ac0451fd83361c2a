package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vodsrv/mp4/info"
	"vodsrv/server/library"
)

func TestRaw(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4", "sound.M4A")
	mustWrite(t, filepath.Join(s.folder, "film.srt"), "1\n")
	mustWrite(t, filepath.Join(s.folder, "page.mp4"), "<script>alert(1)</script>")
	mustWrite(t, filepath.Join(s.folder, "page.html"), "<script>alert(1)</script>")
	want, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	r, body := s.get("GET", "/media/film.mp4")
	etag := r.Header.Get("ETag")
	for name, value := range map[string]string{
		"Content-Type": "video/mp4", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox",
		"Accept-Ranges": "bytes", "Content-Length": fmt.Sprint(len(want)), "Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy": "no-referrer",
	} {
		if got := r.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if r.StatusCode != 200 || body != string(want) || etag == "" {
		t.Fatalf("%s, %d bytes, ETag %q", r.Status, len(body), etag)
	}
	cases := []struct {
		method, path string
		headers      []string
		status       int
		body         string
	}{
		{"HEAD", "/media/film.mp4", nil, 200, ""},
		{"GET", "/media/film.mp4", []string{"Range: bytes=100-199"}, 206, string(want[100:200])},
		{"GET", "/media/film.mp4", []string{"Range: bytes=-10"}, 206, string(want[len(want)-10:])},
		{"GET", "/media/film.mp4", []string{"Range: bytes=100-199", "If-Range: " + etag}, 206, string(want[100:200])},
		{"GET", "/media/film.mp4", []string{"Range: bytes=100-199", `If-Range: "old"`}, 200, string(want)},
		{"GET", "/media/film.mp4", []string{"If-None-Match: " + etag}, 304, ""},
		{"GET", "/media/film.mp4", []string{"If-Match: \"old\""}, 412, ""},
		{"GET", "/media/film.srt", nil, 200, "1\n"},
	}
	for _, c := range cases {
		r, body := s.get(c.method, c.path, c.headers...)
		if r.StatusCode != c.status || body != c.body {
			t.Errorf("%s %s %v: %s, %d bytes", c.method, c.path, c.headers, r.Status, len(body))
		}
	}
	if r, _ := s.get("GET", "/media/sound.M4A"); r.Header.Get("Content-Type") != "audio/mp4" {
		t.Errorf("sound is %q", r.Header.Get("Content-Type"))
	}
	if r, body := s.get("GET", "/media/page.mp4"); r.StatusCode != 422 || code(body) != "bad_file" {
		t.Errorf("a page called .mp4: %s %s", r.Status, body)
	}
	if r, body := s.get("GET", "/media/page.html"); r.StatusCode != 404 || code(body) != "not_found" {
		t.Errorf("a page: %s %s", r.Status, body)
	}
	if r, _ := s.get("GET", "/media/film.mp4", "Range: bytes=9999999-"); r.StatusCode != 416 {
		t.Errorf("a range beyond the end: %s", r.Status)
	}
}

// The kernel sends files only if no wrapper hides the way to it.
func TestLogKeepsTheWayToSendfile(t *testing.T) {
	var w http.ResponseWriter = &record{}
	if _, ok := w.(io.ReaderFrom); !ok {
		t.Fatal("the request log hides io.ReaderFrom")
	}
}

func TestPathsThatLeadAstray(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "films/film.mp4", "films/.hidden.mp4", "films/.secret/film.mp4")
	outside := filepath.Join(t.TempDir(), "outside.mp4")
	copySample(t, outside)
	root := filepath.Join(s.folder, "films")
	for name, target := range map[string]string{"out.mp4": outside, "up.mp4": "../../outside.mp4", "dir": filepath.Dir(outside), "loop.mp4": "loop.mp4"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("film.mp4", filepath.Join(root, "in.mp4")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe.mp4"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "folder.mp4"), 0o755); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"../outside.mp4", "..%2foutside.mp4", "%2e%2e/outside.mp4", "%2e%2e%2foutside.mp4", "%2E%2E%2Foutside.mp4", ".%2e/outside.mp4",
		"films/../../outside.mp4", "films/..%2f..%2foutside.mp4", "films/./film.mp4", "films//film.mp4", "/films/film.mp4",
		"films%2ffilm.mp4", "films/%2e%2e/films/film.mp4", "..", "%2e%2e", "films/..", "..%5coutside.mp4", "films/..%00/film.mp4",
		"films/film.mp4%00", "%252e%252e/outside.mp4", "films/film.mp4%", "%zz",
		"films/out.mp4", "films/up.mp4", "films/dir/outside.mp4", "films/loop.mp4",
		"films/.hidden.mp4", "films/.secret/film.mp4", "films/%2ehidden.mp4", "films/pipe.mp4", "films/folder.mp4",
		"none.mp4", "films", "films/film.mp4/film.mp4", strings.Repeat("a", 300) + ".mp4", strings.Repeat("a/", 3000) + "a.mp4",
	}
	for _, route := range []string{"/media/", "/api/info/", "/watch/", "/fmp4/", "/keyframe/", "/begin/"} {
		if r, _ := s.get("GET", route+"films/film.mp4"); r.StatusCode != 200 {
			t.Fatalf("%sfilms/film.mp4: %s", route, r.Status)
		}
		if r, _ := s.get("GET", route+"films/in.mp4"); r.StatusCode != 200 {
			t.Errorf("a link that stays inside, below %s: %s", route, r.Status)
		}
		for _, path := range paths {
			r, body := s.get("GET", route+path)
			if r.StatusCode != 404 && r.StatusCode != 400 {
				t.Errorf("%s%s: %s %s", route, path, r.Status, body)
			}
		}
	}
	for _, path := range []string{"..", "%2e%2e/", "films/..", "films/dir", "films/dir/", "films/.secret", "films/film.mp4", "none"} {
		for _, route := range []string{"/api/list/", "/browse/"} {
			r, body := s.get("GET", route+path+"/")
			if r.StatusCode != 404 && r.StatusCode != 400 {
				t.Errorf("%s%s: %s %s", route, path, r.Status, body)
			}
		}
	}
	var names []string
	for _, e := range s.list("/films").Entries {
		names = append(names, e.Name)
	}
	if want := []string{"folder.mp4", "film.mp4", "in.mp4"}; !slices.Equal(names, want) {
		t.Errorf("listed are %q, want %q", names, want)
	}
}

// list asks for a listing until it is whole.
func (s *site) list(path string) library.Listing {
	s.t.Helper()
	for end := time.Now().Add(patience); ; {
		var l library.Listing
		s.json("/api/list"+path, &l)
		if !slices.ContainsFunc(l.Entries, func(e library.Entry) bool { return e.State == info.Indexing }) {
			return l
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s: still indexing: %+v", path, l)
		}
	}
}

func (s *site) json(path string, v any) {
	s.t.Helper()
	r, body := s.get("GET", s.base+path)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/json" {
		s.t.Fatalf("%s: %s %s", path, r.Status, body)
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		s.t.Fatalf("%s: %v", body, err)
	}
}

func TestStrangeNames(t *testing.T) {
	t.Parallel()
	names := []string{
		`"quoted" & 'so'.mp4`, "<script>alert(1).mp4", "line\nbreak.mp4", "tab\t.mp4", "100%.mp4", "a%2fb.mp4", "q?a=1#f.mp4", "semi;colon.mp4",
		"+plus +.mp4", "back\\slash.mp4", "emoji 🎬.mp4", "latin \xe9.mp4", "\u00e9.mp4", "e\u0301.mp4", strings.Repeat("x", 251) + ".mp4", "a..b.mp4", "{{.Base}}.mp4",
		"javascript:alert(1).mp4",
	}
	var files []string
	for _, name := range names {
		files = append(files, "fol der%/"+name)
	}
	s := serveFolder(t, Config{}, files...)
	listing := s.list("/fol%20der%25/")
	if len(listing.Entries) != len(files) {
		t.Fatalf("%d files are listed, want %d", len(listing.Entries), len(files))
	}
	_, page := s.get("GET", "/browse/fol%20der%25/")
	for _, e := range listing.Entries {
		if e.State != info.Ready || e.Duration != 30 || strings.ContainsAny(e.Path, " \"'<>\n\t\\?#") {
			t.Errorf("%+v", e)
		}
		if r, _ := s.get("HEAD", "/media/"+e.Path); r.StatusCode != 200 {
			t.Errorf("%s: %s", e.Path, r.Status)
		}
		if r, body := s.get("GET", "/watch/"+e.Path); r.StatusCode != 200 || strings.Contains(body, "<script>") || !strings.Contains(body, `data-path="`+strings.NewReplacer("&", "&amp;", "+", "&#43;").Replace(e.Path)+`"`) {
			t.Errorf("%s: %s %s", e.Path, r.Status, body)
		}
		s.open("/ws/" + e.Path).until("open")
		href := `href="/watch/` + strings.NewReplacer("&", "&amp;", "+", "&#43;").Replace(e.Path) + `"`
		if !strings.Contains(page, href) {
			t.Errorf("the page has no %s", href)
		}
	}
	if strings.Contains(page, "<script>") || !strings.Contains(page, "&lt;script&gt;") {
		t.Errorf("names are not escaped: %s", page)
	}
}

func TestPlayerPageBeginsTheFilm(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "Part: two.mp4")
	for query, start := range map[string]string{"": "0", "?t=12.5": "12.5", "?t=-5": "0", "?t=NaN": "0", "?t=Inf": "0", "?t=1e999": "0", "?t=<b>": "0"} {
		want := `<vod-player src="Part%3A%20two.mp4" start="` + start + `">`
		if r, body := s.get("GET", "/watch/Part:%20two.mp4"+query); r.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %s, no %s in %s", query, r.Status, want, body)
		}
	}
}

func TestListingAndInfo(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "b 10.mp4", "b 2.mp4", "sub/deep/other.mp4")
	mustWrite(t, filepath.Join(s.folder, "empty.mp4"), "")
	mustWrite(t, filepath.Join(s.folder, "text.m4a"), "only words here")
	mustWrite(t, filepath.Join(s.folder, "notes.txt"), "not listed")
	whole, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(s.folder, "cut.mp4"), string(whole[:400_000]))
	l := s.list("")
	var got []string
	for _, e := range l.Entries {
		got = append(got, fmt.Sprintf("%s %s %s %v", e.Name, e.Kind, e.State, e.Reason != ""))
	}
	want := []string{
		"sub dir ready false", "b 2.mp4 video ready false", "b 10.mp4 video ready false", "cut.mp4 video invalid true",
		"empty.mp4 video invalid true", "text.m4a audio invalid true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed are %q, want %q", got, want)
	}
	if e := l.Entries[1]; e.Size != int64(len(whole)) || e.Duration != 30 || !strings.HasPrefix(e.MIME, "video/mp4; codecs=") || len(e.Tracks) != 2 || e.Modified.IsZero() {
		t.Errorf("%+v", e)
	}
	if found := s.list("?q=OTHER").Entries; len(found) != 1 || found[0].Path != "sub/deep/other.mp4" {
		t.Errorf("found %+v", found)
	}
	first := s.list("?limit=2")
	rest := s.list("?limit=9&after=" + url.QueryEscape(first.Next))
	if len(first.Entries) != 2 || first.Total != 6 || rest.Total != 6 || len(rest.Entries) != 4 || rest.Next != "" || rest.Entries[0].Name != "b 10.mp4" {
		t.Errorf("pages of %d and %d entries", len(first.Entries), len(rest.Entries))
	}
	for _, q := range []string{"?sort=colour", "?order=up", "?limit=0", "?limit=-1", "?sort=size&after=none"} {
		if r, body := s.get("GET", "/api/list"+q); r.StatusCode != 400 || code(body) != "bad_request" {
			t.Errorf("%s: %s %s", q, r.Status, body)
		}
	}
	var f info.File
	s.json("/api/info/b%202.mp4", &f)
	if f.Path != "b%202.mp4" || f.Duration != 30 || f.State != info.Ready || len(f.Tracks) != 2 {
		t.Errorf("%+v", f)
	}
	s.json("/api/info/empty.mp4", &f)
	if f.State != info.Invalid || !strings.Contains(f.Reason, "empty") {
		t.Errorf("%+v", f)
	}
	if r, body := s.get("GET", "/api/info/none.mp4"); r.StatusCode != 404 || code(body) != "not_found" {
		t.Errorf("%s %s", r.Status, body)
	}
}

func TestBrowsersKeepWhatAPageNamesByItsVersion(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{BasePath: "/films/"})
	_, page := s.get("GET", "/films/")
	_, rest, _ := strings.Cut(page, `src="`)
	named, _, _ := strings.Cut(rest, `"`)
	plain, _, _ := strings.Cut(named, "?")
	if plain != "/films/static/app.js" || plain == named {
		t.Fatal(page)
	}
	for url, want := range map[string]string{named: "public, max-age=31536000, immutable", plain: "no-cache", plain + "?v=": "no-cache", plain + "?v=older": "no-cache"} {
		if r, body := s.get("GET", url); r.StatusCode != 200 || r.Header.Get("Cache-Control") != want || !strings.Contains(body, "here = true") {
			t.Errorf("%s: %s %v %s", url, r.Status, r.Header, body)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{BasePath: "/films/"}, "sub/film.mp4")
	r, body := s.get("GET", "/films/")
	if r.StatusCode != 200 || !strings.Contains(body, `<a href="/films/">vodsrv</a>`) || r.Header.Get("Content-Security-Policy") != pagePolicy {
		t.Errorf("%s %v %s", r.Status, r.Header, body)
	}
	r, body = s.get("GET", "/films/browse/sub/")
	if r.StatusCode != 200 || !strings.Contains(body, `<a href="/films/browse/sub/">sub</a>`) || !strings.Contains(body, `href="/films/watch/sub/film.mp4"`) {
		t.Errorf("%s %s", r.Status, body)
	}
	r, body = s.get("GET", "/films/watch/sub/film.mp4")
	if r.StatusCode != 200 || !strings.Contains(body, `data-path="sub/film.mp4">film.mp4`) || !strings.Contains(body, `href="/films/static/app.js"`) {
		t.Errorf("%s %s", r.Status, body)
	}
	r, body = s.get("GET", "/films/static/app.js")
	if r.StatusCode != 200 || body != "export const here = true;\n" || r.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("%s %v %s", r.Status, r.Header, body)
	}
	if r, _ := s.get("GET", "/films/static/app.js", "If-None-Match: "+r.Header.Get("ETag")); r.StatusCode != 304 {
		t.Errorf("a script that is known: %s", r.Status)
	}
	for path, to := range map[string]string{"/films": "/films/", "/films/browse/sub": "/films/browse/sub/"} {
		if r, _ := s.get("GET", path); r.StatusCode != 308 || r.Header.Get("Location") != to {
			t.Errorf("%s: %s to %q", path, r.Status, r.Header.Get("Location"))
		}
	}
	for _, path := range []string{
		"/", "/api/list", "/filmsapi/list", "/healthz", "/films/none", "/films/static/embed.go", "/films/static/index.html", "/films/static/..%2fgo.mod", "/films/healthz/more",
	} {
		if r, body := s.get("GET", path); r.StatusCode/100 != 4 {
			t.Errorf("%s: %s %s", path, r.Status, body)
		}
	}
	r, body = s.get("GET", "/films/watch/none.mp4", "Accept: text/html,*/*;q=0.8")
	if r.StatusCode != 404 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") || !strings.Contains(body, "no such file") {
		t.Errorf("a person is told %s %s", r.Status, body)
	}
	if r, body := s.get("DELETE", "/films/media/sub/film.mp4"); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("DELETE: %s %s", r.Status, body)
	}
	if r, body := s.get("GET", "/films/healthz"); r.StatusCode != 200 || body != "ok\n" {
		t.Errorf("%s %s", r.Status, body)
	}
	if r, body := s.get("GET", "/films/ws/sub/film.mp4"); r.StatusCode != 426 || code(body) != "bad_request" {
		t.Errorf("no WebSocket: %s %s", r.Status, body)
	}
	s.open("/ws/sub/film.mp4").until("open")
}

func TestConfigWantsSense(t *testing.T) {
	films, err := library.Open(t.TempDir(), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	good := Config{Library: films, Public: pagesForTests}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no library": func(c *Config) { c.Library = nil }, "negative ahead": func(c *Config) { c.Ahead = -1 },
		"a tiny window": func(c *Config) { c.Window = 1000 }, "negative time": func(c *Config) { c.WriteTimeout = -time.Second },
		"negative limit": func(c *Config) { c.MaxViewers = -1 }, "base path without a slash": func(c *Config) { c.BasePath = "films" },
		"a bad origin": func(c *Config) { c.AllowOrigins = []string{"films.example"} },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := films.Close(); err != nil {
		t.Fatal(err)
	}
}
