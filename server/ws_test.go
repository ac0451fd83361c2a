package server

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

// fragmented is what the converter makes of a film for MSE: the server must
// send the same bytes.
func fragmented(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := fragment.Convert(&out, bytes.NewReader(content), m, fragment.Options{MSE: true}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSilentClientGetsTheWholeFilm(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	c := s.open("/ws/film.mp4?rate=16")
	if c.agree != "" {
		t.Errorf("a client that offered nothing was answered %q", c.agree)
	}
	got, want := c.whole(), fragmented(t, sample)
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes came, other than the %d of the converter", len(got), len(want))
	}
	path := filepath.Join(t.TempDir(), "got.mp4")
	if err := os.WriteFile(path, got, 0o644); err != nil {
		t.Fatal(err)
	}
	// One packet of sound lies wholly before time 0.
	source, sent := testmedia.Packets(t, sample), testmedia.Packets(t, path)
	for stream, dropped := range []int{0, 1} {
		a, b := hashes(source, stream), hashes(sent, stream)
		if strings.Join(a[dropped:], " ") != strings.Join(b, " ") {
			t.Errorf("stream %d: %d packets came of %d, or others", stream, len(b), len(a))
		}
	}
}

func hashes(packets []testmedia.Packet, stream int) (all []string) {
	for _, p := range packets {
		if p.Stream == stream {
			all = append(all, p.Hash)
		}
	}
	return all
}

func TestFragmentedFilm(t *testing.T) {
	t.Parallel()
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 6, Args: []string{
		"-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof"}})
	s := serve(t, Config{}, filepath.Dir(clip))
	got := s.open("/ws/" + filepath.Base(clip) + "?rate=16").whole()
	if !bytes.Equal(got, fragmented(t, clip)) {
		t.Fatal("other bytes than the converter's")
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

// paced watches for some time and checks the promise about pacing.
func paced(t *testing.T, s *site, path string, rate float64, ahead float64, wall time.Duration) {
	t.Helper()
	c := s.open(path)
	if err := c.conn.SetDeadline(time.Now().Add(wall + patience)); err != nil {
		t.Fatal(err)
	}
	var begin time.Time
	media, sent := 0.0, 0
	for {
		r := c.must()
		if r.Kind != "media" {
			continue
		}
		now := time.Now()
		if begin.IsZero() {
			begin = now
		}
		passed := now.Sub(begin)
		if passed > wall {
			return
		}
		// Before this piece came there was no more than media.
		if shown := rate * passed.Seconds(); media < shown-0.3 && sent > 0 {
			t.Fatalf("%s: after %v only %v s had come", path, passed, media)
		}
		sent++
		if media = r.Start; r.Last {
			media = r.End
		}
		if limit := rate*passed.Seconds() + ahead*max(1, rate) + 4; media > limit+0.3 {
			t.Fatalf("%s: after %v already %v s have come", path, passed, media)
		}
	}
}

func TestPaceOnTheClock(t *testing.T) {
	t.Parallel()
	one := testmedia.Clip(t, testmedia.Options{Seconds: 60, Size: "160x90", Rate: "10", Args: []string{
		"-c:v", "libx264", "-preset", "ultrafast", "-g", "6000", "-keyint_min", "6000", "-sc_threshold", "0", "-c:a", "aac"}})
	s := serve(t, Config{Ahead: 2}, filepath.Dir(one))
	for _, rate := range []float64{1, 2} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			paced(t, s, fmt.Sprintf("/ws/%s?rate=%v", filepath.Base(one), rate), rate, 2, 20*time.Second)
		})
	}
}

func TestSeekOnTheWire(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	c := s.open("/ws/film.mp4")
	c.until("data")
	c.say(`{"type":"seek","req":1,"time":21}`)
	if r := c.until("epoch"); r.Epoch != 1 || r.Req != 1 || r.From != 21 {
		t.Fatalf("%+v", r.told)
	}
	if r := c.must(); r.Kind != "init" || r.Epoch != 1 {
		t.Fatalf("%+v", r.told)
	}
	if r := c.must(); r.Kind != "media" || r.Start > 21 || r.End <= 21 {
		t.Fatalf("%+v", r.told)
	}
	c.say(`{"type":"play","rate":16}`)
	if r := c.until("end"); r.Epoch != 1 {
		t.Fatalf("%+v", r.told)
	}
	c.say(`{"type":"seek","req":2,"time":0}`)
	if r := c.until("epoch"); r.Epoch != 2 {
		t.Fatalf("%+v", r.told)
	}
	c.send(0x88, []byte{0x03, 0xe8})
	if code, _ := c.untilClose(); code != 1000 {
		t.Fatalf("a close was answered with %d", code)
	}
}

