package flv

import (
	"math"

	"vodsrv/mp4/box"
)

// Types of values of AMF0 (Action Message Format, section 2).
const (
	amfNumber      = 0
	amfBool        = 1
	amfString      = 2
	amfObject      = 3
	amfNull        = 5
	amfUndefined   = 6
	amfReference   = 7
	amfArray       = 8 // with names
	amfObjectEnd   = 9
	amfStrictArray = 10
	amfDate        = 11
	amfLongString  = 12
)

// deepest is how far values of metadata may be nested: what is deeper ends the
// reading.
const deepest = 8

// mostMembers is how many values of metadata are kept: some take more memory
// than they have bytes.
const mostMembers = 256

// script reads the body of a script tag (annex E.4.4); false for one that is no
// onMetaData, or one that can't be read, which keeps nothing from being shown.
func (p *Packet) script(data []byte) bool {
	p.Kind = Script
	c := box.NewCursor(data)
	name, _ := value(c, nil, deepest).(string)
	if name != "onMetaData" {
		return false
	}
	p.Meta = Metadata{}
	value(c, p.Meta, deepest)
	return true
}

// value reads one value. What an object or an array with names holds goes into
// the given map, if it is simple. A value that is none makes the cursor short.
func value(c *box.Cursor, into Metadata, depth int) any {
	if depth == 0 {
		c.Skip(c.Left() + 1)
		return nil
	}
	switch c.U8() {
	case amfNumber:
		return math.Float64frombits(c.U64())
	case amfBool:
		return c.U8() != 0
	case amfString:
		return string(c.Bytes(int(c.U16())))
	case amfLongString:
		return string(c.Bytes(int(c.U32())))
	case amfArray:
		c.Skip(4)
		members(c, into, depth-1)
	case amfObject:
		members(c, into, depth-1)
	case amfStrictArray:
		for n := c.U32(); n > 0 && c.OK() && c.Left() > 0; n-- {
			value(c, nil, depth-1)
		}
	case amfDate:
		c.Skip(8 + 2)
	case amfReference:
		c.Skip(2)
	case amfNull, amfUndefined:
	default:
		c.Skip(c.Left() + 1)
	}
	return nil
}

// members reads names and values up to the end of an object.
func members(c *box.Cursor, into Metadata, depth int) {
	for c.OK() && c.Left() > 0 {
		name := string(c.Bytes(int(c.U16())))
		if name == "" {
			c.Skip(1) // amfObjectEnd
			return
		}
		v := value(c, nil, depth)
		if into != nil && v != nil && c.OK() && len(into) < mostMembers {
			into[name] = v
		}
	}
}
