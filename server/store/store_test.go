package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
	"vodsrv/mp4/mp4test"
	"vodsrv/server/library"
)

// sample is the bundled clip.
func sample(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../media/sample.mp4")
	must(t, err)
	return b
}

// long is a film of two hours and 3.5 GB, of whose samples nearly none is there.
func long(moovFirst bool) content {
	const size = 3_500_000_000
	video, sound := mp4test.Samples(24*7200, 1, 512, 48), mp4test.Samples(47*7200, 1, 1024, 0)
	for _, samples := range [][]mp4test.Sample{video, sound} {
		for i := range samples {
			samples[i].Size += uint32(i % 2)
		}
	}
	file := mp4test.File{MoovFirst: moovFirst, Large: true, Tracks: []mp4test.Track{
		{ID: 1, Timescale: 12288, Samples: mp4test.Reorder(video, false)},
		{ID: 2, Handler: "soun", Timescale: 48000, Samples: sound},
	}}.Bytes()
	mdat := bytes.Index(file, []byte("mdat")) - 4
	c := content{head: file, size: size, etag: "long"}
	if !moovFirst {
		moov := mdat + int(binary.BigEndian.Uint64(file[mdat+8:]))
		c.head, c.tail = file[:moov], file[moov:]
	}
	binary.BigEndian.PutUint64(file[mdat+8:], uint64(size-int64(mdat)-int64(len(c.tail))))
	return c
}

// fragmented is a film of n fragments, so many bytes apart.
func fragmented(n int, apart uint32) content {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Timescale: 1000}}}
	for i := range n {
		samples := []mp4test.Sample{{Size: 10, Duration: 500}, {Size: apart, Duration: 500, NonSync: true}}
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{mp4test.OneRun(1, int64(i)*1000, samples)}})
	}
	return whole(f.Bytes())
}

// films opens a library of a bucket.
func films(t *testing.T, f *fake, place string, o library.Options) *library.Library {
	t.Helper()
	b, only := f.open(place, 0)
	l, err := library.OpenStore(b, b.Place(), only, o)
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	return l
}

func TestOpeningTakesFewReads(t *testing.T) {
	for name, c := range map[string]struct {
		film  content
		reads int
	}{
		"small":                      {whole(sample(t)), 1},
		"3.5 GB, moov first":         {long(true), 2},
		"3.5 GB, moov last":          {long(false), 2},
		"24 fragments, far apart":    {fragmented(24, 1_000_000), 1 + 17 + 1},
		"300 fragments, close by":    {fragmented(300, 80_000), 1 + 1 + 4 + 1},
		"fragments, all in the tail": {fragmented(9, 500_000), 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string]content{"film.mp4": c.film})
			l := films(t, f, "s3://films", library.Options{})
			f.requests("")
			about, err := l.Info(t.Context(), "film.mp4")
			must(t, err)
			if about.State != info.Ready || about.Duration == 0 {
				t.Fatalf("the film is %+v", about)
			}
			got := f.requests("GET")
			if t.Log(len(got), got); len(got) > c.reads {
				t.Errorf("opening took %d reads, want at most %d", len(got), c.reads)
			}
		})
	}
}

// Fragments that the film lists are read many at once, also where the list is
// wrong.
func TestListedFragmentsAreReadAtOnce(t *testing.T) {
	const n = 40
	plain := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Samples(n, 600_000, 1000, 1)}}}.Bytes()
	m, err := mp4.Open(bytes.NewReader(plain), int64(len(plain)))
	must(t, err)
	flags, err := fragment.ParseMovflags("frag_keyframe+empty_moov+default_base_moof", 0)
	must(t, err)
	var film bytes.Buffer
	must(t, fragment.Convert(&film, bytes.NewReader(plain), m, fragment.Options{Movflags: flags}))
	wrong := bytes.Clone(film.Bytes())
	for _, at := range mp4test.Find(wrong, "tfra") {
		for k := at + 40; k < len(wrong)-20; k += 7 {
			wrong[k] ^= 1
		}
	}
	for name, c := range map[string]struct {
		film  []byte
		reads int
		once  int64 // that many come before any is answered
	}{
		"right": {film.Bytes(), n, 20},
		"wrong": {wrong, 3 * n, 1},
	} {
		f := newFake(t, map[string]content{"film.mp4": whole(c.film)})
		l := films(t, f, "s3://films", library.Options{})
		f.requests("")
		var small atomic.Int64
		all := make(chan struct{})
		f.hold = func(r *http.Request) {
			var from, to int64
			if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); n < 2 || to-from >= largeSpan {
				return
			}
			if small.Add(1) == c.once {
				close(all)
			}
			select {
			case <-all:
			case <-r.Context().Done():
			}
		}
		about, err := l.Info(t.Context(), "film.mp4")
		must(t, err)
		got := f.requests("GET")
		t.Logf("%s: %d reads", name, len(got))
		if about.Duration != n || about.State != info.Ready || len(got) > c.reads {
			t.Errorf("%s: %v s, %s, by %d reads", name, about.Duration, about.State, len(got))
		}
	}
}

