package server

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vodsrv/server/library"
)

// etags are what a film is known by wherever it is sent.
func (s *site) etags(film string) (all []string) {
	s.t.Helper()
	for _, path := range []string{"/media/" + film, "/fmp4/" + film} {
		r, _ := s.get("HEAD", path)
		all = append(all, r.Header.Get("ETag"))
	}
	m := s.playlist("/hls/" + film + "/master.m3u8")
	l := s.playlist(m.at(m.urls[0].url))
	segment := l.at(l.urls[0].url)
	r, _ := s.get("GET", segment)
	all = append(all, segment, r.Header.Get("ETag"))
	all = append(all, s.open("/ws/"+film+"?paused=1").until("open").ETag)
	if slices.Contains(all, "") {
		s.t.Errorf("%s has no ETag somewhere: %q", film, all)
	}
	return all
}

func serveBy(t *testing.T, by library.Identity, folder string) *site {
	t.Helper()
	return serveLibrary(t, Config{}, folder, library.Options{Identity: by})
}

// A film's copy on another machine may have the same ETags, for replicas behind
// one address.
func TestETagsOfCopies(t *testing.T) {
	t.Parallel()
	a, b := t.TempDir(), t.TempDir()
	copySample(t, filepath.Join(a, "film.mp4"))
	copySample(t, filepath.Join(b, "film.mp4"))
	setTime(t, filepath.Join(b, "film.mp4"), timeOf(t, filepath.Join(a, "film.mp4")))
	for by, same := range map[library.Identity]bool{library.SizeMtime: true, library.InodeSizeMtime: false} {
		first, second := serveBy(t, by, a).etags("film.mp4"), serveBy(t, by, b).etags("film.mp4")
		for i := range first {
			if (first[i] == second[i]) != same {
				t.Errorf("by %s: %q and %q", by, first[i], second[i])
			}
		}
	}
}

// A file of another size or time of change is another film, whatever films are
// known by.
func TestETagsOfAReplacedFile(t *testing.T) {
	t.Parallel()
	for _, by := range []library.Identity{library.SizeMtime, library.InodeSizeMtime} {
		s := serveFolder(t, Config{}, "film.mp4")
		s = serveBy(t, by, s.folder)
		path := filepath.Join(s.folder, "film.mp4")
		at := timeOf(t, path)
		before := s.etags("film.mp4")
		for name, replace := range map[string]func(other string){
			"time": func(other string) { setTime(t, other, at.Add(time.Second)) },
			"size": func(other string) {
				mustWrite(t, other, string(mustRead(t, other))+"\x00\x00\x00\x08free")
				setTime(t, other, at)
			},
		} {
			other := filepath.Join(s.folder, "other")
			copySample(t, other)
			replace(other)
			if err := os.Rename(other, path); err != nil {
				t.Fatal(err)
			}
			after := s.etags("film.mp4")
			for i := range before {
				if before[i] == after[i] {
					t.Errorf("by %s: of another %s, and still %q", by, name, after[i])
				}
			}
			before = after
		}
	}
}

func timeOf(t *testing.T, path string) time.Time {
	t.Helper()
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return stat.ModTime()
}

func setTime(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}
