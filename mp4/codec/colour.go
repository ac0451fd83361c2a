package codec

import "vodsrv/mp4/box"

// Colour says what the numbers of a picture stand for, by the codes of ISO/IEC
// 23091-2. 2 stands for unspecified.
type Colour struct {
	Primaries, Transfer, Matrix uint16
	Full                        bool // full range instead of the limited one of television
}

// ordinary tells whether the colours are those that a codecs string without
// colour fields stands for: BT.709 in limited range. Unspecified ones (2) are
// played as such.
func (c Colour) ordinary() bool {
	ordinary := func(v uint16) bool { return v == 1 || v == 2 }
	return !c.Full && ordinary(c.Primaries) && ordinary(c.Transfer) && ordinary(c.Matrix)
}

func (c Colour) fullFlag() int {
	if c.Full {
		return 1
	}
	return 0
}

// colr reads the entry's colour box (ISO/IEC 14496-12, 12.1.5, and QuickTime's
// nclc, which has no range).
func (p *parser) colr() (Colour, bool) {
	for _, colr := range p.children {
		if colr.Type != box.T("colr") {
			continue
		}
		c := box.NewCursor(colr.body())
		t := c.Type()
		v := Colour{Primaries: c.U16(), Transfer: c.U16(), Matrix: c.U16()}
		if t == box.T("nclx") {
			v.Full = c.U8()&0x80 != 0
		}
		if (t == box.T("nclx") || t == box.T("nclc")) && c.OK() {
			return v, true
		}
	}
	return Colour{}, false
}
