package dump

import "vodsrv/mp4/box"

// track is what the fields of other boxes depend on.
type track struct {
	id      uint32
	scale   uint32   // ticks a second
	handler box.Type // of its media
	ivSize  int      // bytes of initialization vectors, -1 if not told
}

// tracks finds tracks by the offset of their trak box, and by their id.
type tracks struct {
	at map[int64]*track
	id map[uint32]*track
}

// timescale is that of a track which may be unknown: 0 then.
func (t *track) timescale() uint32 {
	if t == nil {
		return 0
	}
	return t.scale
}

// setTrack finds the track of a trak or traf box.
func (d *dumper) setTrack(p *place) {
	switch p.box.Type {
	case box.T("trak"):
		p.track = d.tracks.at[p.box.Offset]
		if p.track == nil && d.silent && len(d.tracks.at) < manyTracks {
			p.track = &track{ivSize: -1}
			d.tracks.at[p.box.Offset] = p.track
		}
	case box.T("traf"):
		p.track = d.tracks.id[d.trackOf(p.box)]
	}
}

// trackOf is the track id in the tfhd that a traf begins with; 0 if it does
// not.
func (d *dumper) trackOf(traf box.Header) uint32 {
	if len(d.tracks.id) == 0 {
		return 0
	}
	h, err := d.src.Header(traf.Body(), traf.End())
	if err != nil || h.Type != box.T("tfhd") {
		return 0
	}
	b, err := d.src.Bytes(h.Body(), 8)
	if err != nil {
		return 0
	}
	c := box.NewCursor(b)
	c.FullBox()
	return c.U32()
}
