package server

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/server/access"
)

const keyForTests = "0123456789abcdef0123456789abcdef"

func testKey(t *testing.T) access.Key {
	t.Helper()
	key, err := access.ParseKey([]byte(keyForTests))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newDoor lets anna in, who has the password right.
func newDoor(t *testing.T, cost int) *access.Door {
	t.Helper()
	return access.New(access.Config{Users: newUsers(t, cost), Key: testKey(t), KeyStays: true})
}

func newUsers(t *testing.T, cost int) *access.Reloading[*access.Users] {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), cost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "users")
	mustWrite(t, file, "anna:"+string(hash)+"\n")
	users, err := access.Reload(func() (*access.Users, error) { return access.ReadUsers(file) }, func(err error) { t.Error(err) }, file)
	if err != nil {
		t.Fatal(err)
	}
	return users
}

func basic(user, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// post sends a form or JSON.
func (s *site) post(path, kind, body string, headers ...string) (*http.Response, string) {
	s.t.Helper()
	headers = append(headers, "Content-Type: "+kind, fmt.Sprintf("Content-Length: %d", len(body)))
	conn := s.dial()
	defer func() { _ = conn.Close() }()
	headers[len(headers)-1] += "\r\n\r\n" + body
	return exchange(s.t, conn, "POST", s.base+path, s.addr(), headers...)
}

const (
	asForm = "application/x-www-form-urlencoded"
	asJSON = "application/json"
	asPage = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"
)

// session logs anna in and returns her Cookie header.
func (s *site) session() string {
	s.t.Helper()
	r, body := s.post("/login", asJSON, `{"user":"anna","password":"right"}`)
	if r.StatusCode != 200 || len(r.Cookies()) != 1 {
		s.t.Fatalf("%s %s", r.Status, body)
	}
	c := r.Cookies()[0]
	return "Cookie: " + c.Name + "=" + c.Value
}

func (s *site) link(film string, scope access.Scope, lasts time.Duration) string {
	return "?token=" + testKey(s.t).Sign(film, scope, time.Now().Add(lasts))
}

// routesForTests is one path of each route, and whether it is open to all.
var routesForTests = map[string]bool{
	"/": false, "/browse/sub/": false, "/watch/film.mp4": false, "/api/list": false, "/api/list/sub": false, "/api/info/film.mp4": false,
	"/media/film.mp4": false, "/ws/film.mp4": false, "/live/camera": false, "/api/live": false, "/none": false, "/media/none.mp4": false, "/static": false, "/metrics": false,
	"/fmp4/film.mp4": false, "/keyframe/film.mp4": false, "/hls/film.mp4/master.m3u8": false, "/hls/film.mp4/x/1/init.mp4": false,
	"/static/app.js": true, "/login": true, "/healthz": true, "/readyz": true,
}

func TestLockedDoor(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost)}, "film.mp4", "sub/film.mp4")
	cookie := s.session()
	for path, open := range routesForTests {
		for name, c := range map[string]struct {
			headers []string
			in      bool
		}{
			"nobody": {nil, false}, "a session": {[]string{cookie}, true}, "a password": {[]string{basic("anna", "right")}, true},
			"another cookie":  {[]string{cookie[:len(cookie)-1] + "_"}, false},
			"a foreign token": {[]string{"Authorization: Bearer x"}, false},
		} {
			r, body := s.get("GET", path, c.headers...)
			if in := r.StatusCode != http.StatusUnauthorized; in != (c.in || open) {
				t.Errorf("%s with %s: %s %s", path, name, r.Status, body)
			} else if !in && (code(body) != "unauthorized" || !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic ")) {
				t.Errorf("%s with %s: %v %s", path, name, r.Header, body)
			}
			if policy := r.Header.Get("Cache-Control"); !strings.Contains(policy, "private") && !strings.Contains(policy, "no-store") {
				t.Errorf("%s with %s may be kept: %q", path, name, policy)
			}
		}
	}
	// Handshakes are refused before there is a socket.
	for _, headers := range [][]string{nil, {"Origin: http://" + s.addr()}} {
		if r, body := s.get("GET", "/ws/film.mp4", append(headers, append(handshake, "Connection: Upgrade")...)...); r.StatusCode != 401 || code(body) != "unauthorized" {
			t.Errorf("a handshake: %s %s", r.Status, body)
		}
	}
	s.open("/ws/film.mp4", cookie).until("open")
	s.open("/ws/film.mp4", basic("anna", "right")).until("open")
	if got := s.log.String(); !strings.Contains(got, `msg="logged in" user=anna from=127.0.0.1`) {
		t.Errorf("the log says %s", got)
	}
}

