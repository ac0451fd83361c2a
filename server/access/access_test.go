package access

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

var (
	now    = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	home   = netip.MustParseAddr("192.0.2.1")
	secret = strings.Repeat("k", minKey)
)

func testKey(t *testing.T, secret string) Key {
	t.Helper()
	k, err := ParseKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func hashed(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// usersFile lets users in; the map is name to password.
func usersFile(t *testing.T, users map[string]string) *Reloading[*Users] {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users")
	writeUsers(t, file, users)
	r, err := Reload(func() (*Users, error) { return ReadUsers(file) }, func(err error) { t.Error(err) }, file)
	if err != nil {
		t.Fatal(err)
	}
	r.every = 0
	r.next.Store(0)
	return r
}

func writeUsers(t *testing.T, file string, users map[string]string) {
	t.Helper()
	lines := "# who may watch\n\n"
	for name, password := range users {
		lines += name + ":" + hashed(t, password) + "\n"
	}
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
}

func testDoor(t *testing.T) *Door {
	t.Helper()
	return New(Config{Users: usersFile(t, map[string]string{"anna": "right", "bert": "other"}), Key: testKey(t, secret)})
}

func TestParseUsers(t *testing.T) {
	good := hashed(t, "x")
	as := func(prefix string) string { return prefix + good[4:] }
	u, err := ParseUsers(strings.NewReader("# comment\n\nanna:" + as("$2y$") + "\r\n  bert:" + as("$2b$") + ":a remark\n"))
	if err != nil || len(u.hashes) != 2 {
		t.Fatalf("%v, %v", u, err)
	}
	costly := strings.Replace(good, "$04$", "$17$", 1)
	for lines, want := range map[string]string{
		"":                                    "no user",
		"# nobody\n":                          "no user",
		"anna:" + good + "\nbert":             "line 2: it is not",
		"anna:" + good + "\n\n:" + good:       "line 3: it is not",
		"anna:$apr1$x$y":                      "line 1: the password of \"anna\"",
		"anna:plain":                          "line 1: the password of \"anna\"",
		"anna:" + good[:59]:                   "line 1: the password of \"anna\"",
		"anna:":                               "line 1: the password of \"anna\"",
		"anna:" + good + "\nanna:" + good:     "line 2: the user \"anna\" stands in it twice",
		"anna:" + costly:                      "line 1: the bcrypt cost",
		"a\x01b:" + good:                      "line 1: the name",
		strings.Repeat("a", 256) + ":" + good: "line 1: the name",
		"anna:" + strings.Repeat("x", 70000):  "too long",
	} {
		_, err := ParseUsers(strings.NewReader(lines))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), good[7:]) {
			t.Errorf("%q: %v, want %s", lines[:min(len(lines), 90)], err, want)
		}
	}
}

