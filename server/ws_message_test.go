package server

import (
	"bytes"
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"vodsrv/internal/testmedia"
)

// hidden is a connection that the kernel can't be told to send files over, as
// one with TLS.
type hidden struct{ net.Conn }

type hidingListener struct{ net.Listener }

func (l hidingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return hidden{conn}, err
}

// hide makes the site's connections ones that are no plain TCP.
func (s *site) hide() {
	s.t.Helper()
	other := httptest.NewUnstartedServer(s.http.Config.Handler)
	other.Listener = hidingListener{other.Listener}
	other.Start()
	s.t.Cleanup(other.Close)
	s.http = other
}

func TestSameBytesOverAnyConnection(t *testing.T) {
	t.Parallel()
	apart := testmedia.Clip(t, testmedia.Options{Seconds: 6, Size: "640x360", Args: []string{
		"-c:v", "libx264", "-preset", "ultrafast", "-qp", "5", "-g", "50", "-c:a", "aac", "-movflags", "faststart"}})
	s := serve(t, Config{}, filepath.Dir(apart))
	for _, query := range []string{"", "&mode=split", "&tracks=1", "&tracks=2"} {
		path := fmt.Sprintf("/ws/%s?rate=16%s", filepath.Base(apart), query)
		plain := s.open(path).whole()
		other := serve(t, Config{}, filepath.Dir(apart))
		other.hide()
		if wrapped := other.open(path).whole(); !bytes.Equal(plain, wrapped) || len(plain) < 1000 {
			t.Errorf("%s: %d bytes over TCP, %d or others over a wrapped connection", path, len(plain), len(wrapped))
		}
	}
}

// A pong falls between two frames, never into one, and does not wait for the
// end of the segment.
func TestPongsDuringALongSegment(t *testing.T) {
	t.Parallel()
	const size = 20 << 20
	long := testmedia.Clip(t, testmedia.Options{Seconds: 3, Size: "640x360", Rate: "25", Args: []string{
		"-vf", "noise=alls=100:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-g", "100", "-c:a", "aac"}})
	for _, wrapped := range []bool{false, true} {
		s := serve(t, Config{Ahead: 100, Window: 64 << 20}, filepath.Dir(long))
		if wrapped {
			s.hide()
		}
		c := s.open("/ws/" + filepath.Base(long) + "?rate=16&tracks=1")
		c.until("data")
		sent, answered, got := 0, 0, 0
		for n := 0; got < size; n++ {
			if n%8 == 0 {
				c.send(0x89, fmt.Appendf(nil, "ping %d", sent))
				sent++
			}
			r := c.must()
			switch {
			case r.pong != nil:
				if want := fmt.Sprintf("ping %d", answered); string(r.pong) != want {
					t.Fatalf("%q is answered with %q", want, r.pong)
				}
				answered++
			case r.close != 0:
				t.Fatalf("closed with %d after %d bytes", r.close, got)
			}
			got += len(r.data)
		}
		if answered < 3 {
			t.Errorf("only %d pings were answered within %d bytes", answered, got)
		}
	}
}