// Scripts of a page must not make the browser ask for a password.
func TestWhoIsToldOfBasic(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost)}, "film.mp4")
	for _, c := range []struct {
		path     string
		headers  []string
		status   int
		location string
		basic    bool
	}{
		{"/api/list", nil, 401, "", true},
		{"/api/list", []string{"User-Agent: curl/8"}, 401, "", true},
		{"/api/list", []string{"User-Agent: Mozilla/5.0"}, 401, "", false},
		{"/api/list", []string{"Sec-Fetch-Mode: cors"}, 401, "", false},
		{"/api/list", []string{"Sec-Fetch-Mode: cors", asPage}, 401, "", false},
		{"/", []string{asPage}, 303, "/login?to=%2F", false},
		{"/watch/film.mp4?t=9", []string{asPage, "Sec-Fetch-Mode: navigate"}, 303, "/login?to=%2Fwatch%2Ffilm.mp4%3Ft%3D9", false},
		{"/watch/a%2fb.mp4?t=9&token=x", []string{asPage}, 303, "/login?link=1&to=%2Fwatch%2Fa%252fb.mp4%3Ft%3D9", false},
		{"/watch/film.mp4?token=x", []string{asPage}, 303, "/login?link=1&to=%2Fwatch%2Ffilm.mp4", false},
	} {
		r, body := s.get("GET", c.path, c.headers...)
		if r.StatusCode != c.status || r.Header.Get("Location") != c.location || (r.Header.Get("WWW-Authenticate") != "") != c.basic {
			t.Errorf("%s %v: %s %v %s", c.path, c.headers, r.Status, r.Header, body)
		}
	}
	if r, body := s.get("GET", "/login?link=1&to=/x%22%3E", asPage); r.StatusCode != 200 || !strings.Contains(body, "not valid") ||
		strings.Contains(body, `x">`) || r.Header.Get("Referrer-Policy") != "same-origin" || !strings.Contains(r.Header.Get("Content-Security-Policy"), "form-action 'self'") {
		t.Errorf("the login page: %s %v %s", r.Status, r.Header, body)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost), BasePath: "/films", Proxies: mustProxies(t, "127.0.0.0/8")}, "film.mp4")
	form := func(to string) string {
		return url.Values{"user": {"anna"}, "password": {"right"}, "to": {to}}.Encode()
	}
	for to, want := range map[string]string{
		"": "/films/", "/films/watch/film.mp4?t=5": "/films/watch/film.mp4?t=5", "//evil.example": "/films/", "https://evil.example/films/": "/films/", `/films\evil`: "/films/",
	} {
		r, body := s.post("/login", asForm, form(to), asPage)
		if r.StatusCode != 303 || r.Header.Get("Location") != want || body != "" {
			t.Errorf("to %q: %s %q %s", to, r.Status, r.Header.Get("Location"), body)
		}
	}
	r, _ := s.post("/login", asForm, form(""))
	c := r.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/films/" || c.Secure || c.MaxAge < 7*24*3600-60 || c.Domain != "" {
		t.Errorf("the cookie is %v", c)
	}
	r, _ = s.post("/login", asForm, form(""), "X-Forwarded-Proto: https")
	if !r.Cookies()[0].Secure {
		t.Errorf("over TLS the cookie is %v", r.Cookies()[0])
	}
	var told struct {
		User    string
		Expires time.Time
	}
	r, body := s.post("/login", asJSON, `{"user":"anna","password":"right"}`)
	if err := json.Unmarshal([]byte(body), &told); err != nil || r.StatusCode != 200 || told.User != "anna" || time.Until(told.Expires) < 7*24*time.Hour-time.Minute {
		t.Errorf("%s %s %v", r.Status, body, err)
	}
	wrong := strings.Replace(form("/films/x"), "right", "wrong", 1)
	if r, body := s.post("/login", asForm, wrong, asPage, "X-Forwarded-For: 192.0.2.1"); r.StatusCode != 401 || !strings.Contains(body, `value="anna"`) ||
		!strings.Contains(body, `value="/films/x"`) || !strings.Contains(body, "wrong") || strings.Contains(body, `value="wrong"`) || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong password: %s %s", r.Status, body)
	}
	for _, kind := range []string{asForm, asJSON} {
		body := wrong
		if kind == asJSON {
			body = `{"user":"anna","password":"wrong"}`
		}
		if r, body := s.post("/login", kind, body, "X-Forwarded-For: 192.0.2.1"); r.StatusCode != 401 || code(body) != "unauthorized" {
			t.Errorf("a wrong password as %s: %s %s", kind, r.Status, body)
		}
	}
	for name, c := range map[string]struct{ kind, body string }{
		"multipart": {"multipart/form-data; boundary=x", "--x--"}, "no type": {"", form("")}, "broken JSON": {asJSON, `{"user":"anna"`}, "two JSON": {asJSON, `{}{}`},
		"too long": {asForm, form(strings.Repeat("x", maxForm))}, "too long JSON": {asJSON, `{"user":"` + strings.Repeat("x", maxForm) + `"}`}, "bad escapes": {asForm, "user=%zz"},
	} {
		if r, body := s.post("/login", c.kind, c.body); r.StatusCode != 400 || code(body) != "bad_request" {
			t.Errorf("%s: %s %s", name, r.Status, body)
		}
	}
	if r, body := s.post("/login?user=anna&password=right", asForm, ""); r.StatusCode != 401 {
		t.Errorf("a password in the URL: %s %s", r.Status, body)
	}
	if log := s.log.String(); strings.Contains(log, "password=") || !strings.Contains(log, `msg="login refused" user=anna from=192.0.2.1`) {
		t.Errorf("the log says %s", log)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost)}, "film.mp4")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: jar, Timeout: patience}
	ask := func(want string, r *http.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r.StatusCode, " ", r.Request.URL.Path); got != want {
			t.Errorf("came to %s, want %s", got, want)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	at := "http://" + s.addr()
	r, err := client.PostForm(at+"/login", url.Values{"user": {"anna"}, "password": {"right"}, "to": {"/watch/film.mp4"}})
	ask("200 /watch/film.mp4", r, err)
	r, err = client.Get(at + "/api/list")
	ask("200 /api/list", r, err)
	request, err := http.NewRequest("POST", at+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	r, err = client.Do(request)
	ask("200 /login", r, err)
	r, err = client.Get(at + "/api/list")
	ask("401 /api/list", r, err)
	if r, body := s.post("/logout", asForm, ""); r.StatusCode != 204 {
		t.Errorf("a script: %s %s", r.Status, body)
	}
	if r, body := s.get("GET", "/logout"); r.StatusCode != 405 || r.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %s %s", r.Status, body)
	}
}

