package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
)

const sample = "../../media/sample.mp4"

func copySample(t *testing.T, to string) {
	t.Helper()
	content, err := os.ReadFile(sample)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func openLibrary(t *testing.T, path string, o Options) *Library {
	t.Helper()
	l, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func film(t *testing.T, l *Library, p Path) *Film {
	t.Helper()
	f, err := l.Film(t.Context(), p)
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	return f
}

func giveBack(t *testing.T, f *Film) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestViewersShareAFilm(t *testing.T) {
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "film.mp4"))
	l := openLibrary(t, dir, Options{})
	films := make([]*Film, 50)
	var wg sync.WaitGroup
	for i := range films {
		wg.Go(func() {
			f, err := l.Film(context.Background(), "film.mp4")
			if err != nil {
				t.Error(err)
				return
			}
			films[i] = f
			var head [8]byte
			if _, err := f.ReadAt(head[:], 0); err != nil || string(head[4:]) != "ftyp" {
				t.Errorf("%q, %v", head, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, f := range films {
		if f != films[0] {
			t.Fatal("there are two films of one file")
		}
	}
	for _, f := range films {
		giveBack(t, f)
	}
	if refs := films[0].refs.Load(); refs != 1 {
		t.Fatalf("%d shares are left, want the cache's", refs)
	}
}

func TestFilmsAreForgottenButNotTakenAway(t *testing.T) {
	dir := t.TempDir()
	var kept *Film
	const room = 1 << 20
	l := openLibrary(t, dir, Options{CacheBytes: room})
	for i := range 30 {
		name := fmt.Sprintf("%d.mp4", i)
		copySample(t, filepath.Join(dir, name))
		f := film(t, l, Path(name))
		if i == 0 {
			kept = f
			continue
		}
		giveBack(t, f)
	}
	if n := len(l.films.items); l.films.weight > room || n < 2 || n > 20 {
		t.Fatalf("%d films are open, with %d bytes, where there is room for %d", n, l.films.weight, room)
	}
	if _, err := kept.ReadAt(make([]byte, 8), 0); err != nil {
		t.Fatalf("a film that is watched was closed: %v", err)
	}
	giveBack(t, kept)
	if _, err := kept.ReadAt(make([]byte, 8), 0); !errors.Is(err, os.ErrClosed) {
		t.Fatalf("a film that nobody has is open: %v", err)
	}
	if again := film(t, l, "0.mp4"); again == kept {
		t.Fatal("a closed film was handed out")
	} else {
		giveBack(t, again)
	}
}

func TestAChangedFileIsAnotherFilm(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "film.mp4")
	copySample(t, path)
	l := openLibrary(t, dir, Options{})
	old := film(t, l, "film.mp4")
	if err := old.Unchanged(); err != nil {
		t.Fatal(err)
	}
	copySample(t, path+".new")
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if err := old.Unchanged(); !errors.Is(err, ErrChanged) {
		t.Fatalf("a replaced file: %v", err)
	}
	fresh := film(t, l, "film.mp4")
	if fresh == old || fresh.ETag() == old.ETag() {
		t.Fatal("the replaced file is the same film")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := fresh.Unchanged(); err != nil {
		t.Fatalf("a file that was removed while it is watched: %v", err)
	}
	if _, err := l.Film(t.Context(), "film.mp4"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a file that was removed: %v", err)
	}
	giveBack(t, old)
	giveBack(t, fresh)
}

func TestABadFileBecomesGood(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "film.mp4")
	if err := os.WriteFile(path, []byte("not yet"), 0o644); err != nil {
		t.Fatal(err)
	}
	l := openLibrary(t, dir, Options{})
	for range 2 { // the second time by heart
		_, err := l.Film(t.Context(), "film.mp4")
		var bad *BadFileError
		if !errors.As(err, &bad) || bad.Info.State != info.Invalid || bad.Info.Path != "film.mp4" || bad.Error() == "" {
			t.Fatalf("%v", err)
		}
	}
	copySample(t, path)
	giveBack(t, film(t, l, "film.mp4"))
	if f, err := l.Info(t.Context(), "film.mp4"); err != nil || f.State != info.Ready {
		t.Fatalf("%+v, %v", f, err)
	}
}

func TestAFileThatMayNotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root may read everything: only the listing's part is shown here")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "film.mp4")
	copySample(t, path)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	l := openLibrary(t, dir, Options{})
	listing, err := l.List(t.Context(), "", Query{Sort: ByName})
	if err != nil || len(listing.Entries) != 1 {
		t.Fatalf("%+v, %v", listing, err)
	}
	e := listing.Entries[0]
	if os.Geteuid() != 0 && (e.State != info.Invalid || !strings.Contains(e.Reason, "permission denied") || strings.Contains(e.Reason, dir)) {
		t.Errorf("%+v", e)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	giveBack(t, film(t, l, "film.mp4"))
	if listing, err = l.List(t.Context(), "", Query{Sort: ByName}); err != nil || listing.Entries[0].State != info.Ready {
		t.Errorf("%+v, %v", listing, err)
	}
}

func TestOneFilmAlone(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"film.mp4", "other.mp4", "sub/film.mp4"} {
		copySample(t, filepath.Join(dir, name))
	}
	copySample(t, filepath.Join(dir, ".hidden.mp4"))
	for _, bad := range []string{"none.mp4", "none", ".hidden.mp4"} {
		if _, err := Open(filepath.Join(dir, bad), Options{}); err == nil {
			t.Errorf("%s is opened", bad)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "notes.txt"), Options{}); err == nil || !strings.Contains(err.Error(), "notes.txt") {
		t.Errorf("notes: %v", err)
	}
	l := openLibrary(t, filepath.Join(dir, "film.mp4"), Options{})
	listing, err := l.List(t.Context(), "", Query{Sort: ByName})
	if err != nil || len(listing.Entries) != 1 || listing.Entries[0].Path != "film.mp4" {
		t.Fatalf("%+v, %v", listing, err)
	}
	giveBack(t, film(t, l, "film.mp4"))
	for _, p := range []Path{"other.mp4", "sub/film.mp4"} {
		if _, err := l.Film(t.Context(), p); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", p, err)
		}
		if _, err := l.Raw(p); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", p, err)
		}
	}
	if _, err := l.List(t.Context(), "sub", Query{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("sub: %v", err)
	}
	if _, err := l.Folder(""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a place for files: %v", err)
	}
	link := filepath.Join(t.TempDir(), "link.mp4")
	must(t, os.Symlink(filepath.Join(dir, "film.mp4"), link))
	if linked := openLibrary(t, link, Options{}); linked.Only() != "film.mp4" {
		t.Errorf("a link leads to %s", linked.Only())
	}
}

func TestSymbolicLinks(t *testing.T) {
	outside := t.TempDir()
	copySample(t, filepath.Join(outside, "film.mp4"))
	dir := t.TempDir()
	for name, target := range map[string]string{"link.mp4": filepath.Join(outside, "film.mp4"), "folder": outside, "round": "."} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	names := func(l *Library, search string) (all []string) {
		listing, err := l.List(t.Context(), "", Query{Sort: ByName, Search: search})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range listing.Entries {
			all = append(all, e.Path)
		}
		return all
	}
	narrow := openLibrary(t, dir, Options{})
	if got := names(narrow, ""); !slices.Equal(got, []string{"round"}) {
		t.Errorf("listed are %q", got)
	}
	if _, err := narrow.Film(t.Context(), "link.mp4"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link out: %v", err)
	}
	wide := openLibrary(t, dir, Options{FollowSymlinks: true})
	if got := names(wide, ""); !slices.Equal(got, []string{"folder", "round", "link.mp4"}) {
		t.Errorf("listed are %q", got)
	}
	giveBack(t, film(t, wide, "link.mp4"))
	giveBack(t, film(t, wide, "folder/film.mp4"))
	// A search ends even where links lead round.
	if got := names(wide, "film"); len(got) != 0 {
		t.Errorf("found %q", got)
	}
	if _, err := ParsePath("../film.mp4"); !errors.Is(err, ErrBadPath) {
		t.Errorf("%v", err)
	}
}

func TestAnswersBeforeEverythingIsIndexed(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		copySample(t, filepath.Join(dir, fmt.Sprintf("%d.mp4", i)))
	}
	l := openLibrary(t, dir, Options{})
	hold := make(chan struct{})
	index := l.indexer.work
	l.indexer.work = func(p Path) {
		<-hold
		index(p)
	}
	listing, err := l.List(t.Context(), "", Query{Sort: ByName})
	if err != nil || len(listing.Entries) != 20 {
		t.Fatalf("%d entries, %v", len(listing.Entries), err)
	}
	for _, e := range listing.Entries {
		if e.State != info.Indexing || e.Kind != "video" || e.Size == 0 {
			t.Fatalf("%+v", e)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.List(ctx, "", Query{Sort: ByName}); !errors.Is(err, context.Canceled) {
		t.Fatalf("a client that left: %v", err)
	}
	close(hold)
	for end := time.Now().Add(20 * time.Second); ; {
		listing, err = l.List(t.Context(), "", Query{Sort: ByName})
		if err != nil || time.Now().After(end) {
			t.Fatalf("%+v, %v", listing, err)
		}
		if !slices.ContainsFunc(listing.Entries, func(e Entry) bool { return e.State != info.Ready }) {
			break
		}
	}
	// Nothing is indexed twice.
	l.indexer.work = func(p Path) { t.Errorf("%s is indexed again", p) }
	if _, err := l.List(t.Context(), "", Query{Sort: ByDuration}); err != nil {
		t.Fatal(err)
	}
}

func TestCloseDropsWhatWaits(t *testing.T) {
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "film.mp4"))
	l, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	begun, hold := make(chan struct{}), make(chan struct{})
	l.indexer = newIndexer(1, func(Path) {
		close(begun)
		<-hold
	})
	worked, waiting := l.indexer.add("a.mp4", false), l.indexer.add("b.mp4", false)
	if l.indexer.add("b.mp4", false) != waiting {
		t.Error("one film waits twice")
	}
	<-begun
	closed := make(chan error)
	go func() { closed <- l.Close() }()
	<-waiting
	select {
	case err := <-closed:
		t.Fatalf("closed while a film is indexed: %v", err)
	case <-worked:
		t.Fatal("indexed before it was")
	default:
	}
	close(hold)
	<-worked
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	<-l.indexer.add("c.mp4", false)
}

func TestSegmentsAreShared(t *testing.T) {
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "film.mp4"))
	l := openLibrary(t, dir, Options{CacheBytes: 1 << 20})
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	stream := func(ids ...uint32) *Stream {
		s, err := f.Stream(ids)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	segment := func(s *Stream, k int) *fragment.Segment {
		g, err := s.Segment(k)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	both, video := stream(1, 2), stream(1)
	if again := stream(1, 2); &again.Init()[0] != &both.Init()[0] || segment(again, 3) != segment(both, 3) {
		t.Error("the same is made twice")
	}
	if segment(video, 3) == segment(both, 3) || segment(both, 4) == segment(both, 3) {
		t.Error("different segments are taken for one")
	}
	if _, err := f.Stream([]uint32{7}); err == nil {
		t.Error("a track that is not there makes a stream")
	}
	if _, err := both.Segment(1000); err == nil {
		t.Error("a segment that is not there is found")
	}
	for range 100 {
		for k := range f.Plan().Len() {
			segment(stream(1, 2), k)
			segment(stream(2, 1), k)
		}
	}
	if weight := l.made.made.weight; weight > l.made.made.limit || weight == 0 {
		t.Errorf("%d bytes are kept, where there is room for %d", weight, l.made.made.limit)
	}
}