func TestKeys(t *testing.T) {
	if _, err := ParseKey([]byte(" " + strings.Repeat("k", minKey-1) + "\n")); err == nil {
		t.Error("a short key is taken")
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := ReadKey(file)
	if err != nil || k.Sign("f.mp4", Watch, now) != testKey(t, secret).Sign("f.mp4", Watch, now) {
		t.Errorf("a line end is part of the key: %v", err)
	}
	if _, err := ReadKey(file + "none"); err == nil {
		t.Error("there is no such file")
	}
	if one, other := RandomKey(), RandomKey(); string(one.link) == string(other.link) {
		t.Error("random keys are the same")
	}
}

func TestSessions(t *testing.T) {
	d := testDoor(t)
	s, err := d.Login(home, "anna", "right", now)
	if err != nil || !s.Expires.Equal(now.Add(DefaultSession)) {
		t.Fatal(s, err)
	}
	f := strings.Split(s.Cookie, ".")
	later := "z" + f[2][1:]
	other := New(Config{Users: d.config.Users, Key: testKey(t, strings.Repeat("o", minKey))})
	stranger, err := other.Login(home, "anna", "right", now)
	if err != nil {
		t.Fatal(err)
	}
	link := d.config.Key.Sign("anna", Watch, now.Add(time.Hour))
	cases := []struct {
		name   string
		cookie string
		at     time.Time
		want   bool
	}{
		{"as it was made", s.Cookie, now, true},
		{"in the last second", s.Cookie, s.Expires.Add(-time.Second), true},
		{"expired", s.Cookie, s.Expires, false},
		{"of another user", strings.Join([]string{f[0], text.EncodeToString([]byte("bert")), f[2], f[3]}, "."), now, false},
		{"of nobody", strings.Join([]string{f[0], text.EncodeToString([]byte("nobody")), f[2], f[3]}, "."), now, false},
		{"lengthened", strings.Join([]string{f[0], f[1], later, f[3]}, "."), now, false},
		{"of another version", "2" + s.Cookie[1:], now, false},
		{"cut", s.Cookie[:len(s.Cookie)-1], now, false},
		{"with more", s.Cookie + ".x", now, false},
		{"without a signature", strings.Join(append(f[:3:3], ""), "."), now, false},
		{"signed by another", stranger.Cookie, now, false},
		{"a link's token", link, now, false},
		{"empty", "", now, false},
	}
	for i := range s.Cookie {
		c := []byte(s.Cookie)
		c[i] ^= 1
		cases = append(cases, struct {
			name, cookie string
			at           time.Time
			want         bool
		}{fmt.Sprintf("with another byte %d", i), string(c), now, false})
	}
	for _, c := range cases {
		who, err := d.Judge(Request{Cookies: []string{c.cookie}, Route: Route{}}, c.at)
		if got := err == nil && who.User == "anna"; got != c.want {
			t.Errorf("a cookie %s: %v, %v", c.name, who, err)
		}
	}
	if who, err := d.Judge(Request{Cookies: []string{"of another server", s.Cookie}}, now); err != nil || who.User != "anna" {
		t.Errorf("beside another cookie: %v, %v", who, err)
	}
}

func TestSessionsEndWithThePassword(t *testing.T) {
	users := usersFile(t, map[string]string{"anna": "right", "bert": "other"})
	d := New(Config{Users: users, Key: RandomKey()})
	anna, err := d.Login(home, "anna", "right", now)
	if err != nil {
		t.Fatal(err)
	}
	bert, err := d.Login(home, "bert", "other", now)
	if err != nil {
		t.Fatal(err)
	}
	file := users.files[0]
	writeUsers(t, file, map[string]string{"anna": "a new one", "carl": "third"})
	for name, cookie := range map[string]string{"anna": anna.Cookie, "bert": bert.Cookie} {
		if who, err := d.Judge(Request{Cookies: []string{cookie}}, now); err == nil {
			t.Errorf("the session of %s goes on: %v", name, who)
		}
	}
	// Nor is the old password remembered.
	if _, err := d.Judge(Request{Client: home, Basic: true, User: "anna", Password: "right"}, now); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := d.Judge(Request{Client: home, Basic: true, User: "carl", Password: "third"}, now); err != nil {
		t.Errorf("the new user: %v", err)
	}
}

func TestLinks(t *testing.T) {
	d := New(Config{Key: testKey(t, secret)})
	expires := now.Add(time.Hour)
	watch, download := d.config.Key.Sign("films/a.mp4", Watch, expires), d.config.Key.Sign("films/a.mp4", Download, expires)
	forged := strings.Replace(watch, ".w.", ".d.", 1)
	f := strings.Split(watch, ".")
	lengthened := strings.Join([]string{f[0], f[1], "zzzzzz", f[3]}, ".")
	cases := []struct {
		token, path, film string
		at                time.Time
		want              Scope
	}{
		{watch, "/watch/films/a.mp4", "films/a.mp4", now, Watch},
		{watch, "/api/info/films/a.mp4", "films/a.mp4", now, Watch},
		{watch, "/ws/films/a.mp4", "films/a.mp4", now, Watch},
		{watch, "/fmp4/films/a.mp4", "films/a.mp4", now, ""},
		{download, "/fmp4/films/a.mp4", "films/a.mp4", now, Download},
		{watch, "/keyframe/films/a.mp4", "films/a.mp4", now, Watch},
		{watch, "/hls/films/a.mp4/master.m3u8", "films/a.mp4", now, Watch},
		{watch, "/dash/films/a.mp4/manifest.mpd", "films/a.mp4", now, Watch},
		{watch, "/subs/films/a.mp4/3.vtt", "films/a.mp4", now, Watch},
		{download, "/media/films/a.mp4", "films/a.mp4", now, Download},
		{download, "/ws/films/a.mp4", "films/a.mp4", now, Download},
		{watch, "/watch/films/a.mp4", "films/a.mp4", expires.Add(-time.Second), Watch},

		{watch, "/watch/films/a.mp4", "films/a.mp4", expires, ""},
		{watch, "/media/films/a.mp4", "films/a.mp4", now, ""},
		{forged, "/media/films/a.mp4", "films/a.mp4", now, ""},
		{lengthened, "/watch/films/a.mp4", "films/a.mp4", now, ""},
		{watch, "/watch/films/b.mp4", "films/b.mp4", now, ""},
		{watch, "/watch/a.mp4", "a.mp4", now, ""},
		{watch, "/watch/films", "films", now, ""},
		{watch, "/watch/", "", now, ""},
		{watch, "/", "", now, ""},
		{watch, "/browse/films/", "films", now, ""},
		{watch, "/browse/films/a.mp4", "films/a.mp4", now, ""},
		{watch, "/api/list/films", "films", now, ""},
		{watch, "/api/list/films/a.mp4", "films/a.mp4", now, ""},
		{watch, "/api/events", "films/a.mp4", now, ""},
		{watch, "/metrics", "films/a.mp4", now, ""},
		{watch, "/live/films/a.mp4", "films/a.mp4", now, ""},
		{watch, "/none/films/a.mp4", "films/a.mp4", now, ""},
		{download, "/api/list/films/a.mp4", "films/a.mp4", now, ""},
		{"", "/watch/films/a.mp4", "films/a.mp4", now, ""},
		{"1.w..", "/watch/films/a.mp4", "films/a.mp4", now, ""},
		{watch + "=", "/watch/films/a.mp4", "films/a.mp4", now, ""},
		{watch + " ", "/watch/films/a.mp4", "films/a.mp4", now, ""},
		{watch[:len(watch)-1], "/watch/films/a.mp4", "films/a.mp4", now, ""},
		{"2" + watch[1:], "/watch/films/a.mp4", "films/a.mp4", now, ""},
	}
	for _, c := range cases {
		route, _ := RouteFor(c.path)
		who, err := d.Judge(Request{Token: c.token, Route: route, Film: c.film}, c.at)
		if who.Link != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrUnauthorized) {
			t.Errorf("%s for %s at %v: %v, %v", c.token, c.path, c.at, who, err)
		}
	}
	for i := range watch {
		b := []byte(watch)
		b[i] ^= 1
		if scope, err := d.config.Key.scope(string(b), "films/a.mp4", now); err == nil {
			t.Errorf("altered at %d it is good for %s", i, scope)
		}
	}
	if strings.ContainsAny(download, "+/=&?#% ") {
		t.Errorf("%s is not safe in a URL", download)
	}
}

