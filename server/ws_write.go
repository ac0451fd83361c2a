package server

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

// errSlow says that a viewer took nothing for the whole write timeout.
var errSlow = errors.New("the viewer took nothing for too long")

// final marks a frame that is a message by itself.
const final = 0x80

// wsConn is the connection under a WebSocket. All writes, those of
// x/net/websocket too, take its one lock.
type wsConn struct {
	net.Conn
	in      *bufio.Reader // what x/net/websocket reads from
	timeout time.Duration
	direct  bool // the kernel can send files over Conn

	mu     sync.Mutex // held for each write
	closed bool       // a close frame went out: nothing may follow
	unsent unsentQueue

	deadline sync.Mutex // guards last, and setting a deadline by it
	last     time.Time  // no write goes on beyond, if not zero
}

// Write is for x/net/websocket, which writes each frame at once.
func (c *wsConn) Write(p []byte) (int, error) { return c.write(p, false) }

// write writes whole frames. Nothing follows the last: pongs that come too late
// are dropped.
func (c *wsConn) write(p []byte, last bool) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return len(p), nil
	}
	c.closed = last
	return c.writeAll(p)
}

// await waits until there is something to read. To wait here takes less of the
// stack than to wait inside x/net/websocket.
func (c *wsConn) await() error {
	_, err := c.in.Peek(1)
	return err
}

// writeAll goes on as long as the other side takes something. A connection that
// is not plain TCP is of no more use after a deadline, and does not tell whether
// something was taken: it gets small pieces, each with a deadline of its own.
func (c *wsConn) writeAll(p []byte) (int, error) {
	piece := len(p)
	if !c.direct {
		piece = copiedPiece
	}
	written := 0
	for {
		if err := c.setDeadline(); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(p[written:min(len(p), written+piece)])
		written += n
		switch late := errors.Is(err, os.ErrDeadlineExceeded); {
		case late && c.hurried():
			return written, errGone
		case late && (n == 0 || !c.direct):
			return written, errSlow
		case err != nil && !late, written == len(p):
			return written, err
		}
	}
}

func (c *wsConn) setDeadline() error {
	c.deadline.Lock()
	defer c.deadline.Unlock()
	until := time.Now().Add(c.timeout)
	if !c.last.IsZero() && c.last.Before(until) {
		until = c.last
	}
	return c.SetWriteDeadline(until)
}

func (c *wsConn) hurried() bool {
	c.deadline.Lock()
	defer c.deadline.Unlock()
	return !c.last.IsZero()
}

// hurry gives what is being written, and all that follows, only that long.
func (c *wsConn) hurry(grace time.Duration) {
	c.deadline.Lock()
	defer c.deadline.Unlock()
	c.last = time.Now().Add(min(grace, c.timeout))
	_ = c.SetWriteDeadline(c.last)
}

// text writes a text message.
func (c *wsConn) text(payload []byte) error {
	return c.frame(websocket.TextFrame, payload)
}

// ping asks for a sign of life.
func (c *wsConn) ping() error { return c.frame(websocket.PingFrame, nil) }

// close writes a close frame and gives the client a while to answer it.
func (c *wsConn) close(code int) error {
	err := c.frame(websocket.CloseFrame, binary.BigEndian.AppendUint16(nil, uint16(code)))
	if err == nil {
		err = c.SetReadDeadline(time.Now().Add(closeGrace))
	}
	return err
}

func (c *wsConn) frame(opcode byte, payload []byte) error {
	b := appendHead(make([]byte, 0, maxHead+len(payload)), opcode, int64(len(payload)))
	b = append(b, payload...)
	_, err := c.write(b, opcode == websocket.CloseFrame)
	return err
}

// drain reads what a client still sends which was refused, for a moment:
// closing at once would reset the connection, and the close frame with it.
func (c *wsConn) drain() {
	const most, moment = 1 << 20, 2 * time.Second
	if c.SetReadDeadline(time.Now().Add(moment)) == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, most)
	}
}

// minHead and maxHead are the sizes in bytes of the shortest and the longest
// header of an unmasked frame. A mask adds maskSize.
const (
	minHead  = 2
	maxHead  = 10
	maskSize = 4
)

// appendHead writes the header of an unmasked frame (RFC 6455, 5.2).
func appendHead(b []byte, opcode byte, size int64) []byte {
	b = append(b, final|opcode)
	switch {
	case size <= maxControl:
		return append(b, byte(size))
	case size <= 0xffff:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(b, 127), uint64(size))
}
