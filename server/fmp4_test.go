package server

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
	"vodsrv/server/library"
)

// filmsToLayOut are the kinds of layout that go out in different ways.
func filmsToLayOut(t *testing.T) map[string]string {
	t.Helper()
	args := []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "25", "-c:a", "aac"}
	clip := func(more ...string) string {
		return testmedia.Clip(t, testmedia.Options{Seconds: 7, Args: append(append([]string{}, args...), more...)})
	}
	return map[string]string{
		"sample":     sample,
		"moov first": clip("-movflags", "+faststart"),
		"fragmented": clip("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
		"in moov":    clip("-movflags", "frag_keyframe"),
	}
}

// The whole film as one file has the bytes of the converter, which are those
// of the WebSocket, too; any range is that of the whole; ffprobe reads it over
// HTTP and finds all packets.
func TestWholeFilm(t *testing.T) {
	t.Parallel()
	for name, path := range filmsToLayOut(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s := serveFolder(t, Config{})
			mustWrite(t, filepath.Join(s.folder, "film.mp4"), string(content))
			want := fragmented(t, path)
			r, body := s.get("GET", "/fmp4/film.mp4")
			if r.StatusCode != 200 || body != string(want) || r.ContentLength != int64(len(want)) || r.Header.Get("Content-Type") != "video/mp4" {
				t.Fatalf("%s, %d bytes of %d, %v", r.Status, len(body), len(want), r.Header)
			}
			if head, _ := s.get("HEAD", "/fmp4/film.mp4"); head.ContentLength != int64(len(want)) || head.Header.Get("ETag") != r.Header.Get("ETag") {
				t.Errorf("HEAD: %s %v", head.Status, head.Header)
			}
			if got := s.open("/ws/film.mp4?rate=16").whole(); !bytes.Equal(got, want) {
				t.Errorf("the WebSocket sent %d bytes, other than the %d of /fmp4", len(got), len(want))
			}
			s.checkRanges("/fmp4/film.mp4", want, 200)
			s.checkConditions("/fmp4/film.mp4", r.Header.Get("ETag"), want)

			sent := testmedia.Packets(t, s.http.URL+"/fmp4/film.mp4")
			source := testmedia.Packets(t, path)
			for stream := range 2 {
				a, b := hashes(source, stream), hashes(sent, stream)
				// A packet of sound that is over before time 0 is left out.
				if len(a)-len(b) > stream || strings.Join(a[len(a)-len(b):], " ") != strings.Join(b, " ") {
					t.Errorf("stream %d: %d packets over HTTP of %d, or others", stream, len(b), len(a))
				}
			}
		})
	}
}

// checkRanges asks for random ranges of a file.
func (s *site) checkRanges(path string, want []byte, n int) {
	s.t.Helper()
	conn := s.dial()
	defer func() { _ = conn.Close() }()
	for range n {
		from := rand.IntN(len(want))
		to := from + rand.IntN(min(len(want)-from, 1+rand.IntN(len(want))))
		r, body := exchange(s.t, conn, "GET", path, s.addr(), fmt.Sprintf("Range: bytes=%d-%d", from, to), "Connection: keep-alive")
		if r.StatusCode != 206 || body != string(want[from:to+1]) || r.Header.Get("Content-Range") != fmt.Sprintf("bytes %d-%d/%d", from, to, len(want)) {
			s.t.Fatalf("%d-%d: %s, %d bytes, %s", from, to, r.Status, len(body), r.Header.Get("Content-Range"))
		}
	}
}

