package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vodsrv/internal/gateway"
	"vodsrv/mp4/info"
	"vodsrv/server/library"
	"vodsrv/server/store"
)

// serveStore serves what is in a store, as a replica of others would.
func serveStore(t *testing.T, c Config, g *gateway.Gateway) (*site, *store.Bucket) {
	t.Helper()
	return serveStoreWith(t, c, g, library.Options{})
}

func serveStoreWith(t *testing.T, c Config, g *gateway.Gateway, o library.Options) (*site, *store.Bucket) {
	t.Helper()
	at, err := store.Locate("s3://"+gateway.Bucket, g.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	bucket, only, err := store.Open(at, 0)
	if err != nil {
		t.Fatal(err)
	}
	films, err := library.OpenStore(bucket, bucket.Place(), only, o)
	if err != nil {
		t.Fatal(err)
	}
	c.Metrics = append(c.Metrics, bucket)
	return serveFilms(t, c, films), bucket
}

// What a film of a store gives is what it gives from a disk, on all ways.
func TestAFilmOfAStoreIsTheSame(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	folder := t.TempDir()
	longFilm(t, filepath.Join(folder, "long.mp4"), 300, 20_000)
	copySample(t, filepath.Join(folder, "in a folder", "odd \"%2f\nname.mp4"))
	mustWrite(t, filepath.Join(folder, "long.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
	for _, name := range []string{"long.mp4", "long.en.srt", "in a folder/odd \"%2f\nname.mp4"} {
		g.Put(name, filepath.Join(folder, name))
	}
	here := serve(t, Config{}, folder)
	there, bucket := serveStore(t, Config{}, g)
	if r, body := there.get("GET", "/"); r.StatusCode != 200 || !bytes.Contains([]byte(body), []byte("long.mp4")) {
		t.Errorf("the page: %s %s", r.Status, body)
	}
	for _, film := range []string{"long.mp4", "in%20a%20folder/odd%20%22%252f%0Aname.mp4"} {
		for _, path := range []string{"/media/" + film, "/fmp4/" + film, "/keyframe/" + film + "?t=3"} {
			_, want := here.get("GET", path)
			r, got := there.get("GET", path)
			if r.StatusCode != 200 || got != want {
				t.Errorf("%s: %s, %d bytes, other than the %d of the file", path, r.Status, len(got), len(want))
			}
			if r, part := there.get("GET", path, "Range: bytes=100-299"); r.StatusCode != 206 || part != want[100:300] {
				t.Errorf("%s: a range: %s, %d bytes", path, r.Status, len(part))
			}
		}
		want := here.open("/ws/" + film + "?rate=16").whole()
		if got := there.open("/ws/" + film + "?rate=16").whole(); !bytes.Equal(got, want) {
			t.Errorf("%s: over the WebSocket come %d bytes, other than the %d of the file", film, len(got), len(want))
		}
		there.checkMaster("/hls/" + film + "/master.m3u8")
	}
	if _, body := there.get("GET", "/subs/long.mp4/en.srt.vtt"); !bytes.Contains([]byte(body), []byte("Hello")) {
		t.Errorf("the subtitles are %q", body)
	}
	t.Logf("%+v", bucket.Stats())
}

// A replica that is new describes what others have described without reading a
// byte of it, and without a word where a description is damaged.
func TestReplicasShareDescriptions(t *testing.T) {
	t.Parallel()
	const films = 12
	g := gateway.Start(t)
	for i := range films {
		g.Put(fmt.Sprintf("%02d.mp4", i), sample)
	}
	at, err := store.Locate("s3://"+gateway.Bucket+"/.descriptions", g.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	replica := func(name string, reads uint64) {
		t.Run(name, func(t *testing.T) { // at whose end it puts what waits
			cache, err := store.OpenCache(at)
			if err != nil {
				t.Fatal(err)
			}
			s, bucket := serveStoreWith(t, Config{Metrics: []prometheus.Collector{cache}}, g,
				library.Options{Shared: cache, SharedTrouble: func(err error) { t.Error(err) }})
			var list library.Listing
			for late := time.Now().Add(time.Minute); list.Entries == nil || slices.ContainsFunc(list.Entries, isIndexing); time.Sleep(10 * time.Millisecond) {
				if s.json("/api/list/", &list); time.Now().After(late) {
					t.Fatalf("not all films are described: %+v", list)
				}
			}
			if len(list.Entries) != films || list.Entries[0].Duration < 29 {
				t.Errorf("listed is %+v", list)
			}
			_, body := s.get("GET", "/metrics")
			if got := bucket.Stats().Reads; got != reads || !strings.Contains(body, fmt.Sprintf(`vodsrv_store_requests_total{kind="read",outcome="ok"} %d`, reads)) {
				t.Errorf("%d ranges were read, not %d; told is\n%s", got, reads, body)
			}
		})
	}
	replica("the first", films)
	replica("one that is new", 0)
	kept, err := filepath.Glob(g.Path(".descriptions/*/*"))
	if err != nil || len(kept) != films {
		t.Fatalf("there are %d descriptions, %v", len(kept), err)
	}
	damaged, err := filepath.Rel(g.Path(""), kept[0])
	if err != nil {
		t.Fatal(err)
	}
	g.Put(filepath.ToSlash(damaged), sample)
	replica("one that finds damage", 1)
	replica("one that finds it mended", 0)
}

func isIndexing(e library.Entry) bool { return e.State == info.Indexing }

func (s *site) duration(film string) float64 {
	s.t.Helper()
	var about struct{ Duration float64 }
	s.json("/api/info/"+film, &about)
	return about.Duration
}

// The store is killed in the middle of a film, and started again: the viewer
// waits, and gets the film.
func TestTheStoreIsStartedAgain(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	path := filepath.Join(t.TempDir(), "film.mp4")
	longFilm(t, path, 640, 20_000)
	g.Put("film.mp4", path)
	s, bucket := serveStore(t, Config{Ahead: 1}, g)
	c := s.open("/ws/film.mp4?rate=16")
	var got bytes.Buffer
	back := make(chan struct{})
	for killed := false; ; {
		r := c.must()
		if r.close != 0 {
			if r.close != 1000 {
				t.Errorf("closed with %d", r.close)
			}
			break
		}
		if r.Type == "error" {
			t.Fatalf("the viewer is told %+v", r.told)
		}
		got.Write(r.data)
		if r.Seq >= 12 && !killed {
			killed = true
			g.Kill()
			go func() {
				defer close(back)
				for bucket.Stats().Failures == 0 {
					time.Sleep(time.Millisecond)
				}
				g.Restart()
			}()
		}
	}
	<-back
	if want := fragmented(t, path); !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%d bytes came, other than the %d of the film", got.Len(), len(want))
	}
	_, body := s.get("GET", "/metrics")
	if !regexp.MustCompile(`vodsrv_store_retries_total{kind="read"} [1-9]`).MatchString(body) {
		t.Errorf("/metrics tells of no retry: %s", body)
	}
	t.Logf("%+v", bucket.Stats())
}

// Viewers of a film that is replaced are told, and get no byte of the other.
func TestAFilmOfAStoreIsReplaced(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	folder := t.TempDir()
	film, other := filepath.Join(folder, "film.mp4"), filepath.Join(folder, "other.mp4")
	longFilm(t, film, 640, 20_000)
	longFilm(t, other, 640, 20_001)
	g.Put("film.mp4", film)
	s, _ := serveStore(t, Config{Ahead: 1}, g)
	c := s.open("/ws/film.mp4?rate=16")
	var got bytes.Buffer
	replaced, last := false, told{}
	for {
		r := c.must()
		if r.close != 0 {
			break
		}
		got.Write(r.data)
		if r.Type == "error" {
			last = r.told
		}
		if r.Seq >= 6 && !replaced {
			replaced = true
			g.Put("film.mp4", other)
		}
	}
	want := fragmented(t, film)
	if last.Code != "file_changed" || !last.Fatal || !bytes.HasPrefix(want, got.Bytes()) || got.Len() == len(want) {
		t.Errorf("the viewer got %d of %d bytes, and is told %+v", got.Len(), len(want), last)
	}
	if got := s.open("/ws/film.mp4?rate=16").whole(); !bytes.Equal(got, fragmented(t, other)) {
		t.Errorf("who comes back gets %d bytes, not the other film", len(got))
	}
}

// A download of a film that is replaced is cut off, not mixed.
func TestADownloadOfAStoreIsReplaced(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	path := filepath.Join(t.TempDir(), "film.mp4")
	longFilm(t, path, 640, 70_000) // more than sockets hold
	g.Put("film.mp4", path)
	s, _ := serveStore(t, Config{}, g)
	r, err := http.Get(fmt.Sprintf("http://%s/media/film.mp4", s.addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	got := make([]byte, 1<<20)
	if _, err := io.ReadFull(r.Body, got); err != nil {
		t.Fatal(err)
	}
	g.Put("film.mp4", sample)
	rest, err := io.ReadAll(r.Body)
	if got = append(got, rest...); err == nil || !bytes.HasPrefix(mustRead(t, path), got) {
		t.Errorf("%d bytes came, and %v", len(got), err)
	}
}
