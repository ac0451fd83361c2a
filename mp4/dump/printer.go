package dump

import (
	"fmt"
	"strings"
)

// printer writes what a dump finds, in the order in which it is told: begin,
// then for each box open, its fields, lists and hex, the boxes within, and
// close. A problem belongs to the box opened last.
type printer interface {
	begin(size int64)
	open(head)
	field(name string, v value)
	list(name string, short bool) // a short one is no table
	item(number uint64)
	endItem()
	endList(left uint64) // so many items are there, but not told
	hex(name string)
	hexBytes(b []byte)
	endHex(left int64) // so many bytes are there, but not told
	problem(text string)
	close()
	end()
}

// head is what is told of every box.
type head struct {
	typ            string
	container      string // where a box that was asked for lies
	chosen         bool   // the box was asked for by a path
	offset         int64
	header, body   int64 // bytes
	toEnd          bool
	uuid, uuidName string
	full           bool
	version        uint8
	flags          uint32
	flagNames      []string
}

func headOf(f *fields, k kind, chosen bool) head {
	h := f.box
	b := head{
		typ: typeName(h.Type), offset: h.Offset, header: h.HeadSize, body: h.BodySize(), toEnd: h.ToEnd,
		full: f.full, version: f.version, flags: f.flags, chosen: chosen,
	}
	if chosen {
		b.container = f.in.path()
	}
	if h.UserType != [16]byte{} {
		b.uuid, b.uuidName = uuidText(h.UserType), k.name
	}
	for _, name := range k.flags {
		if f.flags&name.bit != 0 {
			b.flagNames = append(b.flagNames, name.name)
		}
	}
	return b
}

// flagName names a bit of a FullBox's flags.
type flagName struct {
	bit  uint32
	name string
}

func uuidText(u [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

const spaces = "                                                                                "

// indent is white space for boxes nested so deep.
func indent(depth int) string {
	if 2*depth <= len(spaces) {
		return spaces[:2*depth]
	}
	return strings.Repeat("  ", depth)
}
