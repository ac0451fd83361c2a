package server

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/internal/testmedia"
	"vodsrv/server/live"
)

// liveList is the media playlist of the stream, once it has so many pieces.
func (s *site) liveList(pieces int) string {
	s.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		r, list := s.get("GET", "/live/camera/media.m3u8")
		if r.StatusCode == 200 && strings.Count(list, "#EXTINF") >= pieces {
			return list
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s: %s", r.Status, list)
		}
	}
}

// Of a stream that is over players hear that no more will come. Not parallel: it
// is read from standard input.
func TestLiveHLSEnds(t *testing.T) {
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = from
	relayed, err := live.New("camera", "-", live.Options{Cutting: live.Cutting{Most: live.Low}})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, Config{Live: []*live.Stream{relayed}}, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { relayed.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		os.Stdin = stdin
	})
	stream := liveClip(t)
	half := len(stream) * 6 / 10
	if _, err := to.Write(stream[:half]); err != nil {
		t.Fatal(err)
	}
	if list := s.liveList(1); strings.Contains(list, "#EXT-X-ENDLIST") {
		t.Errorf("while it goes on:\n%s", list)
	}
	if _, err := to.Write(stream[half:]); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the end", relayed.Over)
	if list := s.liveList(3); !strings.HasSuffix(list, "#EXT-X-ENDLIST\n") { // of 4 + 4 + 2 s
		t.Errorf("it is over:\n%s", list)
	}
}

