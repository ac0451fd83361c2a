package dump

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// textPrinter writes for people. Errors of the writer stay in it until it is
// flushed.
type textPrinter struct {
	w     *bufio.Writer
	depth int
	lists int  // open lists, within one another
	first bool // nothing stands in the item yet
	items bool // an item stands in the inner list
	short bool // the outermost list stands on one line
	bytes int64
}

func (p *textPrinter) print(parts ...string) {
	for _, s := range parts {
		_, _ = p.w.WriteString(s)
	}
}

func (p *textPrinter) begin(int64) {}
func (p *textPrinter) end()        {}

func (p *textPrinter) open(b head) {
	p.print(indent(p.depth), "[", b.typ, "]")
	p.print(" offset=", strconv.FormatInt(b.offset, 10), " size=", strconv.FormatInt(b.header, 10), "+", strconv.FormatInt(b.body, 10))
	if b.toEnd {
		p.print(" (to the end)")
	}
	if b.uuid != "" {
		p.print(" uuid=", b.uuid)
		if b.uuidName != "" {
			p.print(" (", b.uuidName, ")")
		}
	}
	if b.full {
		p.print(" version=", strconv.Itoa(int(b.version)), " flags=", fmt.Sprintf("0x%06x", b.flags))
		if len(b.flagNames) > 0 {
			p.print(" (", strings.Join(b.flagNames, ", "), ")")
		}
	}
	if b.container != "" {
		p.print(" in ", b.container)
	}
	p.print("\n")
	p.depth++
}

func (p *textPrinter) close() { p.depth-- }

func (p *textPrinter) field(name string, v value) {
	p.name(name)
	p.print(v.text)
	if v.note != "" {
		p.print(" (", v.note, ")")
	}
	p.endField()
}

// name writes what stands before a value: on its own line in a box, one
// behind the other in a table.
func (p *textPrinter) name(name string) {
	switch {
	case p.lists == 0:
		p.print(indent(p.depth), name, " = ")
		return
	case p.lists == 1 || !p.first:
		p.print(" ")
	}
	p.first = false
	if name != "" {
		p.print(name, "=")
	}
}

func (p *textPrinter) endField() {
	if p.lists == 0 {
		p.print("\n")
	}
}

// list begins a table with a line for each entry, or a short list or one
// within an entry, which stays on its line.
func (p *textPrinter) list(name string, short bool) {
	p.items = false
	if p.lists == 0 && !short {
		p.print(indent(p.depth), name, ":\n")
		p.lists = 1
		return
	}
	p.name(name)
	p.print("[")
	if p.lists == 0 {
		p.lists, p.short = 1, true
	}
	p.lists++
}

func (p *textPrinter) item(number uint64) {
	switch {
	case p.lists == 1:
		p.print(indent(p.depth+1), strconv.FormatUint(number, 10), ":")
	case p.items:
		p.print(", ")
	}
	p.first, p.items = true, true
}

func (p *textPrinter) endItem() {
	if p.lists == 1 {
		p.print("\n")
	}
	p.first = false
}

func (p *textPrinter) endList(left uint64) {
	more := "… " + strconv.FormatUint(left, 10) + " more"
	p.lists--
	if p.lists == 0 {
		if left > 0 {
			p.print(indent(p.depth+1), more, "\n")
		}
		return
	}
	if left > 0 {
		p.print(", ", more)
	}
	p.print("]")
	p.items = true
	if p.short && p.lists == 1 {
		p.lists, p.short = 0, false
		p.print("\n")
	}
}

func (p *textPrinter) hex(name string) {
	p.name(name)
	p.bytes = 0
}

// rowBytes is how many bytes of hex stand on a line.
const rowBytes = 32

func (p *textPrinter) hexBytes(b []byte) {
	for len(b) > 0 {
		if p.bytes > 0 && p.bytes%rowBytes == 0 && p.lists == 0 {
			p.print("\n", indent(p.depth+1))
		}
		n := min(len(b), int(rowBytes-p.bytes%rowBytes))
		var row [2 * rowBytes]byte
		hex.Encode(row[:], b[:n])
		_, _ = p.w.Write(row[:2*n])
		p.bytes += int64(n)
		b = b[n:]
	}
}

func (p *textPrinter) endHex(left int64) {
	if left > 0 {
		p.print(" … ", quantity(left, "byte"), " more")
	}
	p.endField()
}

func (p *textPrinter) problem(text string) { p.print(indent(p.depth), "!! ", text, "\n") }