func (s *site) checkConditions(path, etag string, want []byte) {
	s.t.Helper()
	for _, c := range []struct {
		method  string
		headers []string
		status  int
		body    string
	}{
		{"GET", []string{"Range: bytes=-10"}, 206, string(want[len(want)-10:])},
		{"GET", []string{"Range: bytes=100-199", "If-Range: " + etag}, 206, string(want[100:200])},
		{"GET", []string{"Range: bytes=100-199", `If-Range: "old"`}, 200, string(want)},
		{"GET", []string{"If-None-Match: " + etag}, 304, ""},
		{"HEAD", []string{"If-None-Match: " + etag}, 304, ""},
		{"GET", []string{`If-Match: "old"`}, 412, ""},
		{"GET", []string{fmt.Sprintf("Range: bytes=%d-", len(want))}, 416, "invalid range: failed to overlap\n"},
	} {
		if r, body := s.get(c.method, path, c.headers...); r.StatusCode != c.status || body != c.body {
			s.t.Errorf("%s %v: %s, %d bytes", c.method, c.headers, r.Status, len(body))
		}
	}
	r, body := s.get("GET", path, "Range: bytes=0-99,200-299")
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || r.StatusCode != 206 {
		s.t.Fatalf("two ranges: %s %v %v", r.Status, r.Header, err)
	}
	parts := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for _, expect := range [][]byte{want[:100], want[200:300]} {
		part, err := parts.NextPart()
		if err != nil {
			s.t.Fatal(err)
		}
		if got, err := io.ReadAll(part); err != nil || !bytes.Equal(got, expect) {
			s.t.Errorf("one of two ranges: %d bytes, %v", len(got), err)
		}
	}
}

// Over TLS, by HTTP/2 and HTTP/1.1, all goes through the program.
func TestWholeFilmOverTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	copySample(t, filepath.Join(folder, "film.mp4"))
	s := serveWhole(t, Config{TLS: testCertificate(t)}, folder, nil)
	want := fragmented(t, sample)
	for _, protocol := range []string{"h2", "http/1.1"} {
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}}, ForceAttemptHTTP2: protocol == "h2",
		}}
		r, err := client.Get("https://" + s.addr() + "/fmp4/film.mp4")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || !bytes.Equal(got, want) || (r.ProtoMajor == 2) != (protocol == "h2") {
			t.Errorf("%s: %d bytes of %d by %s, %v", protocol, len(got), len(want), r.Proto, err)
		}
		client.CloseIdleConnections()
	}
}

func TestWholeFilmOfSomeTracks(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	var got [2]bytes.Buffer
	c := s.open("/ws/film.mp4?rate=16&mode=split")
	for r := c.must(); r.close == 0; r = c.must() {
		got[r.Stream].Write(r.data)
	}
	for i, kind := range []string{"video/mp4", "audio/mp4"} {
		r, body := s.get("GET", fmt.Sprintf("/fmp4/film.mp4?tracks=%d", i+1))
		if body != got[i].String() || r.Header.Get("Content-Type") != kind {
			t.Errorf("track %d: %d bytes of %d, %v", i+1, len(body), got[i].Len(), r.Header)
		}
	}
	a, _ := s.get("HEAD", "/fmp4/film.mp4")
	b, _ := s.get("HEAD", "/fmp4/film.mp4?tracks=2,1")
	if a.Header.Get("ETag") != b.Header.Get("ETag") {
		t.Errorf("the default tracks by name are not those without: %v, %v", a.Header, b.Header)
	}
	for query, want := range map[string]string{
		"tracks=": "bad_request", "tracks=x": "bad_request", "tracks=9": "unsupported", "tracks=1,1": "bad_request",
		"from=x": "bad_request", "from=-1": "bad_request", "from=3&to=2": "bad_request", "to=0": "bad_request", "from=31": "bad_request",
	} {
		if r, body := s.get("GET", "/fmp4/film.mp4?"+query); r.StatusCode != 400 || code(body) != want {
			t.Errorf("%s: %s %s", query, r.Status, body)
		}
	}
	mustWrite(t, filepath.Join(s.folder, "none.mp4"), string(mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: mp4test.Samples(10, 10, 1000, 5)}}}.Bytes()))
	if r, body := s.get("GET", "/fmp4/none.mp4"); r.StatusCode != 400 || code(body) != "unsupported" || !strings.Contains(body, "encrypted") {
		t.Errorf("an encrypted film: %s %s", r.Status, body)
	}
}