// addresses are those that a playlist has in lines of their own, or in a tag.
func addressesIn(list string) []string {
	var all []string
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if _, uri, ok := strings.Cut(line, `URI="`); ok {
			all = append(all, strings.TrimSuffix(uri, `"`))
		} else if line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// A live stream is there for players of HLS: its newest pieces, each of which is
// for ever what it is, with another init segment where the source began anew.
func TestLiveHLS(t *testing.T) {
	t.Parallel()
	s, source := relaying(t, Config{AllowOrigins: []string{"https://pages.example"}})
	source.more <- len(source.stream)
	source.more <- 0 // the source breaks, and comes back
	source.more <- len(source.stream)
	list := s.liveList(5) // of 4 + 4 + 2 + 4 + 4 s
	for tag, n := range map[string]int{"#EXT-X-ENDLIST": 0, "#EXT-X-DISCONTINUITY\n": 1, "#EXT-X-MAP:": 2, "#EXT-X-TARGETDURATION:6\n": 1, "#EXT-X-MEDIA-SEQUENCE:": 1, "#EXT-X-PLAYLIST-TYPE": 0} {
		if strings.Count(list, tag) != n {
			t.Errorf("%q is not there %d times in\n%s", tag, n, list)
		}
	}
	r, master := s.get("GET", "/live/camera/master.m3u8", "Origin: https://pages.example")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != listType || r.Header.Get("Access-Control-Allow-Origin") != "https://pages.example" ||
		!strings.Contains(master, `CODECS="avc1.`) || !strings.Contains(master, "mp4a.40.2") || !strings.Contains(master, "RESOLUTION=320x180") || !strings.Contains(master, "\nmedia.m3u8\n") {
		t.Errorf("%s %v\n%s", r.Status, r.Header, master)
	}
	all := addressesIn(list)
	var pieces, inits []string
	for _, address := range all {
		r, body := s.get("GET", "/live/camera/"+address)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != "video/mp4" || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || int(r.ContentLength) != len(body) {
			t.Errorf("%s: %s %v", address, r.Status, r.Header)
		}
		if r, again := s.get("GET", "/live/camera/"+address, "Range: bytes=10-19"); r.StatusCode != http.StatusPartialContent || again != body[10:20] {
			t.Errorf("%s: a range is answered with %s", address, r.Status)
		}
		if strings.HasSuffix(address, "init.mp4") {
			inits = append(inits, body)
		} else {
			pieces = append(pieces, body)
		}
	}
	if len(inits) != 2 || len(pieces) < 5 {
		t.Fatalf("%d init segments, %d pieces", len(inits), len(pieces))
	}
	// The pieces of the first run are the frames of the source.
	path := filepath.Join(t.TempDir(), "film.mp4")
	mustWrite(t, path, inits[0]+pieces[0]+pieces[1])
	for i, n := range testmedia.FrameNumbers(t, path) {
		if i != n {
			t.Fatalf("frame %d is shown as number %d", n, i)
		}
	}
	etag, first, _ := strings.Cut(all[1], "/")
	name, _, _ := strings.Cut(first, "-")
	for _, none := range []string{"none.m3u8", etag + "/", etag, etag + "/" + name + "-" + name + ".m4s", etag + "/7-init.mp4", etag + "/00-init.mp4", "other/" + first, etag + "/x.m4s"} {
		if r, _ := s.get("GET", "/live/camera/"+none); r.StatusCode != 404 {
			t.Errorf("%s: %s", none, r.Status)
		}
	}
	if r, _ := s.get("GET", "/live/none/master.m3u8"); r.StatusCode != 404 {
		t.Errorf("the playlist of no stream: %s", r.Status)
	}
}

// ffmpeg plays it, across a break of the source.
func TestLiveHLSForFfmpeg(t *testing.T) {
	t.Parallel()
	s, source := relaying(t, Config{})
	source.more <- len(source.stream)
	source.more <- 0
	source.more <- len(source.stream)
	s.liveList(5)
	path := filepath.Join(t.TempDir(), "film.mp4")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-hide_banner", "-loglevel", "warning", "-nostdin", "-live_start_index", "0",
		"-i", "http://"+s.addr()+"/live/camera/master.m3u8", "-t", "16", "-c", "copy", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	packets := testmedia.Packets(t, path)
	video := 0
	for _, p := range packets {
		if p.Stream == 0 {
			video++
		}
	}
	if video < 15*25 {
		t.Errorf("%d pictures of 16 s: %s", video, out)
	}
}

// Who watches by HLS alone has the source asked.
func TestLiveHLSOnDemand(t *testing.T) {
	t.Parallel()
	s, source := relayingFrom(t, Config{}, t.TempDir(), live.Options{OnDemand: true})
	if n := len(source.asked); n != 0 {
		t.Fatalf("the source was asked %d times", n)
	}
	source.more <- len(source.stream)
	r, master := s.get("GET", "/live/camera/master.m3u8")
	if r.StatusCode != 200 || len(source.asked) != 1 {
		t.Fatalf("%s %s; the source was asked %d times", r.Status, master, len(source.asked))
	}
	s.liveList(2)
}

// A stream that does not begin keeps nobody waiting who has left, nor the server
// from stopping.
func TestLiveHLSWaits(t *testing.T) {
	t.Parallel()
	s, _ := relaying(t, Config{})
	answered := make(chan int, 1)
	go func() {
		r, _ := s.get("GET", "/live/camera/media.m3u8")
		answered <- r.StatusCode
	}()
	for end := time.Now().Add(patience); s.server.config.Live[0].Viewers() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody waits")
		}
	}
	s.server.Shutdown(t.Context())
	select {
	case status := <-answered:
		if status != http.StatusServiceUnavailable {
			t.Errorf("the answer is %d", status)
		}
	case <-time.After(liveWait / 2):
		t.Error("it waits still")
	}
}

// What lies below a stream is for those who may watch it.
func TestLiveHLSDoor(t *testing.T) {
	t.Parallel()
	s, source := relaying(t, Config{Door: newDoor(t, bcrypt.MinCost)})
	source.more <- len(source.stream)
	anna := basic("anna", "right")
	for path, status := range map[string]int{"master.m3u8": 200, "media.m3u8": 200, "x/0-init.mp4": 404} {
		if r, _ := s.get("GET", "/live/camera/"+path); r.StatusCode != 401 {
			t.Errorf("%s for nobody: %s", path, r.Status)
		}
		if r, _ := s.get("GET", "/live/camera/"+path, anna); r.StatusCode != status || r.StatusCode == 200 && !strings.Contains(r.Header.Get("Cache-Control"), "no-cache") {
			t.Errorf("%s: %s %v", path, r.Status, r.Header)
		}
	}
}
