package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// cost is what something took.
type cost struct {
	wall   time.Duration
	cpu    time.Duration
	memory int64 // the most that was resident, in bytes; 0 if not measured
}

// least keeps the smaller of each figure.
func (c *cost) least(other cost) {
	if c.wall == 0 {
		*c = other
		return
	}
	c.wall, c.cpu, c.memory = min(c.wall, other.wall), min(c.cpu, other.cpu), min(c.memory, other.memory)
}

// row is one line of the table: a cost, beside that of the first of its work.
type row struct {
	work, who string
	cost
	base   cost
	target string
}

type table struct{ rows []row }

// add adds lines for one piece of work, whose first is what the others are
// compared with.
func (t *table) add(work string, base named, others ...named) {
	t.rows = append(t.rows, row{work: work, who: base.name, cost: base.cost, base: base.cost})
	for _, o := range others {
		t.rows = append(t.rows, row{who: o.name, cost: o.cost, base: base.cost, target: o.target})
	}
}

// named is a cost and whose it is.
type named struct {
	name string
	cost
	target string
}

func (t *table) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "work\twho\twall\tCPU\twall ratio\tCPU ratio\tmemory\ttarget")
	for _, r := range t.rows {
		memory := ""
		if r.memory > 0 {
			memory = fmt.Sprintf("%.1f MiB", float64(r.memory)/(1<<20))
		}
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%.2f\t%.2f\t%s\t%s\n", r.work, r.who, short(r.wall), short(r.cpu),
			ratio(r.wall, r.base.wall), ratio(r.cpu, r.base.cpu), memory, r.target)
	}
	_ = tw.Flush()
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(100 * time.Nanosecond).String()
}