func TestTriesOverHTTP(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost)}, "film.mp4")
	last := 0
	for range 20 {
		r, body := s.get("GET", "/api/list", basic("nobody", "x"))
		if last = r.StatusCode; last == http.StatusTooManyRequests {
			if code(body) != "rate_limited" || r.Header.Get("Retry-After") == "" || r.Header.Get("Retry-After") == "0" {
				t.Errorf("%v %s", r.Header, body)
			}
			break
		}
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 20th try is answered %d", last)
	}
	if r, body := s.post("/login", asForm, "user=anna&password=right", asPage); r.StatusCode != 429 || r.Header.Get("Retry-After") == "" || !strings.Contains(body, "too often") {
		t.Errorf("the form: %s %s", r.Status, body)
	}
	if r, _ := s.get("GET", "/auth", basic("anna", "right")); r.StatusCode != 401 {
		t.Errorf("a proxy is answered %s", r.Status)
	}
}

func TestWithoutADoor(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	for path, want := range map[string]int{"/login": 404, "/auth": 204, "/api/list": 200, "/watch/film.mp4?token=x": 200} {
		if r, body := s.get("GET", path); r.StatusCode != want || strings.Contains(r.Header.Get("Cache-Control"), "private") || strings.Contains(body, "data-token") {
			t.Errorf("%s: %s %v %s", path, r.Status, r.Header, body)
		}
	}
	for _, path := range []string{"/login", "/logout"} {
		if r, body := s.post(path, asForm, "user=a&password=b"); r.StatusCode != 404 {
			t.Errorf("%s: %s %s", path, r.Status, body)
		}
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	const film = "fol der/film.mp4"
	for name, door := range map[string]*access.Door{"users": newDoor(t, bcrypt.MinCost), "no users": access.New(access.Config{Key: testKey(t)})} {
		s := serveFolder(t, Config{Door: door}, film, "fol der/other.mp4")
		watch, download, expired := s.link(film, access.Watch, time.Hour), s.link(film, access.Download, time.Hour), s.link(film, access.Watch, -time.Second)
		folder := s.link("fol der", access.Watch, time.Hour)
		for _, c := range []struct {
			path string
			want int
		}{
			{"/watch/fol%20der/film.mp4" + watch, 200},
			{"/watch/fol%20der/film.mp4" + watch + "&t=20", 200},
			{"/watch/fol%20der/film%2emp4" + watch, 200}, // another spelling of the same
			{"/api/info/fol%20der/film.mp4" + watch, 200},
			{"/media/fol%20der/film.mp4" + download, 200},
			{"/watch/fol%20der/film.mp4" + download, 200},
			{"/hls/fol%20der/film.mp4/master.m3u8" + watch, 200},
			{"/media/fol%20der/film.mp4" + watch, 401},
			{"/watch/fol%20der/film.mp4" + expired, 401},
			{"/watch/fol%20der/other.mp4" + watch, 401},
			{"/watch/fol%20der/none.mp4" + watch, 401},
			{"/media/fol%20der/other.mp4" + download, 401},
			{"/watch/fol%20der/../fol%20der/film.mp4" + watch, 401},
			{"/watch//fol%20der/film.mp4" + watch, 401},
			{"/watch/fol%20der%2ffilm.mp4" + watch, 401},
			{"/api/list/fol%20der" + watch, 401},
			{"/api/list/fol%20der" + folder, 401},
			{"/browse/fol%20der/" + folder, 401},
			{"/hls/fol%20der/film.mp4/x" + folder, 401},
			{"/" + watch, 401},
			{"/api/list" + watch, 401},
			{"/metrics" + watch, 401},
			{"/watch/fol%20der/film.mp4?token=", 401},
			{"/watch/fol%20der/film.mp4" + strings.Replace(watch, "token", "Token", 1), 401},
		} {
			if r, body := s.get("GET", c.path); r.StatusCode != c.want {
				t.Errorf("%s: %s: %s %s", name, c.path, r.Status, body)
			}
		}
		s.open("/ws/fol%20der/film.mp4" + watch + "&rate=16").until("open")
		if r, body := s.get("GET", "/ws/fol%20der/other.mp4"+watch, append(handshake, "Connection: Upgrade")...); r.StatusCode != 401 {
			t.Errorf("a neighbour's socket: %s %s", r.Status, body)
		}
		_, page := s.get("GET", "/watch/fol%20der/film.mp4"+watch)
		if !strings.Contains(page, `data-token="`+watch[len("?token="):]+`"`) || strings.Contains(page, "/media/") {
			t.Errorf("the page of a link to watch: %s", page)
		}
		_, page = s.get("GET", "/watch/fol%20der/film.mp4"+download)
		if !strings.Contains(page, `href="/media/fol%20der/film.mp4`+download+`"`) {
			t.Errorf("the page of a link to download: %s", page)
		}
		for _, secret := range []string{watch, download, expired} {
			if strings.Contains(s.log.String(), secret[len(secret)-43:]) {
				t.Error("a token stands in the log")
			}
		}
	}
}

// People without an account are told that the link is no good: there is
// nowhere to log in.
func TestBadLinkWithoutUsers(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: access.New(access.Config{Key: testKey(t)})}, "film.mp4")
	if r, body := s.get("GET", "/watch/film.mp4", asPage); r.StatusCode != 401 || !strings.Contains(body, "link") {
		t.Errorf("%s %s", r.Status, body)
	}
	if r, _ := s.get("GET", "/login", asPage); r.StatusCode != 404 {
		t.Errorf("the login page: %s", r.Status)
	}
	if r, _ := s.post("/login", asForm, "user=anna&password=right"); r.StatusCode != 404 {
		t.Errorf("a login: %s", r.Status)
	}
}

