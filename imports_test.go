package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Imports point one way: main to server and public, server to mp4. What mp4 and
// its packages do has no network in it, nor have sessions, the library and the
// rules of who is let in; the load, the store and relays are clients.
func TestImportsPointOneWay(t *testing.T) {
	rules := []struct {
		below string   // packages this rule is for, the first that fits
		may   []string // what of vodsrv they may import, with all below it
	}{
		{"mp4/box", nil},
		{"mp4/codec", []string{"mp4/box"}},
		{"mp4/fragment", []string{"mp4", "mp4/box", "mp4/codec"}},
		{"mp4/", []string{"mp4"}},
		{"mp4", []string{"mp4/box", "mp4/codec"}},
		{"public", nil},
		{"server/store", []string{"mp4", "server/library"}},
		{"server/live/", []string{"mp4"}},
		{"server/live", []string{"mp4", "server/live/flv", "server/stream"}},
		{"server/", []string{"mp4"}},
		{"server", []string{"mp4", "server/access", "server/library", "server/live", "server/playlist", "server/stream", "server/subtitle", "server/upload"}},
		{"internal/bench", []string{"mp4"}},
		{"internal/", nil},
		{".", []string{"mp4", "server", "public"}},
	}
	seen := 0
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || len(d.Name()) > 1 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen++
		folder := path.Dir(filepath.ToSlash(file))
		for _, rule := range rules {
			if folder != strings.TrimSuffix(rule.below, "/") && !strings.HasPrefix(folder, rule.below) || strings.HasSuffix(rule.below, "/") && folder+"/" == rule.below {
				continue
			}
			for _, spec := range parsed.Imports {
				name, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				if !allowed(name, folder, rule.may) {
					t.Errorf("%s imports %s", file, name)
				}
			}
			break
		}
		return nil
	})
	if err != nil || seen < 20 {
		t.Fatalf("%d files, %v", seen, err)
	}
}

func allowed(name, folder string, may []string) bool {
	pure := strings.HasPrefix(folder, "mp4") || strings.HasPrefix(folder, "server/") && folder != "server/live" && folder != "server/load" && folder != "server/store"
	switch {
	case name == "net" || name == "net/http" || strings.HasPrefix(name, "golang.org/x/net"):
		return !pure
	case name == "github.com/abema/go-mp4":
		return strings.HasPrefix(folder, "mp4")
	case !strings.HasPrefix(name, "vodsrv/"):
		return true
	}
	for _, prefix := range may {
		if own := strings.TrimPrefix(name, "vodsrv/"); own == prefix || strings.HasPrefix(own, prefix+"/") {
			return true
		}
	}
	return false
}
