package library

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4/info"
)

// A full disk costs what was to be kept, and nothing else.
func TestCacheOnAFullDisk(t *testing.T) {
	for name, fullFrom := range map[string]func(t *testing.T, dir, cache string){
		"from the start": func(t *testing.T, _, cache string) { testmedia.Fill(t, filepath.Join(cache, "filler")) },
		"once there is a cache": func(t *testing.T, dir, cache string) {
			must(t, opened(t, dir, cache).Close())
			testmedia.Fill(t, filepath.Join(cache, "filler"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, cache := t.TempDir(), testmedia.SmallDisk(t, 1<<20)
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