func TestAuthForProxies(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost), BasePath: "/films"}, "film.mp4")
	cookie := s.session()
	watch, download := s.link("film.mp4", access.Watch, time.Hour), s.link("film.mp4", access.Download, time.Hour)
	for _, c := range []struct {
		original string
		headers  []string
		want     int
	}{
		{"", nil, 401}, {"", []string{cookie}, 204}, {"", []string{basic("anna", "right")}, 204}, {"", []string{basic("anna", "wrong")}, 401},
		{"/films/media/film.mp4", nil, 401}, {"/films/media/film.mp4", []string{cookie}, 204},
		{"/films/media/film.mp4" + download, nil, 204}, {"/films/media/film.mp4" + watch, nil, 401},
		{"/films/hls/film.mp4/master.m3u8" + watch, nil, 204}, {"/films/hls/film.mp4/e/1/7.m4s" + watch, nil, 204},
		{"/films/hls/film.mp4/init.mp4" + watch, nil, 204}, {"/films/hls/other.mp4/film.mp4" + watch, nil, 401},
		{"/films/media/other.mp4" + download, nil, 401}, {"/films/media/film.mp4/../other.mp4" + download, nil, 401},
		{"/films/media/other.mp4/../film.mp4" + download, nil, 401}, {"/media/film.mp4" + download, nil, 401},
		{"/films/static/app.js", nil, 204}, {"/films/static/../media/film.mp4", nil, 401}, {"/films/static/%2e%2e/media/film.mp4", nil, 401}, {"/films/static/..%2fmedia/film.mp4", nil, 401},
		{"/films/static%2f../media/film.mp4", nil, 401}, {"/films/static//app.js", nil, 401}, {"/films/static/./app.js", nil, 401}, {"/films/static/x%00", nil, 401},
		{"/films/login", nil, 204}, {"/films/", nil, 401}, {"/elsewhere", []string{cookie}, 204}, {"/elsewhere", nil, 401},
		{"http://evil.example/films/media/film.mp4" + download, nil, 401}, {"nonsense", nil, 401}, {"/films/media/film.mp4#x" + download, nil, 401},
	} {
		headers := c.headers
		if c.original != "" {
			headers = append(headers[:len(headers):len(headers)], "X-Original-URI: "+c.original)
		}
		if r, body := s.get("GET", "/films/auth", headers...); r.StatusCode != c.want {
			t.Errorf("%q with %v: %s %s", c.original, c.headers, r.Status, body)
		}
	}
	// A token of the proxy's own question proves nothing of the original.
	if r, _ := s.get("GET", "/films/auth"+watch, "X-Original-URI: /films/watch/film.mp4"); r.StatusCode != 401 {
		t.Errorf("a token beside the original: %s", r.Status)
	}
}

