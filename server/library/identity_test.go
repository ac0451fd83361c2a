package library

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// copyFilm copies a file with its time of change.
func copyFilm(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	must(t, err)
	stat, err := os.Stat(from)
	must(t, err)
	must(t, os.WriteFile(to, content, 0o644))
	must(t, os.Chtimes(to, time.Time{}, stat.ModTime()))
}

func TestUnknownIdentity(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{Identity: "size"}); err == nil {
		t.Error("files are known by their size alone")
	}
}

func TestCopiesShareDescriptions(t *testing.T) {
	for by, want := range map[Identity]uint64{SizeMtime: 0, InodeSizeMtime: 1} {
		t.Run(string(by), func(t *testing.T) {
			m, a, b := &valuesInMemory{}, t.TempDir(), t.TempDir()
			copySample(t, filepath.Join(a, "film.mp4"))
			copyFilm(t, filepath.Join(a, "film.mp4"), filepath.Join(b, "film.mp4"))
			for i, dir := range []string{a, b} {
				l, err := Open(dir, Options{Identity: by, Shared: m})
				must(t, err)
				ready(t, l)
				if got := described(t, l); i == 1 && got != want {
					t.Errorf("%d films were read for the copy, want %d", got, want)
				}
				must(t, l.Close())
			}
		})
	}
}

// What is kept of a folder is of no use when its files go by something else.
func TestTheCacheKeepsIdentitiesApart(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	copySample(t, filepath.Join(dir, "film.mp4"))
	for _, step := range []struct {
		by   Identity
		read uint64
	}{{InodeSizeMtime, 1}, {SizeMtime, 1}, {SizeMtime, 0}, {InodeSizeMtime, 1}, {InodeSizeMtime, 0}} {
		l, err := Open(dir, Options{Identity: step.by, CacheDir: cache, NoCache: func(err error) { t.Errorf("no cache: %v", err) }})
		must(t, err)
		ready(t, l)
		if got := described(t, l); got != step.read {
			t.Errorf("by %s: %d films were read, want %d", step.by, got, step.read)
		}
		must(t, l.Close())
	}
}

// Another file under the name of one that grows is not gone on with, were it
// longer.
func TestARecordingIsReplaced(t *testing.T) {
	for _, by := range []Identity{InodeSizeMtime, SizeMtime} {
		t.Run(string(by), func(t *testing.T) {
			dir := t.TempDir()
			r := beginRecording(t, filepath.Join(dir, "film.mp4"))
			l := openLibrary(t, dir, Options{Identity: by})
			r.write(3)
			f := film(t, l, "film.mp4")
			defer giveBack(t, f)
			if err := f.Unchanged(); err != nil {
				t.Error(err)
			}
			other := filepath.Join(dir, "other")
			must(t, os.WriteFile(other, r.whole, 0o644))
			must(t, os.Rename(other, r.path))
			if err := f.Unchanged(); !errors.Is(err, ErrChanged) {
				t.Errorf("unchanged says %v", err)
			}
		})
	}
}

// A recording that is copied while it grows has the ETag that it has elsewhere.
func TestCopiesOfARecording(t *testing.T) {
	var etags []string
	for range 2 {
		dir := t.TempDir()
		r := beginRecording(t, filepath.Join(dir, "film.mp4"))
		r.write(2 + len(etags))
		f := film(t, openLibrary(t, dir, Options{Identity: SizeMtime}), "film.mp4")
		etags = append(etags, f.ETag())
		giveBack(t, f)
	}
	if etags[0] != etags[1] {
		t.Errorf("ETags are %q", etags)
	}
}

// A folder goes by its inode whatever films go by, or nobody would listen to
// the one that took its place.
func TestAFolderIsReplaced(t *testing.T) {
	dir, away := t.TempDir(), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	copySample(t, in("folder/film.mp4"))
	copySample(t, filepath.Join(away, "other", "second.mp4"))
	l := openLibrary(t, dir, Options{Identity: SizeMtime, Watch: true, Rescan: time.Hour})
	a := listen(t, l)
	a.until("the film", func() bool { return a.state("folder/film.mp4") != "" })
	must(t, os.Rename(in("folder"), filepath.Join(away, "folder")))
	must(t, os.Rename(filepath.Join(away, "other"), in("folder")))
	a.until("a folder in another's place", func() bool { return a.state("folder/second.mp4") != "" && a.state("folder/film.mp4") == "" })
	copySample(t, in("folder/new.mp4"))
	a.until("a film that is new there", func() bool { return a.state("folder/new.mp4") != "" })
}
