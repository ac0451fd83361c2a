package codec

import (
	"encoding/base32"
	"fmt"
	"math/bits"
	"strings"

	"vodsrv/mp4/box"
)

// avc reads an avcC box (ISO/IEC 14496-15, 5.3.3.1).
func (p *parser) avc(config child) error {
	c := box.NewCursor(config.body())
	version, profile := c.U8(), c.U24()
	c.Skip(1)
	for range c.U8() & 0x1f {
		c.Skip(int(c.U16()))
	}
	for range c.U8() {
		c.Skip(int(c.U16()))
	}
	p.Codec = fmt.Sprintf("%s.%06x", p.Original, profile)
	if version != 1 && c.OK() {
		return p.wrong(config, "has version %d, where there is only 1", version)
	}
	return p.short(c, config)
}

// hevc reads an hvcC box (ISO/IEC 14496-15, 8.3.3.1; the string is in annex
// E.3). Files from before the standard was done have version 0.
func (p *parser) hevc(config child) error {
	c := box.NewCursor(config.body())
	c.Skip(1)
	general, compatible := c.U8(), c.U32()
	constraints := c.Bytes(6)
	level := c.U8()
	c.Skip(9)
	for range c.U8() {
		c.Skip(1)
		for range c.U16() {
			c.Skip(int(c.U16()))
			if !c.OK() {
				break
			}
		}
	}
	p.Codec = fmt.Sprintf("%s.%s%d.%X.%s%d", p.Original, []string{"", "A", "B", "C"}[general>>6], general&0x1f,
		bits.Reverse32(compatible), tier(general&0x20 != 0), level)
	for _, b := range trimZeros(constraints) {
		p.Codec += fmt.Sprintf(".%X", b)
	}
	return p.short(c, config)
}

func tier(high bool) string {
	if high {
		return "H"
	}
	return "L"
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

// vvc reads a vvcC box (ISO/IEC 14496-15, 11.2.4.2; the string is in annex
// E.6): profile, tier, level and constraints.
func (p *parser) vvc(config child) error {
	c := box.NewCursor(config.body())
	c.FullBox()
	if present := c.U8()&1 == 1; !present {
		return p.short(c, config)
	}
	c.Skip(3)
	n := int(c.U8() & 0x3f)
	profile, level := c.U8(), c.U8()
	constraints := trimZeros(c.Bytes(max(n, 1)))
	p.Codec = fmt.Sprintf("%s.%d.%s%d", p.Original, profile>>1, tier(profile&1 == 1), level)
	if len(constraints) > 0 {
		p.Codec += ".C" + strings.TrimRight(base32.StdEncoding.EncodeToString(constraints), "=")
	}
	return p.short(c, config)
}

// dolbyVision reads dvcC, dvvC or dvwC (Dolby Vision Streams within ISOBMFF,
// 2.2) beside the configuration of the codec underneath.
func (p *parser) dolbyVision(config child) error {
	for _, t := range []string{"dvcC", "dvvC", "dvwC"} {
		if dv, ok := p.child(t); ok {
			c := box.NewCursor(dv.body())
			c.Skip(2)
			v := c.U16()
			p.Codec = fmt.Sprintf("%s.%02d.%02d", p.Original, v>>9, v>>3&0x3f)
			return p.short(c, dv)
		}
	}
	return p.wrong(config, "stands without the dvcC or dvvC box of Dolby Vision")
}

// av1 reads an av1C box (AV1 Codec ISO Media File Format Binding, 2.3; the
// string is in section 5).
func (p *parser) av1(config child) error {
	c := box.NewCursor(config.body())
	version, profile, depth := c.U8()&0x7f, c.U8(), c.U8()
	if err := p.short(c, config); err != nil {
		return err
	}
	letter := "M"
	if depth&0x80 != 0 {
		letter = "H"
	}
	bitDepth := 8
	switch {
	case depth&0x60 == 0x60:
		bitDepth = 12
	case depth&0x40 != 0:
		bitDepth = 10
	}
	p.Codec = fmt.Sprintf("av01.%d.%02d%s.%02d", profile>>5, profile&0x1f, letter, bitDepth)
	p.Codec += p.av1Colours(depth)
	if version != 1 {
		return p.wrong(config, "has version %d, where there is only 1", version)
	}
	return nil
}

// av1Colours writes the optional fields, which stand all together or not at
// all. Without them 4:2:0 and BT.709 are meant; Firefox refuses a string of
// another profile that leaves them out.
func (p *parser) av1Colours(flags uint8) string {
	mono, x, y, position := flags>>4&1, flags>>3&1, flags>>2&1, flags&3
	if x == 0 || y == 0 {
		position = 0 // means something in 4:2:0 alone
	}
	col, ok := p.colr()
	if !ok {
		col = Colour{1, 1, 1, false}
	}
	if mono == 0 && x == 1 && y == 1 && col.ordinary() {
		return ""
	}
	return fmt.Sprintf(".%d.%d%d%d.%02d.%02d.%02d.%d", mono, x, y, position,
		col.Primaries, col.Transfer, col.Matrix, col.fullFlag())
}

// vp reads a vpcC box (VP Codec ISO Media File Format Binding). Version 0, of
// an early draft, has no colours in this form.
func (p *parser) vp(config child) error {
	c := box.NewCursor(config.body())
	version, _ := c.FullBox()
	profile, level, depth := c.U8(), c.U8(), c.U8()
	if level == 0 {
		// 0 stands for unknown, which the string has no way to say.
		level = 10
	}
	p.Codec = fmt.Sprintf("%s.%02d.%02d.%02d", p.Original, profile, level, depth>>4)
	if version > 0 {
		chroma := depth >> 1 & 7
		col := Colour{uint16(c.U8()), uint16(c.U8()), uint16(c.U8()), depth&1 == 1}
		if chroma > 1 || !col.ordinary() {
			p.Codec += fmt.Sprintf(".%02d.%02d.%02d.%02d.%02d", chroma, col.Primaries, col.Transfer, col.Matrix, col.fullFlag())
		}
	}
	return p.short(c, config)
}
