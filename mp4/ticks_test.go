package mp4

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

var scales = []uint32{1, 2, 3, 25, 600, 1000, 12800, 44100, 48000, 90000, 1e7, 1e9, math.MaxInt32, math.MaxUint32 - 1, math.MaxUint32}

// ticks gives values from all over 64 bits, the limits more often.
func ticks(r *rand.Rand) int64 {
	limits := []int64{math.MinInt64, math.MinInt64 + 1, minTime, -1, 0, 1, maxTime, math.MaxInt64 - 1, math.MaxInt64}
	if r.IntN(4) == 0 {
		return limits[r.IntN(len(limits))]
	}
	return int64(r.Uint64()) >> r.IntN(64)
}

func scale(r *rand.Rand) uint32 {
	if r.IntN(2) == 0 {
		return scales[r.IntN(len(scales))]
	}
	return 1 + r.Uint32N(math.MaxUint32)
}

// exact is the result without limits: halves go away from zero.
func exact(ticks int64, from, to uint32) int64 {
	v := new(big.Int).Mul(big.NewInt(ticks), big.NewInt(int64(to)))
	half := big.NewInt(int64(from) / 2)
	if v.Sign() < 0 {
		half.Neg(half)
	}
	v.Quo(v.Add(v, half), big.NewInt(int64(from)))
	switch {
	case v.IsInt64():
		return v.Int64()
	case v.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

func TestRescale(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 50000 {
		v, from, to := ticks(r), scale(r), scale(r)
		if got, want := Rescale(v, from, to), exact(v, from, to); got != want {
			t.Fatalf("Rescale(%d, %d, %d) is %d, want %d", v, from, to, got, want)
		}
	}
	for _, tt := range []struct {
		ticks    int64
		from, to uint32
		want     int64
	}{
		{1, 2, 1, 1}, {-1, 2, 1, -1}, {1, 3, 1, 0}, {3, 2, 1, 2}, {1024, 48000, 90000, 1920}, {7, 0, 90000, 7}, {7, 1000, 0, 0},
	} {
		if got := Rescale(tt.ticks, tt.from, tt.to); got != tt.want {
			t.Errorf("Rescale(%d, %d, %d) is %d, want %d", tt.ticks, tt.from, tt.to, got, tt.want)
		}
	}
}

func TestCompare(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 50000 {
		a, as, b, bs := ticks(r), scale(r), ticks(r), scale(r)
		if r.IntN(3) == 0 {
			b = Rescale(a, as, bs) // nearly or quite equal
		}
		want := big.NewRat(a, int64(as)).Cmp(big.NewRat(b, int64(bs)))
		if got := Compare(a, as, b, bs); got != want {
			t.Fatalf("Compare(%d/%d, %d/%d) is %d, want %d", a, as, b, bs, got, want)
		}
	}
}

func TestTicksAndSeconds(t *testing.T) {
	for _, tt := range []struct {
		seconds float64
		scale   uint32
		want    int64
	}{
		{0, 1000, 0}, {1.5, 1000, 1500}, {-0.0015, 1000, -2}, {2.0 / 3, 90000, 60000},
		{math.Inf(1), 1000, maxTime}, {math.Inf(-1), 1000, minTime}, {math.NaN(), 1000, 0}, {1e300, 1, maxTime},
	} {
		if got := Ticks(tt.seconds, tt.scale); got != tt.want {
			t.Errorf("Ticks(%v, %d) is %d, want %d", tt.seconds, tt.scale, got, tt.want)
		}
	}
	if Seconds(1500, 1000) != 1.5 || Seconds(5, 0) != 0 {
		t.Error("Seconds are wrong")
	}
}

func TestLanguage(t *testing.T) {
	for _, tt := range []struct {
		code uint16
		want string
	}{
		{0x15c7, "eng"}, {0x55c4, "und"}, {0, "eng"}, {2, "deu"}, {94, "epo"}, {95, "und"}, {128, "cym"}, {138, "jav"}, {139, "und"}, {11, "jpn"}, {0x3ff, "und"}, {0x7fff, "und"}, {0x400, "und"},
	} {
		if got := languageOf(tt.code); got != tt.want {
			t.Errorf("%#x is %q, want %q", tt.code, got, tt.want)
		}
	}
}
