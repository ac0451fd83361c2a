package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

const (
	pictureSize, soundSize         = 38_400, 400
	picturesASecond, soundsASecond = 25, 50
)

// largeFilm writes a film of nearly a megabyte a second whose moov comes last.
// Of the samples next to nothing is on the disk: a few bytes here and there,
// which tell where they are.
func largeFilm(t *testing.T, path string, seconds int) {
	t.Helper()
	const perSecond = picturesASecond*pictureSize + soundsASecond*soundSize
	head := mp4test.Join(mp4test.Box("ftyp", []byte("isom"), mp4test.U32(0x200), []byte("isomiso6mp41")),
		mp4test.U32(1), []byte("mdat"), mp4test.U64(16+uint64(seconds)*perSecond))
	track := func(id uint32, entry []byte, each int, size uint32, group int, within uint64) mp4test.Track {
		chunks := mp4test.U32(uint32(seconds))
		for k := range seconds {
			chunks = append(chunks, mp4test.U64(uint64(len(head))+uint64(k)*perSecond+within)...)
		}
		return mp4test.Track{
			ID: id, Entries: [][]byte{entry}, Samples: mp4test.Samples(seconds*each, 0, uint32(1000/each), group),
			Form: mp4test.Form{Chunks: []int{each}, Replace: map[string][]byte{
				"stsz": mp4test.Full("stsz", 0, 0, mp4test.U32(size, uint32(seconds*each))),
				"stco": mp4test.Full("co64", 0, 0, chunks),
			}},
		}
	}
	sound := track(2, mp4test.AAC(), soundsASecond, soundSize, 1, picturesASecond*pictureSize)
	sound.Handler = "soun"
	film := mp4test.File{Tracks: []mp4test.Track{track(1, mp4test.AVC(320, 180), picturesASecond, pictureSize, 2*picturesASecond, 0), sound}}.Bytes()
	moov := film[mp4test.Find(film, "moov")[0]:]

	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(b []byte, at int64) {
		if _, err := f.WriteAt(b, at); err != nil {
			t.Fatal(err)
		}
	}
	write(head, 0)
	end := int64(len(head)) + int64(seconds)*perSecond
	const apart = 256 << 10
	for at := int64(len(head)); at+8 <= end; at += apart {
		write(binary.BigEndian.AppendUint64(nil, ^uint64(at)), at)
	}
	write(moov, end)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour) // or it could be one that grows
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
}

// span is a range of bytes, and what it is to be.
type span struct {
	from, to int64 // the last byte is the one at to
	want     []byte
}

// spans keeps some ranges of what is written, the size and the hash.
type spans struct {
	list []span
	size int64
	all  hash.Hash
}

func (s *spans) Write(p []byte) (int, error) {
	for i := range s.list {
		r := &s.list[i]
		if from, to := max(r.from, s.size), min(r.to+1, s.size+int64(len(p))); from < to {
			r.want = append(r.want, p[from-s.size:to-s.size]...)
		}
	}
	s.size += int64(len(p))
	_, _ = s.all.Write(p)
	return len(p), nil
}

// A film of any size is answered for at once, is what the converter makes of it
// in whole and in part, and all its packets are found over HTTP. It is one of 350
// MB, or of 3.5 GB if VODSRV_LONG is set. Not parallel: it takes times.
func TestWholeFilmThatIsLarge(t *testing.T) {
	seconds := 357
	if os.Getenv("VODSRV_LONG") != "" {
		seconds *= 10
	}
	s := serveFolder(t, Config{})
	path := filepath.Join(s.folder, "film.mp4")
	largeFilm(t, path, seconds)

	began := time.Now()
	head, _ := s.get("HEAD", "/fmp4/film.mp4")
	first := time.Since(began)
	best := time.Hour
	for range 10 {
		began := time.Now()
		if again, _ := s.get("HEAD", "/fmp4/film.mp4"); again.StatusCode != 200 || again.ContentLength != head.ContentLength {
			t.Fatal(again.Status, again.Header)
		}
		best = min(best, time.Since(began))
	}
	t.Logf("%d bytes; HEAD took %v, later %v", head.ContentLength, first, best)
	if first > 2*time.Second || best > 50*time.Millisecond {
		t.Errorf("HEAD took %v, later %v", first, best)
	}

	want := s.converted(path, head.ContentLength)
	conn := s.dial()
	defer func() { _ = conn.Close() }()
	for _, r := range want.list {
		answer, body := exchange(t, conn, "GET", "/fmp4/film.mp4", s.addr(), fmt.Sprintf("Range: bytes=%d-%d", r.from, r.to), "Connection: keep-alive")
		if answer.StatusCode != 206 || body != string(r.want) {
			t.Fatalf("%d-%d: %s, %d bytes, or others", r.from, r.to, answer.Status, len(body))
		}
	}
	r, err := s.http.Client().Get(s.http.URL + "/fmp4/film.mp4")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, r.Body)
	_ = r.Body.Close()
	if err != nil || n != want.size || !bytes.Equal(sum.Sum(nil), want.all.Sum(nil)) {
		t.Errorf("the whole: %d bytes of %d, or others; %v", n, want.size, err)
	}

	out, err := exec.Command("ffprobe", "-v", "fatal", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", s.http.URL+"/fmp4/film.mp4").Output()
	if got := strings.Fields(string(out)); err != nil || fmt.Sprint(got) != fmt.Sprint([]int{seconds * picturesASecond, seconds * soundsASecond}) {
		t.Errorf("ffprobe finds %s packets, %v", got, err)
	}
}

// converted has the converter make the film, and keeps 200 ranges of it. They are
// others each time, by a seed that is told.
func (s *site) converted(path string, size int64) *spans {
	s.t.Helper()
	seed := rand.Uint64()
	s.t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	want := &spans{all: sha256.New()}
	for range 200 {
		from := random.Int64N(size)
		want.list = append(want.list, span{from: from, to: min(size-1, from+random.Int64N(1<<20))})
	}
	f, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := mp4.Open(f, info.Size())
	if err != nil {
		s.t.Fatal(err)
	}
	if err := fragment.Convert(want, f, m, fragment.Options{MSE: true}); err != nil {
		s.t.Fatal(err)
	}
	if want.size != size {
		s.t.Fatalf("%d bytes are told of, the converter makes %d", size, want.size)
	}
	return want
}