func TestComesBackWhereItBroke(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	want := fragmented(t, sample)
	var got bytes.Buffer
	next, etag, cuts := 0, "", 0
	for ended := false; !ended; {
		query := "?rate=16"
		if etag != "" {
			query += fmt.Sprintf("&seq=%d&etag=%s", next, etag)
		}
		conn := &cutter{Conn: s.dial(), left: 60_000 + 7_919*cuts}
		c := s.openOn(conn, "/ws/film.mp4"+query)
		var segment bytes.Buffer
		for {
			r, err := c.next()
			if err != nil {
				cuts++
				break
			}
			if r.Type == "open" {
				etag = r.ETag
			}
			if r.Kind == "init" && got.Len() == 0 {
				got.Write(r.data)
			}
			if r.Kind == "media" {
				if r.Seq != next {
					t.Fatalf("segment %d came, wanted %d", r.Seq, next)
				}
				segment.Write(r.data)
				if r.Last {
					got.Write(segment.Bytes())
					segment.Reset()
					next++
				}
			}
			if ended = r.Type == "end"; ended {
				break
			}
		}
	}
	if cuts < 5 || !bytes.Equal(got.Bytes(), want) {
		t.Fatalf("after %d cuts there are %d bytes, other than the %d of the film", cuts, got.Len(), len(want))
	}
	if _, last := s.open("/ws/film.mp4?seq=1&etag=old").untilClose(); last.Code != "file_changed" {
		t.Fatalf("another etag gives %+v", last)
	}
}

// cutter is a connection that breaks after so many bytes.
type cutter struct {
	net.Conn
	left int
}

func (c *cutter) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.Join(errBroken, c.Close())
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func TestTroubleIsToldOverTheSocket(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4", ".hidden.mp4")
	mustWrite(t, filepath.Join(s.folder, "text.mp4"), "this is no film")
	mustWrite(t, filepath.Join(s.folder, "empty.mp4"), "")
	cases := []struct{ path, code string }{
		{"/ws/none.mp4", "not_found"}, {"/ws/.hidden.mp4", "not_found"}, {"/ws/", "not_found"},
		{"/ws/text.mp4", "bad_file"}, {"/ws/empty.mp4", "bad_file"},
		{"/ws/film.mp4?t=soon", "bad_request"}, {"/ws/film.mp4?tracks=9", "bad_request"}, {"/ws/film.mp4?seq=1", "bad_request"},
	}
	for _, c := range cases {
		code, last := s.open(c.path).untilClose()
		if last.Code != c.code || !last.Fatal || last.Message == "" || code != 1008 {
			t.Errorf("%s: %+v, closed with %d", c.path, last, code)
		}
	}
}

func mustWrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

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

// smallBuffer makes the kernel hold little for a client that does not read.
func smallBuffer(_, _ string, raw syscall.RawConn) error {
	var err error
	return errors.Join(raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
	}), err)
}

func TestSlowReaderIsDropped(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Ahead: 100, WriteTimeout: 300 * time.Millisecond}, "film.mp4")
	conn := s.dialer(&net.Dialer{Control: smallBuffer})
	s.openOn(conn, "/ws/film.mp4")
	s.awaitViewers(0, 1) // it came, took nothing, and was dropped
	if log := s.log.String(); !strings.Contains(log, "end=slow_reader") {
		t.Errorf("the log says %s", log)
	}
	if got := s.open("/ws/film.mp4?rate=16").whole(); len(got) == 0 {
		t.Fatal("another viewer got nothing")
	}
}

func TestSplitStreams(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	f, err := s.server.config.Library.Film(t.Context(), "film.mp4")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var got [2]bytes.Buffer
	c := s.open("/ws/film.mp4?rate=16&mode=split")
	for r := c.must(); r.close == 0; r = c.must() {
		got[r.Stream].Write(r.data)
	}
	for i, id := range []uint32{1, 2} {
		one, err := f.Plan.Stream([]uint32{id})
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.NewBuffer(one.Init())
		for k := range f.Plan.Len() {
			segment, err := one.Segment(k)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := want.ReadFrom(segment.NewReader(f)); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got[i].Bytes(), want.Bytes()) {
			t.Errorf("stream %d: %d bytes, other than the %d of track %d", i, got[i].Len(), want.Len(), id)
		}
	}
}

