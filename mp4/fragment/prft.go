package fragment

import (
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
)

// ReferenceTime says which clock a prft box before each fragment tells
// (section 8.16.5).
type ReferenceTime string

// The clocks: none, the media's own times as if they began in 1970, or the time
// of writing.
const (
	NoReferenceTime  ReferenceTime = ""
	MediaTime        ReferenceTime = "pts"
	WallClock        ReferenceTime = "wallclock"
	prftSize                       = 32
	prftFlags                      = 0x18 // the time is that of writing to the file, as ffmpeg says
	ntpSecondsBefore               = 2208988800
)

// prft is the box for a fragment that begins with a sample.
func (r ReferenceTime) prft(p *packets, first sample) []byte {
	pts := first.dts + first.cto
	micros := mp4.Rescale(pts, p.scale, 1e6)
	if r == WallClock {
		micros = time.Now().UnixMicro()
	}
	b := box.NewBuilder(prftSize)
	b.StartFull("prft", 1, prftFlags)
	b.U32(p.id)
	b.U64(ntp(micros))
	b.U64(uint64(pts))
	b.End()
	return b.Done()
}

// ntp converts microseconds since 1970 to a 64-bit NTP timestamp (RFC 5905).
func ntp(micros int64) uint64 {
	seconds, rest := micros/1e6, micros%1e6
	if rest < 0 {
		seconds, rest = seconds-1, rest+1e6
	}
	return uint64(seconds+ntpSecondsBefore)<<32 | uint64(rest)<<32/1e6
}
