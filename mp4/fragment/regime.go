package fragment

import "vodsrv/mp4"

// regime says what becomes of times that do not begin at zero. The names are
// those of docs/movflags.md.
type regime struct {
	shift    bool // SHIFT: all tracks move so that the earliest decode time is 0
	edits    bool // EDIT: edit lists bring each track to its place; neither is RAW
	negative bool // composition offsets may be negative, so that decoding begins with presentation
}

// regimeOf follows libavformat's mov muxer, but that an edit list with cmaf and
// delay_moov is written as later versions do.
func regimeOf(o Options) regime {
	f := o.Movflags
	edits := f&DelayMoov != 0
	if o.EditList != nil {
		edits = *o.EditList
	}
	negative := f&NegativeCTSOffsets != 0
	return regime{
		shift:    !edits && !negative,
		edits:    edits && (f&DelayMoov != 0 || f&EmptyMoov == 0),
		negative: negative,
	}
}

// apply moves the tracks' times.
func (r regime) apply(tracks []*packets) {
	if r.shift {
		shiftAll(tracks)
	}
	for _, p := range tracks {
		if r.negative {
			p.decodeWithPresentation()
		}
	}
}

// shiftAll moves all tracks so that the earliest decode time is 0 and forces
// each track's first sample there.
func shiftAll(tracks []*packets) {
	least := tracks[0]
	for _, p := range tracks {
		if mp4.Compare(p.start, p.scale, least.start, least.scale) < 0 {
			least = p
		}
	}
	origin, scale := least.start, least.scale
	for _, p := range tracks {
		p.shift += rescaleUp(-origin, scale, p.scale)
		p.start, p.forced = 0, true
	}
}

// decodeWithPresentation delays decode times so that the first sample is
// decoded when it is presented.
func (p *packets) decodeWithPresentation() {
	p.early = p.cto(p.track.Index.At(p.first))
	p.shift += p.early
	p.lower += p.early
	p.start += p.early
}

// rescaleUp converts ticks, rounded up.
func rescaleUp(ticks int64, from, to uint32) int64 {
	v := mp4.Rescale(ticks, from, to)
	if mp4.Compare(v, to, ticks, from) < 0 {
		v++
	}
	return v
}
