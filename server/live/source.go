package live

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/websocket"
)

// answerTime is how long a source may take to answer.
const answerTime = 10 * time.Second

// source is where a stream comes from: an http, https, ws or wss URL, a local
// file, which plays at its own rate, or - for what is piped in.
type source struct {
	url  *url.URL // nil for a file
	file string
}

func parseSource(s string) (source, error) {
	if !strings.Contains(s, "://") {
		return source{file: s}, nil
	}
	u, err := url.Parse(s)
	if err != nil {
		return source{}, fmt.Errorf("the source is no URL: %w", plainURLError(err))
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	default:
		return source{}, fmt.Errorf("FLV comes over http, https, ws or wss, not %q", u.Scheme)
	}
	if u.Host == "" {
		return source{}, fmt.Errorf("the source has no host: %s", source{url: u})
	}
	return source{url: u}, nil
}

// String is for people: it has no password, and no query, where keys stand.
func (s source) String() string {
	if s.url == nil {
		return s.file
	}
	plain := *s.url
	plain.RawQuery, plain.Fragment = "", ""
	return plain.Redacted()
}

const piped = "-"

// once tells whether the source can be had but once.
func (s source) once() bool { return s.file == piped }

// own tells whether it comes as fast as it is read.
func (s source) own() bool { return s.url == nil && !s.once() }

// open connects to the source. What it reads fails when ctx is done.
func (s source) open(ctx context.Context) (io.ReadCloser, error) {
	switch {
	case s.once():
		return pipe(os.Stdin), nil
	case s.url == nil:
		return openFile(s.file)
	case strings.HasPrefix(s.url.Scheme, "ws"):
		return s.dial(ctx)
	}
	return s.fetch(ctx)
}

var errNoFile = errors.New("the source is no file; a pipe is read with - in its place")

// openFile opens a file. Were it a pipe, opening it would wait for someone who
// writes, whoever has had enough meanwhile.
func openFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	stat, err := f.Stat()
	if err == nil && !stat.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// pipe reads on behalf of someone who may stop waiting: a read of what is piped
// in can't be cut short.
func pipe(from io.Reader) io.ReadCloser {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, from)
		_ = in.CloseWithError(err)
	}()
	return out
}

var client = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	DialContext:           (&net.Dialer{Timeout: answerTime}).DialContext,
	TLSHandshakeTimeout:   answerTime,
	ResponseHeaderTimeout: answerTime,
	DisableCompression:    true,
	DisableKeepAlives:     true, // there is one request, without end
}}

func (s source) fetch(ctx context.Context) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, plainURLError(err)
	}
	if answer.StatusCode != http.StatusOK {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("the source answers %s", answer.Status)
	}
	return answer.Body, nil
}

// plainURLError leaves the URL out, which people know and which may hold a
// password.
func plainURLError(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}

// dial speaks FLV over a WebSocket: frames are but pieces of it.
func (s source) dial(ctx context.Context) (io.ReadCloser, error) {
	at := *s.url
	at.User = nil
	origin := "http" + strings.TrimPrefix(at.Scheme, "ws") + "://" + at.Host
	config, err := websocket.NewConfig(at.String(), origin)
	if err != nil {
		return nil, err
	}
	if user := s.url.User; user != nil {
		password, _ := user.Password()
		config.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	dialing, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	conn, err := config.DialContext(dialing)
	if err != nil {
		if e, ok := err.(*websocket.DialError); ok {
			err = e.Err
		}
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &socket{conn, stop}, nil
}

type socket struct {
	*websocket.Conn
	stop func() bool
}

func (s *socket) Close() error {
	s.stop()
	return s.Conn.Close()
}