// A clip has the bytes of the converter's, and shows the frames asked for.
func TestClip(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	in, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Fatal(err)
	}
	for query, o := range map[string]fragment.Options{
		"from=5.4&to=7.2":          {From: 5.4, To: 7.2},
		"from=28":                  {From: 28},
		"to=1.5":                   {To: 1.5},
		"from=3&to=4&tracks=2":     {From: 3, To: 4, Tracks: []uint32{2}},
		"from=0&to=100&download=1": {To: 100},
	} {
		o.MSE = true
		var want bytes.Buffer
		if err := fragment.Convert(&want, bytes.NewReader(in), m, o); err != nil {
			t.Fatal(err)
		}
		path := "/fmp4/film.mp4?" + query
		r, body := s.get("GET", path)
		if r.StatusCode != 200 || body != want.String() || r.ContentLength != int64(want.Len()) {
			t.Fatalf("%s: %s, %d bytes, other than the %d of the converter", query, r.Status, len(body), want.Len())
		}
		s.checkRanges(path, want.Bytes(), 20)
		s.checkConditions(path, r.Header.Get("ETag"), want.Bytes())
	}
	whole, _ := s.get("HEAD", "/fmp4/film.mp4")
	clip, body := s.get("GET", "/fmp4/film.mp4?from=5.4&to=7.2")
	if whole.Header.Get("ETag") == clip.Header.Get("ETag") {
		t.Error("a clip has the ETag of the film")
	}
	clipped, err := mp4.Open(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	if d := clipped.Duration(); d < 1.7 || d > 1.9 {
		t.Errorf("the clip takes %v s, not 1.8", d)
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, `Zoë's "best" film.mov`)
	for query, want := range map[string]string{
		"":                            "",
		"?download=1":                 `attachment; filename="Zo_'s _best_ film.mp4"; filename*=UTF-8''Zo%C3%AB%27s%20%22best%22%20film.mp4`,
		"?download=1&from=1.5&to=4":   `attachment; filename="Zo_'s _best_ film from 1.5 s to 4 s.mp4"; filename*=UTF-8''Zo%C3%AB%27s%20%22best%22%20film%20from%201.5%20s%20to%204%20s.mp4`,
		"?download=1&tracks=2&from=9": `attachment; filename="Zo_'s _best_ film from 9 s.m4a"; filename*=UTF-8''Zo%C3%AB%27s%20%22best%22%20film%20from%209%20s.m4a`,
	} {
		r, _ := s.get("HEAD", "/fmp4/Zo%c3%ab's%20%22best%22%20film.mov"+query)
		if got := r.Header.Get("Content-Disposition"); r.StatusCode != 200 || got != want {
			t.Errorf("%s: %s %s\nwant %s", query, r.Status, got, want)
		}
	}
	for name, want := range map[string]string{"line\nbreak\r\n.mp4": "line_break__.mp4", "latin \xe9.mp4": "latin \ufffd.mp4", "100%.mp4": "100%.mp4", "电影.mp4": "电影.mp4"} {
		got := attachment(library.Path(name).Name())
		if kind, params, err := mime.ParseMediaType(got); err != nil || kind != "attachment" || params["filename"] != want {
			t.Errorf("%q: %s gives %q, %v", name, got, params, err)
		}
	}
}

// longFilm is a film that is larger than what sockets hold, in groups of ten
// pictures of a hundred milliseconds.
func longFilm(t *testing.T, path string, pictures int, size uint32) {
	t.Helper()
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.AVC(320, 180)}, Samples: mp4test.Samples(pictures, size, 100, 10)}}}
	if err := os.WriteFile(path, f.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Nobody gets a whole film that is mixed of two.
func TestFileChangesWhileItIsFetched(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(path string) error{
		"replaced": func(path string) error {
			longFilm(t, path+".new", 300, 100_000)
			return os.Rename(path+".new", path)
		},
		"cut": func(path string) error { return os.Truncate(path, 2_000_000) },
		"written to": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteAt(make([]byte, 1_000_000), 25_000_000)
			}
			if err == nil {
				err = f.Close()
			}
			return err
		},
		"nothing": func(string) error { return nil },
	} {
		for _, query := range []string{"", "?from=1", "?tracks=1"} {
			t.Run(name+query, func(t *testing.T) {
				t.Parallel()
				s := serveFolder(t, Config{})
				path := filepath.Join(s.folder, "film.mp4")
				longFilm(t, path, 300, 100_000)
				conn := s.dialer(&net.Dialer{Control: smallBuffer})
				defer func() { _ = conn.Close() }()
				if _, err := io.WriteString(conn, "GET /fmp4/film.mp4"+query+" HTTP/1.0\r\nHost: localhost\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(conn, make([]byte, 100_000)); err != nil {
					t.Fatal(err)
				}
				if err := change(path); err != nil {
					t.Fatal(err)
				}
				n, _ := io.Copy(io.Discard, conn)
				if n += 100_000; (n > 29_000_000) != (name == "nothing") {
					t.Errorf("%d bytes came", n)
				}
			})
		}
	}
}

