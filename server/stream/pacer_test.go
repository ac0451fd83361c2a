package stream

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// The promise of section 5 of the design, for films of all kinds: never less
// media than time passed, never more than that and ahead and 4 s.
func TestPaceHolds(t *testing.T) {
	films := map[string]*fakeFilm{
		"fragments of 2 s":                  newFake(60, 2, 300_000),
		"low bit rate":                      newFake(60, 2, 5_000),
		"high bit rate":                     newFake(60, 2, 20<<20),
		"one key frame in 60 s, cut at 4 s": newFake(30, 4, 2<<20),
	}
	for name, film := range films {
		for _, rate := range []float64{0.1, 1, 2, 16} {
			for _, ahead := range []float64{0.5, 10, 60} {
				t.Run(fmt.Sprintf("%s, rate %v, ahead %v", name, rate, ahead), func(t *testing.T) {
					v := watch(t, film, Query{Rate: rate}, Pace{Ahead: ahead, Window: 8 << 20})
					reach := ahead * max(1, rate)
					v.pass(20*time.Second, func(elapsed float64) {
						shown := min(elapsed*rate, film.Duration())
						if v.media < shown-1e-6 {
							t.Fatalf("after %v s only %v s were sent", elapsed, v.media)
						}
						if v.media > shown+reach+4 {
							t.Fatalf("after %v s already %v s were sent", elapsed, v.media)
						}
					})
					if len(v.pieces) == 0 || v.now.Sub(begin) < 20*time.Second {
						t.Fatalf("%d pieces until %v", len(v.pieces), v.now)
					}
				})
			}
		}
	}
}

func TestLongFragmentIsSpread(t *testing.T) {
	// One fragment of 60 s, as an unplanned source might have: it goes out over
	// its duration, not at once.
	film := newFake(1, 60, 60<<20)
	v := watch(t, film, Query{}, usual)
	v.pass(20*time.Second, func(elapsed float64) {
		if v.media < elapsed || v.media > elapsed+10+4 {
			t.Fatalf("after %v s %v s were sent", elapsed, v.media)
		}
	})
}

func TestClockStartsWithTheFirstMediaByte(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.step() // open
	v.now = v.now.Add(time.Hour)
	v.drain()
	if v.media > 10+2 {
		t.Fatalf("%v s sent: the clock ran before there was media", v.media)
	}
}

func TestClockStartsAtTheTimeAskedFor(t *testing.T) {
	// 9.5 lies late in a segment that begins at 0: all of that and 10 s beyond
	// 9.5 must come at once.
	v := watch(t, newFake(6, 10, 1<<20), Query{Time: 9.5, HasT: true}, usual)
	v.drain()
	if v.media < 19.5 {
		t.Fatalf("only %v s sent", v.media)
	}
}

// A client that asks for a place's first seconds alone decodes them while the
// rest waits for its report, or for half a second.
func TestFirstSecondsComeAlone(t *testing.T) {
	first := func(query Query, reach float64) *viewer {
		t.Helper()
		v := watch(t, newFake(60, 2, 1<<20), query, usual)
		v.drain()
		v.say(`{"type":"seek","req":1,"time":51,"first":2}`)
		v.drain()
		if v.media < 51+reach || v.media > 51+reach+2 {
			t.Fatalf("%+v: of 51 s on came all up to %v s at once", query, v.media)
		}
		return v
	}
	for _, c := range []struct {
		query        Query
		first, ahead float64
	}{
		{Query{Rate: 1}, 2, 10},
		{Query{Rate: 4}, 8, 40},
		{Query{Rate: 1, Paused: true}, 2, 8},
	} {
		v := first(c.query, c.first)
		if want := v.now.Add(longestHold); !v.wait.Equal(want) {
			t.Fatalf("%+v: the rest is due at %v, not at %v", c.query, v.wait, want)
		}
		v.now = v.wait
		v.drain()
		if v.media < 51+c.ahead {
			t.Fatalf("%+v: after the wait came all up to %v s", c.query, v.media)
		}

		v = first(c.query, c.first)
		v.say(`{"type":"report","epoch":1,"time":51,"buffered":%v,"bytes":%d}`, c.first, v.bytes)
		v.drain()
		if v.media < 51+min(c.ahead, 10) {
			t.Fatalf("%+v: after the report came all up to %v s", c.query, v.media)
		}
	}
}

