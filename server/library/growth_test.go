package library

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
)

// recording is a film that is being written, box by box.
type recording struct {
	t     *testing.T
	path  string
	file  *os.File
	whole []byte
	at    int
}

// beginRecording begins a recording of twelve seconds in fragments of two, with an
// index of them at its end.
func beginRecording(t *testing.T, path string) *recording {
	t.Helper()
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 12, Size: "160x90", Args: []string{
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "50", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof",
	}})
	whole, err := os.ReadFile(clip)
	must(t, err)
	f, err := os.Create(path)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return &recording{t: t, path: path, file: f, whole: whole}
}

// write writes up to the end of the n-th next mdat; all that is left if there
// are not so many.
func (r *recording) write(n int) {
	r.t.Helper()
	end := r.at
	for end < len(r.whole) && n > 0 {
		if string(r.whole[end+4:end+8]) == "mdat" {
			n--
		}
		end += int(r.whole[end])<<24 | int(r.whole[end+1])<<16 | int(r.whole[end+2])<<8 | int(r.whole[end+3])
	}
	_, err := r.file.Write(r.whole[r.at:end])
	must(r.t, err)
	r.at = end
}

func soon(t *testing.T, what string, done func() bool) {
	t.Helper()
	for late := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func TestAFilmGrowsForThoseWhoWatch(t *testing.T) {
	dir := t.TempDir()
	r := beginRecording(t, filepath.Join(dir, "film.mp4"))
	l := openLibrary(t, dir, Options{})
	r.write(1)
	early := film(t, l, "film.mp4")
	if more, err := early.Growth(); !more || err != nil || early.Plan().Len() != 0 {
		t.Fatalf("of one fragment: %v, %v, %d segments", more, err, early.Plan().Len())
	}
	giveBack(t, early)
	r.write(2)
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	if f != early || f.Plan().Len() != 2 || f.Plan().Duration() > 4.2 || f.Info().State != info.Ready {
		t.Fatalf("%d segments, %v s", f.Plan().Len(), f.Plan().Duration())
	}
	if d, err := l.Info(t.Context(), "film.mp4"); err != nil || d.State != info.Growing || d.Duration < 5.9 {
		t.Errorf("described as %+v, %v", d, err)
	}
	stream, err := f.Stream([]uint32{1, 2})
	must(t, err)
	_, err = stream.Segment(2)
	if err == nil {
		t.Error("a segment that may change is given")
	}
	etag, init := f.ETag(), stream.Init()
	woken := make(chan bool, 100)
	var stops []func()
	for range 50 {
		stops = append(stops, f.Follow(func() {
			select {
			case woken <- true:
			default:
			}
		}))
	}
	r.write(1)
	<-woken
	soon(t, "the third segment", func() bool { return f.Plan().Len() == 3 })
	r.write(100)
	soon(t, "the end of the film", func() bool { more, _ := f.Growth(); return !more })
	if err := f.Unchanged(); err != nil {
		t.Errorf("the complete film: %v", err)
	}
	for _, stop := range stops {
		stop()
	}
	want := fragment.NewPlan(f.Movie())
	all, err := want.Stream([]uint32{1, 2})
	must(t, err)
	if f.Plan().Len() != want.Len() || f.Plan().Duration() != want.Duration() || f.ETag() != etag {
		t.Errorf("in the end %d segments, %v s", f.Plan().Len(), f.Plan().Duration())
	}
	for k := range want.Len() {
		got, err := stream.Segment(k)
		must(t, err)
		expected, err := all.Segment(k)
		must(t, err)
		a, err := io.ReadAll(got.NewReader(f))
		must(t, err)
		b, err := io.ReadAll(expected.NewReader(f))
		must(t, err)
		if !bytes.Equal(a, b) {
			t.Errorf("segment %d is another than in the film that was never seen growing", k)
		}
	}
	// Whoever comes later finds the same film, even if it was forgotten.
	l.mu.Lock()
	l.films.clear()
	l.mu.Unlock()
	again := film(t, l, "film.mp4")
	defer giveBack(t, again)
	later, err := again.Stream([]uint32{1, 2})
	must(t, err)
	if again == f || again.ETag() != etag || !bytes.Equal(later.Init(), init) || again.Plan().Len() != want.Len() {
		t.Errorf("opened anew it has the ETag %s, not %s", again.ETag(), etag)
	}
}

// A recording that is begun anew under the same name is another film.
func TestARecordingThatIsBegunAnewIsAnotherFilm(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "film.mp4")
	r := beginRecording(t, path)
	l := openLibrary(t, dir, Options{})
	r.write(3)
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	woken := make(chan bool, 1)
	stop := f.Follow(func() { woken <- true })
	defer stop()
	must(t, os.WriteFile(path, r.whole[:r.at-20_000], 0o644))
	<-woken
	if _, err := f.Growth(); !errors.Is(err, ErrChanged) {
		t.Errorf("who watches learns %v", err)
	}
	if err := f.Unchanged(); !errors.Is(err, ErrChanged) {
		t.Errorf("unchanged says %v", err)
	}
	again := film(t, l, "film.mp4")
	defer giveBack(t, again)
	if again == f {
		t.Error("the old film is given")
	}
}

