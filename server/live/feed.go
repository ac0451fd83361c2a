package live

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/server/live/flv"
)

// feed is the packets of one kind on their way into fragments.
type feed struct {
	codec   string // of the newest packets
	config  []byte // the newest sequence header; nil if none came
	changed bool   // since the format was made
	format  *format
	trouble error // why what comes can't be relayed; nil if it can

	used    *format               // by the run: what comes may be of another by now
	pending []fragment.LiveSample // whole ones, not yet in a fragment
	held    *fragment.LiveSample  // the newest, which lasts until the next
	next    int64                 // ticks: where the next is due
	begun   bool                  // a sample came in this run
	delay   int32                 // presentation minus decode time of the run's first sample, in ticks
	bytes   int                   // that pending takes
}

// learn takes in what a packet says of how to decode it and those behind it. It
// tells whether the packet may be decoded.
func (f *feed) learn(p flv.Packet) bool {
	if !p.Known {
		f.codec, f.config, f.format, f.trouble = p.Codec, nil, nil, fmt.Errorf("%s is not relayed", p.Codec)
		return false
	}
	if p.Type == flv.Config {
		if p.Codec != f.codec || !bytes.Equal(p.Data, f.config) {
			f.codec, f.config, f.changed, f.trouble = p.Codec, p.Data, true, nil
		}
		return false
	}
	if p.Type != flv.Frame {
		return false
	}
	if p.Codec != f.codec {
		f.codec, f.config, f.changed, f.trouble = p.Codec, nil, true, nil
	}
	return f.config != nil || !needsConfig(f.codec)
}

// describe makes the format, with the help of a frame at which decoding can
// start.
func (f *feed) describe(frame []byte, meta flv.Metadata) {
	f.changed = false
	f.format, f.trouble = newFormat(f.codec, f.config, frame, meta)
}

// ready tells whether packets can be made samples.
func (f *feed) ready() bool { return f.format != nil && !f.changed && f.trouble == nil }

// restart begins a run at a time.
func (f *feed) restart(at time.Duration) {
	f.used = f.format
	f.pending, f.held, f.begun, f.bytes, f.delay = nil, nil, false, 0, 0
	f.next = f.ticks(at)
}

// due is where the next sample would be if it came as those before it did.
func (f *feed) due() int64 {
	if f.held == nil {
		return f.next
	}
	return f.held.DTS + f.usual()
}

// usual is how long a frame of video lasts, as far as was seen.
func (f *feed) usual() int64 {
	if n := len(f.pending); n > 0 {
		return int64(f.pending[n-1].Duration)
	}
	return int64(f.used.track.Timescale / 25)
}

func (f *feed) ticks(at time.Duration) int64 {
	return mp4.Rescale(int64(at), uint32(time.Second), f.used.track.Timescale)
}

func (f *feed) time(ticks int64) time.Duration {
	return time.Duration(mp4.Rescale(ticks, f.used.track.Timescale, uint32(time.Second)))
}

// picture takes in a frame of video that is decoded at a time of the run.
func (f *feed) picture(at time.Duration, p flv.Packet) {
	const perMs = videoScale / 1000
	dts := max(f.ticks(at), 0)
	if f.begun {
		dts = max(dts, f.held.DTS+1)
	}
	f.release(dts)
	// Nothing is shown before the time begins.
	cto := int32(max(min(int64(p.Composition)*perMs, math.MaxInt32), math.MinInt32, -dts))
	if !f.begun {
		f.begun, f.delay = true, cto
	}
	f.held = &fragment.LiveSample{Data: p.Data, DTS: dts, CTO: cto, Sync: p.Key}
	f.next = dts + 1
}

// release makes the frame that is held a whole one that ends at a time.
func (f *feed) release(end int64) {
	if f.held == nil {
		return
	}
	f.held.Duration = uint32(min(end-f.held.DTS, math.MaxUint32))
	f.push(*f.held)
	f.held = nil
}

// finish makes whole what is held at the end of a run: it lasts as long as the
// one before it.
func (f *feed) finish() {
	if f.held == nil {
		return
	}
	end := f.due()
	f.release(end)
	f.next = end
}

// soundSlack is how far times of sound may be off before they are believed:
// packets lie one behind the other, their times are rounded to milliseconds.
const soundSlack = 60 * time.Millisecond

// sound takes in a packet of sound; false for one that comes before its time,
// which is left out.
func (f *feed) sound(at time.Duration, p flv.Packet) bool {
	length := f.used.length(p.Data)
	if length <= 0 {
		return false
	}
	dts, slack := f.ticks(at), f.ticks(soundSlack)
	switch {
	case !f.begun && dts < f.next, f.begun && dts < f.next-slack:
		return false
	case f.begun && dts <= f.next+slack:
		dts = f.next
	}
	f.begun = true
	f.push(fragment.LiveSample{Data: p.Data, DTS: dts, Duration: uint32(min(length, math.MaxUint32)), Sync: true})
	f.next = dts + length
	return true
}

func (f *feed) push(s fragment.LiveSample) {
	f.pending = append(f.pending, s)
	f.bytes += packetRoom + len(s.Data)
}

// waiting is how much of the feed is whole and not yet in a fragment.
func (f *feed) waiting() time.Duration {
	if len(f.pending) == 0 {
		return 0
	}
	last := f.pending[len(f.pending)-1]
	return f.time(last.DTS + int64(last.Duration) - f.pending[0].DTS)
}

// take hands out what is pending.
func (f *feed) take() []fragment.LiveSample {
	list := f.pending
	f.pending, f.bytes = nil, 0
	return list
}
