package mp4_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/dump"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
	"vodsrv/mp4/mp4test"
)

// What all that is done with a damaged film may take together: memory counts
// all that was ever allocated, not what is in use at a time.
const (
	damagedFilms  = 2000
	damagedMemory = 64 << 20
	damagedTime   = 2 * time.Second
)

// TestDamage damages small films of all kinds at random, the same ways each
// time, and does with them all that is done with films.
func TestDamage(t *testing.T) {
	films := damaging(t)
	for seed := range uint64(damagedFilms) {
		r := rand.New(rand.NewPCG(seed, 99))
		whole := films[r.IntN(len(films))]
		b, how := damage(r, whole)
		for range r.IntN(3) {
			var more string
			b, more = damage(r, b)
			how += ", " + more
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			took := useDamaged(t, whole, b)
			// A machine that runs tests can be busy for a moment.
			for range 2 {
				if took > damagedTime {
					took = min(took, useDamaged(t, whole, b))
				}
			}
			if took > damagedTime {
				t.Errorf("took %v", took)
			}
			if t.Failed() {
				t.Logf("%d bytes: %s", len(b), how)
			}
		})
	}
}

// damaging are the films to be damaged: made ones of all kinds, and small real
// ones.
func damaging(t *testing.T) [][]byte {
	films := seeds()
	for _, b := range growing() {
		films = append(films, b)
	}
	slices.SortFunc(films, bytes.Compare) // a map has no order
	for _, flags := range []string{"cmaf", "delay_moov+default_base_moof", "dash+global_sidx", "faststart", "empty_moov+separate_moof"} {
		films = append(films, fragmented(t, "trimmed.mp4", flags), fragmented(t, "two-sounds.mp4", flags))
	}
	for _, path := range append(files(t, "fragment/testdata/ffmpeg51"), files(t, "../../shared/corpus/valid")...) {
		stat, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(path) == ".txt" || stat.Size() > 48<<10 {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		films = append(films, b)
	}
	return films
}

// useDamaged tells how long all took that is done with a film.
func useDamaged(t *testing.T, whole, b []byte) time.Duration {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	m, err := open(b)
	checkError(t, m, err)
	if m != nil {
		checkMovie(t, m)
		describeDamaged(t, info.Describe(m))
		playDamaged(t, m, b)
	} else {
		describeDamaged(t, info.Unreadable(int64(len(b)), err))
	}
	if m, err := mp4.Glance(bytes.NewReader(b), int64(len(b))); err == nil {
		describeDamaged(t, info.Describe(m))
	}
	dumpDamaged(t, b)
	if m, err := open(whole[:min(len(whole), len(b))/2]); err == nil {
		if next, err := resume(m, b); err == nil {
			checkMovie(t, next)
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > damagedMemory {
		t.Errorf("took %d KiB", n>>10)
	}
	return took
}

func describeDamaged(t *testing.T, f info.File) {
	t.Helper()
	if text := f.Text(); text == "" {
		t.Error("no text")
	}
	if _, err := json.Marshal(f); err != nil {
		t.Error(err)
	}
	if f.State != info.Ready && f.Reason == "" {
		t.Errorf("%s without a reason", f.State)
	}
}

func dumpDamaged(t *testing.T, b []byte) {
	t.Helper()
	// What is wrong with the file is an error, once all is written.
	if len(b)%2 == 0 {
		_ = dump.Boxes(io.Discard, bytes.NewReader(b), int64(len(b)), dump.Options{Full: true})
		_ = dump.Samples(io.Discard, bytes.NewReader(b), int64(len(b)), 1, true)
		return
	}
	var out bytes.Buffer
	_ = dump.Boxes(&out, bytes.NewReader(b), int64(len(b)), dump.Options{JSON: true})
	if !json.Valid(out.Bytes()) {
		t.Errorf("no JSON: %s", out.Bytes())
	}
}

// playDamaged reads the first and last segments of a film.
func playDamaged(t *testing.T, m *mp4.Movie, b []byte) {
	t.Helper()
	ids := fragment.DefaultTracks(m)
	if len(ids) == 0 {
		return
	}
	plan := fragment.NewPlan(m)
	s, err := plan.Stream(ids)
	if err != nil {
		t.Errorf("the default tracks make no stream: %v", err)
		return
	}
	for k := range plan.Len() {
		if k >= 5 && k < plan.Len()-5 {
			continue
		}
		g, err := s.Segment(k)
		if err != nil || g == nil {
			continue
		}
		if n, err := io.Copy(io.Discard, g.NewReader(bytes.NewReader(b))); err != nil || n != g.Size() {
			t.Errorf("segment %d: %d bytes of %d, %v", k, n, g.Size(), err)
		}
	}
}

// placed is a box in a file, and the boxes it lies in.
type placed struct {
	at, size int
	within   []int // places of their sizes
}

// placesOf finds all boxes of a file, but for the media.
func placesOf(b []byte) []placed {
	var list []placed
	var walk func(from, to int, within []int)
	walk = func(from, to int, within []int) {
		for at := from; to-at >= 8; {
			h, err := box.ParseHeader(b[at:to], int64(at), int64(to))
			if err != nil || h.Size > int64(to-at) || len(within) > 8 {
				return
			}
			if h.Type != box.T("mdat") {
				list = append(list, placed{at, int(h.Size), slices.Clone(within)})
			}
			if strings.Contains("moov trak edts mdia minf dinf stbl mvex moof traf udta mfra", h.Type.String()) {
				walk(at+int(h.HeadSize), at+int(h.Size), append(within, at))
			}
			at += int(h.Size)
		}
	}
	walk(0, len(b), nil)
	return list
}

// resize writes the sizes of the boxes around one that became longer.
func (p placed) resize(b []byte, by int) {
	for _, at := range p.within {
		binary.BigEndian.PutUint32(b[at:], uint32(sizeAt(b, at)+by))
	}
}

// damage changes a file in one of the ways that files get broken, and tells
// which.
func damage(r *rand.Rand, b []byte) ([]byte, string) {
	b = bytes.Clone(b)
	places := placesOf(b)
	if len(b) < 16 || len(places) == 0 {
		return b, "nothing"
	}
	word := []uint32{0, 1, 7, 8, 0x7fffffff, 0x80000000, 0xffffffff, r.Uint32(), r.Uint32N(300), uint32(len(b))}[r.IntN(10)]
	p := places[r.IntN(len(places))]
	switch r.IntN(9) {
	case 0:
		for range 1 + r.IntN(8) {
			b[p.at+r.IntN(p.size)] ^= 1 << r.IntN(8)
		}
		return b, fmt.Sprintf("bits flipped in %s at %d", b[p.at+4:p.at+8], p.at)
	case 1:
		n := r.IntN(len(b))
		return b[:n], fmt.Sprintf("cut at %d", n)
	case 2:
		from := r.IntN(len(b))
		n := r.IntN(len(b) - from)
		return slices.Delete(b, from, from+n), fmt.Sprintf("%d bytes missing at %d", n, from)
	case 3:
		at := r.IntN(len(b) - 4)
		binary.BigEndian.PutUint32(b[at:], word)
		return b, fmt.Sprintf("%d at %d", word, at)
	case 4, 5: // counts and sizes stand close to a box's start
		at := min(p.at+4*r.IntN(7), len(b)-4)
		binary.BigEndian.PutUint32(b[at:], word)
		return b, fmt.Sprintf("%d at %d, in a box at %d", word, at, p.at)
	case 6:
		p.resize(b, -p.size)
		return slices.Delete(b, p.at, p.at+p.size), fmt.Sprintf("no box at %d", p.at)
	case 7:
		p.resize(b, p.size)
		return slices.Insert(b, p.at, bytes.Clone(b[p.at:p.at+p.size])...), fmt.Sprintf("the box at %d twice", p.at)
	}
	q := places[r.IntN(len(places))]
	if p.at > q.at {
		p, q = q, p
	}
	if p.at+p.size > q.at {
		return b, "a box swapped with itself"
	}
	p.resize(b, q.size-p.size)
	q.resize(b, p.size-q.size)
	return mp4test.Join(b[:p.at], b[q.at:q.at+q.size], b[p.at+p.size:q.at], b[p.at:p.at+p.size], b[q.at+q.size:]),
		fmt.Sprintf("the boxes at %d and %d swapped", p.at, q.at)
}

// Whatever is damaged, most films are still films: else the test above would
// show little.
func TestDamageLeavesFilms(t *testing.T) {
	films, opened := damaging(t), 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 99))
		b, _ := damage(r, films[r.IntN(len(films))])
		if _, err := open(b); err == nil {
			opened++
		}
	}
	if opened < 100 {
		t.Errorf("%d of 200 open", opened)
	}
}
