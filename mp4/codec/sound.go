package codec

import (
	"math"

	"vodsrv/mp4/box"
)

// Sizes in bytes of the fields of a sound description.
const (
	soundSize    = sampleEntrySize + 20
	soundV1Extra = 16 // QuickTime's version 1
	soundV2Extra = 36 // QuickTime's version 2
)

// packets tells what a packet is for the formats that QuickTime stores without
// saying so, by channels and bytes of a PCM sample.
var packets = map[string]func(channels, bytes uint32) Packet{
	"NONE": pcmPacket, "raw ": pcmPacket, "twos": pcmPacket, "sowt": pcmPacket,
	"in24": fixedPacket(1, 3), "in32": fixedPacket(1, 4), "fl32": fixedPacket(1, 4), "fl64": fixedPacket(1, 8),
	"ulaw": fixedPacket(1, 1), "alaw": fixedPacket(1, 1),
	"MAC3": fixedPacket(6, 2), "MAC6": fixedPacket(6, 1), "ima4": fixedPacket(64, 34), "agsm": fixedPacket(160, 33),
}

func pcmPacket(channels, bytes uint32) Packet { return Packet{1, channels * bytes} }

func fixedPacket(frames, bytes uint32) func(uint32, uint32) Packet {
	return func(channels, _ uint32) Packet { return Packet{frames, channels * bytes} }
}

// sound reads the fields of an AudioSampleEntry (section 12.2.3) or of a
// QuickTime sound description. ISO's version 1 has the fields of version 0,
// QuickTime's has more of them: only what follows tells the two apart.
func (p *parser) sound() {
	c := box.NewCursor(p.body)
	c.Skip(sampleEntrySize)
	version := c.U16()
	c.Skip(6)
	p.Channels = int(c.U16())
	p.sampleSize = c.U16()
	c.Skip(4)
	p.SampleRate = int(c.U32() >> 16)
	p.rewrite = version != 0
	size := soundSize
	switch {
	case version == 1 && !isBoxes(p.body[min(soundSize, len(p.body)):]):
		size += soundV1Extra
		p.Packet.Frames = c.U32()
		c.Skip(4)
		p.Packet.Bytes = c.U32()
	case version == 2:
		size += soundV2Extra
		p.soundV2(c)
	}
	if f, ok := packets[p.Original]; ok && (p.Packet.Frames == 0 || p.Packet.Bytes == 0) {
		p.Packet = f(uint32(p.Channels), uint32(p.sampleSize)/8)
	}
	p.walk(size)
	if srat, ok := p.child("srat"); ok && version == 1 {
		c := box.NewCursor(srat.body())
		c.FullBox()
		p.SampleRate = int(c.U32())
	}
}

// soundV2 reads the fields of QuickTime's version 2 behind those of version 0,
// which then are placeholders.
func (p *parser) soundV2(c *box.Cursor) {
	c.Skip(4)
	rate, channels := math.Float64frombits(c.U64()), c.U32()
	p.SampleRate, p.Channels = 0, int(min(channels, math.MaxUint16))
	if rate >= 1 && rate <= math.MaxInt32 {
		p.SampleRate = int(rate)
	}
	c.Skip(12)
	p.Packet.Bytes, p.Packet.Frames = c.U32(), c.U32()
}

// isBoxes tells whether b is nothing but whole boxes with readable types.
func isBoxes(b []byte) bool {
	ok := true
	err := box.Each("", b, 0, func(t box.Type, _ []byte) error {
		ok = ok && isReadable(t)
		return nil
	})
	return ok && err == nil
}

func isReadable(t box.Type) bool { return len(t.String()) == len(t) }