// The size of a long film is worked out once.
func TestHeadOfALongFilm(t *testing.T) {
	s := serveFolder(t, Config{})
	longFilm(t, filepath.Join(s.folder, "film.mp4"), 72_000, 7)
	first, _ := s.get("HEAD", "/fmp4/film.mp4")
	if first.StatusCode != 200 || first.ContentLength < 72_000*7 {
		t.Fatal(first.Status, first.Header)
	}
	made := s.server.config.Library.Stats().Segments.Misses
	best := time.Hour
	for range 10 {
		began := time.Now()
		if r, _ := s.get("HEAD", "/fmp4/film.mp4"); r.ContentLength != first.ContentLength {
			t.Fatal(r.Header)
		}
		best = min(best, time.Since(began))
	}
	if n := s.server.config.Library.Stats().Segments.Misses; n != made {
		t.Errorf("%d things were made anew", n-made)
	}
	if best > 100*time.Millisecond {
		t.Errorf("HEAD took %v", best)
	}
}

// However many come at once for a film that was not laid out yet, one of them
// waits for a place, and all others for him; who wants one that was, waits for
// nobody, and manifests and clips don't wait for films.
func TestManyComeForAFilm(t *testing.T) {
	t.Parallel()
	const many = layoutsAtOnce + layoutsWaiting + 40
	s := serveFolder(t, Config{}, "warm.mp4", "other.mp4")
	longFilm(t, filepath.Join(s.folder, "cold.mp4"), 3000, 7)
	if r, _ := s.get("HEAD", "/fmp4/warm.mp4"); r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	q := s.server.wholes
	for range layoutsAtOnce {
		q.places <- struct{}{}
	}
	asked, statuses := make(chan bool, many), make(chan int, many)
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { asked <- true }}
	client := http.Client{Timeout: patience}
	for range many {
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "HEAD", "http://"+s.addr()+"/fmp4/cold.mp4", nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			r, err := client.Do(r)
			if err != nil {
				statuses <- 0
				return
			}
			_ = r.Body.Close()
			statuses <- r.StatusCode
		}()
	}
	for range many {
		<-asked
	}
	waitFor(t, "a place", func() bool { return q.waiting.Load() > 0 })
	for _, path := range []string{"/fmp4/warm.mp4", "/fmp4/cold.mp4?from=1&to=2", "/hls/other.mp4/master.m3u8", "/dash/other.mp4/manifest.mpd"} {
		if r, _ := s.get("HEAD", path); r.StatusCode != 200 {
			t.Errorf("meanwhile %s: %s", path, r.Status)
		}
	}
	if n := q.waiting.Load(); n != 1 {
		t.Errorf("%d wait for a place", n)
	}
	for range layoutsAtOnce {
		<-q.places
	}
	for range many {
		if status := <-statuses; status != 200 {
			t.Fatalf("one of many: %d", status)
		}
	}
}

// Not parallel: it counts.
func TestFetchesLeaveNothingBehind(t *testing.T) {
	s := serveFolder(t, Config{})
	longFilm(t, filepath.Join(s.folder, "film.mp4"), 300, 100_000)
	fetch := func(i int) {
		conn := s.dial()
		defer func() { _ = conn.Close() }()
		_, _ = fmt.Fprintf(conn, "GET /fmp4/film.mp4?from=%d HTTP/1.0\r\nHost: localhost\r\n\r\n", i%7)
		_, _ = io.CopyN(io.Discard, conn, int64(i)*1_000_000)
	}
	fetch(1)
	openFiles := func() int {
		entries, _ := os.ReadDir("/proc/self/fd")
		return len(entries)
	}
	goroutines, files := runtime.NumGoroutine(), openFiles()
	for i := range 40 {
		fetch(i)
	}
	for end := time.Now().Add(patience); runtime.NumGoroutine() > goroutines+2 || openFiles() > files+2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines and %d files before, %d and %d after", goroutines, files, runtime.NumGoroutine(), openFiles())
		}
	}
}
