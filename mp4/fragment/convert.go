package fragment

import (
	"fmt"
	"io"
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// Options say how a file is converted.
type Options struct {
	Movflags        Movflags
	FragDuration    int64 // microseconds; 0 is no limit
	FragSize        int64 // bytes; 0 is no limit
	MinFragDuration int64 // microseconds

	// MSE writes what the server streams instead: its init segment and its
	// segments of the default tracks.
	MSE bool

	// Progress, if set, is called with the number of bytes of samples written
	// so far and in all.
	Progress func(done, total int64)
}

// Convert writes a movie, whose bytes src has, as a fragmented file.
func Convert(w io.Writer, src io.ReaderAt, m *mp4.Movie, o Options) error {
	out := &output{w: w, src: &window{r: src, size: m.Size}, buf: make([]byte, copyBuffer), progress: o.Progress}
	if o.MSE {
		return out.mse(m)
	}
	o.Movflags = o.Movflags.implied(o)
	if !o.Movflags.fragments(o) {
		return fmt.Errorf("movflags: these flags do not ask for fragments; add frag_keyframe or empty_moov")
	}
	tracks := copied(m)
	if len(tracks) == 0 {
		return &mp4.UnsupportedError{Box: "moov", Reason: "has no video or sound with samples to convert"}
	}
	if o.Movflags&DelayMoov == 0 {
		shiftRegime(tracks)
	}
	c := converter{output: out, o: o, movie: m, tracks: tracks}
	return c.run()
}

// Copied tells whether the converter copies a track by default: video and
// sound of any codec.
func Copied(t *mp4.Track) bool {
	return (t.Kind == codec.Video || t.Kind == codec.Audio) && t.Broken == nil && t.Index.Len() > 0
}

// copied prepares the tracks that are converted, numbered from 1.
func copied(m *mp4.Movie) []*packets {
	var list []*packets
	for _, t := range m.Tracks {
		if !Copied(t) {
			continue
		}
		if p := newPackets(t, uint32(len(list)+1)); p.first < p.end {
			list = append(list, p)
		}
	}
	return list
}

// converter is one conversion.
type converter struct {
	*output
	o      Options
	movie  *mp4.Movie
	tracks []*packets
	mfra   mfra
}

func (c *converter) run() error {
	for _, p := range c.tracks {
		c.total += p.bytes()
	}
	empty := c.o.Movflags&EmptyMoov != 0
	b := newBatcher(c.tracks, c.o, !empty || c.o.Movflags&DelayMoov != 0)
	if empty {
		if err := c.write(c.header().bytes()); err != nil {
			return err
		}
	} else if err := c.first(b.next()); err != nil {
		return err
	}
	c.mfra.tracks = make([][]randomAccess, len(c.tracks))
	for sequence := uint32(1); ; sequence++ {
		batch := b.next()
		if batch == nil {
			break
		}
		if err := c.fragment(sequence, batch); err != nil {
			return err
		}
	}
	if c.o.Movflags&SkipTrailer != 0 {
		return nil
	}
	return c.write(c.mfra.bytes(c.tracks))
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

// fragment writes one moof and its mdat.
func (c *converter) fragment(sequence uint32, batch [][]sample) error {
	var trafs []traf
	l := layout{sequence: sequence, absolute: c.o.Movflags&DefaultBaseMoof == 0, place: c.at}
	for k, list := range batch {
		if len(list) == 0 {
			continue
		}
		c.mfra.add(k, list[0], c.at, len(trafs)+1)
		list = slices.Clone(list)
		for i := range list {
			list[i].dts -= c.tracks[k].start
		}
		trafs = appendTrafs(trafs, c.tracks[k].id, list)
	}
	g, err := l.build(trafs)
	if err != nil {
		return err
	}
	return c.segment(g)
}

// header is the ftyp and moov for the options.
func (c *converter) header() header {
	h := header{brands: c.brands(), timescale: c.movieScale(), userData: c.movie.UserData}
	kinds := map[codec.Kind]bool{}
	for _, p := range c.tracks {
		t := trackHeader{track: p.track, id: p.id, timescale: p.scale, flags: tkhdInMovie, userData: p.track.UserData, group: p.track.Group}
		if p.track.Enabled || !kinds[p.track.Kind] {
			t.flags |= tkhdEnabled
		}
		kinds[p.track.Kind] = true
		for _, e := range p.track.Entries {
			t.entries = append(t.entries, e.Raw)
		}
		if c.o.Movflags&DelayMoov != 0 {
			t.edits = p.edits(h.timescale)
		}
		h.tracks = append(h.tracks, t)
		h.fragments = max(h.fragments, p.length(h.timescale))
	}
	return h
}

// length is how long the track is from its start on, in ticks of the movie.
func (p *packets) length(movieScale uint32) uint64 {
	s := p.track.Index.At(p.end - 1)
	return uint64(max(0, mp4.Rescale(p.dts(s)+p.cto(s)+int64(s.Duration)*p.times, p.scale, movieScale)))
}

// movieScale is the movie's timescale: ffmpeg's 1000, or one in which all
// delays in edit lists are whole numbers where that is possible.
func (c *converter) movieScale() uint32 {
	scale := uint64(movieScale)
	if c.o.Movflags&DelayMoov == 0 {
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

// brands follow libavformat's mov muxer.
func (c *converter) brands() []string {
	major := "isom"
	if c.o.Movflags&DefaultBaseMoof != 0 {
		major = "iso5"
	}
	list := []string{major, major, "iso6"}
	has := c.formats()
	if has["av01"] {
		list = append(list, "av01")
	}
	if major == "isom" {
		list = append(list, "iso2")
		if has["avc1"] {
			list = append(list, "avc1")
		}
	}
	if has["ac-3"] || has["ec-3"] || has["dvh1"] || has["dvhe"] {
		list = append(list, "dby1")
	}
	return append(list, "mp41")
}

func (c *converter) formats() map[string]bool {
	has := map[string]bool{}
	for _, p := range c.tracks {
		for _, e := range p.track.Entries {
			has[e.Original] = true
		}
	}
	return has
}

// mse writes the stream that the server sends.
func (o *output) mse(m *mp4.Movie) error {
	p := NewPlan(m)
	s, err := p.Stream(DefaultTracks(m))
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
