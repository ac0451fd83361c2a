package mp4_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// files are all files below a folder; none if it is not there.
func files(t testing.TB, folder string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(path, ".md") {
			list = append(list, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return list
}

// hostile files are kept here; many more lie beside the repository where it is
// developed.
func TestHostileFiles(t *testing.T) {
	list := files(t, "testdata/hostile")
	if len(list) < 7 {
		t.Fatalf("only %d files in testdata/hostile", len(list))
	}
	for _, path := range append(list, files(t, "../../shared/corpus/hostile")...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			openBounded(t, b, memoryLimit)
		})
	}
}

// Real files open, or are segments that say that their moov is elsewhere.
func TestValidFiles(t *testing.T) {
	for _, path := range append(files(t, "../../shared/corpus/valid"), "../media/sample.mp4") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := open(b)
			if err != nil {
				if !strings.Contains(err.Error(), "init segment") || !strings.HasSuffix(path, ".m4s") && !strings.Contains(path, "segment") {
					t.Error(err)
				}
				return
			}
			if m.Truncated != nil {
				t.Errorf("truncated: %v", m.Truncated)
			}
			for _, track := range m.Tracks {
				// QuickTime counts audio codecs of its own in samples of one byte
				// that are not in the file; nothing plays these.
				if track.Broken != nil && track.Entries[0].Playable {
					t.Errorf("track %d: %v", track.ID, track.Broken)
				}
			}
		})
	}
}
