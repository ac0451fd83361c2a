package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/net/websocket"

	"vodsrv/server/access"
)

// behindNginx runs vodsrv and, in front of it, nginx as docs/access.md has it.
type behindNginx struct {
	t      *testing.T
	url    string // of nginx
	dir    string
	sign   func(args ...string) string // the query of a link
	log    *syncBuffer                 // vodsrv's
	client http.Client
}

// syncBuffer keeps what is logged.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func findNginx(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Skip("nginx is not installed")
		}
	}
	return path
}

func startBehindNginx(t *testing.T) *behindNginx {
	t.Helper()
	nginx := findNginx(t)
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if out, err := exec.Command(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
		"-subj", "/CN=localhost", "-keyout", in("films.key"), "-out", in("films.pem")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	write(t, in("users"), "anna:"+string(hash)+"\n")
	write(t, in("key"), keyForTests)
	if err := os.Mkdir(in("media"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, in("media/sample.mp4"), severalSlices(t))
	b := &behindNginx{t: t, dir: dir, log: &syncBuffer{}}
	b.sign = func(args ...string) string {
		status, out, errs := vodsrv(t, append([]string{"sign", "--key-file", in("key")}, args...)...)
		if status != 0 {
			t.Fatal(errs)
		}
		_, query, _ := strings.Cut(strings.TrimSpace(out), "?")
		return "?" + query
	}

	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	out, found := lines(t)
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"vodsrv", "serve", in("media"), "--addr", "127.0.0.1:0", "--max-requests-per-second", "100", "--users-file", in("users"), "--key-file", in("key"), "--trusted-proxy", "127.0.0.1", "--log-level", "debug"}, out, b.log)
	}()
	t.Cleanup(func() { stop(); <-done })
	vod, err := url.Parse(<-found)
	if err != nil {
		t.Fatal(err)
	}
	b.url = "https://" + freeAddr(t)
	b.startNginx(nginx, vod.Host)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b.client = http.Client{
		Timeout: 20 * time.Second, Jar: jar, Transport: &http.Transport{TLSClientConfig: insecure},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return b
}

// severalSlices is the bundled film with so much behind it that nginx asks for
// it in several slices, no two of which are alike.
func severalSlices(t *testing.T) string {
	t.Helper()
	const free = 2 << 20
	film := must(os.ReadFile("media/sample.mp4"))(t)
	film = append(binary.BigEndian.AppendUint32(film, free), "free"...)
	for i := uint32(0); i < free/4-2; i++ {
		film = binary.BigEndian.AppendUint32(film, i)
	}
	return string(film)
}

var insecure = &tls.Config{InsecureSkipVerify: true}

// freeAddr is an address where nobody listens, most likely.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// startNginx runs the configuration of the documentation, with the paths and
// addresses of this test.
func (b *behindNginx) startNginx(nginx, vod string) {
	b.t.Helper()
	at := strings.TrimPrefix(b.url, "https://")
	block := strings.NewReplacer(
		"listen 443 ssl", "listen "+at+" ssl", "127.0.0.1:8327", vod,
		"/var/cache/nginx/films", b.dir+"/cache", "/var/log/nginx/films.log", b.dir+"/films.log", "/etc/nginx/", b.dir+"/",
	).Replace(nginxOf(b.t, "docs/access.md"))
	runNginx(b.t, nginx, b.dir, at, block)
}

// nginxOf is the configuration of nginx in a document.
func nginxOf(t *testing.T, path string) string {
	t.Helper()
	_, block, _ := strings.Cut(string(must(os.ReadFile(path))(t)), "```nginx\n")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatalf("%s has no configuration for nginx", path)
	}
	return block
}

// runNginx runs what stands in the http block of a configuration, and waits
// until it answers at an address.
func runNginx(t *testing.T, nginx, dir, at, block string) {
	t.Helper()
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	conf := write(t, filepath.Join(dir, "nginx.conf"),
		"daemon off; master_process off; pid "+dir+"/pid; error_log "+dir+"/error.log; worker_rlimit_nofile 8192; events { worker_connections 4096; }\nhttp {\n"+temp+block+"}\n")
	cmd := exec.Command(nginx, "-c", conf, "-p", dir, "-e", filepath.Join(dir, "error.log"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", at)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("nginx does not answer: %s", log)
		}
	}
}

