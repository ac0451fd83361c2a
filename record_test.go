package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
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
// at any time, it stays one, which has all its whole fragments.
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
	for _, part := range []int{3, 6} { // tenths of the stream
		folder := t.TempDir()
		camera := tap{stream, make(chan int, 100)}
		from := httptest.NewServer(camera)
		p := startProcess(t, nil, "--cache-dir", "none", "--live", "camera="+from.URL, "--live-record", "rec", folder)
		camera.more <- len(stream) * part / 10
		recorded := func() (file string, bytes int64) {
			files, err := filepath.Glob(filepath.Join(folder, "rec", "*.mp4"))
			if err != nil || len(files) > 1 {
				t.Fatalf("%v, files %v", err, files)
			}
			if len(files) == 0 {
				return "", 0
			}
			stat, err := os.Stat(files[0])
			if err != nil {
				t.Fatal(err)
			}
			return files[0], stat.Size()
		}
		// A camera never pauses: the recording would end.
		step := atomic.Int64{}
		step.Store(int64(len(stream) / 2000))
		enough := make(chan struct{})
		var sending sync.WaitGroup
		sending.Go(func() {
			for tick := time.NewTicker(50 * time.Millisecond); ; {
				select {
				case <-enough:
					return
				case <-tick.C:
				}
				select {
				case camera.more <- int(step.Load()):
				default:
				}
			}
		})
		p.await("a film that grows, with most of what was sent", func() bool {
			file, bytes := recorded()
			return bytes > int64(len(stream)*part/10*7/10) && p.listed()["rec/"+filepath.Base(file)] == "growing"
		})
		_, before := recorded()
		step.Store(int64(len(stream) / 200)) // the server dies somewhere in what comes now
		p.await("growth", func() bool {
			_, bytes := recorded()
			return bytes > before
		})
		p.kill()
		close(enough)
		sending.Wait()
		from.Close()
		path, _ := recorded()
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil || len(m.Fragments) < part/2 || m.Complete {
			t.Fatalf("%d tenths: %v, %d fragments", part, err, len(m.Fragments))
		}
		got := map[int][]string{}
		for _, p := range testmedia.Packets(t, path) {
			got[p.Stream] = append(got[p.Stream], p.Hash)
		}
		for k := range want {
			same := 0
			for same < len(got[k]) && got[k][same] == want[k][same] {
				same++
			}
			// Behind the whole fragments a part of one may stand, of which ffprobe shows what it can.
			if whole := m.Tracks[k].Index.Len(); whole > same || len(got[k]) < whole || whole < len(want[k])*part/10*6/10 {
				t.Errorf("%d tenths: of %d packets of stream %d the first %d are the source's; %d samples are whole", part, len(got[k]), k, same, whole)
			}
		}
		next := startProcess(t, nil, "--cache-dir", "none", folder)
		next.await("a film that plays", func() bool {
			state := next.listed()["rec/"+filepath.Base(path)]
			return state == "growing" || state == "ready" || state == "truncated"
		})
		next.kill()
	}
}
