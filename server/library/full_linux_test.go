package library

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"vodsrv/mp4/info"
)

// smallDisk mounts a disk of so many bytes, where that may be done.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("a small disk can't be mounted: %v", err)
	}
	t.Cleanup(func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	return dir
}

// fill writes until nothing goes onto the disk any more.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	for page := make([]byte, 4096); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	must(t, f.Close())
}

// A full disk costs what was to be kept, and nothing else.
func TestCacheOnAFullDisk(t *testing.T) {
	for name, fullFrom := range map[string]func(t *testing.T, dir, cache string){
		"from the start": func(t *testing.T, _, cache string) { fill(t, filepath.Join(cache, "filler")) },
		"once there is a cache": func(t *testing.T, dir, cache string) {
			must(t, opened(t, dir, cache).Close())
			fill(t, filepath.Join(cache, "filler"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, cache := t.TempDir(), smallDisk(t, 1<<20)
			fullFrom(t, dir, cache)
			const films = 60 // more than the pages have room for that the database begins with
			for i := range films {
				copySample(t, filepath.Join(dir, fmt.Sprintf("%d.mp4", i)))
			}
			allReady := func(l *Library) bool {
				for _, e := range entries(t, l) {
					if e.State != info.Ready {
						return false
					}
				}
				return true
			}
			l, err := Open(dir, Options{CacheDir: cache})
			must(t, err)
			soon(t, "all films", func() bool { return allReady(l) })
			if l.cache != nil {
				l.cache.flush()
			}
			if !allReady(l) {
				t.Error("films are forgotten")
			}
			must(t, l.Close())

			must(t, os.Remove(filepath.Join(cache, "filler")))
			l = opened(t, dir, cache)
			soon(t, "all films, when there is room", func() bool { return allReady(l) })
			must(t, l.Close())
			l = opened(t, dir, cache)
			if !allReady(l) || described(t, l) != 0 {
				t.Errorf("%d films were read again", described(t, l))
			}
			must(t, l.Close())
		})
	}
}
