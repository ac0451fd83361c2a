package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/server"
	"vodsrv/server/access"
)

const keyForTests = "0123456789abcdef0123456789abcdef"

func TestSign(t *testing.T) {
	key := write(t, filepath.Join(t.TempDir(), "key"), keyForTests+"\n")
	signer, err := access.ParseKey([]byte(keyForTests))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args       []string
		film, want string
		scope      access.Scope
	}{
		{nil, "film.mp4", "http://localhost:8327/watch/film.mp4", access.Watch},
		{[]string{"--base", "https://films.example/f/"}, "/a b/100%.m4a", "https://films.example/f/watch/a%20b/100%25.m4a", access.Watch},
		{[]string{"--scope", "download", "--expires", "90m"}, "a?b#c.mp4", "http://localhost:8327/media/a%3Fb%23c.mp4", access.Download},
	} {
		status, out, errs := vodsrv(t, append([]string{"sign", c.film, "--key-file", key}, c.args...)...)
		link, token, _ := strings.Cut(out, "?token=")
		if status != 0 || errs != "" || link != c.want || strings.Count(out, "\n") != 1 {
			t.Errorf("%q: status %d, %q, %q", c.args, status, out, errs)
			continue
		}
		u, err := url.Parse(strings.TrimSpace(out))
		if err != nil || u.Query().Get("token") != strings.TrimSpace(token) {
			t.Errorf("%q: %v", out, err)
		}
		door := access.New(access.Config{Key: signer})
		route, _ := access.RouteFor("/ws/")
		who, err := door.Judge(access.Request{Token: u.Query().Get("token"), Route: route, Film: strings.TrimPrefix(c.film, "/")}, time.Now())
		if err != nil || who.Link != c.scope {
			t.Errorf("%q opens %v, %v", out, who, err)
		}
	}
	t.Setenv("VODSRV_KEY_FILE", key)
	if status, _, errs := vodsrv(t, "sign", "film.mp4"); status != 0 {
		t.Errorf("with the file named in the environment: status %d, %q", status, errs)
	}
	if err := os.Unsetenv("VODSRV_KEY_FILE"); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := vodsrv(t, "sign", "film.mp4"); status != 1 || !strings.Contains(errs, "no key") {
		t.Errorf("and then no more: status %d, %q", status, errs)
	}
	t.Setenv("VODSRV_KEY", keyForTests)
	if status, out, errs := vodsrv(t, "sign", "film.mp4"); status != 0 || !strings.Contains(out, "?token=") {
		t.Errorf("with the key in the environment: status %d, %q", status, errs)
	}
	if status, _, errs := vodsrv(t, "sign", "film.mp4", "--key-file", key); status != 2 || !strings.Contains(errs, "two keys") {
		t.Errorf("with two keys: status %d, %q", status, errs)
	}
}

func TestDoorSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	key := write(t, filepath.Join(dir, "key"), keyForTests)
	short := write(t, filepath.Join(dir, "short"), "secret")
	users := write(t, filepath.Join(dir, "users"), "anna:plain\n")
	for line, want := range map[string]struct {
		status int
		words  string
	}{
		"sign":          {2, "one film"},
		"sign a.mp4":    {1, "--key-file"},
		"sign a b":      {2, "one film"},
		"sign a.txt":    {2, "not a film"},
		"sign ../a.mp4": {2, "not the path"},
		"sign a.mp4 --scope all --key-file " + key:           {2, "scope"},
		"sign a.mp4 --expires -1h --key-file " + key:         {2, "some time"},
		"sign a.mp4 --expires soon --key-file " + key:        {2, "expires"},
		"sign a.mp4 --base films.example --key-file " + key:  {2, "the base"},
		"sign a.mp4 --base https://a/?b --key-file " + key:   {2, "the base"},
		"sign a.mp4 --key-file " + short:                     {1, "openssl"},
		"serve --key-file " + short:                          {1, "openssl"},
		"serve --key-file " + filepath.Join(dir, "none"):     {1, "the key file"},
		"serve --users-file " + users:                        {1, "line 1"},
		"serve --users-file " + filepath.Join(dir, "none"):   {1, "the users file"},
		"serve --session -1h --users-file " + users:          {2, "session"},
		"serve --tls-cert x":                                 {2, "--tls-key"},
		"serve --tls-cert x --tls-key y":                     {1, "certificate"},
		"serve --trusted-proxy proxy.example":                {2, "trusted proxy"},
		"serve --log-format xml":                             {2, "log format"},
		"serve --log-level loud":                             {2, "log level"},
		"serve --max-requests-per-second -1":                 {2, "negative"},
		"serve --max-viewers-per-address -1 --addr :0 media": {2, "negative"},
	} {
		status, out, errs := vodsrv(t, strings.Fields(line)...)
		errs = strings.TrimPrefix(errs, "vodsrv: note: there is no --key-file: who is logged in has to log in again after a restart\n")
		if status != want.status || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, want.words) {
			t.Errorf("%s: status %d, %q, %q", line, status, out, errs)
		}
	}
}

func TestServeWithALogin(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users := write(t, filepath.Join(t.TempDir(), "users"), "anna:"+string(hash)+"\n")
	ctx, stop := context.WithCancel(t.Context())
	out, found := lines(t)
	status := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		status <- run(ctx, []string{"vodsrv", "serve", "--addr", "127.0.0.1:0", "--users-file", users, "--log-format", "json", "--log-level", "debug"}, out, &errs)
	}()
	at := <-found
	client := http.Client{Timeout: 20 * time.Second}
	for user, want := range map[string]int{"": 401, "anna": 200} {
		request, err := http.NewRequest("GET", at+"api/list", nil)
		if err != nil {
			t.Fatal(err)
		}
		if user != "" {
			request.SetBasicAuth(user, "right")
		}
		r, err := client.Do(request)
		if err != nil || r.StatusCode != want {
			t.Fatal(r, err)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	stop()
	if s := <-status; s != 0 {
		t.Errorf("status %d", s)
	}
	said := errs.String()
	if !strings.HasPrefix(said, "vodsrv: note: there is no --key-file") || !strings.Contains(said, `"msg":"request","method":"GET","path":"/api/list","who":"user anna","from":"127.0.0.1","status":200`) {
		t.Errorf("it says %s", said)
	}
}

func TestWarnings(t *testing.T) {
	door := access.New(access.Config{Key: access.RandomKey()})
	proxies, err := access.ParseProxies([]string{"10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config   server.Config
		loopback bool
		want     string
	}{
		{server.Config{}, true, ""}, {server.Config{}, false, "no login"}, {server.Config{Door: door}, true, ""},
		{server.Config{Door: door}, false, "no TLS"}, {server.Config{Door: door, Proxies: proxies}, false, ""},
	} {
		if got := strings.Join(warnings(c.config, c.loopback), ""); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%+v on loopback %v: %q", c.config, c.loopback, got)
		}
	}
}

func TestHTTPSInURLs(t *testing.T) {
	if got := urls(&net.TCPAddr{IP: net.IPv6loopback, Port: 443}, "", "", true); got[0] != "https://[::1]:443/" {
		t.Errorf("%q", got)
	}
}
