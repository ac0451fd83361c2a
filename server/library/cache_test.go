package library

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"vodsrv/mp4/info"
)

// opened opens a library with a cache, which must be there.
func opened(t *testing.T, dir, cache string) *Library {
	t.Helper()
	l, err := Open(dir, Options{CacheDir: cache, NoCache: func(err error) { t.Errorf("no cache: %v", err) }})
	must(t, err)
	return l
}

func entries(t *testing.T, l *Library) []Entry {
	t.Helper()
	list, err := l.List(t.Context(), "", Query{Sort: ByName})
	must(t, err)
	return list.Entries
}

func described(t *testing.T, l *Library) uint64 {
	t.Helper()
	return l.counts.indexed.Load()
}

func TestDescriptionsAreKeptFromRunToRun(t *testing.T) {
	dir, cache := t.TempDir(), filepath.Join(t.TempDir(), "new", "cache")
	for i := range 5 {
		copySample(t, filepath.Join(dir, fmt.Sprintf("%d.mp4", i)))
	}
	must(t, os.WriteFile(filepath.Join(dir, "bad.mp4"), []byte("no film"), 0o644))
	l := opened(t, dir, cache)
	var before []Entry
	soon(t, "all films", func() bool {
		before = entries(t, l)
		return !reflect.ValueOf(before).IsZero() && described(t, l) >= 6
	})
	before = entries(t, l)
	must(t, l.Close())

	l = opened(t, dir, cache)
	after := entries(t, l)
	if !reflect.DeepEqual(after, before) || described(t, l) != 0 {
		t.Errorf("%d films were read again; listed is\n%+v, was\n%+v", described(t, l), after, before)
	}
	copySample(t, filepath.Join(dir, "bad.mp4"))
	if e := entries(t, l)[5]; e.State != info.Ready || described(t, l) != 1 {
		t.Errorf("a file that changed is %+v", e)
	}
	must(t, l.Close())
}

