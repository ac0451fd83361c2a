package mp4

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// model is a track as a plain list.
type model []Sample

// random makes a track and the same as a list. Some have many short runs, so
// that tables turn into plain arrays, some have few.
func random(r *rand.Rand, n int) (*Index, model) {
	x, m := &Index{}, make(model, 0, n)
	keep := []float64{0, 0.5, 0.99}[r.IntN(3)]
	group := 1 + r.IntN(40)
	place, now := int64(r.IntN(1000)), int64(0)
	var s Sample
	for i := range n {
		if i == 0 || r.Float64() > keep {
			s.Size, s.Duration, s.CTO = r.Uint32N(50), r.Uint32N(20), int32(r.IntN(60)-20)
			s.Description = 1 + r.Uint32N(2)
		}
		if r.IntN(30) == 0 {
			now += int64(r.IntN(100))
		}
		s.DTS, s.Sync = now, group > 35 || r.IntN(group) == 0
		x.times.jump(now)
		if i == 0 || r.IntN(10) == 0 {
			place = int64(r.IntN(1 << 30))
			x.chunks.add(x.n, place)
		}
		s.Offset = place
		place += int64(s.Size)
		now += int64(s.Duration)
		if !x.times.add(1, s.Duration) {
			panic("times do not fit")
		}
		x.sizes.add(1, s.Size)
		x.offsets.add(1, uint32(s.CTO))
		x.entries.add(1, s.Description)
		x.sync.add(x.n, 1, s.Sync)
		x.n++
		x.total += int64(s.Size)
		m = append(m, s)
	}
	x.finish()
	return x, m
}

func (m model) first(ok func(Sample) bool) int {
	if i := slices.IndexFunc(m, ok); i >= 0 {
		return i
	}
	return len(m)
}

func (m model) check(t *testing.T, r *rand.Rand, x *Index) {
	t.Helper()
	if x.Len() != len(m) {
		t.Fatalf("%d samples, want %d", x.Len(), len(m))
	}
	if len(m) == 0 {
		return
	}
	m.checkSamples(t, r, x)
	m.checkSearches(t, r, x)
	m.checkSync(t, x)
	var changes []int
	total := int64(0)
	for i, s := range m {
		if i > 0 && s.Description != m[i-1].Description {
			changes = append(changes, i)
		}
		total += int64(s.Size)
	}
	if got := x.EntryChanges(); !slices.Equal(got, changes) {
		t.Errorf("entry changes %v, want %v", got, changes)
	}
	least, most := x.Reorder()
	for _, s := range m {
		if s.CTO < least || s.CTO > most {
			t.Errorf("offset %d outside of %d to %d", s.CTO, least, most)
		}
	}
	end := m[len(m)-1]
	if x.TotalSize() != total || x.Start() != m[0].DTS || x.End() != end.DTS+int64(end.Duration) {
		t.Errorf("%d bytes from %d to %d", x.TotalSize(), x.Start(), x.End())
	}
}

func (m model) checkSamples(t *testing.T, r *rand.Rand, x *Index) {
	t.Helper()
	for _, from := range []int{0, r.IntN(len(m)), len(m) - 1, len(m), -5, len(m) + 5} {
		c := x.Cursor(from)
		for i := min(max(from, 0), len(m)); i < len(m); i++ {
			if s, ok := c.Next(); !ok || s != m[i] {
				t.Fatalf("from %d: sample %d is %+v, want %+v", from, i, s, m[i])
			}
		}
		if s, ok := c.Next(); ok {
			t.Fatalf("from %d: %+v behind the end", from, s)
		}
	}
	for i, want := range m {
		if s := x.At(i); s != want {
			t.Fatalf("sample %d is %+v, want %+v", i, s, want)
		}
	}
}