// A film that grows between two looks, at its file and at what is known of it,
// was not cut.
func TestAFilmThatGrowsIsWhole(t *testing.T) {
	dir := t.TempDir()
	r := beginRecording(t, filepath.Join(dir, "film.mp4"))
	l := openLibrary(t, dir, Options{})
	r.write(3)
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	// What follows the film does this, only more rarely.
	enough := make(chan struct{})
	grown := make(chan error)
	go func() {
		for {
			select {
			case <-enough:
				close(grown)
				return
			default:
			}
			e := f.now.Load()
			next := &edition{id: e.id, movie: e.movie, plan: e.plan, info: e.info}
			next.id.size++
			if err := os.Truncate(r.path, next.id.size); err != nil {
				grown <- err
				return
			}
			f.now.Store(next)
		}
	}()
	for range 100_000 {
		if err := f.Whole(); err != nil {
			t.Error(err)
			break
		}
	}
	close(enough)
	must(t, <-grown)
}

// Two recordings of one kind have the same moov, and may have the same inode.
func TestRecordingsHaveETagsOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "film.mp4")
	r := beginRecording(t, path)
	l := openLibrary(t, dir, Options{})
	r.write(3)
	f := film(t, l, "film.mp4")
	giveBack(t, f)
	other := slices.Clone(r.whole[:r.at])
	i := bytes.Index(other, []byte("trun"))
	other[i+20]++ // a sample's size
	must(t, os.WriteFile(path, other, 0o644))
	again, err := l.Film(t.Context(), "film.mp4")
	must(t, err)
	defer giveBack(t, again)
	// The file did not shrink, and its last fragment begins as it did: this is
	// what can't be told apart while it grows.
	l.mu.Lock()
	l.films.clear()
	l.infos.clear()
	l.mu.Unlock()
	anew := film(t, l, "film.mp4")
	defer giveBack(t, anew)
	if anew.ETag() == f.ETag() {
		t.Error("both have the same ETag")
	}
}

// A recording that was killed plays to its last whole fragment.
func TestAKilledRecordingEnds(t *testing.T) {
	dir := t.TempDir()
	r := beginRecording(t, filepath.Join(dir, "film.mp4"))
	l := openLibrary(t, dir, Options{})
	r.write(3)
	_, err := r.file.Write(r.whole[r.at : r.at+2000])
	must(t, err)
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	// As if it were a quarter of a minute later.
	f.growth.mu.Lock()
	f.growth.since = f.growth.since.Add(-quiet)
	f.growth.mu.Unlock()
	var once sync.Once
	woken := make(chan bool)
	stop := f.Follow(func() { once.Do(func() { close(woken) }) })
	defer stop()
	<-woken
	if more, err := f.Growth(); more || err != nil {
		t.Fatalf("%v, %v", more, err)
	}
	if n, d := f.Plan().Len(), f.Plan().Duration(); n != 3 || d < 5.9 || d > 6.2 {
		t.Errorf("%d segments of %v s are left of three fragments", n, d)
	}
	if more, _ := f.Growth(); more || f.Follow(func() {}) != nil {
		t.Error("it is followed still")
	}
}
