package fragment

// Timescale is that of the stream's first track in the init segment, in ticks a
// second. Begins, Ends and Picture count in it, and tell of that track.
func (s *Stream) Timescale() uint32 { return s.first().scale }

func (s *Stream) first() *view { return s.plan.views[s.views[0]] }

// Begins is the earliest time that a sample of segment k is presented at; the
// segment has samples. Where pictures that are decoded after the first are shown
// before it, this is before the time that the segment can be entered at.
func (s *Stream) Begins(k int) int64 {
	begins, _ := s.presented(k)
	return begins
}

// Ends is when the last sample of segment k to be shown is over; the segment has
// samples.
func (s *Stream) Ends(k int) int64 {
	_, ends := s.presented(k)
	return ends
}

// Picture is when the first sample of segment k is presented.
func (s *Stream) Picture(k int) int64 {
	return s.first().presentation(int(s.plan.bounds[s.views[0]]()[k]))
}

// presented is the time that the samples of segment k are presented in.
func (s *Stream) presented(k int) (begins, ends int64) {
	v, bounds := s.first(), s.plan.bounds[s.views[0]]()
	for i, o := range v.samples(int(bounds[k]), int(bounds[k+1])) {
		at := o.dts + o.cto
		if i == 0 {
			begins, ends = at, at
		}
		begins, ends = min(begins, at), max(ends, at+int64(o.duration))
	}
	return begins, ends
}