// However a cache file is damaged, films are listed as if there were none, and
// it is whole again afterwards.
func TestADamagedCacheIsBegunAnew(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	for i := range 20 {
		copySample(t, filepath.Join(dir, fmt.Sprintf("%d.mp4", i)))
	}
	l := opened(t, dir, cache)
	soon(t, "all films", func() bool { entries(t, l); return described(t, l) >= 20 })
	want := entries(t, l)
	must(t, l.Close())
	files, err := filepath.Glob(filepath.Join(cache, "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	whole, err := os.ReadFile(files[0])
	must(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(b []byte) []byte {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	damages := map[string]func(b []byte) []byte{
		"noise":           noise,
		"noise behind":    func(b []byte) []byte { noise(b[8192:]); return b },
		"noise in a page": func(b []byte) []byte { noise(b[4*4096+100 : 5*4096]); return b },
		"cut":             func(b []byte) []byte { return b[:len(b)/2] },
		"cut to a page":   func(b []byte) []byte { return b[:4096] },
		"empty":           func([]byte) []byte { return nil },
		"other":           func([]byte) []byte { return []byte("hello") },
		"single bytes": func(b []byte) []byte {
			for range 300 {
				b[r.IntN(len(b))]++
			}
			return b
		},
		"zeros":           func(b []byte) []byte { clear(b[8192:]); return b },
		"values that lie": func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("H.264"), []byte("H.999")) },
		"pages exchanged": func(b []byte) []byte { copy(b[3*4096:4*4096], b[5*4096:6*4096]); return b },
		"sizes that lie": func(b []byte) []byte {
			for i := 2 * 4096; i < len(b); i += 4096 {
				b[i+12] = 0xff
			}
			return b
		},
		"counts that lie": func(b []byte) []byte {
			for i := 2 * 4096; i < len(b); i += 4096 {
				b[i+10] = 0xff
			}
			return b
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			must(t, os.WriteFile(files[0], damage(bytes.Clone(whole)), 0o600))
			for range 2 {
				l := opened(t, dir, cache)
				soon(t, "all films", func() bool { return reflect.DeepEqual(entries(t, l), want) })
				must(t, l.Close())
			}
			l := opened(t, dir, cache)
			defer func() { must(t, l.Close()) }()
			if entries(t, l); described(t, l) != 0 {
				t.Errorf("%d films were read again when all should be well", described(t, l))
			}
		})
	}
	t.Run("while it is used", func(t *testing.T) {
		must(t, os.WriteFile(files[0], whole, 0o600))
		l := opened(t, dir, cache)
		f, err := os.OpenFile(files[0], os.O_WRONLY, 0)
		must(t, err)
		_, err = f.Write(noise(make([]byte, len(whole))))
		must(t, err)
		must(t, f.Close())
		soon(t, "all films", func() bool { return reflect.DeepEqual(entries(t, l), want) })
		must(t, l.Close())
	})
}

func TestWithoutACache(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	copySample(t, filepath.Join(dir, "film.mp4"))
	file := filepath.Join(cache, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	first := opened(t, dir, cache)
	defer func() { must(t, first.Close()) }()
	for name, where := range map[string]string{"in use by another": cache, "not a folder": file, "below a file": filepath.Join(file, "below")} {
		told := 0
		begin := time.Now()
		l, err := Open(dir, Options{CacheDir: where, NoCache: func(error) { told++ }})
		must(t, err)
		if took := time.Since(begin); took > 2*time.Second || told != 1 {
			t.Errorf("%s: told %d times, after %v", name, told, took)
		}
		soon(t, "the film", func() bool { return entries(t, l)[0].State == info.Ready })
		must(t, l.Close())
	}
}

// Films that are gone are forgotten.
func TestTheCacheIsPruned(t *testing.T) {
	dir := t.TempDir()
	c, err := openCache(t.TempDir(), dir)
	must(t, err)
	defer c.close()
	id := identity{1, 2, 3}
	for _, p := range []Path{"here.mp4", "gone.mp4"} {
		c.put(p, known{id: id, info: info.File{State: info.Ready}, complete: true, grown: "tag"})
	}
	c.flush()
	c.prune(func(p Path) bool { return p == "here.mp4" })
	if k, ok := c.get("here.mp4", id); !ok || !k.complete || k.grown != "tag" {
		t.Errorf("what is there: %+v, %v", k, ok)
	}
	if _, ok := c.get("here.mp4", identity{1, 2, 4}); ok {
		t.Error("a description of another file is given")
	}
	if _, ok := c.get("gone.mp4", id); ok {
		t.Error("what is gone is kept")
	}
}

// Files of folders that nobody serves any more go, and nothing else does.
func TestOldCachesGo(t *testing.T) {
	cache := t.TempDir()
	at := func(name string) string { return filepath.Join(cache, name) }
	old := time.Now().Add(-cacheAge - time.Hour)
	for _, name := range []string{"0123456789abcdef.db", "fedcba9876543210.db", "mine.db", "0123456789abcdef.txt"} {
		must(t, os.WriteFile(at(name), []byte("x"), 0o600))
		if name != "fedcba9876543210.db" {
			must(t, os.Chtimes(at(name), old, old))
		}
	}
	served := t.TempDir()
	must(t, opened(t, served, cache).Close())
	own, err := filepath.Glob(at("*"))
	must(t, err)
	for _, path := range own {
		must(t, os.Chtimes(path, old, old))
	}
	must(t, os.Chtimes(at("fedcba9876543210.db"), time.Now(), time.Now()))
	must(t, opened(t, served, cache).Close())
	left, err := filepath.Glob(at("*"))
	must(t, err)
	if len(left) != len(own) || len(own) != 4 {
		t.Errorf("there were %q, left are %q", own, left)
	}
	if _, err := os.Stat(at("0123456789abcdef.db")); err == nil {
		t.Error("an old one stays")
	}
}