// get asks for a path just as it is spelled.
func (b *behindNginx) get(path string, change func(*http.Request)) (*http.Response, []byte) {
	b.t.Helper()
	r, err := http.NewRequest("GET", b.url+"/", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.URL.Opaque = strings.TrimPrefix(b.url, "https:") + path
	if change != nil {
		change(r)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		b.t.Error(err)
	}
	return answer, body
}

func TestNginxOfTheDocs(t *testing.T) {
	b := startBehindNginx(t)
	watch, download := b.sign("sample.mp4"), b.sign("--scope", "download", "sample.mp4")
	want := must(os.ReadFile(filepath.Join(b.dir, "media/sample.mp4")))(t)
	for range 2 {
		if r, body := b.get("/media/sample.mp4"+download, nil); r.StatusCode != 200 || string(body) != string(want) {
			t.Fatalf("a link: %s, %d bytes", r.Status, len(body))
		}
	}
	slices := (len(want)-1)>>20 + 1
	if n := strings.Count(b.log.String(), "path=/media/sample.mp4"); n != slices || n < 3 {
		t.Errorf("vodsrv was asked %d times for a film of %d slices, which nginx keeps", n, slices)
	}
	// It is in the cache now, and still not for everyone.
	for path, want := range map[string]int{
		"/media/sample.mp4": 401, "/media/sample.mp4" + watch: 401, "/media/sample.mp4?token=x": 401, "/media//sample.mp4" + download: 401,
		"/static/../media/sample.mp4": 401, "/static/%2e%2e/media/sample.mp4": 401, "/static/..%2fmedia/sample.mp4": 401, "/x/../media/sample.mp4" + download: 401,
		"/auth": 404, "/api/list": 401, "/api/info/sample.mp4" + watch: 200, "/static/app.js": 200,
	} {
		if r, body := b.get(path, nil); r.StatusCode != want {
			t.Errorf("%s: %s %.200s", path, r.Status, body)
		}
	}
	if r, _ := b.get("/watch/sample.mp4", func(r *http.Request) { r.Header.Set("Accept", "text/html") }); r.StatusCode != 303 || r.Header.Get("Location") != "/login?to=%2Fwatch%2Fsample.mp4" {
		t.Errorf("a person: %s to %s", r.Status, r.Header.Get("Location"))
	}
	// Of the film itself they are told so: a proxy can't pass a redirection on.
	if r, body := b.get("/media/sample.mp4", func(r *http.Request) { r.Header.Set("Accept", "text/html") }); r.StatusCode != 401 {
		t.Errorf("a person who wants the film: %s %.200s", r.Status, body)
	}
	// Nor can it say that someone asks too often.
	for i := range 250 {
		if r, _ := b.get("/media/sample.mp4", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.8") }); r.StatusCode != 401 {
			t.Fatalf("request %d for the film: %s", i, r.Status)
		}
	}
	b.watch(watch)
	b.segments(watch)
	b.expired(watch, download)

	r, err := b.client.PostForm(b.url+"/login", url.Values{"user": {"anna"}, "password": {"right"}})
	if err != nil || r.StatusCode != 303 || len(r.Cookies()) != 1 || !r.Cookies()[0].Secure {
		t.Fatalf("%v %v", r, err)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/api/list", "/media/sample.mp4"} {
		if r, _ := b.get(path, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") }); r.StatusCode != 200 {
			t.Errorf("logged in, %s: %s", path, r.Status)
		}
	}
	if !strings.Contains(b.log.String(), `path=/api/list who="user anna" from=192.0.2.7`) {
		t.Errorf("vodsrv logs %s", b.log)
	}
	for name, log := range map[string]string{"vodsrv": b.log.String(), "nginx": string(must(os.ReadFile(filepath.Join(b.dir, "films.log")))(t))} {
		if strings.Contains(log, "token=") || !strings.Contains(log, "/media/sample.mp4") {
			t.Errorf("%s logs %s", name, log)
		}
	}
}

// segmentURLs are the paths of the segments of HLS.
func (b *behindNginx) segmentURLs(query string) (paths []string) {
	b.t.Helper()
	const folder = "/hls/sample.mp4/"
	_, master := b.get(folder+"master.m3u8"+query, nil)
	var media string
	for line := range strings.Lines(string(master)) {
		if !strings.HasPrefix(line, "#") {
			media = strings.TrimSpace(line)
		}
	}
	_, list := b.get(folder+media, nil)
	for line := range strings.Lines(string(list)) {
		if !strings.HasPrefix(line, "#") {
			path, _, _ := strings.Cut(folder+media[:strings.LastIndex(media, "/")+1]+strings.TrimSpace(line), "?")
			paths = append(paths, path)
		}
	}
	if len(paths) != 5 {
		b.t.Fatalf("%d segments in\n%s", len(paths), list)
	}
	return paths
}

// segments asks for the segments of HLS, which nginx keeps too, and gives to
// those who may have them.
func (b *behindNginx) segments(query string) {
	b.t.Helper()
	for _, path := range b.segmentURLs(query) {
		r, first := b.get(path+query, nil)
		if r.StatusCode != 200 || len(first) == 0 {
			b.t.Fatalf("%s: %s", path, r.Status)
		}
		if _, again := b.get(path+query, nil); string(again) != string(first) {
			b.t.Errorf("%s: %d bytes, and then %d", path, len(first), len(again))
		}
		if n := strings.Count(b.log.String(), "path="+path+" "); n != 1 {
			b.t.Errorf("vodsrv was asked for %s %d times", path, n)
		}
		for _, wrong := range []string{"", "?token=x", query[:len(query)-2] + "AA"} {
			if r, _ := b.get(path+wrong, nil); r.StatusCode != 401 {
				b.t.Errorf("%s, kept, with the token %q: %s", path, wrong, r.Status)
			}
		}
	}
}

// expired asks for what is kept with links that are not good any more.
func (b *behindNginx) expired(watch, download string) {
	b.t.Helper()
	segment := b.segmentURLs(watch)[0]
	key := must(access.ParseKey([]byte(keyForTests)))(b.t)
	for _, c := range []struct {
		path, good string
		scope      access.Scope
	}{{"/media/sample.mp4", download, access.Download}, {segment, watch, access.Watch}} {
		if r, _ := b.get(c.path+c.good, nil); r.StatusCode != 200 {
			b.t.Errorf("%s: %s", c.path, r.Status)
		}
		log := b.log.String()
		for ago, want := range map[time.Duration]int{-time.Minute: 200, time.Second: 401, time.Hour: 401} {
			token := key.Sign("sample.mp4", c.scope, time.Now().Add(-ago))
			if r, body := b.get(c.path+"?token="+token, nil); r.StatusCode != want {
				b.t.Errorf("%s with a link that expired %v ago: %s, %d bytes", c.path, ago, r.Status, len(body))
			}
		}
		if more := b.log.String()[len(log):]; strings.Contains(more, "path="+c.path+" ") || strings.Count(more, "path=/auth ") != 3 {
			b.t.Errorf("%s is kept, and vodsrv was asked for more than three times /auth:\n%s", c.path, more)
		}
	}
}

// Those who come at once for what is not kept yet make nginx ask once.
func TestNginxAsksOnceForMany(t *testing.T) {
	b := startBehindNginx(t)
	watch, download := b.sign("sample.mp4"), b.sign("--scope", "download", "sample.mp4")
	size := int64(len(must(os.ReadFile(filepath.Join(b.dir, "media/sample.mp4")))(t)))
	for path, asked := range map[string]int{
		"/media/sample.mp4" + download: int((size-1)>>20 + 1), b.segmentURLs(watch)[0] + watch: 1,
	} {
		const clients = 20
		var all sync.WaitGroup
		bodies := make([]string, clients)
		for i := range clients {
			all.Go(func() {
				r, err := b.client.Get(b.url + path)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(r.Body)
				_ = r.Body.Close()
				if bodies[i] = string(body); err != nil || r.StatusCode != 200 {
					t.Errorf("%s: %s, %v", path, r.Status, err)
				}
			})
		}
		all.Wait()
		for _, body := range bodies {
			if body == "" || body != bodies[0] {
				t.Errorf("%s: %d bytes, and %d", path, len(bodies[0]), len(body))
			}
		}
		path, _, _ = strings.Cut(path, "?")
		if n := strings.Count(b.log.String(), "path="+path+" "); n != asked {
			t.Errorf("vodsrv was asked for %s %d times by %d clients, want %d", path, n, clients, asked)
		}
	}
}

// watch opens the film's WebSocket through the proxy.
func (b *behindNginx) watch(query string) {
	b.t.Helper()
	config, err := websocket.NewConfig("wss"+strings.TrimPrefix(b.url, "https")+"/ws/sample.mp4"+query, b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	config.TlsConfig = insecure
	ws, err := config.DialContext(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	var told string
	if err := websocket.Message.Receive(ws, &told); err != nil || !strings.Contains(told, `"type":"open"`) {
		b.t.Errorf("%q, %v", told, err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