func TestPausedGetsNoMoreThanAhead(t *testing.T) {
	for _, size := range []int64{2_000, 400_000, 4 << 20} {
		v := watch(t, newFake(60, 2, size), Query{Paused: true}, usual)
		v.pass(time.Hour, nil)
		if v.media > 10 || v.media < 8-1 {
			t.Fatalf("%d bytes a segment: %v s sent to a paused viewer", size, v.media)
		}
		if !v.wait.IsZero() {
			t.Fatalf("a paused viewer is to be asked again at %v", v.wait)
		}
		if v.say(`{"type":"play"}`) != 0 {
			t.Fatal("play refused")
		}
		before := v.now
		v.pass(20*time.Second, nil)
		if elapsed := v.now.Sub(before).Seconds(); v.media < elapsed || v.media > elapsed+14 {
			t.Fatalf("%v s sent, %v s after play", v.media, elapsed)
		}
	}
}

func TestPausedGetsWhatItStandsAt(t *testing.T) {
	// With 0.1 s ahead even the segment shown is more than allowed, but there
	// is no picture without it.
	v := watch(t, newFake(10, 2, 1000), Query{Paused: true}, Pace{Ahead: 0.1, Window: 8 << 20})
	v.pass(time.Minute, nil)
	if v.media != 2 {
		t.Fatalf("%v s sent, want the one segment", v.media)
	}
}

func TestPauseStopsTheClock(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.pass(5*time.Second, nil)
	v.say(`{"type":"pause"}`)
	v.pass(time.Hour, nil)
	if v.media > 5+10+4 {
		t.Fatalf("%v s sent", v.media)
	}
	v.say(`{"type":"play","rate":2}`)
	before := v.now
	v.pass(10*time.Second, nil)
	want := 5 + 2*v.now.Sub(before).Seconds()
	if v.media < want || v.media > want+20+4 {
		t.Fatalf("%v s sent, the playhead is at %v", v.media, want)
	}
}

func TestReportsMoveThePlayhead(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.pass(10*time.Second, nil)
	// The viewer was held up: it is at 3, with 5 s at hand.
	v.say(`{"type":"report","epoch":0,"time":3,"buffered":5,"bytes":100}`)
	before := v.media
	v.pass(time.Minute, nil)
	if limit := 3 + 5 + 10 + 2.0; v.media > max(limit, before) {
		t.Fatalf("%v s sent to one who has media up to 8", v.media)
	}
	if !v.wait.IsZero() {
		t.Fatalf("without a report nothing becomes due, but it waits until %v", v.wait)
	}
	v.say(`{"type":"report","epoch":0,"time":8,"buffered":100,"bytes":100}`)
	v.pass(4*time.Second, nil)
	if v.media < 8+4+10 {
		t.Fatalf("%v s sent, 4 s after a report of 8", v.media)
	}
}

func TestReportsOfOldEpochsDoNotMoveThePlayhead(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.drain()
	v.say(`{"type":"seek","req":1,"time":60}`)
	v.say(`{"type":"report","epoch":0,"time":2,"buffered":8,"bytes":7000}`)
	v.drain()
	v.say(`{"type":"report","epoch":0,"time":2,"buffered":8,"bytes":7000}`)
	v.pass(5*time.Second, nil)
	if v.media < 60+5+10 {
		t.Fatalf("%v s sent: a report of the epoch before held the clock", v.media)
	}
}

func TestPlayheadIsNeverBeforeTheEpoch(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{Time: 40, HasT: true}, usual)
	v.drain()
	// The page has not moved its playhead yet.
	v.say(`{"type":"report","epoch":0,"time":0,"buffered":0,"bytes":10}`)
	v.pass(time.Second, nil)
	if v.media < 50 {
		t.Fatalf("%v s sent", v.media)
	}
}

