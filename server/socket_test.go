package server

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

// socket is a WebSocket client that checks every rule the server has to keep,
// and can break any that a client has to.
type socket struct {
	t     *testing.T
	conn  net.Conn
	r     *bufio.Reader
	agree string // the subprotocol agreed on
}

// reply is a message of the server, or its close.
type reply struct {
	told
	data  []byte // what a "data" message announced
	close int    // the close code; 0 if it is a message
	pong  []byte
}

// told is the union of the server's messages.
type told struct {
	Type     string  `json:"type"`
	Epoch    int     `json:"epoch"`
	Stream   int     `json:"stream"`
	Kind     string  `json:"kind"`
	Seq      int     `json:"seq"`
	Start    float64 `json:"start"`
	End      float64 `json:"end"`
	Bytes    int     `json:"bytes"`
	Last     bool    `json:"last"`
	Duration float64 `json:"duration"`
	ETag     string  `json:"etag"`
	From     float64 `json:"from"`
	Code     string  `json:"code"`
	Message  string  `json:"message"`
	Fatal    bool    `json:"fatal"`
	Req      int     `json:"req"`
}

var handshake = []string{
	"Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
}

// open shakes hands.
func (s *site) open(path string, headers ...string) *socket {
	s.t.Helper()
	return s.openOn(s.dial(), path, headers...)
}

func (s *site) openOn(conn net.Conn, path string, headers ...string) *socket {
	s.t.Helper()
	s.t.Cleanup(func() { _ = conn.Close() })
	request := "GET " + s.base + path + " HTTP/1.1\r\nHost: " + s.addr() + "\r\nConnection: Upgrade\r\n"
	for _, h := range append(headers, handshake...) {
		request += h + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		s.t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		s.t.Fatalf("handshake for %s answered with %s", path, response.Status)
	}
	return &socket{t: s.t, conn: conn, r: r, agree: response.Header.Get("Sec-WebSocket-Protocol")}
}

// frame reads one frame of the server's.
func (c *socket) frame() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, err
	}
	if head[0]&0xf0 != 0x80 || head[1]&0x80 != 0 {
		c.t.Fatalf("a frame begins with %x", head)
	}
	size := uint64(head[1])
	if size == 126 {
		var b [2]byte
		_, err = io.ReadFull(c.r, b[:])
		size = uint64(binary.BigEndian.Uint16(b[:]))
	} else if size == 127 {
		var b [8]byte
		_, err = io.ReadFull(c.r, b[:])
		size = binary.BigEndian.Uint64(b[:])
	}
	if err != nil || size > 256<<10 {
		c.t.Fatalf("a frame of %d bytes (%v)", size, err)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(c.r, payload)
	return head[0] & 0x0f, payload, err
}

var errBroken = errors.New("the connection broke")

// next reads the next message with what it announces; pings are passed over.
func (c *socket) next() (reply, error) {
	var r reply
	for {
		opcode, payload, err := c.frame()
		if err != nil {
			return r, errors.Join(errBroken, err)
		}
		switch opcode {
		case 1:
			if err := json.Unmarshal(payload, &r.told); err != nil {
				c.t.Fatalf("%s: %v", payload, err)
			}
		case 8:
			r.close = int(binary.BigEndian.Uint16(payload))
			return r, nil
		case 9:
			continue
		case 10:
			r.pong = payload
			return r, nil
		default:
			c.t.Fatalf("a frame %d comes without a message before it", opcode)
		}
		if r.Type != "data" {
			return r, nil
		}
		return c.announced(r)
	}
}

// announced reads the binary message behind its announcement.
func (c *socket) announced(r reply) (reply, error) {
	for {
		opcode, payload, err := c.frame()
		switch {
		case err != nil:
			return r, errors.Join(errBroken, err)
		case opcode == 9 || opcode == 10:
			continue
		case opcode != 2 || len(payload) != r.Bytes:
			c.t.Fatalf("announced %d bytes, then a frame %d of %d bytes", r.Bytes, opcode, len(payload))
		}
		r.data = payload
		return r, nil
	}
}

// must reads the next message, which has to be there.
func (c *socket) must() reply {
	c.t.Helper()
	r, err := c.next()
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// until reads on to a message of a type.
func (c *socket) until(kind string) reply {
	c.t.Helper()
	for {
		r := c.must()
		if r.Type == kind && r.close == 0 {
			return r
		}
		if r.close != 0 {
			c.t.Fatalf("closed with %d instead of %s", r.close, kind)
		}
	}
}

// untilClose reads on to the close frame, and returns the last error before it.
func (c *socket) untilClose() (code int, last told) {
	c.t.Helper()
	for {
		r := c.must()
		if r.close != 0 {
			return r.close, last
		}
		if r.Type == "error" {
			last = r.told
		}
	}
}

// send writes a frame as a client has to: masked.
func (c *socket) send(first byte, payload []byte) {
	c.t.Helper()
	c.write(masked(first, payload))
}

func masked(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n <= 125:
		b = append(b, 0x80|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	for i, p := range payload {
		b = append(b, p^mask[i%4])
	}
	return b
}

func (c *socket) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *socket) say(text string) { c.send(0x81, []byte(text)) }

// whole reads all binary messages to the end.
func (c *socket) whole() []byte {
	c.t.Helper()
	var all bytes.Buffer
	for {
		r := c.must()
		if r.close != 0 {
			return all.Bytes()
		}
		all.Write(r.data)
	}
}
