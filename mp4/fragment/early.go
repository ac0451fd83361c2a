package fragment

import "vodsrv/mp4/codec"

// Pictures that are shown from 0 on and reordered are decoded after some are
// shown, for decode times begin with 0, too: their composition offsets are
// negative. ffmpeg, and with it Chromium where it plays a file, takes these for
// a delay of the track, and shows the picture late beside the sound. So in a
// stream of both, all but the first few samples are decoded so much earlier that
// no offset is negative, and the first few, which are decoded at once, have less
// time for it. Shown they are when they were; but Chromium takes durations for
// how long, so that video alone, which is what the page plays, keeps its times.

const (
	// earlyMost is the most samples that are decoded at once.
	earlyMost = 64
	// earlyRate is how many times the first samples' decode times must fit into a
	// second: the first picture is shorter by less, and some browsers stop at a
	// longer gap.
	earlyRate = 10
)

// early is how the decode times of video beside sound differ from the plain ones.
type early struct {
	by    int64   // ticks; 0 if they don't
	first []int64 // decode times of the first samples
}

// newEarly finds decode times of which none is behind the time at which the
// sample is shown; none for tracks that have such, or can't have.
func (v *view) newEarly() early {
	if v.track.Kind != codec.Video || v.first >= v.end || len(v.lead) > 0 {
		return early{}
	}
	x := v.track.Index
	least, _ := x.Reorder()
	e := early{by: v.dshift - v.shift - int64(least)*v.times}
	if e.by <= 0 {
		return early{}
	}
	c := x.Cursor(v.first)
	var shown []int64
	for i := v.first; i < v.end && len(shown) <= earlyMost; i++ {
		s, _ := c.Next()
		plain := v.plainSample(i, s)
		if until := plain.dts - e.by; until > 0 {
			if until*earlyRate > int64(v.scale) {
				break
			}
			return e.spread(until, shown)
		}
		shown = append(shown, plain.dts+plain.cto)
	}
	return early{}
}

// spread decodes samples that are shown at these times one after the other
// before a time.
func (e early) spread(until int64, shown []int64) early {
	for k, pts := range shown {
		dts := until * int64(k) / int64(len(shown))
		if dts > pts || k > 0 && dts == e.first[k-1] {
			return early{}
		}
		e.first = append(e.first, dts)
	}
	return e
}

// decodeEarly gives samples from one on of the track the decode times that they
// have beside sound.
func (v *view) decodeEarly(list []sample, from int) {
	e := v.early
	for i := range list {
		s := &list[i]
		pts, end := s.dts+s.cto, s.dts+int64(s.duration)-e.by
		s.dts -= e.by
		if k := from + i - v.first; k < len(e.first) {
			s.dts = e.first[k]
			if k+1 < len(e.first) {
				end = e.first[k+1]
			}
			s.duration = uint32(end - s.dts)
		}
		s.cto = pts - s.dts
	}
}
