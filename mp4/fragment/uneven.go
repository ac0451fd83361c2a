package fragment

import (
	"cmp"
	"math"
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// In a fragment a sample's duration is the time to the next one in the order of
// decoding. Chromium takes it for how long a picture is shown: where rates vary
// and pictures are reordered, it would show another one than the one that is due
// at a time sought.
//
// So video that goes out alone is decoded at other times than in the source: each
// sample lasts until the next is shown, and is decoded when those before it, in
// the order of decoding, have lasted. The sum over samples that are shown without
// others between them is the same either way. A picture that stays long is
// followed by some that are decoded after they are shown, as far as the numbers
// go: a demuxer that takes this for a delay of the track, as ffmpeg does, would
// part picture and sound of a stream that has both, which therefore keeps its
// times.

// reorderedMost is how many samples before and behind others are looked at for
// what is shown between: some times as many as any codec reorders.
const reorderedMost = 64

// showsUnevenly tells whether pictures of a track last differently long, by more
// than what a coarse timescale makes of one rate, and are reordered.
func (v *view) showsUnevenly() bool {
	x := v.track.Index
	least, most := x.Reorder()
	return v.track.Kind == codec.Video && least != most && v.first < v.end && x.Uneven(v.track.Timescale/400)
}

// lastUntilNext gives samples [from, to) of the track decode times and durations
// as they go out alone. What is before the first that is just shifted stays.
func (v *view) lastUntilNext(list []sample, from, to int) {
	plain := v.first + len(v.lead)
	if from < plain {
		skip := min(plain, to) - from
		list, from = list[skip:], from+skip
	}
	if len(list) == 0 {
		return
	}
	begin := v.neighbours(plain, plain+1)
	dts := v.plainSample(plain, v.track.Index.At(plain)).dts - begin.lasted(plain)
	shown := v.neighbours(from, to)
	dts += shown.lasted(from)
	for i := range list {
		s := &list[i]
		s.cto += s.dts - dts
		s.dts = dts
		s.duration = uint32(min(shown.duration[from+i-shown.first], math.MaxUint32))
		dts += int64(s.duration)
	}
}

// neighbours are samples and those around them: when they are shown, and how
// long, in ticks of the output.
type neighbours struct {
	first         int
	pts, duration []int64
}

func (v *view) neighbours(from, to int) neighbours {
	x := v.track.Index
	n := neighbours{first: max(v.first, from-reorderedMost)}
	c := x.Cursor(n.first)
	var last mp4.Sample
	for range min(x.Len(), to+reorderedMost) - n.first {
		last, _ = c.Next()
		n.pts = append(n.pts, last.PTS()*v.times+v.shift)
	}
	order := make([]int, len(n.pts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(n.pts[a], n.pts[b]), cmp.Compare(a, b)) })
	n.duration = make([]int64, len(n.pts))
	for k, i := range order[:len(order)-1] {
		n.duration[i] = n.pts[order[k+1]] - n.pts[i]
	}
	latest := order[len(order)-1]
	if n.duration[latest] = v.stop - n.pts[latest]; n.duration[latest] <= 0 {
		n.duration[latest] = int64(last.Duration) * v.times
	}
	return n
}

// lasted is how long all samples that are decoded before one are shown, counted
// from a time that is the same for all of a track: up to the earliest of the
// others, and those that are shown later.
func (n neighbours) lasted(i int) int64 {
	i -= n.first
	sum := slices.Min(n.pts[i:])
	earliest := sum
	for k, pts := range n.pts[:i] {
		if pts > earliest {
			sum += n.duration[k]
		}
	}
	return sum
}
