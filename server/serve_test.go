package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/net/websocket"

	"vodsrv/server/library"
)

// served is a server as main runs it: with its gate and its time-outs.
type served struct {
	*site
	l net.Listener
}

// serveWhole serves a folder as main does. change may alter the server before.
func serveWhole(t *testing.T, c Config, folder string, change func(*Server)) *served {
	t.Helper()
	films, err := library.Open(folder, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := &testLog{}
	c.Library, c.Public, c.Log = films, pagesForTests, slog.New(slog.NewTextHandler(log, nil))
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, films.Close()); err != nil {
			t.Error(err)
		}
		// Connections end by themselves when their goroutines see to it.
		for end := time.Now().Add(patience); s.gate.open() != 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("connections are counted though all are gone")
			}
		}
	})
	return &served{&site{t: t, folder: folder, server: s, base: s.config.BasePath, log: log, at: l.Addr().String()}, l}
}

func (g *gate) open() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.perSite.mu.Lock()
	defer g.perSite.mu.Unlock()
	return len(g.callers) + g.waiting.Len() + len(g.sites) + len(g.perSite.n)
}

func (g *gate) idle() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting.Len()
}

// bigFile is a large file that begins like a film; most of it is a hole.
func bigFile(t *testing.T, folder string, size int64) string {
	t.Helper()
	path := filepath.Join(folder, "big.mp4")
	mustWrite(t, path, "\x00\x00\x00\x08free")
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return "/media/big.mp4"
}

// A download that nobody takes ends, and the connection with it.
func TestStalledDownload(t *testing.T) {
	t.Parallel()
	for name, tlsConfig := range map[string]*tls.Config{"plain": nil, "TLS": testCertificate(t)} {
		folder := t.TempDir()
		path := bigFile(t, folder, 64<<20)
		s := serveWhole(t, Config{WriteTimeout: 300 * time.Millisecond, TLS: tlsConfig}, folder, nil)
		conn := s.dial()
		if tlsConfig != nil {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		mustPrint(t, conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
		s.until(func() bool { return strings.Contains(s.log.String(), "msg=fetched") })
		got, err := io.Copy(io.Discard, conn)
		if got >= 64<<20 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %d bytes came, then %v", name, got, err)
		}
	}
}

// Nor does one stream of HTTP/2 stay for ever, though the connection does.
func TestStalledStream(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := bigFile(t, folder, 64<<20)
	s := serveWhole(t, Config{WriteTimeout: 300 * time.Millisecond, TLS: testCertificate(t)}, folder, nil)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Timeout: patience, Transport: transport}
	r, err := client.Get("https://" + s.addr() + path)
	if err != nil || r.ProtoMajor != 2 {
		t.Fatal(r, err)
	}
	defer func() { _ = r.Body.Close() }()
	s.until(func() bool { return strings.Contains(s.log.String(), "msg=fetched") })
	if n, err := io.Copy(io.Discard, r.Body); err == nil || n >= 64<<20 {
		t.Errorf("%d bytes came, %v", n, err)
	}
}

// Nor where the client opens all windows of HTTP/2, and then takes nothing of TCP:
// the deadlines of its streams do not end the write that they all wait for.
func TestStalledConnectionOfStreams(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := bigFile(t, folder, 256<<20)
	s := serveWhole(t, Config{WriteTimeout: 300 * time.Millisecond, TLS: testCertificate(t)}, folder, nil)
	conn := tls.Client(s.dial(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	defer func() { _ = conn.NetConn().Close() }()
	mustPrint(t, conn, http2.ClientPreface)
	var headers bytes.Buffer
	e := hpack.NewEncoder(&headers)
	for _, h := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", path}} {
		if err := e.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}); err != nil {
			t.Fatal(err)
		}
	}
	const widest = 1<<31 - 1
	f := http2.NewFramer(conn, nil)
	for _, err := range []error{
		f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: widest}), f.WriteWindowUpdate(0, widest-65535),
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: headers.Bytes(), EndStream: true, EndHeaders: true}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.until(func() bool { return strings.Contains(s.log.String(), "msg=fetched") })
}

