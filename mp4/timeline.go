package mp4

import (
	"slices"

	"vodsrv/mp4/codec"
)

// setTimelines works out what edit lists and late starts mean for each track.
func (m *Movie) setTimelines() {
	for _, t := range m.Tracks {
		t.timeline = t.edited(m)
	}
	if origin, scale := m.origin(); origin > 0 {
		for _, t := range m.Tracks {
			t.timeline.Shift -= Rescale(origin, scale, t.Timescale)
			t.timeline.From = max(t.timeline.From, -t.timeline.Shift)
		}
	}
	for _, t := range m.Tracks {
		t.start, t.end = t.shown()
	}
}

// edited turns the edit list (section 8.6.6) into a Timeline: edits that follow
// on each other are one piece, and the samples of several pieces are joined
// into a new index.
func (t *Track) edited(m *Movie) Timeline {
	pieces, delay := t.pieces(m)
	if len(pieces) == 0 {
		return Timeline{Shift: delay, To: maxTime}
	}
	line := Timeline{Shift: pieces[0].at - pieces[0].from, From: pieces[0].from, To: pieces[0].to}
	switch {
	case m.hasFragments():
		line.To = maxTime
	case len(pieces) > 1 && len(pieces) <= maxPieces && !t.encrypted():
		t.Index, line.To = join(t.Index, pieces)
		t.Auxiliary, t.Groups = nil, nil // they go by the sample's number, too
	}
	return line
}

// encrypted tells whether any sample may be: what decrypting needs is told by
// the sample's number in the file, which joining would change.
func (t *Track) encrypted() bool {
	return slices.ContainsFunc(t.Entries, func(e codec.Entry) bool { return e.Encrypted })
}

// hasFragments tells whether samples come from fragments: then an edit's
// duration covers only what the moov knew of.
func (m *Movie) hasFragments() bool { return len(m.Fragments) > 0 }

// origin is the earliest decode time of a fragmented file, which is not zero
// if it was cut from a longer one, such as a live stream. Presentation time
// counts from there. Tracks that can't be played don't count beside those that
// can: some have times of their own.
func (m *Movie) origin() (ticks int64, timescale uint32) {
	if !m.hasFragments() {
		return 0, 1
	}
	played := slices.ContainsFunc(m.Tracks, (*Track).Playable)
	for _, t := range m.Tracks {
		if t.Index.Len() == 0 || played && !t.Playable() {
			continue
		}
		if start := t.Index.Start(); timescale == 0 || Compare(start, t.Timescale, ticks, timescale) < 0 {
			ticks, timescale = start, t.Timescale
		}
	}
	return ticks, max(timescale, 1)
}

// edgeSamples is how many samples at either end of a track are looked at for
// its first and last instant: more than codecs reorder.
const edgeSamples = 64

// shown returns the presentation times at which the track begins and ends.
func (t *Track) shown() (start, end int64) {
	x, line := t.Index, t.timeline
	if x.n == 0 {
		return 0, 0
	}
	first, last := int64(maxTime), int64(minTime)
	c := x.Cursor(x.FirstShown(line.From))
	for range edgeSamples {
		s, ok := c.Next()
		if !ok {
			break
		}
		if s.PTS()+int64(s.Duration) > line.From {
			first = min(first, max(s.PTS(), line.From))
		}
	}
	c = x.Cursor(min(x.SearchPTS(line.To), x.Len()) - edgeSamples)
	for range 2 * edgeSamples {
		s, ok := c.Next()
		if !ok {
			break
		}
		if s.PTS() < line.To {
			last = max(last, min(s.PTS()+int64(s.Duration), line.To))
		}
	}
	if last < first {
		return 0, 0
	}
	return first + line.Shift, last + line.Shift
}

// FirstShown returns the first sample in decode order that is still shown at
// or after a media time; Len if there is none.
func (x *Index) FirstShown(from int64) int {
	if x.n == 0 {
		return 0
	}
	c := x.Cursor(x.Search(from - int64(x.maxCTO) - int64(x.maxDelta)))
	for {
		i := c.i
		s, ok := c.Next()
		if !ok {
			return x.Len()
		}
		if s.PTS()+int64(s.Duration) > from {
			return int(i)
		}
	}
}

// Start is when the track begins and End when it ends, in ticks of
// presentation time.
func (t *Track) Start() int64 { return t.start }

// End is when the track ends, in ticks of presentation time.
func (t *Track) End() int64 { return t.end }

// Duration is the presentation time at which the last of the tracks that can
// be watched ends, in seconds; of all tracks if none of them can.
func (m *Movie) Duration() float64 {
	longest, any := 0.0, 0.0
	for _, t := range m.Tracks {
		d := Seconds(t.end, t.Timescale)
		any = max(any, d)
		if t.Playable() {
			longest = max(longest, d)
		}
	}
	if longest > 0 {
		return longest
	}
	return any
}

// Playable tells whether MSE can carry the track.
func (t *Track) Playable() bool {
	return t.Broken == nil && t.Index.Len() > 0 && t.FirstEntry().Playable
}
