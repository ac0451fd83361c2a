package fragment

import (
	"math"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// LiveSample is one sample of media that comes as it is made, in ticks of its
// track, by presentation time from 0 on.
type LiveSample struct {
	Data     []byte
	DTS      int64 // decode time; not negative
	Duration uint32
	CTO      int32 // presentation minus decode time
	Sync     bool
}

// LiveInit is the init segment of tracks that have no samples yet.
func LiveInit(tracks ...*mp4.Track) []byte {
	h := header{brands: streamBrands, timescale: movieScale}
	for _, t := range tracks {
		h.tracks = append(h.tracks, segmentHeader(t, t.Timescale, []uint32{1}))
	}
	return h.bytes()
}

// LiveMIME is the type to ask MediaSource.isTypeSupported for.
func LiveMIME(tracks ...*mp4.Track) string {
	var entries []codec.Entry
	for _, t := range tracks {
		entries = append(entries, t.Entries[0])
	}
	return codec.MIME(entries...)
}

// LiveMedia is samples of one track, at least one.
type LiveMedia struct {
	Track   *mp4.Track
	Samples []LiveSample
}

// LiveSegment is a media segment of the samples of one track, or several. All
// its bytes are at hand: no source is needed to read it.
func LiveSegment(number uint32, media ...LiveMedia) (*Segment, error) {
	size := 0
	for _, m := range media {
		for _, s := range m.Samples {
			size += len(s.Data)
		}
	}
	payload := make([]byte, 0, size)
	var trafs []traf
	for _, m := range media {
		t := traf{id: m.Track.ID, samples: make([]sample, len(m.Samples)), track: m.Track}
		for i, s := range m.Samples {
			t.samples[i] = sample{
				offset: int64(len(payload)), size: uint32(len(s.Data)), entry: 1,
				dts: s.DTS, duration: s.Duration, number: uint32(i), cto: int64(s.CTO), sync: s.Sync,
			}
			payload = append(payload, s.Data...)
		}
		// Live, a gap has no traf of its own.
		reachNext(t.samples, math.MaxInt64)
		trafs = append(trafs, t)
	}
	g, err := layout{sequence: number, local: true}.build(trafs)
	if err != nil {
		return nil, err
	}
	for i, p := range g.Parts {
		if p.Data == nil {
			g.Parts[i] = Part{Data: payload[p.Offset : p.Offset+p.Size], Size: p.Size}
		}
	}
	return g, nil
}

// Join is several segments one behind the other, as one; nil for none.
func Join(list ...*Segment) *Segment {
	if len(list) < 2 {
		if len(list) == 0 {
			return nil
		}
		return list[0]
	}
	all := &Segment{}
	for _, g := range list {
		all.Parts = append(all.Parts, g.Parts...)
		all.size += g.size
	}
	return all
}