// Who takes little, but takes it, gets all of it, in order: also where the
// kernel was stopped amid a piece.
func TestSlowDownload(t *testing.T) {
	t.Parallel()
	const size, timeout = 8 << 20, time.Second
	folder := t.TempDir()
	want := append([]byte("\x00\x00\x00\x08free"), make([]byte, size-8)...)
	_, _ = rand.Read(want[8:])
	mustWrite(t, filepath.Join(folder, "film.mp4"), string(want))
	s := serveWhole(t, Config{WriteTimeout: timeout}, folder, nil)
	conn := s.dialer(&net.Dialer{Control: smallBuffer})
	mustPrint(t, conn, "GET /media/film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReaderSize(conn, 4096), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	began := time.Now()
	tick := time.NewTicker(timeout / 16)
	defer tick.Stop()
	for got.Len() < size {
		if _, err := io.CopyN(&got, r.Body, int64(min(size/100, size-got.Len()))); err != nil {
			t.Fatalf("after %d bytes and %v: %v", got.Len(), time.Since(began), err)
		}
		<-tick.C
	}
	if took := time.Since(began); took < 5*timeout {
		t.Errorf("it took only %v: that proves nothing", took)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("the bytes are others than the file's")
	}
}

// Whoever is slow to say what he wants is sent away, and in nobody's way.
func TestSlowloris(t *testing.T) {
	t.Parallel()
	s := serveWhole(t, Config{}, t.TempDir(), func(s *Server) { s.headerTimeout = 500 * time.Millisecond })
	begun := []string{"", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n", "\x16\x03\x01"}
	var conns []net.Conn
	for i := range 100 {
		conn := s.dial()
		mustPrint(t, conn, begun[i%len(begun)])
		conns = append(conns, conn)
	}
	if r, _ := s.get("GET", "/healthz"); r.StatusCode != 200 {
		t.Errorf("meanwhile: %s", r.Status)
	}
	// More headers, each before the time is up, win no time.
	go func() {
		for {
			if _, err := io.WriteString(conns[3], "X-B: c\r\n"); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	for i, conn := range conns {
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("connection %d (%q) stays", i, begun[i%len(begun)])
		}
	}
}

// A body that does not come holds nothing up, nor does one too many.
func TestBodies(t *testing.T) {
	t.Parallel()
	s := serveWhole(t, Config{}, t.TempDir(), nil)
	for _, head := range []string{"GET / HTTP/1.1\r\nContent-Length: 10", "GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked", "POST / HTTP/1.1\r\nContent-Length: 10"} {
		conn := s.dial()
		mustPrint(t, conn, head+"\r\nHost: localhost\r\n\r\n")
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || r.StatusCode/100 != 4 {
			t.Errorf("%q: %v %v", head, r, err)
		}
	}
	conn := s.dial()
	mustPrint(t, conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
	if r, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("long headers: %v %v", r, err)
	}
}

// Nor does the body of a request that is refused before anyone looks at it.
func TestBodiesOfTheRefused(t *testing.T) {
	t.Parallel()
	s := serveWhole(t, Config{}, t.TempDir(), func(s *Server) { s.bodyTimeout = 300 * time.Millisecond })
	for _, head := range []string{
		"GET / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 5",
		"GET / HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked",
		"POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nContent-Length: 5",
		"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5",
		"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5",
	} {
		conn := s.dial()
		mustPrint(t, conn, head+"\r\n\r\n")
		answer, err := io.ReadAll(conn)
		if errors.Is(err, os.ErrDeadlineExceeded) || !bytes.HasPrefix(answer, []byte("HTTP/1.1 4")) {
			t.Errorf("%q: %.40q, then %v", head, answer, err)
		}
	}
}

// A thousand who open a connection and say nothing keep nobody out, and only
// so many of them are kept.
func TestAThousandHalfOpen(t *testing.T) {
	t.Parallel()
	const most = 100
	for name, tlsConfig := range map[string]*tls.Config{"plain": nil, "TLS": testCertificate(t)} {
		s := serveWhole(t, Config{TLS: tlsConfig}, t.TempDir(), func(s *Server) {
			s.gate.most, s.gate.grace = most, time.Millisecond
			s.headerTimeout = time.Minute
		})
		var conns []net.Conn
		t.Cleanup(func() {
			for _, c := range conns {
				_ = c.Close()
			}
		})
		for i := range 1000 {
			conn := s.dial()
			if tlsConfig != nil {
				mustPrint(t, conn, "\x16\x03\x01\x02")
			} else if i%2 == 0 {
				mustPrint(t, conn, "GET / HT")
			}
			conns = append(conns, conn)
			if n := s.server.gate.idle(); n > most {
				t.Fatalf("%s: %d connections wait", name, n)
			}
		}
		s.healthy(name)
		dropped := 0
		for _, conn := range conns[:800] {
			if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				dropped++
			}
		}
		if dropped != 800 {
			t.Errorf("%s: of the first 800 only %d are gone", name, dropped)
		}
		s.healthy(name)
	}
}

func (s *served) healthy(name string) {
	s.t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	scheme := "http://"
	if s.server.config.TLS != nil {
		scheme = "https://"
	}
	r, err := client.Get(scheme + s.addr() + "/healthz")
	if err != nil || r.StatusCode != 200 {
		s.t.Fatalf("%s: %v %v", name, r, err)
	}
	if err := r.Body.Close(); err != nil {
		s.t.Error(err)
	}
}

// The address that has most connections makes room, not one that has few.
func TestWhoMakesRoom(t *testing.T) {
	g := newGate(5, 0, nil)
	g.grace = 0
	ends := map[string][]net.Conn{}
	dial := func(addr string) {
		here, there := net.Pipe()
		t.Cleanup(func() { _, _ = here.Close(), there.Close() })
		g.makeRoom()
		g.enter(t.Context(), fakeAddr{here, addr})
		ends[addr] = append(ends[addr], there)
	}
	dial("192.0.2.1:1")
	for i := range 4 {
		dial("[2001:db8::" + strconv.Itoa(i) + "]:1") // all of one network
	}
	dial("192.0.2.2:1")
	dial("192.0.2.3:1")
	for addr, all := range ends {
		for _, conn := range all {
			gone := conn.SetReadDeadline(time.Now()) != nil // no pipe with a closed end takes one
			if want := addr == "[2001:db8::0]:1" || addr == "[2001:db8::1]:1"; gone != want {
				t.Errorf("%s: gone %v", addr, gone)
			}
		}
	}
}

// fakeAddr is a connection from somewhere else.
type fakeAddr struct {
	net.Conn
	from string
}

func (c fakeAddr) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.from))
}