// What is long is not read at once with many others: memory would be a multiple
// of it.
func TestLongFragmentIsReadAlone(t *testing.T) {
	const size, apart = 128 << 20, 2 << 20
	f := newFake(t, map[string]content{"film.mp4": {size: size, etag: "x"}})
	bucket, _ := f.open("s3://films", blockSize)
	file, err := bucket.Open("film.mp4")
	must(t, err)
	r := &indexReader{object: file.(*object), asked: true}
	for at := int64(apart); at < size; at += apart {
		r.listed = append(r.listed, at)
	}
	for n, want := range map[int]int{1 << 10: batch, 1 << 20: 1} {
		f.requests("")
		r.windows, r.before, r.last = nil, 0, 0
		if got, err := r.ReadAt(make([]byte, n), 8*apart); got != n || err != nil {
			t.Fatalf("%d bytes, %v", got, err)
		}
		if got := f.requests("GET"); len(got) != want {
			t.Errorf("%d reads for %d bytes, want %d", len(got), n, want)
		}
	}
}

func TestReadingIsWhatLiesThere(t *testing.T) {
	const size = 5*blockSize + 12345
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	f := newFake(t, map[string]content{"film.mp4": whole(b)})
	bucket, _ := f.open("s3://films", 3*blockSize)
	file, err := bucket.Open("film.mp4")
	must(t, err)
	for _, at := range []struct{ offset, n int64 }{
		{0, 1}, {0, size}, {blockSize - 1, 2}, {blockSize, blockSize}, {size - 1, 1}, {size - 1, 2}, {size, 1}, {size + 1, 1}, {3, 4 * blockSize},
	} {
		check(t, file, b, at.offset, at.n)
	}
	var readers sync.WaitGroup
	for range 20 {
		readers.Go(func() {
			for range 20 {
				check(t, file, b, rand.Int64N(size), rand.Int64N(2*blockSize))
			}
		})
	}
	readers.Wait()
	bucket.readers.Wait()
	if n := len(bucket.blocks.there); n > 3 {
		t.Errorf("%d blocks are kept, want at most 3", n)
	}
}

func check(t *testing.T, file io.ReaderAt, all []byte, offset, n int64) {
	t.Helper()
	got := make([]byte, n)
	k, err := file.ReadAt(got, offset)
	want := all[min(offset, int64(len(all))):min(offset+n, int64(len(all)))]
	if !bytes.Equal(got[:k], want) || (err == io.EOF) != (int64(k) < n) || err != nil && err != io.EOF {
		t.Errorf("%d bytes from %d on: %d bytes came, not those that are there: %v", n, offset, k, err)
	}
}

// Many who read the same at once cost one request for each block, and one who
// reads on has the next block before he comes to it.
func TestBlocksAreShared(t *testing.T) {
	f := newFake(t, map[string]content{"film.mp4": {size: 100 * blockSize, etag: "x"}})
	bucket, _ := f.open("s3://films", 0)
	f.requests("")
	read := func(offset, n int64) {
		file, err := bucket.Open("film.mp4")
		if err == nil {
			_, err = file.ReadAt(make([]byte, n), offset)
		}
		if err != nil {
			t.Error(err)
		}
	}
	var readers sync.WaitGroup
	for range 50 {
		readers.Go(func() { read(10, 100_000) })
	}
	readers.Wait()
	bucket.readers.Wait()
	if got := f.requests(""); len(got) != 2 {
		t.Errorf("50 readers of one block made the requests %q, want one look and one read", got)
	}
	read(100_000, blockSize/2)
	bucket.readers.Wait()
	if got := f.requests("GET"); !slices.Equal(got, []string{"GET film.mp4 524288-1048575"}) {
		t.Errorf("in the middle of the first block %q is asked for, want the second", got)
	}
	read(blockSize, blockSize/2)
	bucket.readers.Wait()
	if got := f.requests("GET"); got != nil {
		t.Errorf("the second block was there, and %q is asked for", got)
	}
	read(60*blockSize-1000, 1000)
	bucket.readers.Wait()
	if got := f.requests("GET"); len(got) != 1 {
		t.Errorf("one who looks into a block made the requests %q, want one", got)
	}
}