func TestRouteFor(t *testing.T) {
	for path, want := range map[string][2]string{
		"/login": {"/login", ""}, "/loginx": {"", ""}, "/login/": {"", ""}, "/static/app.js": {"/static/", "app.js"}, "/static": {"", ""},
		"/ws/a%2fb.mp4": {"/ws/", "a%2fb.mp4"}, "/": {"", ""}, "": {"", ""}, "/api/list": {"", ""}, "//static/x": {"", ""},
	} {
		if route, rest := RouteFor(path); route.Path != want[0] || rest != want[1] {
			t.Errorf("%s: %q %q", path, route.Path, rest)
		}
	}
}

// counting counts how often a password is held against a hash.
func counting(d *Door) *atomic.Int64 {
	var n atomic.Int64
	compare := d.passwords.compare
	d.passwords.compare = func(hash, password []byte) error {
		n.Add(1)
		return compare(hash, password)
	}
	return &n
}

func TestPasswords(t *testing.T) {
	cases := []struct {
		name           string
		user, password string
		want           error
		compared       int64
	}{
		{"right", "anna", "right", nil, 1},
		{"wrong", "anna", "wrong", ErrUnauthorized, 1},
		{"of another", "anna", "other", ErrUnauthorized, 1},
		{"empty", "anna", "", ErrUnauthorized, 1},
		{"of nobody", "nobody", "right", ErrUnauthorized, 1},
		{"of nobody, as someone's", "nobody", "other", ErrUnauthorized, 1},
		{"without a name", "", "right", ErrUnauthorized, 1},
		{"too long", "anna", strings.Repeat("x", 73), ErrUnauthorized, 0},
		{"too long, of nobody", "nobody", strings.Repeat("x", 73), ErrUnauthorized, 0},
	}
	for _, c := range cases {
		d := testDoor(t)
		n := counting(d)
		who, err := d.Judge(Request{Client: home, Basic: true, User: c.user, Password: c.password}, now)
		if !errors.Is(err, c.want) || n.Load() != c.compared || (err == nil) != (who.User == "anna") {
			t.Errorf("%s: %v, %v, %d comparisons", c.name, who, err, n.Load())
		}
	}
}

