package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"vodsrv/mp4"
)

// command runs a program to its end and tells what it took.
func command(name string, args ...string) (cost, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s: %w", name, err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{
		wall:   time.Since(begin),
		cpu:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		memory: usage.Maxrss << 10,
	}, nil
}

// inside measures a function of this process.
func inside(f func() error) (cost, error) {
	runtime.GC() // what was left over by others is not its garbage
	before, begin := cpuTime(), time.Now()
	if err := f(); err != nil {
		return cost{}, err
	}
	return cost{wall: time.Since(begin), cpu: cpuTime() - before}, nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// alternate does several things in turn, in as many rounds as there should be.
func (b *bench) alternate(work ...func() (cost, error)) ([]cost, error) {
	return alternate(b.rounds, work...)
}

// alternate does several things in turn, so that a busy moment of the machine
// falls on all of them alike, and keeps the least cost of each.
func alternate(rounds int, work ...func() (cost, error)) ([]cost, error) {
	costs := make([]cost, len(work))
	for range rounds {
		for i, f := range work {
			c, err := f()
			if err != nil {
				return nil, err
			}
			costs[i].least(c)
		}
	}
	return costs, nil
}

// convert measures fragmenting against copying the file. Both end with the
// bytes on disk.
func (b *bench) convert() error {
	copied := filepath.Join(b.dir, "copy.mp4")
	other := filepath.Join(b.dir, "ffmpeg.mp4")
	const flags = "frag_keyframe+delay_moov+default_base_moof"
	const syncing = `"$@" && for last; do :; done && sync "$last"`
	clear := func() {
		// Each begins with an empty place, and leaves the memory for the page
		// cache as it found it.
		_, _, _ = os.Remove(copied), os.Remove(other), os.Remove(b.cut)
	}
	costs, err := b.alternate(
		func() (cost, error) {
			clear()
			return command("sh", "-c", syncing, "sh", "cp", b.plain, copied)
		},
		func() (cost, error) {
			clear()
			return command("sh", "-c", syncing, "sh", "ffmpeg", "-loglevel", "error", "-nostdin", "-y", "-i", b.plain,
				"-c", "copy", "-movflags", flags, other)
		},
		func() (cost, error) {
			clear()
			return command(b.vodsrv, "fragment", b.plain, b.cut)
		},
	)
	if err != nil {
		return err
	}
	b.table.add("fragment a film",
		named{name: "cp and sync", cost: costs[0]},
		named{name: "vodsrv", cost: costs[2], target: "1.2 wall and CPU, 32 MiB + 12 bytes a sample"},
		named{name: "ffmpeg and sync", cost: costs[1]})
	return nil
}

// open measures opening the fragmented film against the least it can take. It
// takes so little that there is time for many rounds.
func (b *bench) open() error {
	const rounds = 10
	costs, err := alternate(rounds*b.rounds,
		func() (cost, error) {
			return inside(func() error { _, err := walk(b.cut); return err })
		},
		func() (cost, error) {
			return inside(func() error { _, err := openFilm(b.cut); return err })
		},
		func() (cost, error) {
			return inside(func() error { return glance(b.cut) })
		},
	)
	if err != nil {
		return err
	}
	others, err := b.alternate(func() (cost, error) {
		return command("ffprobe", "-v", "error", b.cut)
	})
	if err != nil {
		return err
	}
	b.table.add("open its fragments",
		named{name: "one pread a box header", cost: costs[0]},
		named{name: "vodsrv", cost: costs[1], target: "2 wall and CPU"},
		named{name: "vodsrv, by mfra", cost: costs[2], target: "1 ms"},
		named{name: "ffprobe, with its start", cost: others[0]})
	return b.memory()
}

func openFilm(path string) (*mp4.Movie, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return mp4.Open(f, info.Size())
}

// glance describes a film by its index of fragments.
func glance(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = mp4.Glance(f, info.Size())
	return err
}

// memory prints what an index takes of the heap.
func (b *bench) memory() error {
	for _, path := range []string{b.plain, b.cut} {
		before := heap()
		m, err := openFilm(path)
		if err != nil {
			return err
		}
		samples := 0
		for _, t := range m.Tracks {
			samples += t.Index.Len()
		}
		fmt.Printf("index of %s: %.1f bytes a sample (target 12), %d samples\n",
			filepath.Base(path), float64(heap()-before)/float64(samples), samples)
		runtime.KeepAlive(m)
	}
	return nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
