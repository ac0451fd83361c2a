package fragment

import (
	"math"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
)

// reference is one subsegment that a sidx box lists (section 8.16.3).
type reference struct {
	size     int64 // bytes of the subsegment: a moof and its mdat
	duration int64 // ticks of the track
	sync     bool  // it begins with a sync sample
}

// segmentIndex is the sidx box of one track.
type segmentIndex struct {
	id         uint32
	scale      uint32
	earliest   int64 // presentation time in ticks
	references []reference
}

// size is the length of the box in bytes.
func (x segmentIndex) size() int64 { return 40 + 12*int64(len(x.references)) }

// writeIndexes writes the sidx boxes of all tracks, one behind the other; each
// says how many of those behind it stand between it and the first subsegment.
func writeIndexes(list []segmentIndex) ([]byte, error) {
	after := int64(0)
	for _, x := range list {
		after += x.size()
	}
	b := box.NewBuilder(int(after))
	for _, x := range list {
		after -= x.size()
		if err := x.write(b, after); err != nil {
			return nil, err
		}
	}
	return b.Done(), nil
}

func (x segmentIndex) write(b *box.Builder, firstOffset int64) error {
	if len(x.references) > math.MaxUint16 {
		return &mp4.UnsupportedError{Box: "sidx", Reason: "would list more than 65,535 fragments; make fragments longer, or leave global_sidx out"}
	}
	const startsWithSAP, sapType = 1 << 31, 1 << 28
	b.StartFull("sidx", 1, 0)
	b.U32(x.id)
	b.U32(x.scale)
	b.U64(uint64(max(x.earliest, 0)))
	b.U64(uint64(firstOffset))
	b.U16(0)
	b.U16(uint16(len(x.references)))
	for _, r := range x.references {
		if r.size > math.MaxInt32 {
			return &mp4.UnsupportedError{Box: "sidx", Reason: "would list a fragment of more than 2 GiB; make fragments shorter"}
		}
		b.U32(uint32(r.size))
		b.U32(uint32(min(max(r.duration, 0), math.MaxUint32)))
		if r.sync {
			b.U32(startsWithSAP | sapType)
		} else {
			b.U32(0)
		}
	}
	b.End()
	return nil
}

// index begins a track's sidx with the presentation time of its first sample,
// counted, like ffmpeg counts it, from that of the track's very first.
func (p *packets) index(first sample) segmentIndex {
	begin := p.track.Index.At(p.first)
	origin := p.start + p.cto(begin)
	return segmentIndex{id: p.id, scale: p.scale, earliest: first.dts + first.cto - origin}
}

// refer makes the reference to a subsegment from a track's samples in it.
func refer(samples []sample, size int64) reference {
	first := samples[0]
	end := first.dts + first.cto
	for _, s := range samples {
		end = max(end, s.dts+s.cto+int64(s.duration))
	}
	return reference{size: size, duration: end - first.dts - first.cto, sync: first.sync}
}
