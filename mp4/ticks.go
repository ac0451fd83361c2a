package mp4

import (
	"cmp"
	"math"
	"math/bits"
)

// Rescale converts ticks of one timescale to another, rounded to the nearest,
// halves away from zero. A result that does not fit is clamped.
func Rescale(ticks int64, from, to uint32) int64 {
	if from == to || from == 0 {
		return ticks
	}
	neg := ticks < 0
	u := uint64(ticks)
	if neg {
		u = -u
	}
	hi, lo := bits.Mul64(u, uint64(to))
	lo, carry := bits.Add64(lo, uint64(from)/2, 0)
	hi += carry
	if hi >= uint64(from) {
		return clampSign(neg)
	}
	q, _ := bits.Div64(hi, lo, uint64(from))
	if q > math.MaxInt64 {
		return clampSign(neg)
	}
	if neg {
		return -int64(q)
	}
	return int64(q)
}

func clampSign(neg bool) int64 {
	if neg {
		return math.MinInt64
	}
	return math.MaxInt64
}

// Seconds converts ticks to seconds.
func Seconds(ticks int64, timescale uint32) float64 {
	if timescale == 0 {
		return 0
	}
	return float64(ticks) / float64(timescale)
}

// Ticks converts seconds to ticks, rounded to the nearest and clamped.
func Ticks(seconds float64, timescale uint32) int64 {
	v := math.Round(seconds * float64(timescale))
	switch {
	case math.IsNaN(v):
		return 0
	case v >= maxTime:
		return maxTime
	case v <= minTime:
		return minTime
	}
	return int64(v)
}

// Compare orders two times of different timescales exactly: -1, 0 or 1.
func Compare(a int64, aScale uint32, b int64, bScale uint32) int {
	if aScale == bScale {
		return cmp.Compare(a, b)
	}
	if (a < 0) != (b < 0) {
		return cmp.Compare(a, b)
	}
	neg := a < 0
	ua, ub := uint64(a), uint64(b)
	if neg {
		ua, ub = -ua, -ub
	}
	ah, al := bits.Mul64(ua, uint64(bScale))
	bh, bl := bits.Mul64(ub, uint64(aScale))
	c := cmp.Compare(ah, bh)
	if c == 0 {
		c = cmp.Compare(al, bl)
	}
	if neg {
		return -c
	}
	return c
}
