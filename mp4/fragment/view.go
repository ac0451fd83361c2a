package fragment

import (
	"cmp"
	"math"
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// sample is one sample as it stands in a fragment.
type sample struct {
	offset   int64 // in the source, in bytes
	size     uint32
	entry    uint32 // sample description index
	dts      int64  // ticks of the output
	duration uint32
	number   uint32 // in the track, from 0
	cto      int64  // composition offset; trun holds 32 bits of it
	sync     bool
}

func (s sample) end() int64 { return s.offset + int64(s.size) }

// view is a track as the server's segments show it: in presentation time from
// 0 on, without edit lists. What lies outside of the edit is left out, but for
// samples that decoding needs.
type view struct {
	track *mp4.Track
	scale uint32 // ticks a second of the output: the track's, or a multiple
	times int64  // how many ticks of the output a tick of the track is
	first int    // the first sample sent
	end   int    // the first sample no longer sent
	stop  int64  // presentation time at which the track ends, in ticks of the output

	shift  int64    // presentation time of the output = media time * times + shift
	dshift int64    // the same for decode times, behind the lead
	lead   []sample // samples from first on whose times are not just shifted
	hidden int      // how many of them are over when the edit begins, and have one tick each
	early  early    // beside sound
	uneven bool     // alone, samples last until the next is shown
	delay  int64    // by how much all is presented later, which an edit list takes back
}

// newView works out how a track is shown whose part in line ends at a time, in
// ticks of the track.
func newView(t *mp4.Track, line mp4.Timeline, stop int64) *view {
	x := t.Index
	v := &view{track: t, scale: t.Timescale, times: 1}
	v.first = firstNeeded(x, line.From)
	v.end = endShown(x, line.To)
	hidden := v.countHidden(line.From)
	v.chooseScale(hidden)
	v.stop = stop * v.times
	v.shift = line.Shift * v.times
	leadEnd := v.leadEnd(line.From, hidden)
	if v.first >= v.end {
		v.end = v.first
		return v
	}
	if leadEnd > v.first {
		v.makeLead(line.From, hidden, leadEnd)
		return v
	}
	dts := x.At(v.first).DTS * v.times
	v.dshift = v.shift + max(0, -(dts+v.shift))
	v.shortenFirst()
	return v
}

// shortenFirst lets a sound track begin later where its first packet is longer
// than the others, of a codec whose packets are all alike. To let tracks begin
// together, ffmpeg's empty_moov moves the start of the first packet to zero;
// Chromium plays what comes behind such a packet too early.
func (v *view) shortenFirst() {
	x := v.track.Index
	if v.first != 0 || v.end < 3 || !slices.Contains(evenPackets, v.track.FirstEntry().Original) {
		return
	}
	first, second, third := x.At(0), x.At(1), x.At(2)
	own, usual := int64(first.Duration), int64(second.Duration)
	if usual == 0 || third.Duration != second.Duration || own <= usual+usual/2 {
		return
	}
	s := v.plainSample(0, first)
	s.dts += (own - usual) * v.times
	s.duration = uint32(usual * v.times)
	v.lead = []sample{s}
}

// evenPackets are the sample entry codes of codecs of sound whose packets all
// last equally long.
var evenPackets = []string{"mp4a", ".mp3", "ac-3", "ec-3"}

// hiddenMost is the most samples that decoding may need before what is shown:
// more than an hour of video, few enough to hold in memory.
const hiddenMost = 1 << 16

// firstNeeded is the sample decoding must begin with so that all is there from
// a media time on; where that would be too many, what is shown first.
func firstNeeded(x *mp4.Index, from int64) int {
	shown := x.FirstShown(from)
	if x.AllSync() || shown == x.Len() {
		return shown
	}
	first := max(x.SyncBefore(shown), 0)
	if shown-first > hiddenMost {
		return shown
	}
	return first
}

// endShown is the first sample in decode order behind all those that are
// presented before a media time.
func endShown(x *mp4.Index, to int64) int {
	least, _ := x.Reorder()
	end := x.Search(to - int64(least))
	for end > 0 && x.PTS(end-1) >= to {
		end--
	}
	return end
}

// isHidden tells whether a sample is over when the edit begins.
func isHidden(s mp4.Sample, from int64) bool {
	return s.PTS() < from && s.PTS()+int64(s.Duration) <= from
}

// countHidden counts the samples that end before the edit.
func (v *view) countHidden(from int64) int {
	hidden := 0
	v.until(from, func(_ int, s mp4.Sample) {
		if isHidden(s, from) {
			hidden++
		}
	})
	return hidden
}

// leadEnd finds the end of the lead: the samples, in decode order, up to the
// last that begins before the edit, or before the hidden ones' ticks are over.
func (v *view) leadEnd(from int64, hidden int) int {
	end := v.first
	v.until(from+int64(hidden)/v.times+1, func(i int, s mp4.Sample) {
		if (s.PTS()-from)*v.times < int64(hidden) {
			end = i + 1
		}
	})
	return end
}

// until visits all samples that may be presented before a media time.
func (v *view) until(media int64, visit func(i int, s mp4.Sample)) {
	x := v.track.Index
	least, _ := x.Reorder()
	c := x.Cursor(v.first)
	for i := v.first; i < v.end; i++ {
		s, _ := c.Next()
		if s.DTS+int64(least) >= media {
			return
		}
		visit(i, s)
	}
}

// chooseScale multiplies the timescale until that many single ticks are less
// than a millisecond.
func (v *view) chooseScale(hidden int) {
	times := int64(hidden)*1000/int64(v.track.Timescale) + 1
	if times*int64(v.track.Timescale) <= math.MaxUint32 {
		v.times = times
		v.scale = uint32(times) * v.track.Timescale
	}
}

// makeLead gives the hidden samples one tick each, in the order in which they
// would be shown, since that is how decoders hand them out; the first visible
// picture begins after them and is shorter by that much. Decode times follow
// from the durations, so that they never go ahead of what is normal for the
// track by more than its reordering.
func (v *view) makeLead(from int64, hidden, end int) {
	v.hidden = hidden
	x := v.track.Index
	start := from*v.times + v.shift
	visible := start + int64(hidden)
	dts := start
	ranks := v.hiddenRanks(from, hidden)
	c := x.Cursor(v.first)
	for range end - v.first {
		s, _ := c.Next()
		o := v.plainSample(v.first+len(v.lead), s)
		stop := (s.PTS()+int64(s.Duration))*v.times + v.shift
		pts := s.PTS()*v.times + v.shift
		if isHidden(s, from) {
			pts, o.duration = start+ranks[0], 1
			ranks = ranks[1:]
		} else if pts < visible {
			pts = max(start, min(visible, stop-1))
			o.duration = uint32(stop - pts)
		}
		o.dts, o.cto = dts, pts-dts
		dts += int64(o.duration)
		v.lead = append(v.lead, o)
	}
	if end < x.Len() {
		v.dshift = dts - x.At(end).DTS*v.times
	}
}

// hiddenRanks tells, for each hidden sample in decode order, how many of them
// would be shown before it.
func (v *view) hiddenRanks(from int64, hidden int) []int64 {
	times := make([]int64, 0, hidden)
	v.until(from, func(_ int, s mp4.Sample) {
		if isHidden(s, from) {
			times = append(times, s.PTS())
		}
	})
	order := make([]int, hidden)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	ranks := make([]int64, hidden)
	for rank, i := range order {
		ranks[i] = int64(rank)
	}
	return ranks
}

// plainSample is sample i with nothing but its decode time moved.
func (v *view) plainSample(i int, s mp4.Sample) sample {
	dts := s.DTS*v.times + v.dshift
	return sample{
		offset:   s.Offset,
		size:     s.Size,
		entry:    s.Description,
		dts:      dts,
		duration: uint32(min(int64(s.Duration)*v.times, math.MaxUint32)),
		number:   uint32(i),
		cto:      s.PTS()*v.times + v.shift - dts,
		sync:     s.Sync,
	}
}

// samples returns the samples [from, to) of the track as they are shown.
func (v *view) samples(from, to int) []sample {
	if from >= to {
		return nil
	}
	list := make([]sample, 0, to-from)
	i := from
	for ; i < to && i-v.first < len(v.lead); i++ {
		list = append(list, v.lead[i-v.first])
	}
	c := v.track.Index.Cursor(i)
	for ; i < to; i++ {
		s, _ := c.Next()
		list = append(list, v.plainSample(i, s))
	}
	most := int64(math.MaxUint32)
	if v.track.Kind != codec.Video {
		most = int64(soundStretched * float64(v.scale))
	}
	reachNext(list, most)
	return list
}

// soundStretched is how much of a second a packet of sound may last longer than
// its sound does.
const soundStretched = 0.1

// reachNext has samples last until the next is decoded, where something was left
// out between them, as between a film's own fragments, of which several are
// joined, or by a live source: a traf says when its first sample is decoded, and
// of the others only how long those before them last (section 8.8.8). Gaps above
// most ticks remain (see appendTrafs): a picture stays meanwhile, but sound does
// not, and Chromium plays too early what comes behind a long packet.
func reachNext(list []sample, most int64) {
	for i := range list[:max(len(list)-1, 0)] {
		s := &list[i]
		lasts := list[i+1].dts - s.dts
		if lasts > int64(s.duration) && lasts-int64(s.duration) <= most {
			s.duration = uint32(min(lasts, math.MaxUint32))
		}
	}
}

// untouched tells whether samples from one on have the very times that stand
// in the file.
func (v *view) untouched(from int) bool {
	return v.times == 1 && v.shift == 0 && v.dshift == 0 && from >= v.first+len(v.lead)
}

// media converts a presentation time, in ticks of a timescale, to media time
// of the track.
func (v *view) media(ticks int64, scale uint32) int64 {
	return mp4.Rescale(ticks, scale, v.track.Timescale) - v.shift/v.times
}

// presentation is when a sample of the track is shown, in ticks of the output.
func (v *view) presentation(i int) int64 {
	if k := i - v.first; k >= 0 && k < len(v.lead) {
		return v.lead[k].dts + v.lead[k].cto
	}
	return v.track.Index.PTS(i)*v.times + v.shift
}

// syncBefore is the last sync sample presented at or before a time, in ticks
// of a timescale; -1 if there is none.
func (v *view) syncBefore(ticks int64, scale uint32) int {
	x := v.track.Index
	media := v.media(ticks, scale)
	least, _ := x.Reorder()
	i := min(x.Search(media-int64(least)+1), v.end) - 1
	for i = x.SyncBefore(i); i >= v.first && x.PTS(i) > media; {
		i = x.SyncBefore(i - 1)
	}
	if i < v.first {
		return -1
	}
	return i
}