func (m model) checkSearches(t *testing.T, r *rand.Rand, x *Index) {
	t.Helper()
	end := x.End() + 100
	for range 200 {
		at := r.Int64N(end+200) - 100
		searches := []struct {
			name string
			got  int
			want int
		}{
			{"Search", x.Search(at), m.first(func(s Sample) bool { return s.DTS >= at })},
			{"SearchPTS", x.SearchPTS(at), m.first(func(s Sample) bool { return s.PTS() >= at })},
			{"FirstShown", x.FirstShown(at), m.first(func(s Sample) bool { return s.PTS()+int64(s.Duration) > at })},
		}
		for _, s := range searches {
			if s.got != s.want {
				t.Fatalf("%s(%d) is %d, want %d", s.name, at, s.got, s.want)
			}
		}
	}
}

func (m model) checkSync(t *testing.T, x *Index) {
	t.Helper()
	all := m.first(func(s Sample) bool { return !s.Sync }) == len(m)
	if x.AllSync() != all {
		t.Errorf("all sync: %v", x.AllSync())
	}
	for i := -2; i < len(m)+2; i++ {
		before, after := -1, len(m)
		for k, s := range m {
			if s.Sync && k <= i {
				before = k
			}
			if s.Sync && k >= i && after == len(m) {
				after = k
			}
		}
		if i < 0 {
			before = -1
		}
		if got := x.SyncAfter(i); got != after {
			t.Fatalf("SyncAfter(%d) is %d, want %d", i, got, after)
		}
		if got := x.SyncBefore(i); got != before && i >= 0 {
			t.Fatalf("SyncBefore(%d) is %d, want %d", i, got, before)
		}
	}
}

func TestIndexAgainstModel(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			x, m := random(r, r.IntN(700))
			m.check(t, r, x)
			cut := r.IntN(len(m) + 2)
			x.cut(uint32(cut))
			x.finish()
			m[:min(cut, len(m))].check(t, r, x)
		})
	}
}

// Long chunks are divided and long tracks searched by stretches.
func TestIndexOfManySamples(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	x, m := &Index{}, model{}
	place := int64(99)
	x.chunks.add(0, place)
	for i := range 5 * stretch {
		s := Sample{Offset: place, Size: r.Uint32N(100), Duration: 10, DTS: int64(i) * 10, CTO: int32(r.IntN(100)), Description: 1, Sync: true}
		if i == stretch/2 {
			s.CTO = 20000 // hides much of what follows from a search
		}
		x.sizes.add(1, s.Size)
		x.offsets.add(1, uint32(s.CTO))
		place += int64(s.Size)
		m = append(m, s)
	}
	x.n = uint32(len(m))
	x.times.add(x.n, 10)
	x.entries.add(x.n, 1)
	x.finish()
	if len(x.chunks.first) != 5 || len(x.latest) != 5 {
		t.Errorf("%d chunks, %d stretches", len(x.chunks.first), len(x.latest))
	}
	m.checkSamples(t, r, x)
	m.checkSearches(t, r, x)
}

func TestRunTable(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 2))
		var table runTable
		var list []uint32
		values, longest := 1+r.Uint32N(5), 1+r.Uint32N(9)
		for range r.IntN(1000) {
			count, v := r.Uint32N(longest+1), r.Uint32N(values)
			table.add(count, v)
			list = append(list, slices.Repeat([]uint32{v}, int(count))...)
		}
		if longest == 1 && values > 1 && len(list) > 2*minDense && !table.dense {
			t.Errorf("seed %d: %d runs of %d samples are no array", seed, len(table.first), len(list))
		}
		if bytes := 8*len(table.first) + 4*denseLen(&table); bytes > 4*len(list)+8*minDense {
			t.Errorf("seed %d: %d bytes for %d samples", seed, bytes, len(list))
		}
		checkRunTable(t, r, &table, list)
		if r.IntN(2) == 0 {
			// A run as long as this makes runs of an array again.
			count := uint32(8*len(list) + 1)
			table.add(count, 99)
			list = append(list, slices.Repeat([]uint32{99}, int(count))...)
			if table.dense {
				t.Errorf("seed %d: a run of %d is in an array", seed, count)
			}
			checkRunTable(t, r, &table, list)
		}
		n := r.IntN(len(list) + 1)
		table.cut(uint32(n))
		table.compact()
		checkRunTable(t, r, &table, list[:n])
		table.add(3, 77)
		checkRunTable(t, r, &table, append(list[:n:n], 77, 77, 77))
	}
}

