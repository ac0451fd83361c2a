package load

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// dialTimeout is how long a handshake may take.
const dialTimeout = 30 * time.Second

// readBuffer is what each viewer reads with: there are thousands.
const readBuffer = 16 << 10

// target is the film that is watched.
type target struct {
	tls  bool
	addr string // host:port
	url  *url.URL
}

// parseTarget takes the address of a film: of its page, or of its WebSocket.
func parseTarget(address string) (*target, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s is no address: %w", address, err)
	}
	t := &target{url: u}
	switch u.Scheme {
	case "https", "wss":
		t.tls = true
	case "http", "ws":
	default:
		return nil, fmt.Errorf("%s should begin with http, https, ws or wss", address)
	}
	if before, film, ok := strings.Cut(u.EscapedPath(), "/watch/"); ok {
		u.RawPath = before + "/ws/" + film
		if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
			return nil, err
		}
	}
	if !strings.Contains(u.EscapedPath(), "/ws/") {
		return nil, fmt.Errorf("%s is not the address of a film, which has /watch/ or /ws/ in it", address)
	}
	port := u.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[t.tls]
	}
	t.addr = net.JoinHostPort(u.Hostname(), port)
	return t, nil
}

// dial connects, and shakes hands.
func (t *target) dial(ctx context.Context) (net.Conn, *bufio.Reader, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var conn net.Conn
	var err error
	if t.tls {
		conn, err = (&tls.Dialer{Config: &tls.Config{NextProtos: []string{"http/1.1"}}}).DialContext(ctx, "tcp", t.addr)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", t.addr)
	}
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	r := bufio.NewReaderSize(conn, readBuffer)
	err = t.shake(conn, r)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, r, nil
}

// shake is the opening handshake (RFC 6455, 4.1).
func (t *target) shake(conn net.Conn, r *bufio.Reader) error {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:])
	key := base64.StdEncoding.EncodeToString(nonce[:])
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: vodsrv.v1\r\n", t.url.RequestURI(), t.url.Host, key)
	if t.url.User != nil {
		password, _ := t.url.User.Password()
		_, _ = fmt.Fprintf(&b, "Authorization: Basic %s\r\n", base64.StdEncoding.EncodeToString([]byte(t.url.User.Username()+":"+password)))
	}
	b.WriteString("\r\n")
	if _, err := io.WriteString(conn, b.String()); err != nil {
		return err
	}
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if answer.Header.Get("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]) {
		return fmt.Errorf("%w: the handshake is answered with another key", errProtocol)
	}
	return nil
}
