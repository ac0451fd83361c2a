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

	"vodsrv/mp4/info"
	"vodsrv/mp4/mp4test"
)

// audience keeps what it is told of a folder.
type audience struct {
	t     *testing.T
	news  *Listener
	there map[Path]Entry
	last  Progress
	lost  bool
}

func listen(t *testing.T, l *Library) *audience {
	t.Helper()
	news, err := l.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(news.Close)
	return &audience{t: t, news: news, there: map[Path]Entry{}}
}

// until waits until what was told fulfils a condition.
func (a *audience) until(what string, done func() bool) {
	a.t.Helper()
	for late := time.After(10 * time.Second); !done(); {
		select {
		case c := <-a.news.C:
			a.take(c)
		case <-late:
			a.t.Fatalf("not told within 10 s: %s; there are %v, %+v", what, a.there, a.last)
		}
	}
}

func (a *audience) take(c Changes) {
	for _, p := range c.Removed {
		delete(a.there, p)
		for at := range a.there {
			if at.below(p) {
				delete(a.there, at)
			}
		}
	}
	for _, e := range slices.Concat(c.Added, c.Changed) {
		a.there[e.path] = e
	}
	a.last, a.lost = c.Progress, a.lost || c.Lost
}

func (a *audience) state(p Path) info.State { return a.there[p].State }

// settled waits until the folder was looked at for the first time.
func (a *audience) settled() {
	a.t.Helper()
	a.until("all that is there", func() bool { return a.last.Total > 0 && a.last.Indexed == a.last.Total })
}

// age makes a file one that nobody writes to.
func age(t *testing.T, path string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestChangesAreTold(t *testing.T) {
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "first.mp4"))
	l := openLibrary(t, dir, Options{Watch: true})
	a := listen(t, l)
	a.settled()
	if a.last.Total != 1 {
		t.Fatalf("%+v, want one film", a.last)
	}
	in := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }

	copySample(t, in("new.mp4"))
	a.until("a new film", func() bool { return a.state("new.mp4") == info.Ready })
	if e := a.there["new.mp4"]; e.Duration == 0 || e.MIME == "" || len(e.Tracks) != 2 {
		t.Errorf("told of %+v", e)
	}
	must(t, os.Rename(in("new.mp4"), in("renamed.mp4")))
	a.until("a rename", func() bool { return a.state("renamed.mp4") == info.Ready && a.state("new.mp4") == "" })
	must(t, os.WriteFile(in("renamed.mp4"), []byte("no film at all"), 0o644))
	a.until("a film that became none", func() bool { return a.state("renamed.mp4") == info.Invalid })
	copySample(t, in("other"))
	must(t, os.Rename(in("other"), in("renamed.mp4")))
	a.until("a film that was replaced", func() bool { return a.state("renamed.mp4") == info.Ready })
	must(t, os.Remove(in("renamed.mp4")))
	a.until("a removed film", func() bool { return a.state("renamed.mp4") == "" && a.last.Total == 1 })

	copySample(t, in("folder/deep/film.mp4"))
	a.until("a film in a new folder", func() bool { return a.state("folder/deep/film.mp4") == info.Ready })
	if e := a.there["folder"]; e.Kind != KindDir {
		t.Errorf("the folder is told as %+v", e)
	}
	copySample(t, in("folder/deep/second.mp4"))
	a.until("a film in a folder that was new", func() bool { return a.state("folder/deep/second.mp4") == info.Ready })
	must(t, os.Rename(in("folder"), in("moved")))
	a.until("a folder that was moved", func() bool {
		return a.state("moved/deep/second.mp4") == info.Ready && a.state("folder") == "" && a.state("folder/deep/film.mp4") == ""
	})
	copySample(t, in("moved/deep/third.mp4"))
	a.until("a film in a folder that was moved", func() bool { return a.state("moved/deep/third.mp4") == info.Ready })
	must(t, os.RemoveAll(in("moved")))
	a.until("a folder that was removed", func() bool { return len(a.there) <= 1 && a.last == Progress{1, 1} })
}

