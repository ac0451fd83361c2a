package fragment

import (
	"fmt"
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// converter is one conversion.
type converter struct {
	*output
	o        Options
	movie    *mp4.Movie
	userData []byte // its udta box, or nil
	tracks   []*packets
	regime   regime
	mfra     mfra
	whole    *whole // hybrid_fragmented: what the file becomes; else nil
}

// fragmented writes a fragmented file.
func (c *converter) fragmented() error {
	var ids []uint32
	for _, t := range c.tracks {
		ids = append(ids, t.id)
	}
	c.mfra = newMfra(ids)
	b := newBatcher(c.tracks, c.o, c.postpones())
	if c.o.Movflags&EmptyMoov != 0 {
		if err := c.write(c.header().bytes()); err != nil {
			return err
		}
	} else if err := c.first(b.next()); err != nil {
		return err
	}
	if c.o.Movflags&GlobalSidx != 0 {
		if err := c.globalIndex(); err != nil {
			return err
		}
	}
	if err := c.units(b, c.unit); err != nil {
		return err
	}
	switch {
	case c.whole != nil:
		return c.whole.finish()
	case c.o.Movflags&SkipTrailer != 0:
		return nil
	}
	return c.write(c.mfra.bytes())
}

// postpones tells whether the first fragment waits for all tracks.
func (c *converter) postpones() bool {
	return c.o.Movflags&EmptyMoov == 0 || c.o.Movflags&DelayMoov != 0
}

// units calls write for each moof to come: its sequence number and the samples
// of each track in it.
func (c *converter) units(b *batcher, write func(sequence uint32, batch [][]sample) error) error {
	sequence := max(c.o.FirstSequence, 1)
	for batch := b.next(); batch != nil; batch = b.next() {
		if c.o.Movflags&SeparateMoof == 0 {
			if err := write(sequence, batch); err != nil {
				return err
			}
			sequence++
			continue
		}
		for k, list := range batch {
			if len(list) == 0 {
				continue
			}
			alone := make([][]sample, len(batch))
			alone[k] = list
			if err := write(sequence, alone); err != nil {
				return err
			}
			sequence++
		}
	}
	return nil
}

// unit writes one moof and its mdat, and the boxes that belong before it.
func (c *converter) unit(sequence uint32, batch [][]sample) error {
	prft := c.prft(batch)
	l := c.layout(sequence)
	// With sidx boxes before it too, nothing counts from where the moof stands.
	l.position += int64(len(prft))
	trafs := c.trafs(batch)
	g, err := l.build(trafs)
	if err != nil {
		return err
	}
	indexes, err := c.indexes(batch, g.Size())
	if err != nil {
		return err
	}
	for _, b := range [][]byte{indexes, prft} {
		if err := c.write(b); err != nil {
			return err
		}
	}
	nth := 0
	for k, list := range batch {
		if len(list) > 0 {
			nth++
			c.mfra.add(k, list[0], c.at, nth)
		}
	}
	if c.whole != nil {
		c.whole.addFragment(l, trafs, c.at+g.headSize())
	}
	return c.segment(g)
}

// indexes are the sidx boxes of a fragment of so many bytes, if it has any.
func (c *converter) indexes(batch [][]sample, size int64) ([]byte, error) {
	f := c.o.Movflags
	if f&Dash == 0 || f&(GlobalSidx|SkipSidx) != 0 {
		return nil, nil
	}
	var list []segmentIndex
	for k, samples := range batch {
		if len(samples) > 0 {
			x := c.tracks[k].index(samples[0])
			x.references = []reference{refer(samples, size)}
			list = append(list, x)
		}
	}
	return writeIndexes(list)
}

// prft is the box that tells the time of a fragment, if it has one.
func (c *converter) prft(batch [][]sample) []byte {
	if c.o.ReferenceTime == NoReferenceTime || len(batch[0]) == 0 {
		return nil
	}
	return c.o.ReferenceTime.prft(c.tracks[0], batch[0][0])
}

// globalIndex writes a sidx for each track that lists all fragments to come.
// Their sizes are found by laying them out once without writing them.
func (c *converter) globalIndex() error {
	list := make([]segmentIndex, len(c.tracks))
	for k, p := range c.tracks {
		list[k] = segmentIndex{id: p.id, scale: p.scale}
	}
	b := newBatcher(c.tracks, c.o, c.postpones())
	if c.o.Movflags&EmptyMoov == 0 {
		b.next()
	}
	err := c.units(b, func(sequence uint32, batch [][]sample) error {
		g, err := c.layout(sequence).build(c.trafs(batch))
		if err != nil {
			return err
		}
		size := g.Size() + int64(len(c.prft(batch)))
		for k, samples := range batch {
			if len(samples) == 0 {
				list[k].references = append(list[k].references, reference{size: size})
				continue
			}
			if list[k].earliest == 0 {
				list[k].earliest = c.tracks[k].index(samples[0]).earliest
			}
			list[k].references = append(list[k].references, refer(samples, size))
		}
		return nil
	})
	if err != nil || len(list[0].references) == 0 {
		return err
	}
	boxes, err := writeIndexes(list)
	if err != nil {
		return err
	}
	return c.write(boxes)
}

// layout is how fragments are laid out with the options.
func (c *converter) layout(sequence uint32) layout {
	f := c.o.Movflags
	l := layout{
		sequence: sequence,
		position: c.at,
		groups:   c.o.FragInterleave,
		byTrack:  true,
		version1: c.regime.negative,
		entries:  f&CMAF != 0,
	}
	switch {
	case f&DefaultBaseMoof != 0:
		l.base = fromMoof
	case f&OmitTfhdOffset != 0:
		l.base = fromBefore
	default:
		l.base = fromAbsolute
	}
	return l
}

// trafs are the samples of a fragment with decode times that count from each
// track's start.
func (c *converter) trafs(batch [][]sample) []traf {
	var trafs []traf
	for k, list := range batch {
		list = slices.Clone(list)
		for i := range list {
			list[i].dts -= c.tracks[k].start
		}
		trafs = appendTrafs(trafs, c.tracks[k].track, c.tracks[k].id, list)
	}
	return trafs
}

// header is the ftyp and moov for the options.
func (c *converter) header() header {
	h := header{brands: c.brands(), timescale: c.movieScale(), userData: c.userData, placeholder: c.o.Movflags&HybridFragmented != 0}
	if c.encrypted() {
		h.pssh = c.movie.Pssh
	}
	kinds := map[codec.Kind]bool{}
	for _, p := range c.tracks {
		t := p.header()
		if !kinds[p.track.Kind] {
			t.flags |= tkhdEnabled
		}
		kinds[p.track.Kind] = true
		if c.regime.edits {
			t.edits = p.edits(h.timescale)
		}
		h.tracks = append(h.tracks, t)
		h.fragments = max(h.fragments, p.length(h.timescale))
	}
	return h
}

// encrypted tells whether keys are needed for a track.
func (c *converter) encrypted() bool {
	return slices.ContainsFunc(c.tracks, func(p *packets) bool { return isEncrypted(p.track) })
}

func isEncrypted(t *mp4.Track) bool {
	return slices.ContainsFunc(t.Entries, func(e codec.Entry) bool { return e.Encrypted })
}

// header is the trak of the track, without edit list.
func (p *packets) header() trackHeader {
	t := trackHeader{track: p.track, id: p.id, timescale: p.scale, flags: tkhdInMovie, userData: p.track.UserData, group: p.track.Group}
	if p.track.Enabled {
		t.flags |= tkhdEnabled
	}
	for _, e := range p.track.Entries {
		t.entries = append(t.entries, e.Raw)
	}
	return t
}

// length is how long the track is from its start on, in ticks of the movie.
func (p *packets) length(movieScale uint32) uint64 {
	s := p.track.Index.At(p.end - 1)
	return uint64(max(0, mp4.Rescale(p.dts(s)+p.cto(s)+int64(s.Duration)*p.times, p.scale, movieScale)))
}

// bytes is how many bytes of samples the track brings.
func (p *packets) bytes() int64 {
	if p.first == 0 && p.end == p.track.Index.Len() {
		return p.track.Index.TotalSize()
	}
	total := int64(0)
	c := p.track.Index.Cursor(p.first)
	for range p.end - p.first {
		s, _ := c.Next()
		total += int64(s.Size)
	}
	return total
}

// movieScale is the movie's timescale: ffmpeg's 1000, or one in which all
// delays in edit lists are whole numbers where that is possible.
func (c *converter) movieScale() uint32 {
	scale := uint64(movieScale)
	if !c.regime.edits {
		return movieScale
	}
	for _, p := range c.tracks {
		if d := p.editStart(); d > 0 && d*int64(scale)%int64(p.scale) != 0 {
			if next := scale / gcd(scale, uint64(p.scale)) * uint64(p.scale); next < 1<<31 {
				scale = next
			}
		}
	}
	return uint32(scale)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// nothingPlays says why not even one track can be streamed.
func nothingPlays(m *mp4.Movie) error {
	why := "there is no picture and no sound"
	for _, t := range m.Tracks {
		if t.Kind == codec.Video || t.Kind == codec.Audio {
			why = fmt.Sprintf("track %d: %s", t.ID, reason(t))
			break
		}
	}
	return fmt.Errorf("no track of it plays in browsers (%s); without --profile mse all that it has is written", why)
}

// mse writes the stream that the server sends.
func (o *output) mse(m *mp4.Movie, options Options) error {
	p := NewPlan(m)
	if options.From > 0 || options.To > 0 {
		p = NewClip(m, options.From, options.To)
	}
	ids := options.Tracks
	if ids == nil {
		if ids = DefaultTracks(m); len(ids) == 0 {
			return nothingPlays(m)
		}
	}
	s, err := p.Stream(ids)
	if err != nil {
		return err
	}
	for _, n := range s.views {
		o.total += p.views[n].track.Index.TotalSize()
	}
	if err := o.write(s.Init()); err != nil {
		return err
	}
	for k := range p.Len() {
		g, err := s.Segment(k)
		if err != nil {
			return err
		}
		if g == nil {
			continue
		}
		if err := o.segment(g); err != nil {
			return err
		}
	}
	return nil
}