// A password is looked at once, however many requests come with it, and at
// whatever time.
func TestRightPasswordIsRemembered(t *testing.T) {
	d := testDoor(t)
	n := counting(d)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := d.Judge(Request{Client: home, Basic: true, User: "anna", Password: "right"}, now); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n.Load() != 1 {
		t.Errorf("%d comparisons", n.Load())
	}
	// From elsewhere, too; and that it was right opens nothing for others.
	away := netip.MustParseAddr("192.0.2.2")
	for _, r := range []Request{{Client: away, User: "anna", Password: "right"}, {Client: home, User: "anna", Password: "wrong"}, {Client: home, User: "bert", Password: "right"}} {
		r.Basic = true
		_, err := d.Judge(r, now)
		if good := r.Password == "right" && r.User == "anna"; (err == nil) != good {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if n.Load() != 3 {
		t.Errorf("%d comparisons", n.Load())
	}
}

func TestTriesAreLimited(t *testing.T) {
	d := testDoor(t)
	n := counting(d)
	wrong := func(client netip.Addr, user string, at time.Time) error {
		_, err := d.Login(client, user, "wrong", at)
		return err
	}
	if _, err := d.Login(home, "anna", "right", now); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < triesOfAddress; i++ {
		if err := wrong(home, fmt.Sprint("user", i), now); !errors.Is(err, ErrUnauthorized) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	var wait *WaitError
	if err := wrong(home, "bert", now); !errors.As(err, &wait) || wait.Wait != tryEvery {
		t.Errorf("one try more: %v", err)
	}
	if _, err := d.Login(home, "bert", "other", now); !errors.As(err, &wait) {
		t.Errorf("the right password, though there were too many tries: %v", err)
	}
	if _, err := d.Judge(Request{Client: home, Basic: true, User: "anna", Password: "right"}, now); err != nil {
		t.Errorf("a password that is known is no try: %v", err)
	}
	if n.Load() != triesOfAddress {
		t.Errorf("%d comparisons", n.Load())
	}
	if err := wrong(home, "bert", now.Add(tryEvery)); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("a while later: %v", err)
	}
	// Many addresses at one name.
	refused := 0
	for i := range 100 {
		err := wrong(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), "anna", now)
		if errors.As(err, &wait) {
			refused++
		}
	}
	if refused != 100-triesOfUser+1 { // she was let in once

		t.Errorf("%d of 100 tries of a name from everywhere were refused", refused)
	}
}

// Guesses from elsewhere don't lock out who was let in from here before.
func TestGuessesDontLockOut(t *testing.T) {
	d := testDoor(t)
	if _, err := d.Login(home, "anna", "right", now); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		_, _ = d.Login(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), "anna", "wrong", now)
	}
	if _, err := d.Login(home, "anna", "wrong", now); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("a slip of the owner: %v", err)
	}
}

func TestLimiterForgets(t *testing.T) {
	l := NewLimiter[int](1, 1, 2)
	for _, step := range []struct {
		key  int
		want time.Duration
	}{{1, 0}, {1, time.Second}, {2, 0}, {1, time.Second}, {3, 0}, {1, time.Second}, {2, 0}, {3, 0}} {
		if got := l.Take(step.key, now); got != step.want {
			t.Errorf("%d waits %v, want %v", step.key, got, step.want)
		}
	}
	if len(l.known) != 2 || l.recent.Len() != 2 {
		t.Errorf("%d and %d are remembered", len(l.known), l.recent.Len())
	}
	if wait := l.Take(3, now.Add(time.Second)); wait != 0 {
		t.Errorf("after a second: %v", wait)
	}
}

func TestMemoryOfPasswordsIsBounded(t *testing.T) {
	p := newPasswords()
	for i := range 3 * remembered {
		p.remember(fmt.Sprint(i))
	}
	if len(p.right) > remembered {
		t.Errorf("%d are remembered", len(p.right))
	}
}

func TestReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users")
	writeUsers(t, file, map[string]string{"anna": "right"})
	var told []error
	r, err := Reload(func() (*Users, error) { return ReadUsers(file) }, func(err error) { told = append(told, err) }, file)
	if err != nil {
		t.Fatal(err)
	}
	r.every = 0
	r.next.Store(0)
	first := r.Get()
	if r.Get() != first {
		t.Error("a file that did not change is read again")
	}
	for _, bad := range []func() error{
		func() error { return os.WriteFile(file, []byte("nonsense\n"), 0o600) },
		func() error { return os.Remove(file) },
	} {
		before := len(told)
		if err := bad(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if r.Get() != first {
				t.Error("a bad file took effect")
			}
		}
		if len(told) != before+1 {
			t.Errorf("told %d times: %v", len(told)-before, told)
		}
	}
	writeUsers(t, file, map[string]string{"bert": "other"})
	if u := r.Get(); u.hashes["bert"] == "" || u.hashes["anna"] != "" {
		t.Errorf("the new file has no effect: %v", u)
	}
	if _, err := Reload(func() (*Users, error) { return ReadUsers(file + "none") }, nil); err == nil {
		t.Error("a file that is not there is taken")
	}
}

func TestClient(t *testing.T) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8", "127.0.0.1", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"192.0.2.1", nil, "192.0.2.1"},
		{"192.0.2.1", []string{"198.51.100.1"}, "192.0.2.1"},
		{"10.0.0.1", nil, "10.0.0.1"},
		{"10.0.0.1", []string{""}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"::ffff:10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"127.0.0.1", []string{"1.2.3.4, 198.51.100.1 , 10.0.0.2"}, "198.51.100.1"},
		{"127.0.0.1", []string{"1.2.3.4", "198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		{"127.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"127.0.0.1", []string{"1.2.3.4, unknown"}, "127.0.0.1"},
		{"127.0.0.1", []string{"198.51.100.1, junk, 10.0.0.2"}, "10.0.0.2"},
		{"127.0.0.1", []string{"198.51.100.1:5000"}, "198.51.100.1"},
		{"fd00::1", []string{"[2001:db8::1]:80"}, "2001:db8::1"},
		{"fd00::1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"fd00::1", []string{"[2001:db8::1]"}, "2001:db8::1"},
	} {
		if got := proxies.Client(netip.MustParseAddr(c.peer), c.forwarded); got.String() != c.want {
			t.Errorf("from %s by %q: %v, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
	if _, err := ParseProxies([]string{"proxy.example"}); err == nil {
		t.Error("a name is taken for a proxy")
	}
	if Proxies(nil).Trusts(home) {
		t.Error("nobody is trusted, but someone")
	}
}

func TestSite(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "fe80::1%eth0": "fe80::", "::1": "::",
	} {
		if got := Site(netip.MustParseAddr(addr)); got.String() != want {
			t.Errorf("%s counts as %v, want %s", addr, got, want)
		}
	}
}

func TestReturnTo(t *testing.T) {
	for _, base := range []string{"", "/films"} {
		for to, same := range map[string]bool{
			"/": true, "/watch/a.mp4?t=90": true, "/browse/fol%20der/": true, "/watch/..a.mp4": true, "/watch/a%2fb.mp4": true,
			"": false, "//evil.example": false, "//evil.example/films/": false, `/\evil.example`: false, `/\/evil.example`: false, "/\tx": false, "/\nSet-Cookie: x": false,
			"https://evil.example/": false, "javascript:alert(1)": false, "watch/a.mp4": false, "/login": false, "/login?to=/": false, "/logout": false,
			"/watch/../../x": false, "/watch/..": false, "/%2e%2e/x": false, "/é": false, "/%zz": false, "@evil.example": false,
		} {
			given := to
			if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
				given = base + to
			}
			want := base + "/"
			if same {
				want = given
			}
			if got := ReturnTo(base, given); got != want {
				t.Errorf("below %q, %q leads to %q, want %q", base, given, got, want)
			}
		}
	}
	if got := ReturnTo("/films", "/other/x"); got != "/films/" {
		t.Errorf("beside the base path: %q", got)
	}
	if got := ReturnTo("/films", "/filmsx"); got != "/films/" {
		t.Errorf("beside the base path: %q", got)
	}
}

func TestParseScope(t *testing.T) {
	for _, s := range []Scope{Watch, Download} {
		if got, err := ParseScope(string(s)); got != s || err != nil {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	if _, err := ParseScope("all"); err == nil {
		t.Error("all is a scope")
	}
}
