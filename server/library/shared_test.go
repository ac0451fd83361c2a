package library

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"vodsrv/mp4/info"
)

// valuesInMemory are a Shared.
type valuesInMemory struct {
	mu     sync.Mutex
	values map[string][]byte
	put    map[string]time.Time
	asked  int // for values
	puts   int
	broken error // of all that is asked, if there is one
	stuck  bool  // nothing is answered
	closed bool
}

func (m *valuesInMemory) ask(ctx context.Context) error {
	m.mu.Lock()
	stuck, broken := m.stuck, m.broken
	m.mu.Unlock()
	if stuck {
		<-ctx.Done()
		return ctx.Err()
	}
	return broken
}

func (m *valuesInMemory) Get(ctx context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	m.asked++
	value, ok := m.values[key]
	m.mu.Unlock()
	if err := m.ask(ctx); err != nil {
		return nil, err
	}
	if !ok {
		return nil, fs.ErrNotExist
	}
	return value, nil
}

func (m *valuesInMemory) Put(ctx context.Context, key string, value []byte) error {
	if err := m.ask(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values, m.put = map[string][]byte{}, map[string]time.Time{}
	}
	m.puts++
	m.values[key], m.put[key] = value, time.Now()
	return nil
}

func (m *valuesInMemory) Prune(ctx context.Context, before time.Time, stay func(string) bool) error {
	if err := m.ask(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.values, func(key string, _ []byte) bool { return m.put[key].Before(before) && !stay(key) })
	return nil
}

func (m *valuesInMemory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// sharing opens a library that shares its descriptions.
func sharing(t *testing.T, dir string, m *valuesInMemory, trouble func(error)) *Library {
	t.Helper()
	if trouble == nil {
		trouble = func(err error) { t.Errorf("trouble: %v", err) }
	}
	l, err := Open(dir, Options{Shared: m, SharedTrouble: trouble})
	must(t, err)
	return l
}

// ready waits until all films are listed as they are.
func ready(t *testing.T, l *Library) (all []Entry) {
	t.Helper()
	soon(t, "all films", func() bool {
		all = entries(t, l)
		return !slices.ContainsFunc(all, func(e Entry) bool { return e.State == info.Indexing })
	})
	return all
}

func TestDescriptionsAreShared(t *testing.T) {
	dir, m := t.TempDir(), &valuesInMemory{}
	for _, name := range []string{"1.mp4", "2.mp4", "3.mp4"} {
		copySample(t, filepath.Join(dir, name))
	}
	first := sharing(t, dir, m, nil)
	want := ready(t, first)
	f, err := first.Film(t.Context(), "1.mp4") // which makes no other description of it
	must(t, err)
	must(t, f.Close())
	must(t, first.Close())
	if len(m.values) != 3 || m.puts != 3 || !m.closed {
		t.Fatalf("%d descriptions were put, %d times; closed: %v", len(m.values), m.puts, m.closed)
	}

	second := sharing(t, dir, m, nil)
	if got := ready(t, second); !reflect.DeepEqual(got, want) || described(t, second) != 0 {
		t.Errorf("%d films were read again; listed is\n%+v, was\n%+v", described(t, second), got, want)
	}
	// One that changes is described anew, by whoever comes first.
	copySample(t, filepath.Join(dir, "1.mp4"))
	if got := ready(t, second); got[0].State != info.Ready || described(t, second) != 1 {
		t.Errorf("a film that changed is %+v, read again %d times", got[0], described(t, second))
	}
	must(t, second.Close())
	if len(m.values) != 4 {
		t.Errorf("there are %d descriptions", len(m.values))
	}
}

// What is damaged, or that of another film, is made anew and nobody told.
func TestSharedDescriptionsThatAreDamaged(t *testing.T) {
	dir, m := t.TempDir(), &valuesInMemory{}
	for _, name := range []string{"1.mp4", "2.mp4", "3.mp4", "4.mp4"} {
		copySample(t, filepath.Join(dir, name))
	}
	l := sharing(t, dir, m, nil)
	want := ready(t, l)
	must(t, l.Close())
	keys := slices.Sorted(maps.Keys(m.values))
	m.values[keys[0]] = nil
	m.values[keys[1]] = append([]byte{}, m.values[keys[1]][:100]...)
	m.values[keys[2]] = m.values[keys[3]]
	m.puts = 0
	l = sharing(t, dir, m, nil)
	if got := ready(t, l); !reflect.DeepEqual(got, want) || described(t, l) != 3 {
		t.Errorf("%d films were read again; listed is\n%+v", described(t, l), got)
	}
	must(t, l.Close())
	if m.puts != 3 {
		t.Errorf("%d descriptions were put in the place of three that were damaged", m.puts)
	}
}

// One that fails is told of once, and left alone for a while.
func TestASharedCacheThatFails(t *testing.T) {
	for name, m := range map[string]*valuesInMemory{"refuses": {broken: errors.New("no")}, "is stuck": {stuck: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for i := range 20 {
				copySample(t, filepath.Join(dir, string(rune('a'+i))+".mp4"))
			}
			var mu sync.Mutex
			told := 0
			begin := time.Now()
			l := sharing(t, dir, m, func(error) {
				mu.Lock()
				defer mu.Unlock()
				told++
			})
			// Nobody who watches waits for it.
			f, err := l.Film(t.Context(), "a.mp4")
			must(t, err)
			must(t, f.Close())
			if m.asked != 0 {
				t.Errorf("a viewer asked for %d descriptions", m.asked)
			}
			for _, e := range ready(t, l) {
				if e.State != info.Ready {
					t.Errorf("%s is %s", e.Name, e.State)
				}
			}
			must(t, l.Close())
			if most := backgroundWorkers(); m.asked == 0 || m.asked > most || told != 1 || described(t, l) != 20 {
				t.Errorf("asked %d times by %d workers, told %d times, %d films read, after %v", m.asked, most, told, described(t, l), time.Since(begin))
			}
		})
	}
}

// What is old and not of a film that is there goes; what is not a description
// stays.
func TestTheSharedCacheIsPruned(t *testing.T) {
	dir, m := t.TempDir(), &valuesInMemory{}
	copySample(t, filepath.Join(dir, "film.mp4"))
	l := sharing(t, dir, m, nil)
	ready(t, l)
	must(t, l.Close())
	own := slices.Collect(maps.Keys(m.values))[0]
	const old, new, other = "1.1/0123456789abcdef0123456789abcdef", "1.1/0123456789abcdef0123456789abcde0", "1.1/beach.mp4"
	for _, key := range []string{old, new, other} {
		m.values[key] = []byte("x")
	}
	for key := range m.values {
		m.put[key] = time.Now().Add(-sharedAge - time.Hour)
	}
	m.put[new] = time.Now()
	l, err := Open(dir, Options{Shared: m, Watch: true})
	must(t, err)
	want := slices.Sorted(slices.Values([]string{own, new, other}))
	soon(t, "the old one goes", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.values) <= len(want)
	})
	must(t, l.Close())
	if left := slices.Sorted(maps.Keys(m.values)); !slices.Equal(left, want) {
		t.Errorf("left are %q, not %q", left, want)
	}
}
