package playlist

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTimesOfPieces(t *testing.T) {
	plan := planOf(t, 500, 50, 12_000) // twenty seconds of pictures, twelve of sound
	for id, want := range map[uint32]string{
		1: "0-2 0+6000, 3-5 6000+6000, 6-8 12000+6000, 9-9 18000+2000",
		2: "0-2 0+6000, 3-5 6000+6000",
	} {
		s, err := plan.Stream([]uint32{id})
		if err != nil {
			t.Fatal(err)
		}
		times := PieceTimes(plan, s)
		if got := told(times, s.Timescale()); got != want {
			t.Errorf("track %d: %s, want %s", id, got, want)
		}
		for _, p := range times {
			if found, ok := times.Find(p.At); !ok || found != p.Piece {
				t.Errorf("at %d there is %v, %v", p.At, found, ok)
			}
			if found, ok := times.Find(p.At + 1); ok {
				t.Errorf("at %d there is %v", p.At+1, found)
			}
		}
		if frames := FrameTimes(plan, s); (len(frames) == 10) != (id == 1) || id == 2 && frames != nil {
			t.Errorf("pictures of track %d: %s", id, told(frames, s.Timescale()))
		}
	}
}

// told writes times in milliseconds.
func told(times Timeline, scale uint32) string {
	var list []string
	for _, p := range times {
		list = append(list, fmt.Sprintf("%s %d+%d", p.Name(), p.At*1000/int64(scale), p.Length*1000/int64(scale)))
	}
	return strings.Join(list, ", ")
}

// Where times are mixed up no two pieces have the same.
func TestFill(t *testing.T) {
	of := func(at ...int64) (times Timeline) {
		for i, a := range at {
			times = append(times, Timed{Piece: Piece{First: i, Last: i}, At: a})
		}
		return times
	}
	gap := of(0, 10, 90)
	gap[2].First, gap[2].Last = 5, 6
	for name, c := range map[string]struct {
		times Timeline
		want  []int64 // each time and length
	}{
		"even":         {of(0, 10, 20), []int64{0, 10, 10, 10, 20, 8}},
		"backwards":    {of(0, 30, 20), []int64{0, 30, 30, 1, 31, 1}},
		"all the same": {of(5, 5, 5), []int64{5, 1, 6, 1, 7, 21}},
		"a gap":        {gap, []int64{0, 10, 10, 18, 90, 1}},
	} {
		c.times.fill(func(Piece) int64 { return 28 })
		var got []int64
		for _, p := range c.times {
			got = append(got, p.At, p.Length)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestTimeName(t *testing.T) {
	for name, want := range map[string]int64{TimeName("0"): 0, TimeName("90090"): 90090} {
		if at, ok := ParseTimeName(name); !ok || at != want {
			t.Errorf("%s is %d, %v", name, at, ok)
		}
	}
	for _, time := range []string{"", "-1", "00", "+1", "1 ", "99999999999999999999", "x"} {
		if at, ok := ParseTimeName(TimeName(time)); ok {
			t.Errorf("%q is taken for %d", time, at)
		}
	}
	if _, ok := ParseTimeName("0"); ok {
		t.Error("a name of another rule is taken")
	}
}

func TestStretches(t *testing.T) {
	times := Timeline{{At: 5, Length: 10}, {At: 15, Length: 10}, {At: 25, Length: 12}, {At: 40, Length: 12}, {At: 52, Length: 12}}
	got := ""
	for _, s := range stretches(times) {
		at := "-"
		if s.T != nil {
			at = fmt.Sprint(*s.T)
		}
		got += fmt.Sprintf("%s %d %d, ", at, s.D, s.R)
	}
	if got != "5 10 1, - 12 0, 40 12 1, " {
		t.Error(got)
	}
}

func TestFrameRate(t *testing.T) {
	for fps, want := range map[float64]string{25: "25", 29.97: "30000/1001", 23.976: "24000/1001", 59.94: "60000/1001", 12.5: "12500/1000", 0: "", 0.0001: ""} {
		if got := string(frameRate(fps)); got != want {
			t.Errorf("%v is %s, want %s", fps, got, want)
		}
	}
}