// Who asked for the list in the moment that there was a film hears that it has gone.
func TestWhatIsSoonGoneIsTold(t *testing.T) {
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "first.mp4"))
	l := openLibrary(t, dir, Options{Watch: true})
	a := listen(t, l)
	a.settled()
	path := filepath.Join(dir, "brief.mp4")
	copySample(t, path)
	e, ok := l.see("brief.mp4")
	if !ok {
		t.Fatal("the film is not listed")
	}
	must(t, os.Remove(path))
	a.there["brief.mp4"] = e
	a.until("the removal", func() bool { return a.state("brief.mp4") == "" })
}

func TestWhatIsNotListedIsNotTold(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	copySample(t, filepath.Join(dir, "first.mp4"))
	copySample(t, filepath.Join(outside, "secret.mp4"))
	l := openLibrary(t, dir, Options{Watch: true})
	a := listen(t, l)
	a.settled()
	for _, name := range []string{".hidden.mp4", ".folder/film.mp4", "page.html"} {
		copySample(t, filepath.Join(dir, filepath.FromSlash(name)))
	}
	must(t, os.Symlink(filepath.Join(outside, "secret.mp4"), filepath.Join(dir, "link.mp4")))
	must(t, os.Symlink(outside, filepath.Join(dir, "link")))
	copySample(t, filepath.Join(dir, "last.mp4"))
	a.until("the last film", func() bool { return a.state("last.mp4") == info.Ready })
	if delete(a.there, "first.mp4"); len(a.there) != 1 {
		t.Errorf("told of %v", a.there)
	}
}

// A file that is copied into the folder becomes ready by itself.
func TestACopiedFileBecomesReady(t *testing.T) {
	content, err := os.ReadFile(sample)
	must(t, err)
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "first.mp4"))
	l := openLibrary(t, dir, Options{Watch: true})
	a := listen(t, l)
	a.settled()
	f, err := os.Create(filepath.Join(dir, "film.mp4"))
	must(t, err)
	defer func() { _ = f.Close() }()
	half := len(content) / 2
	_, err = f.Write(content[:half])
	must(t, err)
	a.until("a film that is not whole", func() bool {
		s := a.state("film.mp4")
		return s == info.Growing || s == info.Invalid
	})
	_, err = f.Write(content[half:])
	must(t, err)
	a.until("the whole film", func() bool { return a.state("film.mp4") == info.Ready })
}

// A film that is cut short is taken to grow as long as somebody may write it.
func TestACutFilmIsGrowingAtFirst(t *testing.T) {
	tracks := []mp4test.Track{{ID: 1, Samples: mp4test.Samples(100, 50, 40, 10)}}
	content := mp4test.File{Tracks: tracks, MoovFirst: true}.Bytes()
	dir := t.TempDir()
	path := filepath.Join(dir, "film.mp4")
	must(t, os.WriteFile(path, content[:len(content)-1000], 0o644))
	l := openLibrary(t, dir, Options{})
	state := func() info.State {
		t.Helper()
		list, err := l.List(t.Context(), "", Query{Sort: ByName})
		must(t, err)
		return list.Entries[0].State
	}
	if s := state(); s != info.Growing {
		t.Errorf("a file that is being written is %s", s)
	}
	age(t, path)
	l = openLibrary(t, dir, Options{})
	if s := state(); s != info.Truncated {
		t.Errorf("a file that nobody writes is %s", s)
	}
}

