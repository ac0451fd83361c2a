package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// folderFiles are the films of a large folder.
const folderFiles = 10_000

// folder measures how soon a server answers for a large folder, and knows all
// that is in it: without a cache of descriptions, and with one.
func (b *bench) folder() error {
	dir, err := os.MkdirTemp(b.dir, "folder")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	media, cache := filepath.Join(dir, "media"), filepath.Join(dir, "cache")
	if err := fillFolder(media); err != nil {
		return err
	}
	for _, name := range []string{"cold", "warm"} {
		page, all, err := b.startFolder(media, cache)
		if err != nil {
			return err
		}
		fmt.Printf("folder of %d films, %s cache: page after %s, all known after %s (targets with a warm one: 1s, 2s)\n",
			folderFiles, name, short(page), short(all))
	}
	return nil
}

// fillFolder links the sample into a folder, many times.
func fillFolder(media string) error {
	if err := os.MkdirAll(media, 0o755); err != nil {
		return err
	}
	content, err := os.ReadFile("media/sample.mp4")
	if err != nil {
		return err
	}
	first := filepath.Join(media, "film 00000.mp4")
	if err := os.WriteFile(first, content, 0o644); err != nil {
		return err
	}
	for i := 1; i < folderFiles; i++ {
		if err := os.Link(first, filepath.Join(media, fmt.Sprintf("film %05d.mp4", i))); err != nil {
			return err
		}
	}
	return nil
}

// startFolder starts a server and tells when its page and the whole list were
// there.
func (b *bench) startFolder(media, cache string) (page, all time.Duration, err error) {
	addr, err := freeAddr()
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	cmd := exec.Command(b.vodsrv, "serve", "--addr", addr, "--media", media, "--cache-dir", cache)
	d, err := start(cmd, addr, func() []int { return []int{cmd.Process.Pid} })
	if err != nil {
		return 0, 0, err
	}
	defer d.stop()
	text, err := fetchText("http://" + addr + "/")
	if err != nil {
		return 0, 0, err
	}
	page = time.Since(begin)
	if !strings.Contains(text, "/watch/film%2000000.mp4") {
		return 0, 0, fmt.Errorf("the page has no films")
	}
	for late := begin.Add(2 * time.Minute); time.Now().Before(late); {
		if text, err = fetchText("http://" + addr + "/api/list/"); err != nil {
			return 0, 0, err
		}
		var list struct {
			Entries []struct{ State string }
		}
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return 0, 0, err
		}
		known := 0
		for _, e := range list.Entries {
			if e.State == "ready" {
				known++
			}
		}
		if known == folderFiles {
			return page, time.Since(begin), nil
		}
	}
	return 0, 0, fmt.Errorf("not all films are known after two minutes")
}

func fetchText(url string) (string, error) {
	r, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, r.Status)
	}
	return string(text), err
}