func TestConnectionsOfOneAddress(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	copySample(t, filepath.Join(folder, "film.mp4"))
	s := serveWhole(t, Config{MaxConnectionsPerAddress: 3, MaxViewersPerAddress: 2}, folder, nil)
	// Viewers are counted by themselves.
	viewers := []*socket{s.open("/ws/film.mp4"), s.open("/ws/film.mp4")}
	var conns []net.Conn
	ask := func(conn net.Conn) *http.Response {
		r, _ := exchange(t, conn, "GET", "/healthz", "localhost", "Connection: keep-alive")
		return r
	}
	for range 3 {
		conn := s.dial()
		if r := ask(conn); r.StatusCode != 200 {
			t.Fatal(r.Status)
		}
		conns = append(conns, conn)
	}
	conn := s.dial()
	if r := ask(conn); r.StatusCode != 429 || r.Header.Get("Retry-After") == "" || !r.Close {
		t.Errorf("one connection more: %s %v", r.Status, r.Header)
	}
	for _, conn := range conns {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	s.until(func() bool { r, _ := s.get("GET", "/healthz"); return r.StatusCode == 200 })
	if r, body := s.get("GET", "/ws/film.mp4", append(handshake, "Connection: Upgrade")...); r.StatusCode != 429 || code(body) != "rate_limited" || r.Header.Get("Retry-After") == "" {
		t.Errorf("one viewer more: %s %s", r.Status, body)
	}
	if err := viewers[0].conn.Close(); err != nil {
		t.Error(err)
	}
	// A handshake that fails is no viewer.
	for range 5 {
		s.until(func() bool {
			r, _ := s.get("GET", "/ws/film.mp4", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 7")
			return r.StatusCode == 400
		})
	}
	s.until(func() bool {
		r, _ := s.get("GET", "/ws/film.mp4", append(handshake, "Connection: Upgrade")...)
		return r.StatusCode == 101
	})
}

// until waits for something to be so.
func (s *served) until(so func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("it does not come about")
		}
	}
}

