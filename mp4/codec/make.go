package codec

import (
	"math"

	"vodsrv/mp4/box"
)

// NewVideo makes the entry of video that comes without one: its format, the
// size of the coded picture in pixels, and the box that says how to decode it,
// with all that is in it but its header. Errors are those of Parse.
func NewVideo(format string, width, height int, config string, payload []byte) (Entry, error) {
	const perInch = 72 << 16 // resolution, which means nothing
	b := box.NewBuilder(visualSize + 16 + len(payload))
	b.Start(format)
	startEntry(b)
	b.Bytes(make([]byte, 16))
	b.U16(uint16(min(max(width, 0), math.MaxUint16)))
	b.U16(uint16(min(max(height, 0), math.MaxUint16)))
	b.U32(perInch)
	b.U32(perInch)
	b.U32(0)
	b.U16(1) // frames a sample
	b.Bytes(make([]byte, 32))
	b.U16(24) // bits a pixel
	b.U16(math.MaxUint16)
	configBox(b, config, payload)
	b.End()
	return Parse(box.T("vide"), b.Done(), 0)
}

// NewAudio makes the entry of sound that comes without one, as NewVideo does.
func NewAudio(format string, channels, rate int, config string, payload []byte) (Entry, error) {
	b := box.NewBuilder(64 + len(payload))
	b.Start(format)
	startEntry(b)
	b.U64(0)
	b.U16(uint16(min(channels, math.MaxUint16)))
	b.U16(16) // bits a sample
	b.U32(0)
	b.U16(expressible(rate))
	b.U16(0)
	configBox(b, config, payload)
	b.End()
	return Parse(box.T("soun"), b.Done(), 0)
}

// Object types of sound in MPEG-4 (ISO/IEC 14496-1, table 5).
const (
	ObjectAAC = 0x40
	ObjectMP3 = 0x6b // MPEG-1; for lower rates, too, since browsers tell them apart by themselves
)

// ESDS is the payload of the esds box of sound in MPEG-4 of that object type;
// specific is what its decoder needs to know, nil for nothing.
func ESDS(object uint8, specific []byte) []byte {
	return append(make([]byte, 4), esDescriptor(object, specific)...)
}

func startEntry(b *box.Builder) {
	b.Bytes(make([]byte, 6))
	b.U16(1) // where the media lies: in the file
}

func configBox(b *box.Builder, config string, payload []byte) {
	b.Start(config)
	b.Bytes(payload)
	b.End()
}
