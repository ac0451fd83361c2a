// Command bench measures vodsrv on a long synthetic film against what its work
// costs at the least, and against other programs that the machine has, and
// prints a table of ratios. An absolute time says nothing on a shared machine.
//
// BENCH_SIZE sets the size of the film in megabytes (3500), BENCH_ROUNDS how
// often each thing is done (3); the least of the rounds counts. BENCH_ONLY
// chooses some of the works by name, with commas between them: convert, open,
// first, serve, hls, viewers (BENCH_VIEWERS of them, 5000), folder, browser
// (SPEED_ROUNDS of each, 20; SPEED_FILM and SPEED_ROUND_TRIP choose one case),
// live (LIVE_ROUNDS of each, 3).
// BENCH_VOD_MODULE names nginx-vod-module where nginx does not have it itself.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what the measurements share.
type bench struct {
	vodsrv    string // the program
	dir       string // for films and outputs
	plain     string // the film, progressive, its moov at the end
	cut       string // the same in fragments
	rounds    int
	megabytes int // of the film
	table     table
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: bench VODSRV")
	}
	megabytes, err := number("BENCH_SIZE", 3500)
	if err != nil {
		return err
	}
	rounds, err := number("BENCH_ROUNDS", 3)
	if err != nil {
		return err
	}
	b := &bench{vodsrv: os.Args[1], rounds: rounds, megabytes: megabytes}
	b.dir = filepath.Join(os.TempDir(), "vodsrv-bench")
	b.cut = filepath.Join(b.dir, "fragments.mp4")
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	if err := b.measure(os.Getenv("BENCH_ONLY")); err != nil {
		return err
	}
	if len(b.table.rows) > 0 {
		b.table.print(os.Stdout)
	}
	return nil
}

// measure does the works that are asked for; all if none is.
func (b *bench) measure(only string) error {
	works := []struct {
		name string
		do   func() error
		long bool // on the long film
	}{
		{"convert", b.convert, true}, {"open", b.open, true}, {"first", b.first, true}, {"serve", b.serve, true}, {"hls", b.hls, true},
		{"viewers", b.viewers, false}, {"folder", b.folder, false}, {"browser", b.browser, false}, {"live", b.live, false},
	}
	for i, w := range works {
		if only != "" && !slices.Contains(strings.Split(only, ","), w.name) {
			continue
		}
		// The film in fragments is a result of the first.
		if w.long {
			if err := b.makeFilm(i > 0); err != nil {
				return err
			}
		}
		if err := w.do(); err != nil {
			return err
		}
	}
	return nil
}

// makeFilm sees to it that the long film is there, in fragments too if that is
// asked for.
func (b *bench) makeFilm(cut bool) (err error) {
	if b.plain, err = film(b.dir, b.megabytes); err != nil || !cut {
		return err
	}
	if _, err = os.Stat(b.cut); err != nil {
		_, err = command(b.vodsrv, "fragment", "-y", b.plain, b.cut)
	}
	return err
}

// number reads a positive number from the environment.
func number(name string, fallback int) (int, error) {
	value := os.Getenv(name)
	if value == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s must be a positive number, not %q", name, value)
	}
	return n, nil
}