func checkRunTable(t *testing.T, r *rand.Rand, table *runTable, list []uint32) {
	t.Helper()
	if int(table.n) != len(list) {
		t.Fatalf("%d values, want %d", table.n, len(list))
	}
	for i, want := range list {
		if got := table.at(uint32(i)); got != want {
			t.Fatalf("value %d is %d, want %d", i, got, want)
		}
	}
	for range 20 {
		from := r.IntN(len(list) + 1)
		to := from + r.IntN(len(list)-from+1)
		sum := int64(0)
		for _, v := range list[from:to] {
			sum += int64(v)
		}
		if from == to {
			continue
		}
		if got := table.sum(uint32(from), uint32(to)); got != sum {
			t.Fatalf("sum from %d to %d is %d, want %d", from, to, got, sum)
		}
		c := table.cursor(uint32(from))
		for i := from; i < to; i++ {
			if got := c.at(uint32(i)); got != list[i] {
				t.Fatalf("cursor at %d gives %d, want %d", i, got, list[i])
			}
		}
	}
}

func TestTimeTable(t *testing.T) {
	type entry struct {
		dts   int64
		delta uint32
	}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 4))
		var table timeTable
		var list []entry
		now := int64(0)
		for range r.IntN(300) {
			if r.IntN(5) == 0 {
				to := max(0, now+r.Int64N(40)-15)
				last := len(list) - 1
				ok := last < 0 || to > list[last].dts
				if last >= 0 && ok && to < now {
					list[last].delta = min(list[last].delta, uint32(to-list[last].dts))
				}
				if ok || to >= now {
					now, ok = to, true
				}
				if table.jump(to) != ok {
					t.Fatalf("seed %d: jump to %d, want %v", seed, to, ok)
				}
			}
			count, delta := r.Uint32N(5), r.Uint32N(12)
			table.add(count, delta)
			for range count {
				list = append(list, entry{now, delta})
				now += int64(delta)
			}
		}
		check := func() {
			t.Helper()
			if int(table.n) != len(list) {
				t.Fatalf("seed %d: %d samples, want %d", seed, table.n, len(list))
			}
			c := table.cursor(0)
			for i, want := range list {
				dts, delta := table.at(uint32(i))
				next, nextDelta := c.next(uint32(i))
				if (entry{dts, delta}) != want || (entry{next, nextDelta}) != want {
					t.Fatalf("seed %d: sample %d at %d+%d, by cursor %d+%d, want %+v", seed, i, dts, delta, next, nextDelta, want)
				}
			}
			for at := int64(-3); at < now+5; at++ {
				want := slices.IndexFunc(list, func(e entry) bool { return e.dts >= at })
				if want < 0 {
					want = len(list)
				}
				if got := table.search(at); int(got) != want {
					t.Fatalf("seed %d: search(%d) is %d, want %d", seed, at, got, want)
				}
			}
		}
		check()
		n := r.IntN(len(list) + 1)
		table.cut(uint32(n))
		table.compact()
		list = list[:n]
		check()
	}
}

func TestTimeTableLimits(t *testing.T) {
	var table timeTable
	if table.add(1<<32-1, 1<<32-1) {
		t.Error("2^64 ticks fit")
	}
	table.jump(maxTime - 5)
	if !table.add(1, 5) || table.add(1, 1) || table.n != 1 {
		t.Errorf("%d samples up to %d", table.n, table.end)
	}
}

func denseLen(t *runTable) int { return len(t.plain.full)*pageSize + len(t.plain.tail) }
