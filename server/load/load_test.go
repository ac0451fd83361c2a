package load_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vodsrv/public"
	"vodsrv/server"
	"vodsrv/server/library"
	"vodsrv/server/load"
)

// site serves the bundled sample.
func site(t *testing.T, c server.Config) string {
	t.Helper()
	folder := t.TempDir()
	content, err := os.ReadFile("../../media/sample.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "film.mp4"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if c.Library, err = library.Open(folder, library.Options{}); err != nil {
		t.Fatal(err)
	}
	c.Public = public.Files
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		s.Shutdown(context.Background())
		l.Close()
		if err := c.Library.Close(); err != nil {
			t.Error(err)
		}
	})
	return l.URL
}

func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	url := site(t, server.Config{})
	r, err := load.Run(t.Context(), load.Options{URL: url + "/watch/film.mp4", Viewers: 20, Ramp: 200 * time.Millisecond, Time: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed != 0 || r.Starved != 0 || r.Start.Max <= 0 || r.Least.Min <= 0 || r.Bytes < 20*100_000 {
		t.Errorf("%+v", r)
	}
	if r.Server == nil || r.Server.GoroutinesMost < r.Server.GoroutinesBefore+20 {
		t.Errorf("of the server it is known: %+v", r.Server)
	}
	var text bytes.Buffer
	if err := r.Print(&text); err != nil || !strings.HasPrefix(text.String(), "20 viewers in 3.") {
		t.Errorf("%v: %s", err, text.String())
	}
}

func TestSomeSeeTheEnd(t *testing.T) {
	t.Parallel()
	url := site(t, server.Config{})
	r, err := load.Run(t.Context(), load.Options{URL: url + "/watch/film.mp4?t=20&rate=16", Viewers: 3, Time: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if r.Finished != 3 || r.Failed != 0 || r.Starved != 0 || r.Seconds > 15 {
		t.Errorf("%+v", r)
	}
}

func TestDeafAreDropped(t *testing.T) {
	t.Parallel()
	url := site(t, server.Config{WriteTimeout: time.Second, Ahead: 100})
	r, err := load.Run(t.Context(), load.Options{URL: url + "/watch/film.mp4", Viewers: 2, Deaf: 5, Time: 8 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if r.Deaf == nil || r.Deaf.Dropped != 5 || r.Failed != 0 || r.Starved != 0 {
		t.Errorf("%+v, %+v", r, r.Deaf)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	url := site(t, server.Config{})
	for path, want := range map[string]string{
		"/watch/none.mp4": "not_found: There is no such file.",
		"/ws/../film.mp4": "the server answered",
	} {
		r, err := load.Run(t.Context(), load.Options{URL: url + path, Viewers: 2, Time: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if r.Failed != 2 || len(r.Reasons) != 1 {
			t.Errorf("%s: %+v", path, r)
		}
		for reason := range r.Reasons {
			if !strings.HasPrefix(reason, want) {
				t.Errorf("%s: %s, want %s", path, reason, want)
			}
		}
	}
	for _, bad := range []string{"film.mp4", "ftp://localhost/ws/film.mp4", url + "/media/film.mp4", url + "/ws/film.mp4?rate=fast"} {
		if _, err := load.Run(t.Context(), load.Options{URL: bad, Viewers: 1, Time: time.Second}); err == nil {
			t.Errorf("%s is watched", bad)
		}
	}
}

// stingy sends the first seconds of a film that does not exist, and no more.
func stingy(w http.ResponseWriter, r *http.Request) {
	shake(w, r, func(conn net.Conn) {
		frame(conn, 1, []byte(`{"type":"open","from":5}`))
		frame(conn, 1, []byte(`{"type":"data","kind":"media","seq":1,"start":5,"end":5.5,"bytes":3,"last":true}`))
		frame(conn, 2, []byte("abc"))
	})
}

// silent shakes hands, and that is all.
func silent(w http.ResponseWriter, r *http.Request) { shake(w, r, func(net.Conn) {}) }

// shake shakes hands, talks, and waits until the viewer leaves.
func shake(w http.ResponseWriter, r *http.Request, talk func(net.Conn)) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	talk(conn)
	_, _ = bufio.NewReader(conn).Discard(1 << 30)
}

func frame(conn net.Conn, opcode byte, payload []byte) {
	b := binary.BigEndian.AppendUint16([]byte{0x80 | opcode, 126}, uint16(len(payload)))
	_, _ = conn.Write(append(b, payload...))
}

func TestWhoWaitsIsCounted(t *testing.T) {
	t.Parallel()
	l := httptest.NewServer(http.HandlerFunc(stingy))
	defer l.Close()
	r, err := load.Run(t.Context(), load.Options{URL: l.URL + "/ws/film.mp4", Viewers: 3, Time: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	// Half a second of film in two seconds.
	if r.Starved != 3 || r.Waited < 3*1.0 || r.Waited > 3*1.6 || r.Least.Max > -1 || r.Failed != 0 {
		t.Errorf("%+v", r)
	}
}

func TestWhoGetsNothingIsCounted(t *testing.T) {
	t.Parallel()
	l := httptest.NewServer(http.HandlerFunc(silent))
	defer l.Close()
	r, err := load.Run(t.Context(), load.Options{URL: l.URL + "/ws/film.mp4", Viewers: 2, Time: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if r.Starved != 2 || r.Waited < 1.5 {
		t.Errorf("%+v", r)
	}
}