func TestRequestsOfOneAddress(t *testing.T) {
	t.Parallel()
	s := serveWhole(t, Config{MaxRequestsPerSecond: 0.01, Proxies: mustProxies(t, "127.0.0.1")}, t.TempDir(), nil)
	for _, c := range []struct {
		from string
		want int
	}{
		{"192.0.2.1", 200}, {"192.0.2.1", 429}, {"192.0.2.2", 200}, {"192.0.2.9, 192.0.2.2", 429},
		{"2001:db8::1", 200}, {"2001:db8::2", 429}, {"2001:db8:0:1::1", 200},
	} {
		r, body := s.get("GET", "/healthz", "X-Forwarded-For: "+c.from)
		if r.StatusCode != c.want || c.want == 429 && (code(body) != "rate_limited" || r.Header.Get("Retry-After") != "100") {
			t.Errorf("for %s: %s %v %s", c.from, r.Status, r.Header, body)
		}
	}
	direct := serveWhole(t, Config{MaxRequestsPerSecond: 0.01}, t.TempDir(), nil)
	for i, want := range []int{200, 429} {
		if r, _ := direct.get("GET", "/healthz", "X-Forwarded-For: 192.0.2."+strconv.Itoa(i)); r.StatusCode != want {
			t.Errorf("who is no trusted proxy is answered %s", r.Status)
		}
	}
}

// writePair writes a new certificate for localhost, and its key.
func writePair(t *testing.T, folder, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	mustWrite(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	mustWrite(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	return cert, key
}

func testCertificate(t *testing.T) *tls.Config {
	t.Helper()
	cert, key := writePair(t, t.TempDir(), "test")
	c, err := Certificate(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// name is that of the certificate which the server shows.
func (s *served) certificate() string {
	s.t.Helper()
	conn, err := tls.Dial("tcp", s.addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestCertificateIsReadAnew(t *testing.T) {
	t.Parallel()
	folder, log := t.TempDir(), &testLog{}
	cert, key := writePair(t, folder, "first")
	config, err := Certificate(cert, key, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s := serveWhole(t, Config{TLS: config}, t.TempDir(), nil)
	if got := s.certificate(); got != "first" {
		t.Fatalf("the certificate is %q", got)
	}
	good := mustRead(t, key)
	mustWrite(t, key, "nonsense")
	s.until(func() bool { _ = s.certificate(); return strings.Contains(log.String(), "key.pem") })
	if got := s.certificate(); got != "first" {
		t.Errorf("with a bad key the certificate is %q", got)
	}
	mustWrite(t, key, string(good))
	writePair(t, folder, "second")
	s.until(func() bool { return s.certificate() == "second" })
	if n := strings.Count(log.String(), "\n"); n > 3 {
		t.Errorf("%d lines are logged: %s", n, log)
	}
	if _, err := Certificate(cert, key+"none", nil); err == nil || !strings.Contains(err.Error(), cert) {
		t.Errorf("there is no such key: %v", err)
	}
}

func TestOverTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	copySample(t, filepath.Join(folder, "film.mp4"))
	s := serveWhole(t, Config{TLS: testCertificate(t)}, folder, nil)
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}}
	r, err := client.Get("https://" + s.addr() + "/media/film.mp4")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || r.ProtoMajor != 2 || string(body) != string(mustRead(t, sample)) {
		t.Errorf("%s, %d bytes, %v", r.Proto, len(body), err)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	client.CloseIdleConnections()
	config, err := websocket.NewConfig("wss://"+s.addr()+"/ws/film.mp4?rate=16", "https://"+s.addr())
	if err != nil {
		t.Fatal(err)
	}
	config.TlsConfig = &tls.Config{InsecureSkipVerify: true}
	ws, err := config.DialContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var film []byte
	for {
		var piece frame
		if err := binaryCodec.Receive(ws, &piece); err != nil {
			break
		}
		if piece.binary {
			film = append(film, piece.data...)
		}
	}
	if string(film) != string(fragmented(t, sample)) {
		t.Errorf("%d bytes of the film came, or others", len(film))
	}
	_ = ws.Close() // the server has left already
	// A page that came in the clear may not speak for this one.
	config.Origin.Scheme = "http"
	if ws, err := config.DialContext(t.Context()); err == nil {
		t.Error("an origin without TLS is let in")
		_ = ws.Close()
	}
}

// frame is one message, text or binary.
type frame struct {
	data   []byte
	binary bool
}

var binaryCodec = websocket.Codec{Unmarshal: func(data []byte, kind byte, v any) error {
	f := v.(*frame)
	f.data, f.binary = data, kind == websocket.BinaryFrame
	return nil
}}

func mustPrint(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}
