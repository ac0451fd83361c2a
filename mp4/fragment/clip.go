package fragment

import "vodsrv/mp4"

// clip is a part of a film, between two presentation times in seconds; a zero
// end is the film's.
type clip struct{ from, to float64 }

// NewClip plans a part of a movie as a film by itself, whose time 0 is from, in
// presentation seconds. A zero to is the film's end.
func NewClip(m *mp4.Movie, from, to float64) *Plan {
	p := &Plan{movie: m, clip: &clip{from, to}}
	p.prepare()
	p.cut(nil)
	return p
}

// line is the part of a track that the clip shows.
func (c clip) line(t *mp4.Track) mp4.Timeline {
	line := t.Timeline()
	if c.to > 0 {
		line.To = min(line.To, mp4.Ticks(c.to, t.Timescale)-line.Shift)
	}
	if c.from > 0 {
		from := mp4.Ticks(c.from, t.Timescale)
		line.From = max(line.From, from-line.Shift)
		line.Shift -= from
	}
	return line
}

// view works out how a track is shown in the clip; c may be nil for all of the
// film.
func (c *clip) view(t *mp4.Track) *view {
	if c == nil {
		return newView(t, t.Timeline(), t.End())
	}
	stop := t.End()
	if c.to > 0 {
		stop = min(stop, mp4.Ticks(c.to, t.Timescale))
	}
	v := newView(t, c.line(t), stop-mp4.Ticks(c.from, t.Timescale))
	v.delayAll()
	return v
}

// delayAll makes all composition offsets positive: ffmpeg, and with it Chromium,
// takes negative ones in fragments for a delay of the whole track. What is
// played from a file, unlike from MSE, may have an edit list for that.
func (v *view) delayAll() {
	if v.first >= v.end {
		return
	}
	least, _ := v.track.Index.Reorder()
	v.delay = max(0, v.dshift-v.shift-int64(least)*v.times)
	for _, s := range v.lead {
		v.delay = max(v.delay, -s.cto)
	}
}

// edits is the edit list of a track in a clip: it begins with the first picture
// to be shown and, where the clip has an end, is over then. Players that pass
// over it show the pictures before for less than a millisecond, and may show
// some that are decoded before the last but presented after it.
func (c *clip) edits(v *view) []mp4.Edit {
	e := mp4.Edit{MediaTime: int64(v.hidden) + v.delay, Rate: 0x10000}
	if c.to > 0 {
		e.Duration = uint64(max(1, rescaleUp(v.stop, v.scale, movieScale)))
	}
	if v.first >= v.end || e.MediaTime == 0 && e.Duration == 0 {
		return nil
	}
	return []mp4.Edit{e}
}
