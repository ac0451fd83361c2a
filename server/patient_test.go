package server

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// lateListener has connections whose first write comes too late.
type lateListener struct{ net.Listener }

func (l lateListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lateConn{TCPConn: conn.(*net.TCPConn)}, nil
}

type lateConn struct {
	*net.TCPConn
	written bool
}

func (c *lateConn) Write(b []byte) (int, error) {
	if !c.written {
		c.written = true
		return 0, os.ErrDeadlineExceeded
	}
	return c.TCPConn.Write(b)
}

// No byte of a film goes out when the header before it did not.
func TestLateHeader(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := s.server.httpServer()
	h.ConnContext, h.ConnState = nil, nil
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = h.Serve(lateListener{l})
	}()
	defer func() {
		_ = h.Close()
		<-served
	}()
	s.at = l.Addr().String()
	conn := s.dial()
	defer func() { _ = conn.Close() }()
	mustPrint(t, conn, "GET /media/film.mp4 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	size := len(mustRead(t, filepath.Join(s.folder, "film.mp4")))
	if got, err := io.ReadAll(conn); len(got) != 0 {
		t.Errorf("%d bytes came of a film of %d, without a header: %.20q (%v)", len(got), size, got, err)
	}
}
