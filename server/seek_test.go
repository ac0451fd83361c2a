package server

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
)

const (
	slowLink   = 20_000_000 / 8 // bytes a second
	slowBuffer = 64 << 10       // bytes that the kernel may hold on either side of the link
)

// throttle is a link of 20 Mbit/s to a server. It returns its address.
func throttle(t *testing.T, to string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				return
			}
			for _, c := range []net.Conn{near, far} {
				tcp := c.(*net.TCPConn)
				if err := errors.Join(tcp.SetReadBuffer(slowBuffer), tcp.SetWriteBuffer(slowBuffer)); err != nil {
					t.Error(err)
				}
			}
			go trickle(near, far)
			go func() {
				_, _ = io.Copy(far, near)
				_ = far.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// trickle copies at the speed of the link.
func trickle(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	const step = 16 << 10
	b := make([]byte, step)
	begin := time.Now()
	for sent := 0; ; {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		sent += n
		// Wait for the moment at which the link would have carried all that.
		if early := time.Duration(float64(sent)/slowLink*float64(time.Second)) - time.Since(begin); early > 0 {
			time.Sleep(early)
		} else {
			begin = begin.Add(-early) // an idle link saves nothing up
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// A seek does not wait for what is left of a fragment of 20 MB: only for the
// piece that is under way, and what the kernel holds.
func TestSeekDuringALongFragment(t *testing.T) {
	t.Parallel()
	long := testmedia.Clip(t, testmedia.Options{Seconds: 9, Size: "640x360", Rate: "25", Args: []string{
		"-vf", "noise=alls=100:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-g", "75", "-keyint_min", "75", "-c:a", "aac"}})
	s := serve(t, Config{Ahead: 100, Window: 64 << 20}, filepath.Dir(long))
	path := "/ws/" + filepath.Base(long)
	link := throttle(t, s.addr())
	conn, err := net.Dial("tcp", link)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.SetDeadline(time.Now().Add(patience)), conn.(*net.TCPConn).SetReadBuffer(slowBuffer)); err != nil {
		t.Fatal(err)
	}
	c := s.openOn(conn, path)
	size := 0
	for r := c.until("data"); size < 1<<20; r = c.until("data") {
		size += len(r.data)
		if r.Kind == "media" && (r.Seq != 0 || r.Last) {
			t.Fatalf("the fragment is over after %d bytes: too short to test with", size)
		}
	}
	asked := time.Now()
	c.say(`{"type":"seek","req":1,"time":6.5}`)
	c.until("epoch")
	r := c.until("data")
	if r.Kind != "init" || r.Epoch != 1 {
		t.Fatalf("after the seek comes %+v", r.told)
	}
	took := time.Since(asked)
	t.Logf("new data %v after the seek", took)
	// 300 ms is what it should be at most; a busy machine adds to it.
	if took > 1500*time.Millisecond {
		t.Errorf("new data came %v after the seek", took)
	}
}
