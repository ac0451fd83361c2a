package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vodsrv/mp4/fragment"
)

const (
	// tries is how often each place is asked for. The machine may be busy with
	// something else at any moment: what is slow about a place is slow each time.
	tries = 5
	// starts is how many processes are started.
	starts = 20
	// seed makes the places the same each time.
	seed = 1
)

// first measures how long it takes until a segment's first bytes are there,
// at places all over the progressive film, all of which is in the page cache.
func (b *bench) first() error {
	f, err := os.Open(b.plain)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err := io.Copy(io.Discard, io.NewSectionReader(f, 0, 1<<62)); err != nil {
		return err
	}
	m, err := openFilm(b.plain)
	if err != nil {
		return err
	}
	plan := fragment.NewPlan(m)
	s, err := plan.Stream(fragment.DefaultTracks(m))
	if err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	took, err := atPlaces(200, plan.Duration(), func(at float64) (time.Duration, error) {
		begin := time.Now()
		g, err := s.Segment(s.Seek(at))
		if err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(g.NewReader(f), buf); err != nil && err != io.ErrUnexpectedEOF {
			return 0, err
		}
		return time.Since(begin), nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("first 64 KiB of a segment (target 2ms): %s\n", took)
	return b.firstServed(plan.Duration())
}

// firstServed measures how long a viewer waits for the first media, by servers
// that were just started and by one that has the index.
func (b *bench) firstServed(duration float64) error {
	film := "/ws/" + filepath.Base(b.plain)
	random := rand.New(rand.NewPCG(seed, 0))
	var started, asked []time.Duration
	for range starts {
		fromStart, fromRequest, err := b.freshMedia(fmt.Sprintf("%s?t=%.3f", film, random.Float64()*duration))
		if err != nil {
			return err
		}
		started, asked = append(started, fromStart), append(asked, fromRequest)
	}
	fmt.Printf("first media over WebSocket, of a fresh process (target 15ms): from its start %s; from the request %s\n", spread(started), spread(asked))
	server, err := b.startVodsrv()
	if err != nil {
		return err
	}
	defer server.stop()
	if _, err := (fetch{server, film, true}).firstMedia(); err != nil {
		return err
	}
	took, err := atPlaces(100, duration, func(at float64) (time.Duration, error) {
		return fetch{server, fmt.Sprintf("%s?t=%.3f", film, at), true}.firstMedia()
	})
	if err != nil {
		return err
	}
	fmt.Printf("first media over WebSocket, with the index at hand (target 2ms): %s\n", took)
	return nil
}

// freshMedia starts a server and asks it for media as soon as it listens. It
// tells how long that took from the start of the process, and from the request.
func (b *bench) freshMedia(path string) (fromStart, fromRequest time.Duration, err error) {
	addr, err := freeAddr()
	if err != nil {
		return 0, 0, err
	}
	cmd := b.vodsrvCommand(addr)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	server := &daemon{cmd: cmd, addr: addr}
	defer server.stop()
	conn, err := dialSoon(addr, begin.Add(10*time.Second))
	if err != nil {
		return 0, 0, err
	}
	fromRequest, err = fetch{server, path, true}.firstMediaOn(conn)
	return time.Since(begin), fromRequest, err
}

// dialSoon connects as soon as somebody listens.
func dialSoon(addr string, until time.Time) (net.Conn, error) {
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil || time.Now().After(until) {
			return conn, err
		}
		time.Sleep(200 * time.Microsecond)
	}
}

// firstMedia is the time until a media segment begins to come.
func (f fetch) firstMedia() (time.Duration, error) {
	begin := time.Now()
	conn, err := net.Dial("tcp", f.from.addr)
	if err != nil {
		return 0, err
	}
	dialed := time.Since(begin)
	took, err := f.firstMediaOn(conn)
	return dialed + took, err
}

// firstMediaOn is the same from the request on.
func (f fetch) firstMediaOn(conn net.Conn) (took time.Duration, err error) {
	begin := time.Now()
	err = f.answer(conn, func(r *bufio.Reader) error {
		// A segment begins with a moof; before it there are a text message and
		// the init segment.
		for tail := uint32(0); tail != 'm'<<24|'o'<<16|'o'<<8|'f'; {
			b, err := r.ReadByte()
			if err != nil {
				return err
			}
			tail = tail<<8 | uint32(b)
		}
		took = time.Since(begin)
		return nil
	})
	return took, err
}

// waits are how long something took at many places, several times each.
type waits struct {
	all    []time.Duration
	places []time.Duration // the middle one of each place's tries
}

// atPlaces measures something at places all over a film, all of them in turn,
// and then again.
func atPlaces(places int, duration float64, measure func(at float64) (time.Duration, error)) (waits, error) {
	took := make([][]time.Duration, places)
	for range tries {
		random := rand.New(rand.NewPCG(seed, uint64(places)))
		for k := range took {
			t, err := measure(random.Float64() * duration)
			if err != nil {
				return waits{}, err
			}
			took[k] = append(took[k], t)
		}
	}
	var w waits
	for _, t := range took {
		slices.Sort(t)
		w.all, w.places = append(w.all, t...), append(w.places, t[len(t)/2])
	}
	return w, nil
}

// String tells of all the tries, and of the worst place: the one whose middle
// try is the longest.
func (w waits) String() string {
	return fmt.Sprintf("%s; of %d places the worst, by the middle of %d tries each, %s", spread(w.all), len(w.places), tries, short(slices.Max(w.places)))
}

// spread tells the middle and the longest of some times, and where there are
// hundreds the time that one in a hundred takes longer than.
func spread(took []time.Duration) string {
	slices.Sort(took)
	n := len(took)
	rare := ""
	if n >= 200 {
		rare = fmt.Sprintf("99 of 100 within %s, ", short(took[n-1-n/100]))
	}
	return fmt.Sprintf("half within %s, %sall %d within %s", short(took[n/2]), rare, n, short(took[n-1]))
}
