package load

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Options say who comes, and for how long.
type Options struct {
	URL     string        // of a film: its page or its WebSocket; ?rate= is the speed they watch at
	Viewers int           // who watch
	Deaf    int           // who connect besides, and never read
	Ramp    time.Duration // within which all connect
	Time    time.Duration // from then on
}

// Report is how they fared.
type Report struct {
	Viewers  int            `json:"viewers"`
	Failed   int            `json:"failed"`   // were refused, or lost their connection
	Starved  int            `json:"starved"`  // had to wait for the film at least once
	Finished int            `json:"finished"` // saw the film to its end
	Waited   float64        `json:"waited"`   // seconds, all together
	Bytes    int64          `json:"bytes"`    // of the film, all together
	Seconds  float64        `json:"seconds"`  // that it took
	Start    Spread         `json:"start"`    // seconds from asking to the first media
	Least    Spread         `json:"least"`    // seconds of film in hand at the worst moment
	Jitter   Spread         `json:"jitter"`   // seconds, as in RFC 3550, 6.4.1, of whole segments
	Reasons  map[string]int `json:"reasons"`  // why they failed
	Deaf     *Deaf          `json:"deaf,omitempty"`
	Server   *Server        `json:"server,omitempty"`
}

// Deaf is what became of those who never read.
type Deaf struct {
	Viewers int     `json:"viewers"`
	Dropped int     `json:"dropped"` // by the server
	Longest float64 `json:"longest"` // seconds until it did
}

// Spread is how a figure is spread over the viewers.
type Spread struct {
	Min float64 `json:"min"`
	P1  float64 `json:"p1"`
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Run watches a film with many viewers.
func Run(ctx context.Context, o Options) (*Report, error) {
	t, err := parseTarget(o.URL)
	if err != nil {
		return nil, err
	}
	rate := 1.0
	if asked := t.url.Query().Get("rate"); asked != "" {
		if rate, err = strconv.ParseFloat(asked, 64); err != nil || !(rate > 0) {
			return nil, fmt.Errorf("the rate %s is no speed to watch at", asked)
		}
	}
	usage := t.watchServer(ctx)
	begin := time.Now()
	deaf := startDeaf(ctx, t, o)
	results := crowd(ctx, t, rate, o)
	report := summarise(results, time.Since(begin))
	report.Deaf = deaf.end()
	report.Server = usage.end(o.Viewers)
	return report, nil
}

// crowd lets viewers in, evenly within the ramp, and waits for them.
func crowd(ctx context.Context, t *target, rate float64, o Options) []result {
	ctx, cancel := context.WithTimeout(ctx, o.Ramp+o.Time)
	defer cancel()
	results := make([]result, o.Viewers)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			if wait(ctx, o.Ramp*time.Duration(i)/time.Duration(o.Viewers)) {
				results[i] = watch(ctx, t, rate)
			}
		})
	}
	all.Wait()
	return results
}

// wait tells whether the time has come; ctx may be done before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func summarise(results []result, took time.Duration) *Report {
	r := &Report{Viewers: len(results), Seconds: took.Seconds(), Reasons: map[string]int{}}
	var start, least, jitter []float64
	for _, one := range results {
		r.Bytes += one.Bytes
		r.Waited += one.Waited
		if one.Waited > 0 {
			r.Starved++
		}
		if one.Ended {
			r.Finished++
		}
		if one.Err != nil {
			r.Failed++
			r.Reasons[one.Err.Error()]++
		}
		if one.played {
			start = append(start, one.Start)
			jitter = append(jitter, one.Jitter)
		}
		if !math.IsInf(one.Least, 1) {
			least = append(least, one.Least)
		}
	}
	r.Start, r.Least, r.Jitter = spreadOf(start), spreadOf(least), spreadOf(jitter)
	return r
}

func spreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	slices.Sort(values)
	at := func(share float64) float64 { return values[int(share*float64(len(values)-1)+0.5)] }
	return Spread{Min: at(0), P1: at(0.01), P50: at(0.5), P99: at(0.99), Max: at(1)}
}

// Print writes the report for a person to read.
func (r *Report) Print(w io.Writer) error {
	ew := &errWriter{w: w}
	ew.printf("%d viewers in %.1f s: %d failed, %d starved (%.1f s in all), %d saw the end\n",
		r.Viewers, r.Seconds, r.Failed, r.Starved, r.Waited, r.Finished)
	ew.printf("received        %.1f MB, %.1f MB/s\n", float64(r.Bytes)/1e6, float64(r.Bytes)/1e6/r.Seconds)
	ew.printf("first media     %s\n", r.Start.in("s after asking"))
	ew.printf("least in hand   %s\n", r.Least.in("s of film"))
	ew.printf("jitter          %s\n", r.Jitter.in("s"))
	if d := r.Deaf; d != nil {
		ew.printf("never read      %d, of whom %d were dropped, after at most %.1f s\n", d.Viewers, d.Dropped, d.Longest)
	}
	if s := r.Server; s != nil {
		ew.printf("server memory   %.1f MiB before, %.1f MiB at most: %.1f KiB a viewer\n", mib(s.MemoryBefore), mib(s.MemoryMost), float64(s.MemoryEach)/1024)
		ew.printf("server routines %d before, %d at most\n", s.GoroutinesBefore, s.GoroutinesMost)
	}
	reasons := make([]string, 0, len(r.Reasons))
	for reason := range r.Reasons {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		ew.printf("failed          %d: %s\n", r.Reasons[reason], reason)
	}
	return ew.err
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

func (s Spread) in(unit string) string {
	return fmt.Sprintf("min %.3f, 1%% %.3f, half %.3f, 99%% %.3f, max %.3f %s", s.Min, s.P1, s.P50, s.P99, s.Max, unit)
}

// errWriter keeps the first error.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) printf(format string, args ...any) {
	if e.err == nil {
		_, e.err = fmt.Fprintf(e.w, format, args...)
	}
}
