package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"vodsrv/internal/gateway"
	"vodsrv/mp4/mp4test"
)

const (
	replicas      = 3
	replicaViewer = 300
	replicaFilm   = 240 // seconds
	killedEach    = 30  // segments of 2 s
)

// Three replicas over one store are killed and started again in turn: every
// viewer gets every segment whole, once, with the same bytes from whichever.
func TestReplicasAreKilledInTurn(t *testing.T) {
	nginx, g, dir := findNginx(t), gateway.Start(t), t.TempDir()
	film := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.AVC(320, 180)}, Samples: mp4test.Samples(10*replicaFilm, 400, 100, 10)}}}
	g.Put("film.mp4", write(t, filepath.Join(dir, "film.mp4"), string(film.Bytes())))
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(name, g.Getenv(name))
	}
	addresses, servers := [replicas]string{}, [replicas]*process{}
	start := func(i int) {
		servers[i] = startProcess(t, nil, "--addr", addresses[i], "--ahead", "1", "s3://"+gateway.Bucket)
	}
	block := nginxOf(t, "docs/scale.md")
	for i := range replicas {
		addresses[i] = freeAddr(t)
		start(i)
		block = strings.Replace(block, fmt.Sprintf("replica%d:8327", i+1), addresses[i], 1)
	}
	at := freeAddr(t)
	runNginx(t, nginx, dir, at, strings.Replace(block, "listen 80", "listen "+at, 1))

	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	kills := newKills(ctx)
	var segments sync.Map // hashes by seq, those of whoever had it first
	var cuts atomic.Int64
	var viewers sync.WaitGroup
	for range replicaViewer {
		viewers.Go(func() {
			v := replicaWatcher{at: at, segments: &segments, kills: kills}
			for !v.ended && ctx.Err() == nil && !t.Failed() {
				if err := v.watch(); err != nil {
					t.Error(err)
					return
				}
				if !v.ended {
					cuts.Add(1)
					time.Sleep(100 * time.Millisecond) // as a page that comes back
				}
			}
			if !v.ended || v.next != replicaFilm/2 {
				t.Errorf("a viewer got %d segments of %d, to the end: %v", v.next, replicaFilm/2, v.ended)
			}
		})
	}
	for i := range replicas {
		kills.await(i)
		servers[i].kill()
		kills.done(i)
		start(i)
		ready, err := http.Get("http://" + addresses[i] + "/readyz")
		if err != nil || ready.StatusCode != http.StatusOK {
			t.Errorf("a replica that was started again: %v, %v", ready, err)
		}
		if err == nil {
			_ = ready.Body.Close()
		}
	}
	viewers.Wait()
	if t.Logf("%d viewers were cut off %d times", replicaViewer, cuts.Load()); cuts.Load() < replicaViewer/2 {
		t.Errorf("only %d connections broke", cuts.Load())
	}
}

// kills lets nobody be further in the film than the kills are: a machine that
// is slow to start a replica would find no viewers left.
type kills struct {
	ctx       context.Context
	due, over [replicas]chan struct{}
	first     [replicas]sync.Once
}

func newKills(ctx context.Context) *kills {
	k := &kills{ctx: ctx}
	for i := range replicas {
		k.due[i], k.over[i] = make(chan struct{}), make(chan struct{})
	}
	return k
}

// await returns when someone is where replica i is killed.
func (k *kills) await(i int) { k.wait(k.due[i]) }

// done lets the viewers go on.
func (k *kills) done(i int) { close(k.over[i]) }

// pass is called by a viewer who has so many segments.
func (k *kills) pass(segments int) {
	if i := segments/killedEach - 1; segments%killedEach == 0 && i < replicas {
		k.first[i].Do(func() { close(k.due[i]) })
		k.wait(k.over[i])
	}
}

func (k *kills) wait(c chan struct{}) {
	select {
	case <-c:
	case <-k.ctx.Done():
	}
}

// replicaWatcher is a viewer who comes back at his place.
type replicaWatcher struct {
	at       string
	segments *sync.Map
	kills    *kills
	etag     string
	next     int // the segment he wants
	ended    bool
}

// watch takes in the film until it ends, or the connection breaks. Errors are
// what the server may not do.
func (v *replicaWatcher) watch() error {
	query := "?rate=16"
	if v.etag != "" {
		query += fmt.Sprintf("&seq=%d&etag=%s", v.next, v.etag)
	}
	ws, err := websocket.Dial("ws://"+v.at+"/ws/film.mp4"+query, "", "http://"+v.at)
	if err != nil {
		return nil // a replica is not there
	}
	defer func() { _ = ws.Close() }()
	var segment hash.Hash
	var m struct {
		Type, Kind, ETag, Code, Message string
		Seq                             int
		Last                            bool
	}
	for data := false; ; {
		var payload []byte
		if err := websocket.Message.Receive(ws, &payload); err != nil {
			return nil
		}
		if data {
			data = false
			if m.Kind != "media" {
				continue
			}
			if m.Seq != v.next {
				return fmt.Errorf("segment %d came, not %d", m.Seq, v.next)
			}
			if segment == nil {
				segment = sha256.New()
			}
			_, _ = segment.Write(payload)
			if m.Last {
				sum := string(segment.Sum(nil))
				if first, _ := v.segments.LoadOrStore(m.Seq, sum); first != sum {
					return fmt.Errorf("segment %d has other bytes than it had for someone else", m.Seq)
				}
				segment = nil
				v.next++
				v.kills.pass(v.next)
			}
			continue
		}
		m.Last = false
		if err := json.Unmarshal(payload, &m); err != nil {
			return err
		}
		switch m.Type {
		case "open":
			if v.etag != "" && v.etag != m.ETag {
				return errors.New("the film has another ETag at another replica")
			}
			v.etag = m.ETag
		case "data":
			data = true
		case "end":
			v.ended = true
			return nil
		case "error":
			// What passes: he comes back, as a page does.
			if m.Code != "busy" && m.Code != "slow_reader" {
				return fmt.Errorf("a viewer is told %s: %s", m.Code, m.Message)
			}
		}
	}
}
