package server

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"vodsrv/server/library"
)

// patience is how long a test waits for what must happen; what takes longer
// has failed.
const patience = 20 * time.Second

// pagesForTests stand for those of package public.
var pagesForTests = fstest.MapFS{
	"index.html": {Data: []byte(`<title>{{.Title}}</title><script src="{{.Base}}/static/{{versioned "app.js"}}"></script><body data-can="{{.Can}}">{{range .Crumbs}}<a href="{{.URL}}">{{.Name}}</a>{{end}}` +
		`{{range .Listing.Entries}}<a href="{{$.Base}}/watch/{{.Path}}">{{.Name}}</a>{{end}}`)},
	"watch.html":  {Data: []byte(`<title>{{.Title}}</title>{{template "player-modules.html" .}}<body data-can="{{.Can}}"><vod-player src="{{.Path}}" start="{{.Start}}"></vod-player><p data-path="{{.Path}}">{{.Name}}</p>{{if .Download}}<a href="{{.Media}}">file</a>{{end}}{{with .Token}}<i data-token="{{.}}"></i>{{end}}`)},
	"login.html":  {Data: []byte(`<title>{{.Title}}</title><p>{{.Message}}</p><form action="{{.Base}}/login" method="post"><input name="user" value="{{.User}}"><input name="to" value="{{.To}}"></form>`)},
	"live.html":   {Data: []byte(`<title>{{.Title}}</title>{{template "player-modules.html" .}}<vod-player live src="{{.Name}}"></vod-player>{{if .HasList}}<a href="{{.Base}}/">list</a>{{end}}`)},
	playerModules: {Data: []byte(`<link rel="later" href="{{.Base}}/static/app.js">`)},
	"app.js":      {Data: []byte("export const here = true;\n")},
	"entry.js":    {Data: []byte("import './static/app.js';\n")},
	"embed.go":    {Data: []byte("package public\n")},
}

// site is a server on a real listener.
type site struct {
	t      *testing.T
	folder string
	server *Server
	http   *httptest.Server
	over   http.RoundTripper // nil for the default
	base   string
	log    *testLog
	at     string // host:port
}

// serveFolder serves a folder of copies of the bundled sample.
func serveFolder(t *testing.T, c Config, names ...string) *site {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		copySample(t, filepath.Join(folder, name))
	}
	return serve(t, c, folder)
}

func serve(t *testing.T, c Config, folder string) *site {
	t.Helper()
	return serveLibrary(t, c, folder, library.Options{})
}

func serveLibrary(t *testing.T, c Config, folder string, o library.Options) *site {
	t.Helper()
	films, err := library.Open(folder, o)
	if err != nil {
		t.Fatal(err)
	}
	s := serveFilms(t, c, films)
	s.folder = folder
	return s
}

// serveFilms serves a library, and closes it when the test is over.
func serveFilms(t *testing.T, c Config, films *library.Library) *site {
	t.Helper()
	c.Library, c.Public = films, pagesForTests
	log := &testLog{}
	c.Log = slog.New(slog.NewTextHandler(log, nil))
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	l := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		if !s.stopping.Load() {
			s.Shutdown(t.Context())
		}
		l.Close()
		if err := films.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{t: t, server: s, http: l, base: s.config.BasePath, log: log, at: l.Listener.Addr().String()}
}

// testLog keeps what the server logs.
type testLog struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *testLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// await waits until the log has a line with some text.
func (l *testLog) await(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(l.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the log has no %q: %s", text, l.String())
		}
	}
}

const sample = "../media/sample.mp4"

func copySample(t *testing.T, to string) {
	t.Helper()
	content, err := os.ReadFile(sample)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) addr() string { return s.at }

// get asks for a path just as it is spelled; headers are "Name: value".
func (s *site) get(method, path string, headers ...string) (*http.Response, string) {
	s.t.Helper()
	conn := s.dial()
	defer func() { _ = conn.Close() }()
	return exchange(s.t, conn, method, path, s.addr(), headers...)
}

func exchange(t *testing.T, conn net.Conn, method, path, host string, headers ...string) (*http.Response, string) {
	t.Helper()
	request := method + " " + path + " HTTP/1.1\r\n"
	given := strings.Join(headers, "\n")
	if !strings.Contains(given, "Host:") {
		request += "Host: " + host + "\r\n"
	}
	if !strings.Contains(given, "Connection:") {
		request += "Connection: close\r\n"
	}
	for _, h := range headers {
		request += h + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = r.Body.Close() }()
	if r.StatusCode == http.StatusSwitchingProtocols {
		return r, ""
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r, string(body)
}

func (s *site) dial() net.Conn {
	s.t.Helper()
	return s.dialer(&net.Dialer{})
}

func (s *site) dialer(d *net.Dialer) net.Conn {
	s.t.Helper()
	conn, err := d.DialContext(s.t.Context(), "tcp", s.addr())
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(patience))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// code is the code in an error's JSON.
func code(body string) string {
	var e errorBody
	if json.Unmarshal([]byte(body), &e) != nil {
		return "not JSON: " + body
	}
	return string(e.Error.Code)
}
