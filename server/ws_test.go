package server

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
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
		one, err := f.Plan().Stream([]uint32{id})
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.NewBuffer(one.Init())
		for k := range f.Plan().Len() {
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

// Over TLS, too, who takes little, but takes it, gets all.
func TestSlowReaderOverTLS(t *testing.T) {
	t.Parallel()
	const size, timeout = 256 << 10, 2 * time.Second // which a busy machine may well take half of
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dialed := make(chan net.Conn, 1)
	go func() {
		dialer := net.Dialer{Control: smallBuffer, Timeout: patience}
		conn, _ := tls.DialWithDialer(&dialer, "tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		dialed <- conn
	}()
	raw, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.(*net.TCPConn).SetWriteBuffer(4096); err != nil {
		t.Fatal(err)
	}
	server := tls.Server(raw, testCertificate(t))
	defer func() { _ = server.Close() }()
	if err := server.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := <-dialed
	defer func() { _ = client.Close() }()
	if err := client.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	want := make([]byte, size)
	_, _ = rand.Read(want)
	began := time.Now()
	done := make(chan error, 1)
	go func() {
		c := &wsConn{Conn: server, timeout: timeout, direct: direct(server)}
		_, err := c.write(want, false)
		done <- errors.Join(err, server.Close())
	}()
	tick := time.NewTicker(timeout / 30)
	defer tick.Stop()
	var got bytes.Buffer
	for err == nil {
		_, err = io.CopyN(&got, client, 4<<10)
		<-tick.C
	}
	if err := <-done; err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%d bytes of %d came in %v: %v", got.Len(), size, time.Since(began), err)
	}
	if took := time.Since(began); took < 3*timeout/2 {
		t.Errorf("it took only %v: that proves nothing", took)
	}
}