func TestWindow(t *testing.T) {
	film := newFake(60, 2, 4<<20)
	v := watch(t, film, Query{Rate: 16}, usual)
	v.drain()
	if v.bytes < 16<<20 {
		t.Fatalf("%d bytes sent: without reports there is no window", v.bytes)
	}
	v = watch(t, film, Query{Rate: 16}, usual)
	v.step()
	v.say(`{"type":"report","epoch":0,"time":0,"buffered":0,"bytes":0}`)
	v.pass(time.Minute, nil)
	for taken := int64(0); taken < 40<<20; taken += 1 << 20 {
		if v.bytes > taken+8<<20 || v.bytes < taken+8<<20-MaxPiece {
			t.Fatalf("%d bytes sent, %d taken in", v.bytes, taken)
		}
		v.say(`{"type":"report","epoch":0,"time":30,"buffered":30,"bytes":%d}`, taken+1<<20)
		v.pass(time.Second, nil)
	}
	// More than was sent can't have been taken in.
	v.say(`{"type":"report","epoch":0,"time":30,"buffered":30,"bytes":%d}`, int64(1)<<60)
	before := v.bytes
	v.pass(time.Minute, nil)
	if v.bytes > before+8<<20 {
		t.Fatalf("%d bytes sent beyond %d", v.bytes-before, before)
	}
}

// Whatever a client says, sessions neither hang nor send what they must not.
func TestAnyClient(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		film := newFake(1+rnd.IntN(40), 0.5+4*rnd.Float64(), int64(100+rnd.IntN(1<<20)))
		film.gap = rnd.IntN(film.segments+2) - 2
		v := watch(t, film, Query{Rate: 0.1 + 15*rnd.Float64(), Split: rnd.IntN(2) == 0, Paused: rnd.IntN(4) == 0},
			Pace{Ahead: 0.1 + 20*rnd.Float64(), Window: MaxPiece + rnd.Int64N(8<<20)})
		taken := int64(-1)
		for req := range 40 {
			at := rnd.Float64() * film.Duration() * 1.2
			switch rnd.IntN(7) {
			case 0:
				v.say(`{"type":"seek","req":%d,"time":%v}`, req, at)
			case 1:
				v.say(`{"type":"tracks","req":%d,"ids":[%d,%d],"time":%v}`, req, rnd.IntN(3), rnd.IntN(5), at)
			case 2:
				v.say(`{"type":"pause"}`)
			case 3:
				v.say(`{"type":"play","rate":%v}`, 0.1+rnd.Float64()*15)
			default:
				taken = max(taken, rnd.Int64N(v.bytes+1))
				v.say(`{"type":"report","epoch":%d,"time":%v,"buffered":%v,"bytes":%d}`, v.session.epoch, at, rnd.Float64()*20-1, taken)
			}
			before := v.bytes
			v.pass(time.Duration(rnd.Int64N(int64(10*time.Second))), nil)
			if taken >= 0 && v.bytes > before && v.bytes > taken+v.session.pacer.window {
				t.Fatalf("seed %d: %d bytes sent, %d taken in, window %d", seed, v.bytes, taken, v.session.pacer.window)
			}
			if v.closed != 0 {
				t.Fatalf("seed %d: closed with %d", seed, v.closed)
			}
		}
		// With nothing in its way any viewer gets to the end.
		v.say(`{"type":"play","rate":16}`)
		for i := 0; len(v.find(typeEnd)) == 0 || v.last().Type != typeEnd; i++ {
			if i > 10000 {
				t.Fatalf("seed %d: no end", seed)
			}
			v.say(`{"type":"report","epoch":%d,"time":%v,"buffered":0,"bytes":%d}`, v.session.epoch, film.Duration(), v.bytes)
			v.pass(time.Second, nil)
			if v.session.ended {
				break
			}
		}
	}
}
