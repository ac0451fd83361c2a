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
	FragDuration    int64         // microseconds; 0 is no limit
	FragSize        int64         // bytes; 0 is no limit
	MinFragDuration int64         // microseconds
	FragInterleave  int           // samples of each track in turn inside a fragment; 0 keeps the source's order
	FirstSequence   uint32        // number of the first fragment; 0 stands for 1
	EditList        *bool         // write edit lists; nil leaves it to the flags
	Brand           string        // the major brand; "" leaves it to the flags
	ReferenceTime   ReferenceTime // write prft boxes

	Tracks []uint32 // ids of the tracks to copy; nil takes all video and sound
	From   float64  // presentation seconds at which the output begins
	To     float64  // presentation seconds at which it ends; 0 is the end of the film

	// MSE writes what the server streams instead: its init segment and its
	// segments.
	MSE bool
	// Defragment writes a progressive file, its moov first.
	Defragment bool

	// Progress, if set, is called with the number of bytes of samples written
	// so far and in all.
	Progress func(done, total int64)
	// Warn, if set, is called with a sentence for what the output lacks.
	Warn func(string)
}

// Convert writes a movie, whose bytes src has, as another file. With
// HybridFragmented w has to be an [io.WriterAt] too, whose offsets count from
// where Convert begins to write.
func Convert(w io.Writer, src io.ReaderAt, m *mp4.Movie, o Options) error {
	out := newOutput(w, src, m.Size, o.Progress)
	if o.MSE {
		return out.mse(m, o)
	}
	o.Movflags = o.Movflags.with(o)
	if err := o.Movflags.check(o); err != nil {
		return err
	}
	if !o.Defragment && !o.Movflags.fragments(o) && o.Movflags&Faststart == 0 {
		return fmt.Errorf("movflags: these flags do not ask for fragments; add frag_keyframe or empty_moov")
	}
	tracks, err := chosen(m, o)
	if err != nil {
		return err
	}
	about, err := userData(src, m, o)
	if err != nil {
		return err
	}
	c := converter{output: out, o: o, movie: m, userData: about, tracks: tracks, regime: regimeOf(o)}
	for _, p := range tracks {
		c.total += p.bytes()
	}
	if o.Defragment || !o.Movflags.fragments(o) {
		return c.progressive()
	}
	if o.Movflags&HybridFragmented != 0 {
		if c.whole, err = newWhole(c, w); err != nil {
			return err
		}
	}
	c.regime.apply(tracks)
	return c.fragmented()
}

// Copied tells whether the converter copies a track by default: video and
// sound of any codec.
func Copied(t *mp4.Track) bool {
	return (t.Kind == codec.Video || t.Kind == codec.Audio) && t.Broken == nil && t.Index.Len() > 0
}

// copies tells whether a track goes along unless others are asked for: into a
// progressive file all that can stand alone there.
func (o Options) copies(t *mp4.Track) bool {
	if o.Defragment || !o.Movflags.fragments(o) {
		return t.Kind != codec.Hint && t.Broken == nil && t.Index.Len() > 0
	}
	return Copied(t)
}

// chosen prepares the tracks that are converted, numbered from 1.
func chosen(m *mp4.Movie, o Options) ([]*packets, error) {
	for _, id := range o.Tracks {
		switch t := m.Track(id); {
		case t == nil:
			return nil, fmt.Errorf("there is no track %d", id)
		case t.Broken != nil:
			return nil, fmt.Errorf("track %d can't be read: %w", id, t.Broken)
		}
	}
	var list []*packets
	for _, t := range m.Tracks {
		if o.Tracks == nil && !o.copies(t) || o.Tracks != nil && !slices.Contains(o.Tracks, t.ID) {
			continue
		}
		if t.Lost != nil && isEncrypted(t) {
			return nil, fmt.Errorf("track %d could not be decrypted any more, since %w", t.ID, t.Lost)
		}
		p := newPackets(t, o.clip(t), uint32(len(list)+1))
		if o.To > 0 {
			p.end = max(p.first, min(p.end, endShown(t.Index, o.clip(t).To)))
		}
		if p.first < p.end {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, &mp4.UnsupportedError{Box: "moov", Reason: "has no samples to convert in the tracks and times asked for"}
	}
	return list, nil
}

// clip is the part of a track that the options ask for.
func (o Options) clip(t *mp4.Track) mp4.Timeline { return clip{o.From, o.To}.line(t) }
