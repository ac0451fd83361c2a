package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
)

// tap is an FLV server: it sends so many bytes more whenever it is told.
type tap struct {
	stream []byte
	more   chan int
}

func (s tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for left := s.stream; ; {
		select {
		case n := <-s.more:
			n = min(n, len(left))
			_, _ = w.Write(left[:n])
			left = left[n:]
			_ = http.NewResponseController(w).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// listed is what the list of the folder rec says of its films.
func (p *process) listed() map[string]string {
	p.t.Helper()
	var list struct {
		Entries []struct{ Path, State string }
	}
	if body := p.get("api/list/rec/"); json.Unmarshal([]byte(body), &list) != nil {
		p.t.Fatal(body)
	}
	states := map[string]string{}
	for _, e := range list.Entries {
		states[e.Path] = e.State
	}
	return states
}

// await waits until something is so, which a process can't tell of by itself.
func (p *process) await(what string, so func() bool) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("not within 30 s: %s\n%s", what, p.get("api/live"))
		}
	}
}

// A recording is a film of the list while it is made. When the server is killed
// at any time, it stays one, which has all its whole fragments; the next server
// begins another.
func TestKilledServerLeavesItsRecording(t *testing.T) {
	t.Parallel()
	source := testmedia.Clip(t, testmedia.Options{Seconds: 30, Size: "320x180", Ext: ".flv", Args: []string{
		"-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-c:a", "aac"}})
	stream, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int][]string{}
	for _, p := range testmedia.Packets(t, source) {
		want[p.Stream] = append(want[p.Stream], p.Hash)
	}
	folder := t.TempDir()
	for round, part := range []int{4, 8} { // tenths of the stream
		camera := tap{stream, make(chan int, 100)}
		from := httptest.NewServer(camera)
		p := startProcess(t, nil, "--cache-dir", "none", "--live", "camera="+from.URL, "--live-record", "rec", folder)
		camera.more <- len(stream) * part / 10
		size := func() (bytes int64) {
			for name := range p.listed() {
				if stat, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name))); err == nil {
					bytes += stat.Size()
				}
			}
			return bytes
		}
		p.await("a film that grows, with nearly all that was sent", func() bool {
			if size() < int64(len(stream)*part/10*7/10) {
				return false
			}
			for _, state := range p.listed() {
				if state == "growing" {
					return true
				}
			}
			return false
		})
		before := size()
		go func() { // the rest comes bit by bit, and the server dies somewhere in it
			for range 90 {
				camera.more <- len(stream) / 500
			}
		}()
		p.await("growth", func() bool { return size() > before })
		p.kill()
		from.Close()
		files, err := filepath.Glob(filepath.Join(folder, "rec", "*.mp4"))
		if err != nil || len(files) != round+1 {
			t.Fatalf("round %d: %v, files %v", round, err, files)
		}
		file, err := os.ReadFile(files[round])
		if err != nil {
			t.Fatal(err)
		}
		m, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil || len(m.Fragments) < part || m.Complete {
			t.Fatalf("round %d: %v, %d fragments", round, err, len(m.Fragments))
		}
		got := map[int][]string{}
		for _, p := range testmedia.Packets(t, files[round]) {
			got[p.Stream] = append(got[p.Stream], p.Hash)
		}
		for k := range want {
			same := 0
			for same < len(got[k]) && got[k][same] == want[k][same] {
				same++
			}
			if whole := m.Tracks[k].Index.Len(); same < len(got[k]) || whole > same || whole < len(want[k])*part/10*6/10 {
				t.Errorf("round %d: of %d packets of stream %d the first %d are the source's; %d samples are whole", round, len(got[k]), k, same, whole)
			}
		}
	}
	p := startProcess(t, nil, "--cache-dir", "none", folder)
	p.await("films that play", func() bool {
		n := 0
		for _, state := range p.listed() {
			if state != "indexing" && state != "invalid" {
				n++
			}
		}
		return n == 2
	})
}
