package library

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestViewerSharesWhatIsIndexedForNobody(t *testing.T) {
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "film.mp4"))
	l := openLibrary(t, dir, Options{})
	stat, err := l.dir.Stat("film.mp4")
	if err != nil {
		t.Fatal(err)
	}
	key := buildKey("film.mp4", l.dir.identify(stat))
	b, mine := l.builds.join(key, false)
	if !mine {
		t.Fatal("somebody else indexes the film")
	}
	films := make(chan *Film, 2)
	for range cap(films) {
		go func() {
			f, err := l.Film(context.Background(), "film.mp4")
			if err != nil {
				t.Error(err)
			}
			films <- f
		}()
	}
	<-b.wanted
	l.indexNew("film.mp4", key, b)
	for range cap(films) {
		f := <-films
		if f == nil {
			t.Fatal("no film")
		}
		if f.Plan().Len() == 0 {
			t.Error("the film has no plan")
		}
		giveBack(t, f)
	}
	if n := l.Stats().Indexed; n != 1 {
		t.Errorf("the film was indexed %d times", n)
	}
	l.builds.mu.Lock()
	calm, under := l.builds.calm, len(l.builds.under)
	l.builds.mu.Unlock()
	if calm != nil {
		<-calm
	}
	if under != 0 {
		t.Error("a build is left behind")
	}
	l.index("film.mp4")
	if n := l.Stats().Indexed; n != 1 {
		t.Error("what is known is indexed once more")
	}
	later := stat.ModTime().Add(time.Second)
	if err := os.Chtimes(filepath.Join(dir, "film.mp4"), later, later); err != nil {
		t.Fatal(err)
	}
	l.index("film.mp4")
	if n := l.Stats().Indexed; n != 2 {
		t.Error("a file that has changed is not indexed anew")
	}
}

func TestWhatNobodyWaitsForMakesWay(t *testing.T) {
	for _, c := range []struct {
		name   string
		meddle func(s *builds, hurried *build)
		want   time.Duration
	}{
		{"nobody waits", func(s *builds, hurried *build) {
			s.end("hurried", hurried)
			time.Sleep(lead)
			synctest.Wait()
		}, 0},
		{"the program has just begun", func(s *builds, hurried *build) {
			s.end("hurried", hurried)
			time.Sleep(lead)
			s.hold(headStart)
		}, headStart},
		{"somebody has just got it", func(s *builds, hurried *build) { s.end("hurried", hurried) }, lead},
		{"until that is there, and a little longer", func(s *builds, hurried *build) {
			time.AfterFunc(courtesy/2, func() { s.end("hurried", hurried) })
		}, courtesy/2 + lead},
		{"until it is waited for itself", func(s *builds, _ *build) {
			time.AfterFunc(courtesy/4, func() { s.join("polite", true) })
		}, courtesy / 4},
		{"not for ever", func(*builds, *build) {}, courtesy},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s builds
				hurried, _ := s.join("hurried", true)
				b, _ := s.join("polite", false)
				c.meddle(&s, hurried)
				began := time.Now()
				if n, err := (polite{strings.NewReader("film"), &s, b}).ReadAt(make([]byte, 4), 0); n != 4 || err != nil {
					t.Errorf("read %d bytes: %v", n, err)
				}
				if took := time.Since(began); took != c.want {
					t.Errorf("made way for %v, want %v", took, c.want)
				}
			})
		})
	}
}
