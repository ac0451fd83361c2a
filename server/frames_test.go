package server

import (
	"bytes"
	"net"
	"testing"
	"time"
)

func TestBadFrames(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	big := bytes.Repeat([]byte(" "), 4097)
	cases := []struct {
		name  string
		bytes []byte
		code  int
	}{
		{"4 KiB and one", masked(0x81, big), 1009},
		{"claims 2^62 bytes", []byte{0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 1009},
		{"claims 2^63-1 bytes", []byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}, 1009},
		{"binary", masked(0x82, []byte("{}")), 1003},
		{"fragmented", masked(0x01, []byte("{}")), 1003},
		{"goes on with nothing begun", masked(0x80, []byte("{}")), 1003},
		{"not JSON", masked(0x81, []byte("hello")), 1007},
		{"not UTF-8", masked(0x81, []byte("{\"type\":\"\xff\"}")), 1007},
		{"empty", masked(0x81, nil), 1007},
		{"not masked", []byte{0x81, 2, '{', '}'}, 1002},
		{"reserved bit", masked(0xc1, []byte("{}")), 1002},
		{"reserved opcode", masked(0x83, []byte("{}")), 1002},
		{"reserved control opcode", masked(0x8b, nil), 1002},
		{"ping of 126 bytes", masked(0x89, big[:126]), 1002},
		{"ping in pieces", masked(0x09, nil), 1002},
	}
	for _, c := range cases {
		w := s.open("/ws/film.mp4")
		w.write(c.bytes)
		if code, _ := w.untilClose(); code != c.code {
			t.Errorf("%s: closed with %d, want %d", c.name, code, c.code)
		}
	}
	// Just what may be sent.
	w := s.open("/ws/film.mp4")
	w.send(0x81, append([]byte(`{"type":"pause"}`), big[:4096-16]...))
	w.send(0x89, []byte("here?"))
	for {
		if r := w.must(); r.close != 0 {
			t.Fatalf("closed with %d", r.close)
		} else if r.pong != nil {
			if string(r.pong) != "here?" {
				t.Fatalf("pong %q", r.pong)
			}
			break
		}
	}
}

func TestPingsDuringTheFilm(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Ahead: 100}, "film.mp4")
	c := s.openOn(s.dialer(&net.Dialer{Control: smallBuffer}), "/ws/film.mp4")
	// Were a pong to fall into a frame, the bytes would not be the film's.
	var all bytes.Buffer
	pongs := 0
	for {
		r := c.must()
		if r.Type == "end" {
			break
		}
		if r.pong != nil {
			pongs++
			continue
		}
		all.Write(r.data)
		c.send(0x89, []byte("one"))
		c.send(0x89, bytes.Repeat([]byte("x"), 125))
	}
	if pongs == 0 || !bytes.Equal(fragmented(t, sample), all.Bytes()) {
		t.Fatalf("%d pongs, and %d bytes that are not the film's", pongs, all.Len())
	}
}

func TestPausedViewersArePinged(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	s.server.ping = 5 * time.Millisecond
	c := s.open("/ws/film.mp4?paused=1")
	for pings := 0; pings < 3; {
		opcode, payload, err := c.frame()
		if err != nil {
			t.Fatal(err)
		}
		if opcode == 9 {
			pings++
			c.send(0x8a, payload)
		}
	}
}

func TestSubprotocol(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	for offer, want := range map[string]string{"vodsrv.v1": "vodsrv.v1", "chat, vodsrv.v1": "vodsrv.v1", "chat": ""} {
		if c := s.open("/ws/film.mp4", "Sec-WebSocket-Protocol: "+offer); c.agree != want {
			t.Errorf("offered %q, agreed on %q", offer, c.agree)
		}
	}
}
