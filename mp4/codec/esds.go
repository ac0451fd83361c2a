package codec

import (
	"bytes"
	"fmt"
	"slices"

	"vodsrv/mp4/box"
)

// Tags of descriptors (ISO/IEC 14496-1, 7.2.2.1).
const (
	esTag              = 3
	decoderConfigTag   = 4
	decoderSpecificTag = 5
	slConfigTag        = 6
)

// audioStream is the byte of a DecoderConfigDescriptor that holds the stream
// type 5.
const audioStream = 5<<2 | 1

// decoderConfig is what an esds box says about the decoder.
type decoderConfig struct {
	object   uint8  // objectTypeIndication (ISO/IEC 14496-1, table 5)
	specific []byte // DecoderSpecificInfo, nil if absent
}

// esds reads an esds box (ISO/IEC 14496-14, 6.7.2).
func (p *parser) esds(config child) (decoderConfig, error) {
	c := box.NewCursor(config.body())
	c.FullBox()
	es := box.NewCursor(descriptor(c, esTag))
	es.Skip(2)
	flags := es.U8()
	if flags&0x80 != 0 {
		es.Skip(2)
	}
	if flags&0x40 != 0 {
		es.Skip(int(es.U8()))
	}
	if flags&0x20 != 0 {
		es.Skip(2)
	}
	dc := box.NewCursor(descriptor(es, decoderConfigTag))
	d := decoderConfig{object: dc.U8()}
	dc.Skip(12)
	if !dc.OK() {
		return d, p.wrong(config, "holds no whole DecoderConfigDescriptor")
	}
	d.specific = descriptor(dc, decoderSpecificTag)
	return d, nil
}

// descriptor returns the payload of the next descriptor with that tag, or nil.
// One that says it is longer than its container is taken as far as it goes:
// some writers count wrongly.
func descriptor(c *box.Cursor, tag uint8) []byte {
	for c.Left() > 0 {
		t := c.U8()
		size := 0
		for range 4 {
			b := c.U8()
			size = size<<7 | int(b&0x7f)
			if b&0x80 == 0 {
				break
			}
		}
		body := c.Bytes(min(size, c.Left()))
		if t == tag {
			return body
		}
	}
	return nil
}

// mpeg4Video names what an mp4v entry holds by its object type.
func (p *parser) mpeg4Video(config child) error {
	d, err := p.esds(config)
	if err != nil {
		return err
	}
	p.Codec = fmt.Sprintf("%s.%02x", p.Original, d.object)
	switch {
	case d.object == 0x20:
		p.Name = "MPEG-4 Part 2"
		// The visual object sequence begins with the profile and level
		// (ISO/IEC 14496-2, 6.2.2).
		if _, after, ok := bytes.Cut(d.specific, []byte{0, 0, 1, 0xb0}); ok && len(after) > 0 {
			p.Codec += fmt.Sprintf(".%d", after[0])
		}
	case d.object == 0x21:
		p.Name = "H.264 (in MPEG-4 Systems)"
	case d.object >= 0x60 && d.object <= 0x65:
		p.Name = "MPEG-2"
	case d.object == 0x6a:
		p.Name = "MPEG-1"
	case d.object == 0x6c:
		p.Name = "Motion JPEG"
	case d.object == 0x6d:
		p.Name = "PNG"
	case d.object == 0x6e:
		p.Name = "Motion JPEG 2000"
	case d.object == 0xa3:
		p.Name = "VC-1"
	}
	return nil
}

// objects names what an mp4a entry holds by its object type.
var objects = map[uint8]string{
	0x66: "AAC Main",
	0x67: "AAC-LC",
	0x68: "AAC-SSR",
	0x69: "MP3",
	0x6b: "MP3",
	0xa0: "EVRC",
	0xa1: "SMV",
	0xa5: "AC-3",
	0xa6: "E-AC-3",
	0xa9: "DTS",
	0xaa: "DTS-HD",
	0xab: "DTS-HD",
	0xac: "DTS Express",
	0xad: "Opus",
	0xae: "AC-4",
	0xdd: "Vorbis",
	0xe1: "QCELP",
}

// mpeg4Audio names what an mp4a entry holds by its object type. Of these
// browsers know AAC-LC, what builds upon it, and MP3.
func (p *parser) mpeg4Audio(config child) error {
	d, err := p.esds(config)
	if err != nil {
		return err
	}
	p.Codec = fmt.Sprintf("%s.%02x", p.Original, d.object)
	if name, ok := objects[d.object]; ok {
		p.Name = name
	}
	switch d.object {
	case 0x40:
	case 0x66, 0x67, 0x68:
		p.Playable = d.object == 0x67
		if d.specific == nil {
			return nil
		}
	case 0x69, 0x6b:
		return nil
	default:
		p.Playable = false
		return nil
	}
	a, ok := parseAudioSpecific(d.specific)
	if !ok {
		return p.wrong(config, "holds no whole AudioSpecificConfig")
	}
	if a.channels > 0 {
		p.Channels = a.channels
	}
	p.SampleRate = a.rate
	if d.object == 0x40 {
		p.Codec += fmt.Sprintf(".%d", a.object)
		p.Name, p.Playable = a.name()
	}
	return nil
}

// esDescriptor writes the ES_Descriptor of sound of that object type, whose
// decoder wants to know something specific, or nothing: nil.
func esDescriptor(object uint8, specific []byte) []byte {
	config := append([]byte{object, audioStream}, make([]byte, 3+4+4)...) // buffer size and bit rates: unknown
	if specific != nil {
		config = append(config, describe(decoderSpecificTag, specific)...)
	}
	es := append([]byte{0, 0, 0}, describe(decoderConfigTag, config)...)
	return describe(esTag, append(es, describe(slConfigTag, []byte{2})...))
}

// describe writes a descriptor, whose size stands in groups of 7 bits.
func describe(tag uint8, payload []byte) []byte {
	n := len(payload)
	size := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		size = append([]byte{byte(n) | 0x80}, size...)
	}
	return slices.Concat([]byte{tag}, size, payload)
}