// awaitViewers waits until there were some viewers, and then only so many.
func (s *site) awaitViewers(want, first int) {
	s.t.Helper()
	count := func() int {
		s.server.viewers.mu.Lock()
		defer s.server.viewers.mu.Unlock()
		return len(s.server.viewers.viewers)
	}
	for _, n := range []int{first, want} {
		for end := time.Now().Add(patience); count() != n; {
			if time.Now().After(end) {
				s.t.Fatalf("%d viewers, not %d", count(), n)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func TestFileChangesWhileItIsWatched(t *testing.T) {
	t.Parallel()
	changes := map[string]func(t *testing.T, path string){
		"replaced": func(t *testing.T, path string) {
			copySample(t, path+".new")
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
		"cut": func(t *testing.T, path string) {
			if err := os.Truncate(path, 100_000); err != nil {
				t.Fatal(err)
			}
		},
		"written to": func(t *testing.T, path string) {
			later := time.Now().Add(time.Minute)
			if err := os.Chtimes(path, later, later); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveFolder(t, Config{Ahead: 3}, "film.mp4")
			c := s.open("/ws/film.mp4?paused=1")
			for r := c.until("data"); r.Kind != "media"; {
				r = c.must()
			}
			change(t, filepath.Join(s.folder, "film.mp4"))
			c.say(`{"type":"play","rate":16}`)
			for whole := true; ; {
				r := c.must()
				if r.Kind == "media" && r.Start > 4 {
					whole = whole && !r.Last
				}
				if r.Type != "error" {
					continue
				}
				if r.Code != "file_changed" || !r.Fatal || !whole {
					t.Fatalf("%+v; a fragment was completed after the change: %v", r.told, !whole)
				}
				break
			}
			if code, _ := c.untilClose(); code != 1012 {
				t.Fatalf("closed with %d", code)
			}
		})
	}
	t.Run("removed", func(t *testing.T) {
		t.Parallel()
		s := serveFolder(t, Config{}, "film.mp4")
		c := s.open("/ws/film.mp4?rate=16")
		c.until("data")
		if err := os.Remove(filepath.Join(s.folder, "film.mp4")); err != nil {
			t.Fatal(err)
		}
		c.until("end") // who has it open may see it to the end
	})
}

func TestMaxViewers(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{MaxViewers: 2}, "film.mp4")
	a, b := s.open("/ws/film.mp4"), s.open("/ws/film.mp4")
	a.until("open")
	b.until("open")
	if code, last := s.open("/ws/film.mp4").untilClose(); last.Code != "busy" || code != 1013 {
		t.Fatalf("the third: %+v, %d", last, code)
	}
	a.send(0x88, nil)
	a.untilClose()
	s.awaitViewers(1, 1)
	s.open("/ws/film.mp4").until("open")
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Ahead: 100}, "film.mp4")
	polite := s.open("/ws/film.mp4?paused=1")
	polite.until("data")
	deaf := s.openOn(s.dialer(&net.Dialer{Control: smallBuffer}), "/ws/film.mp4")
	deaf.until("open")
	done := make(chan time.Duration, 1)
	go func() {
		begin := time.Now()
		s.server.Shutdown(t.Context())
		done <- time.Since(begin)
	}()
	code, last := polite.untilClose()
	if code != 1001 || !last.Fatal || last.Code != "busy" {
		t.Fatalf("told %+v, closed with %d", last, code)
	}
	polite.send(0x88, []byte{0x03, 0xe9})
	select {
	case took := <-done:
		if took > shutdownGrace+2*time.Second {
			t.Fatalf("took %v", took)
		}
	case <-time.After(patience):
		t.Fatal("a viewer who does not read keeps the server from stopping")
	}
	if r, body := s.get("GET", "/readyz"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Fatalf("%s %s", r.Status, body)
	}
	if _, last := s.open("/ws/film.mp4").untilClose(); last.Code != "busy" {
		t.Fatalf("after the stop a viewer is told %+v", last)
	}
}

// Not parallel: it counts.
func TestVisitsLeaveNothingBehind(t *testing.T) {
	s := serveFolder(t, Config{}, "film.mp4")
	visit := func(i int) {
		c := s.open("/ws/film.mp4?rate=16")
		switch i % 4 {
		case 0:
			c.whole()
		case 1:
			c.until("data")
		case 2:
			c.send(0x88, nil)
			c.untilClose()
		case 3:
			c.send(0x82, nil)
			c.untilClose()
		}
		if err := c.conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	visit(0)
	s.awaitViewers(0, 0)
	before := runtime.NumGoroutine()
	for i := range 100 {
		visit(i)
	}
	s.awaitViewers(0, 0)
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before+2; {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
		time.Sleep(time.Millisecond)
	}
}