// An object that was replaced, or removed, is never read on from, whatever the
// store makes of If-Match.
func TestReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		now     content
		heedsNo bool
	}{
		"replaced":                          {whole(bytes.Repeat([]byte("new"), blockSize)), false},
		"replaced, If-Match is passed over": {whole(bytes.Repeat([]byte("new"), blockSize)), true},
		"shorter":                           {whole([]byte("new")), true},
		"removed":                           {content{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string]content{"film.mp4": whole(make([]byte, 4*blockSize))})
			f.heedsNo = c.heedsNo
			bucket, _ := f.open("s3://films", 0)
			file, err := bucket.Open("film.mp4")
			must(t, err)
			_, err = file.ReadAt(make([]byte, 10), 0)
			must(t, err)
			f.put("film.mp4", c.now)
			_, err = file.ReadAt(make([]byte, 10), 2*blockSize)
			if !errors.Is(err, library.ErrChanged) {
				t.Errorf("reading on is %v", err)
			}
			stat, err := bucket.Stat("film.mp4")
			if c.now.etag == "" && !errors.Is(err, fs.ErrNotExist) || c.now.etag != "" && (err != nil || stat.Size() != c.now.size) {
				t.Errorf("the store is asked anew what is there: %v, %v", stat, err)
			}
		})
	}
}

// What fails is tried again, and what came before that is not asked for again.
func TestTroubleIsWaitedOut(t *testing.T) {
	all := sample(t)
	for name, trouble := range map[string]func(w http.ResponseWriter){
		"503":   func(w http.ResponseWriter) { refuse(w, http.StatusServiceUnavailable, "SlowDown") },
		"500":   func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"reset": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"cut short": func(w http.ResponseWriter) {
			w.Header().Set("ETag", `"`+whole(all).etag+`"`)
			w.Header().Set("Content-Length", strconv.Itoa(blockSize))
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", blockSize-1, len(all)))
			w.Header().Set("Last-Modified", time.Unix(1e9, 0).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(make([]byte, 100))
			must(t, http.NewResponseController(w).Flush())
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string]content{"film.mp4": whole(all)})
			bucket, _ := f.open("s3://films", 0)
			file, err := bucket.Open("film.mp4")
			must(t, err)
			left := 2
			f.mu.Lock()
			f.trouble = func(w http.ResponseWriter, r *http.Request) bool {
				if left--; left >= 0 {
					trouble(w)
				}
				return left >= 0
			}
			f.mu.Unlock()
			check(t, file, all, 1000, 5000)
			if got := bucket.Stats().Failures; got == 0 {
				t.Error("no failure is counted") // net/http tries again what was reset by itself
			}
		})
	}
}

// A store that stays away is given up some time, and comes back for those who
// ask again. What was known of it stays so.
func TestAStoreThatIsAway(t *testing.T) {
	all := sample(t)
	f := newFake(t, map[string]content{"film.mp4": whole(all)})
	bucket, _ := f.open("s3://films", 0)
	file, err := bucket.Open("film.mp4")
	must(t, err)
	away := func(is bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.trouble = func(w http.ResponseWriter, _ *http.Request) bool {
			if is {
				w.WriteHeader(http.StatusBadGateway)
			}
			return is
		}
	}
	away(true)
	o := file.(*object)
	if _, err := o.readAt(make([]byte, 10), 0, time.Millisecond); err == nil || errors.Is(err, library.ErrChanged) || !strings.Contains(err.Error(), "502") {
		t.Errorf("reading from a store that is away: %v", err)
	}
	bucket.known.mu.Lock()
	for p, s := range bucket.known.names {
		s.at = s.at.Add(-time.Hour)
		bucket.known.names[p] = s
	}
	bucket.known.mu.Unlock()
	if stat, err := bucket.Stat("film.mp4"); err != nil || stat.Size() != int64(len(all)) {
		t.Errorf("what was known of a film: %v, %v", stat, err)
	}
	away(false)
	check(t, file, all, 0, 1000)
}
