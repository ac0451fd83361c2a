package fragment

import (
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

// LiveSegment is a media segment of samples of one track, of which there is at
// least one. All its bytes are at hand: no source is needed to read it.
func LiveSegment(number uint32, t *mp4.Track, list []LiveSample) (*Segment, error) {
	size := 0
	for _, s := range list {
		size += len(s.Data)
	}
	payload := make([]byte, 0, size)
	samples := make([]sample, len(list))
	for i, s := range list {
		samples[i] = sample{
			offset: int64(len(payload)), size: uint32(len(s.Data)), entry: 1,
			dts: s.DTS, duration: s.Duration, number: uint32(i), cto: int64(s.CTO), sync: s.Sync,
		}
		payload = append(payload, s.Data...)
	}
	g, err := layout{sequence: number, local: true}.build([]traf{{id: t.ID, samples: samples, track: t}})
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
