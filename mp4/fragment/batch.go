package fragment

import "vodsrv/mp4"

// batcher gathers samples into fragments by ffmpeg's rules.
type batcher struct {
	o       Options
	sources []*source
	batch   [][]sample // of the fragment being gathered, for each track
	bytes   int64
	// postponed holds back the first fragment until every track has a sample:
	// the moov that comes with it needs them all.
	postponed bool
}

func newBatcher(tracks []*packets, o Options, postponed bool) *batcher {
	b := &batcher{o: o, postponed: postponed, batch: make([][]sample, len(tracks))}
	for _, p := range tracks {
		b.sources = append(b.sources, p.source())
	}
	return b
}

// next returns the samples of the next fragment for each track; nil at the
// end.
func (b *batcher) next() [][]sample {
	for {
		k := b.earliest()
		if k < 0 {
			break
		}
		if b.cutsBefore(k) && !b.waits() {
			return b.flush()
		}
		b.batch[k] = append(b.batch[k], b.sources[k].head)
		b.bytes += int64(b.sources[k].head.size)
		b.sources[k].advance()
	}
	if b.bytes == 0 && b.empty() {
		return nil
	}
	return b.flush()
}

func (b *batcher) empty() bool {
	for _, list := range b.batch {
		if len(list) > 0 {
			return false
		}
	}
	return true
}

func (b *batcher) flush() [][]sample {
	done := b.batch
	b.batch = make([][]sample, len(b.sources))
	for k, list := range done {
		b.batch[k] = make([]sample, 0, len(list)+len(list)/4)
	}
	b.bytes, b.postponed = 0, false
	return done
}

// earliest is the track whose next sample is decoded first; the first track
// wins a tie. -1 at the end of all.
func (b *batcher) earliest() int {
	best := -1
	for k, s := range b.sources {
		if s.more && (best < 0 || mp4.Compare(s.order, s.p.scale, b.sources[best].order, b.sources[best].p.scale) < 0) {
			best = k
		}
	}
	return best
}

// cutsBefore tells whether a new fragment begins with the next sample of track
// k.
func (b *batcher) cutsBefore(k int) bool {
	s, list, f := b.sources[k], b.batch[k], b.o.Movflags
	if len(list) > 0 && list[0].entry != s.head.entry {
		return true
	}
	passed := int64(0)
	if len(list) > 0 {
		passed = mp4.Rescale(s.head.dts-list[0].dts, s.p.scale, 1e6)
	}
	trigger := b.o.FragDuration > 0 && passed >= b.o.FragDuration ||
		b.o.FragSize > 0 && b.bytes+int64(s.head.size) >= b.o.FragSize ||
		f&FragKeyframe != 0 && s.p.isVideo() && s.head.sync && len(list) > 0 ||
		f&FragEveryFrame != 0
	return trigger && passed >= b.o.MinFragDuration && !b.empty()
}

// waits tells whether the fragment has to go on since a track has no sample
// yet.
func (b *batcher) waits() bool {
	if !b.postponed {
		return false
	}
	for k, list := range b.batch {
		if len(list) == 0 && b.sources[k].more {
			return true
		}
	}
	return false
}
