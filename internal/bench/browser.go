package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// browserTests is where the module is that measures, with what it needs.
const browserTests = "internal/browsertest"

// wideMinute is a minute of about 2 Mbit/s.
const wideMinute = "-f lavfi -i testsrc2=s=1280x720:r=25:d=60,noise=alls=6:allf=t -f lavfi -i sine=440:r=48000:d=60 " +
	"-c:v libx264 -preset veryfast -bf 2 -g 50 -b:v 1900k -maxrate 1900k -bufsize 3800k -pix_fmt yuv420p -c:a aac -b:a 128k"

// browser measures how soon Chromium shows a film after a click and a seek,
// against a <video> element whose file nginx sends.
func (b *bench) browser() error {
	if missing := missingForBrowser(); missing != "" {
		fmt.Printf("%s is not installed: nothing is measured in a browser\n", missing)
		return nil
	}
	films := bench{vodsrv: b.vodsrv, dir: filepath.Join(b.dir, "browser")}
	if err := films.wideFilms(); err != nil {
		return err
	}
	defer films.removePages()
	nginx, err := b.startNginx()
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("nginx is not installed: nothing to compare the page with")
		return nil
	}
	if err != nil {
		return err
	}
	defer nginx.stop()
	vodsrv, err := films.startVodsrv()
	if err != nil {
		return err
	}
	defer vodsrv.stop()
	cmd := exec.Command("node", "speed.mjs", "http://"+vodsrv.addr, "http://"+nginx.addr+"/"+filepath.Base(films.dir), films.dir)
	cmd.Dir, cmd.Stdout, cmd.Stderr = browserTests, os.Stdout, os.Stderr
	return cmd.Run()
}

// missingForBrowser names what has to be installed first, if anything.
func missingForBrowser() string {
	if _, err := exec.LookPath("node"); err != nil {
		return "Node"
	}
	if _, err := os.Stat(filepath.Join(browserTests, "node_modules", "puppeteer-core")); err != nil {
		return "puppeteer-core (by make deps)"
	}
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	if _, err := os.Stat(chromium); err != nil {
		return chromium
	}
	return ""
}

// wideFilms makes ten minutes of 2 Mbit/s, with the moov at the front and at the
// end.
func (b *bench) wideFilms() error {
	first, last := filepath.Join(b.dir, "moov-first.mp4"), filepath.Join(b.dir, "moov-last.mp4")
	if _, err := os.Stat(first); err == nil {
		return nil
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	if err := repeated(last, 10, wideMinute); err != nil {
		return err
	}
	return ffmpeg("-i", last, "-c", "copy", "-movflags", "+faststart", first)
}

// removePages removes the pages that were made for nginx.
func (b *bench) removePages() {
	pages, _ := filepath.Glob(filepath.Join(b.dir, "*.html"))
	for _, page := range pages {
		_ = os.Remove(page)
	}
}
