package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/server/live"
)

// liveSource is an FLV server that sends up to where it is told.
type liveSource struct {
	stream []byte
	more   chan int // bytes to send next; none to end the answer
	asked  chan struct{}
}

// liveClip has a key frame every four seconds.
func liveClip(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(testmedia.Clip(t, testmedia.Options{Seconds: 10, Size: "320x180", Ext: ".flv", Args: []string{
		"-c:v", "libx264", "-preset", "veryfast", "-g", "100", "-c:a", "aac"}}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (l *liveSource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.asked <- struct{}{}
	left := l.stream
	for {
		select {
		case n := <-l.more:
			if n == 0 {
				return
			}
			n = min(n, len(left))
			_, _ = w.Write(left[:n])
			left = left[n:]
			_ = http.NewResponseController(w).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// relaying is a site with a live stream called camera.
func relaying(t *testing.T, c Config) (*site, *liveSource) {
	t.Helper()
	return relayingFrom(t, c, t.TempDir(), live.Options{})
}

// relayingFrom does the same beside a folder of films.
func relayingFrom(t *testing.T, c Config, folder string, o live.Options) (*site, *liveSource) {
	t.Helper()
	source := &liveSource{stream: liveClip(t), more: make(chan int, 10), asked: make(chan struct{}, 100)}
	from := httptest.NewServer(source)
	o.Cutting.Most, o.Stall = live.Low, time.Hour
	relayed, err := live.New("camera", from.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	c.Live = []*live.Stream{relayed}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { relayed.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		from.Close()
	})
	return serve(t, c, folder), source
}

// awaitLive waits until a stream has come so far.
func (s *site) awaitLive(seconds float64) {
	s.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, to := s.server.config.Live[0].Bounds(); to >= seconds {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%+v", s.server.config.Live[0].Status())
		}
	}
}

// A viewer begins at the newest key frame, whole and at once; all together ask
// the source once, and have two goroutines each.
func TestLiveViewers(t *testing.T) {
	const viewers = 500
	s, source := relaying(t, Config{})
	source.more <- len(source.stream) * 6 / 10
	s.awaitLive(5)
	before := runtime.NumGoroutine()
	var all []*socket
	for range viewers {
		c := s.open("/live/camera")
		began := time.Now()
		open := c.until("open")
		if open.Duration != 0 || math.Abs(open.From-4) > 0.1 || len(open.told.ETag) == 0 {
			t.Fatalf("open: %+v", open)
		}
		if first := c.until("data"); first.Kind != "init" {
			t.Fatalf("first comes %+v", first)
		}
		if first := c.until("data"); first.Kind != "media" || first.Start != open.From || time.Since(began) > time.Second {
			t.Fatalf("then comes %+v after %v", first.told, time.Since(began))
		}
		all = append(all, c)
	}
	if n := runtime.NumGoroutine() - before; n > 2*viewers+20 {
		t.Errorf("%d goroutines more for %d viewers", n, viewers)
	}
	var list relays
	_, body := s.get("GET", "/api/live")
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Streams) != 1 || list.Streams[0].Viewers != viewers || list.Streams[0].State != live.Playing ||
		list.Streams[0].Name != "camera" || list.Streams[0].Window == nil || !strings.HasPrefix(list.Streams[0].MIME, `video/mp4; codecs="avc1.`) {
		t.Errorf("%v: %s", err, body)
	}
	if _, metrics := s.get("GET", "/metrics"); !strings.Contains(metrics, fmt.Sprintf(`vodsrv_live_viewers{stream="camera"} %d`, viewers)) || !strings.Contains(metrics, `vodsrv_live_pulls_total{stream="camera"} 1`) {
		t.Errorf("metrics: %s", metrics)
	}
	source.more <- len(source.stream)
	for _, c := range all {
		if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		for r := c.until("data"); r.End < 7; r = c.until("data") {
		}
	}
	if n := len(source.asked); n != 1 {
		t.Errorf("the source was asked %d times", n)
	}
}

// All that one who says nothing gets makes a film.
func TestLiveWithoutAWord(t *testing.T) {
	t.Parallel()
	s, source := relaying(t, Config{})
	source.more <- len(source.stream) * 6 / 10
	s.awaitLive(5)
	c := s.open("/live/camera")
	from := c.until("open").From
	source.more <- len(source.stream) / 4 // so little that he is not moved on
	var film bytes.Buffer
	for end := 0.0; end < 8; {
		r := c.must()
		film.Write(r.data)
		end = max(end, r.End)
	}
	m, err := mp4.Open(bytes.NewReader(film.Bytes()), int64(film.Len()))
	if err != nil || len(m.Tracks) != 2 || m.Tracks[0].Index.Len() < 90 {
		t.Fatalf("%v, from %v", err, from)
	}
	path := filepath.Join(t.TempDir(), "film.mp4")
	mustWrite(t, path, film.String())
	numbers := testmedia.FrameNumbers(t, path)
	for i, n := range numbers[:len(numbers)-4] { // at the end some may miss what they refer to
		if n != 100+i {
			t.Fatalf("frames %v", numbers)
		}
	}
}

// The source breaks: viewers get an epoch that they did not ask for, and times
// go on.
func TestLiveSourceBreaks(t *testing.T) {
	t.Parallel()
	s, source := relaying(t, Config{})
	source.more <- len(source.stream) * 6 / 10
	s.awaitLive(5)
	c := s.open("/live/camera?mode=split")
	if open := c.until("open"); open.From > 5 {
		t.Fatalf("open: %+v", open)
	}
	source.more <- 0
	if e := c.until("error"); e.Fatal || e.Code != "busy" {
		t.Fatalf("%+v", e)
	}
	_, end := s.server.config.Live[0].Bounds()
	source.more <- len(source.stream) * 4 / 10
	r := c.until("epoch")
	if r.Epoch != 1 || r.Req != 0 || math.Abs(r.From-end) > 0.5 {
		t.Errorf("%+v, after %v", r, end)
	}
	if r := c.until("data"); r.Kind != "init" || r.Epoch != 1 {
		t.Errorf("%+v", r.told)
	}
}

// The rules of the door hold for live streams, too.
func TestLiveDoor(t *testing.T) {
	t.Parallel()
	s, _ := relaying(t, Config{Door: newDoor(t, bcrypt.MinCost), MaxViewersPerAddress: 1})
	upgrade := append([]string{"Connection: Upgrade"}, handshake...)
	with := func(more ...string) []string { return append(append([]string{}, upgrade...), more...) }
	anna := basic("anna", "right")
	tests := []struct {
		name, path string
		headers    []string
		status     int
	}{
		{"nobody", "/live/camera", with(), 401},
		{"the list for nobody", "/api/live", nil, 401},
		{"the list", "/api/live", []string{anna}, 200},
		{"another origin", "/live/camera", with(anna, "Origin: https://evil.example"), 403},
		{"another host", "/live/camera", with(anna, "Host: evil.example"), 421},
		{"the page", "/live/camera", []string{anna, "Accept: text/html"}, 200},
		{"the page of none", "/live/none", []string{anna, "Accept: text/html"}, 404},
		{"no WebSocket", "/live/camera", []string{anna}, 426},
	}
	for _, tt := range tests {
		if r, _ := s.get("GET", tt.path, tt.headers...); r.StatusCode != tt.status {
			t.Errorf("%s: %s, want %d", tt.name, r.Status, tt.status)
		}
	}
	if code, last := s.open("/live/none", anna).untilClose(); last.Code != "not_found" || code == 0 {
		t.Errorf("%d, %+v", code, last)
	}
	for end := time.Now().Add(patience); s.server.watching.count() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the one who was refused is still counted")
		}
	}
	s.open("/live/camera", anna)
	if r, _ := s.get("GET", "/live/camera", with(anna)...); r.StatusCode != 429 {
		t.Errorf("one viewer too many: %s", r.Status)
	}
}

// count is how much there is of all addresses.
func (t *tally) count() (sum int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.n {
		sum += n
	}
	return sum
}

// What is recorded can be watched from its start while it is recorded, and grows
// for those who do.
func TestLiveRecordingIsWatched(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	into := filepath.Join(folder, "rec")
	if err := os.Mkdir(into, 0o755); err != nil {
		t.Fatal(err)
	}
	s, source := relayingFrom(t, Config{Ahead: 60}, folder, live.Options{
		Record: &live.Archive{Path: "rec/", Open: func() (*os.Root, error) { return os.OpenRoot(into) }},
	})
	source.more <- len(source.stream)
	awaitBytes := func(n int) {
		for end := time.Now().Add(patience); s.server.config.Live[0].Status().Recording.Bytes < int64(n); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%+v", s.server.config.Live[0].Status().Recording)
			}
		}
	}
	awaitBytes(len(source.stream) * 6 / 10) // two fragments of four seconds
	var list relays
	if _, body := s.get("GET", "/api/live"); json.Unmarshal([]byte(body), &list) != nil || !strings.HasPrefix(list.Streams[0].Recording.Path, "rec/camera-") || list.Streams[0].Recording.Reason != "" {
		t.Fatal(body)
	}
	c := s.open("/ws/" + list.Streams[0].Recording.Path)
	if open := c.until("open"); open.From != 0 {
		t.Errorf("open: %+v", open.told)
	}
	for r := c.until("data"); r.End < 3.9; r = c.until("data") {
	}
	source.more <- 0 // the source is back at once, and the film goes on
	source.more <- len(source.stream)
	for r := c.until("data"); r.End < 13.9; r = c.until("data") {
	}
	if _, metrics := s.get("GET", "/metrics"); !strings.Contains(metrics, `vodsrv_live_recording{stream="camera"} 1`) || strings.Contains(metrics, `vodsrv_live_recorded_bytes_total{stream="camera"} 0`) {
		t.Errorf("metrics: %s", metrics)
	}
}