// Who does not take what it is told loses it, and is told so; others go on.
func TestASlowListenerIsToldThatItLost(t *testing.T) {
	l := &Library{}
	slow, err := l.Listen()
	must(t, err)
	fast, err := l.Listen()
	must(t, err)
	<-fast.C // the progress
	for i := range 10 * maxBehind {
		l.hub.tell(Changes{Removed: []Path{"x"}, Progress: Progress{i, i}})
		if c := <-fast.C; c.Lost || len(c.Removed) != 1 {
			t.Fatalf("told of %+v", c)
		}
	}
	lost := 0
	for len(slow.C) > 0 {
		if c := <-slow.C; c.Lost {
			lost++
		}
	}
	if lost == 0 {
		t.Error("it was not told that it lost anything")
	}
	l.hub.tell(Changes{Removed: make([]Path, maxTold+1)})
	if c := <-fast.C; !c.Lost || c.Removed != nil {
		t.Errorf("too much was told: %d", len(c.Removed))
	}
	slow.Close()
	fast.Close()
	if len(l.hub.listeners) != 0 {
		t.Error("a listener is left")
	}
	for range maxListeners {
		_, err = l.Listen()
		must(t, err)
	}
	if _, err := l.Listen(); !errors.Is(err, ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
}

// The folder is moved away and comes back, or another takes its place.
func TestTheFolderGoesAndComesBack(t *testing.T) {
	base := t.TempDir()
	dir, away := filepath.Join(base, "media"), filepath.Join(base, "away")
	copySample(t, filepath.Join(dir, "film.mp4"))
	l := openLibrary(t, dir, Options{Watch: true})
	a := listen(t, l)
	a.settled()
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	must(t, os.Rename(dir, away))
	if err := f.Unchanged(); err != nil {
		t.Errorf("who watches can't go on: %v", err)
	}
	must(t, os.Rename(away, dir))
	copySample(t, filepath.Join(dir, "second.mp4"))
	a.until("a film in the folder that came back", func() bool { return a.state("second.mp4") == info.Ready })
	must(t, os.Rename(dir, away))
	copySample(t, filepath.Join(dir, "third.mp4"))
	a.until("another folder", func() bool { return a.state("third.mp4") == info.Ready && a.state("second.mp4") == "" })
	if a.last != (Progress{1, 1}) {
		t.Errorf("%+v, want one film", a.last)
	}
	if _, err := l.Film(t.Context(), "film.mp4"); err == nil {
		t.Error("a film of the folder that is gone is there")
	}
	copySample(t, filepath.Join(dir, "fourth.mp4"))
	a.until("a film in the other folder", func() bool { return a.state("fourth.mp4") == info.Ready })
}

// Urgent films are indexed before those that nobody waits for.
func TestUrgentFilmsComeFirst(t *testing.T) {
	var order []Path
	hold := make(chan struct{})
	var mu sync.Mutex
	x := newIndexer(1, func(p Path) {
		<-hold
		mu.Lock()
		defer mu.Unlock()
		order = append(order, p)
	})
	var jobs []<-chan struct{}
	for i := range 5 {
		jobs = append(jobs, x.add(Path(fmt.Sprint(i)), false))
	}
	x.add("4", true)
	x.add("now", true)
	close(hold)
	for _, done := range jobs {
		<-done
	}
	x.close()
	// The worker may have begun with 0.
	if order = slices.DeleteFunc(order, func(p Path) bool { return p == "0" }); !slices.Equal(order, []Path{"4", "now", "1", "2", "3"}) {
		t.Errorf("the order is %q", order)
	}
}

// noted is a folder that notes what it is asked.
type noted struct {
	Folder
	mu    sync.Mutex
	asked []string
}

func (n *noted) note(what string, p Path) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, what+" "+string(p))
}

func (n *noted) Stat(p Path) (fs.FileInfo, error) {
	n.note("stat", p)
	return n.Folder.Stat(p)
}

func (n *noted) ReadDir(ctx context.Context, p Path) ([]fs.DirEntry, error) {
	n.note("list", p)
	names, err := n.Folder.ReadDir(ctx, p)
	slices.SortFunc(names, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }) // as a store does
	return names, err
}

// What a store says of a folder's films, with their names, does not wait until
// all folders below were listed: it would be asked for each film anew.
func TestFilmsAreLookedAtBeforeFoldersBelow(t *testing.T) {
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "a"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "b.mp4"), []byte("no film"), 0o644))
	disk, err := openDisk(root, false)
	must(t, err)
	n := &noted{Folder: disk}
	l, err := OpenStore(n, "a place", "", Options{Watch: true, Rescan: time.Hour})
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	a := listen(t, l)
	a.until("the film", func() bool { return a.there["b.mp4"].State == info.Invalid })
	n.mu.Lock()
	defer n.mu.Unlock()
	if film, folder := slices.Index(n.asked, "stat b.mp4"), slices.Index(n.asked, "list a"); film < 0 || folder < film {
		t.Errorf("asked for %q", n.asked)
	}
}
