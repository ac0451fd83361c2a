package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// crowd is what vodsrv load tells of many viewers.
type crowd struct {
	Viewers int
	Failed  int
	Starved int
	Bytes   int64
	Seconds float64
	Start   struct{ P50, P99, Max float64 }
	Jitter  struct{ P99 float64 }
	Deaf    struct {
		Viewers, Dropped int
		Longest          float64
	}
	Server struct {
		MemoryEach       int64
		GoroutinesBefore int
		GoroutinesMost   int
	}
}

// viewers lets many watch a film of 500 kbit/s, first alone, then beside some
// who connect and never read.
func (b *bench) viewers() error {
	watching, err := number("BENCH_VIEWERS", 5000)
	if err != nil {
		return err
	}
	film := filepath.Join(b.dir, "narrow.mp4")
	if err := narrowFilm(film); err != nil {
		return err
	}
	server, err := b.startVodsrv("--write-timeout", "5s")
	if err != nil {
		return err
	}
	defer server.stop()
	url := "http://" + server.addr + "/watch/" + filepath.Base(film)
	c, err := b.load("--viewers", strconv.Itoa(watching), "--ramp", "15s", "--time", "60s", url)
	if err != nil {
		return err
	}
	fmt.Printf("%d viewers for %.0f s: %d failed, %d starved (target 0), %.1f MB/s; first media half %.3f s, 99%% %.3f s; jitter 99%% %.3f s\n",
		c.Viewers, c.Seconds, c.Failed, c.Starved, float64(c.Bytes)/1e6/c.Seconds, c.Start.P50, c.Start.P99, c.Jitter.P99)
	fmt.Printf("memory %.1f KiB a viewer (target 24), goroutines %.2f a viewer (target 2)\n",
		float64(c.Server.MemoryEach)/1024, float64(c.Server.GoroutinesMost-c.Server.GoroutinesBefore)/float64(c.Viewers))
	after, err := server.settled(c.Server.GoroutinesBefore)
	if err != nil {
		return err
	}
	fmt.Printf("goroutines %d before, %d after they left\n", c.Server.GoroutinesBefore, after)
	c, err = b.load("--viewers", "500", "--deaf", "1000", "--ramp", "5s", "--time", "20s", url)
	if err != nil {
		return err
	}
	fmt.Printf("of %d who never read %d were dropped, the last after %.1f s (time-out 5 s); of %d viewers beside them %d failed, %d starved\n",
		c.Deaf.Viewers, c.Deaf.Dropped, c.Deaf.Longest, c.Viewers, c.Failed, c.Starved)
	return nil
}

// load runs vodsrv load in a process of its own.
func (b *bench) load(args ...string) (c crowd, err error) {
	cmd := exec.Command(b.vodsrv, append([]string{"load", "--json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(out, &c)
}

// settled waits until the server has no more goroutines than it had, or some
// time has passed, and tells how many it has.
func (d *daemon) settled(want int) (n int, err error) {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if n, err = d.goroutines(); err != nil || n <= want {
			return n, err
		}
	}
	return n, nil
}

// goroutines is how many the server says it has.
func (d *daemon) goroutines() (n int, err error) {
	answer, err := http.Get("http://" + d.addr + "/metrics")
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "go_goroutines %d", &n); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("the server does not tell its goroutines")
}

// narrowMinute is a minute of 500 kbit/s.
const narrowMinute = "-f lavfi -i testsrc2=s=640x360:r=25:d=60 -f lavfi -i sine=440:r=48000:d=60 -vf noise=alls=20:allf=t " +
	"-c:v libx264 -preset veryfast -b:v 430k -minrate 430k -maxrate 430k -bufsize 430k -g 50 -c:a aac -b:a 64k"

// narrowFilm makes six minutes of 500 kbit/s.
func narrowFilm(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return repeated(path, 6, narrowMinute, "-movflags", "+faststart")
}