// bcrypt is slow by intention: one run takes some 50 ms, and more under the
// race detector.
func TestAThousandAuthenticatedRequests(t *testing.T) {
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.DefaultCost)}, "film.mp4")
	watch := s.link("film.mp4", access.Download, time.Hour)
	cookie := s.session()
	if r, _ := s.get("HEAD", "/media/film.mp4", basic("anna", "right")); r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	for name, c := range map[string][2]string{"a password": {"", basic("anna", "right")}, "a session": {"", cookie}, "a link": {watch, "X-None: "}} {
		conn := s.dial()
		buffered := bufio.NewReader(conn)
		before := processorTime(t)
		for range 1000 {
			if _, err := fmt.Fprintf(conn, "GET /media/film.mp4%s HTTP/1.1\r\nHost: %s\r\nRange: bytes=0-4095\r\n%s\r\n\r\n", c[0], s.addr(), c[1]); err != nil {
				t.Fatal(err)
			}
			r, err := http.ReadResponse(buffered, nil)
			if err != nil || r.StatusCode != 206 {
				t.Fatal(r, err)
			}
			if n, err := buffered.Discard(4096); err != nil {
				t.Fatal(n, err)
			}
		}
		took := processorTime(t) - before
		t.Logf("1000 requests with %s took %v", name, took)
		// It is to be less than a second; the race detector and a busy machine
		// may double that, bcrypt each time would take a minute.
		if took > 3*time.Second {
			t.Errorf("1000 requests with %s took %v of processor time", name, took)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func mustProxies(t *testing.T, texts ...string) access.Proxies {
	t.Helper()
	p, err := access.ParseProxies(texts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
