package dump

import (
	"bufio"
	"encoding/hex"
	"strconv"
)

// jsonPrinter writes for programs: an object with the file's size and its
// boxes. Errors of the writer stay in it until it is flushed.
type jsonPrinter struct {
	w        *bufio.Writer
	boxes    []jsonBox
	lists    []jsonList
	problems []string // of the file as a whole
	any      bool     // a box was written at the top
	name     string   // of the hex being written
}

// jsonBox is a box that is being written.
type jsonBox struct {
	fields   bool // its object of fields is open
	children bool // its array of children is open
	problems []string
}

// jsonList is a list that is being written.
type jsonList struct {
	name   string
	items  bool // it has an item
	begun  bool // the open item has a value
	object bool // the open item is an object
}

func (p *jsonPrinter) print(parts ...string) {
	for _, s := range parts {
		_, _ = p.w.WriteString(s)
	}
}

func (p *jsonPrinter) begin(size int64) {
	p.print(`{"size":`, strconv.FormatInt(size, 10), `,"boxes":[`)
}

func (p *jsonPrinter) end() {
	p.print("]")
	p.printProblems(p.problems)
	p.print("}\n")
}

func (p *jsonPrinter) printProblems(problems []string) {
	for i, text := range problems {
		if i == 0 {
			p.print(`,"problems":[`)
		} else {
			p.print(",")
		}
		p.print(quote(text))
	}
	if len(problems) > 0 {
		p.print("]")
	}
}

func (p *jsonPrinter) open(b head) {
	if n := len(p.boxes); n > 0 {
		p.openChildren(&p.boxes[n-1])
	} else {
		if p.any {
			p.print(",")
		}
		p.any = true
	}
	p.print("\n", indent(len(p.boxes)), `{"type":`, quote(b.typ))
	if b.chosen {
		path := b.typ
		if b.container != "" {
			path = b.container + "/" + path
		}
		p.print(`,"path":`, quote(path))
	}
	p.print(`,"offset":`, strconv.FormatInt(b.offset, 10), `,"size":`, strconv.FormatInt(b.header+b.body, 10))
	p.print(`,"header":`, strconv.FormatInt(b.header, 10))
	if b.toEnd {
		p.print(`,"to_end":true`)
	}
	if b.uuid != "" {
		p.print(`,"uuid":`, quote(b.uuid))
		if b.uuidName != "" {
			p.print(`,"name":`, quote(b.uuidName))
		}
	}
	if b.full {
		p.printFlags(b)
	}
	p.boxes = append(p.boxes, jsonBox{})
}

func (p *jsonPrinter) printFlags(b head) {
	p.print(`,"version":`, strconv.Itoa(int(b.version)), `,"flags":`, strconv.Itoa(int(b.flags)))
	for i, name := range b.flagNames {
		if i == 0 {
			p.print(`,"flag_names":[`)
		} else {
			p.print(",")
		}
		p.print(quote(name))
	}
	if len(b.flagNames) > 0 {
		p.print("]")
	}
}

func (p *jsonPrinter) openChildren(b *jsonBox) {
	p.closeFields(b)
	if b.children {
		p.print(",")
	} else {
		p.print(`,"children":[`)
		b.children = true
	}
}

func (p *jsonPrinter) closeFields(b *jsonBox) {
	if b.fields {
		p.print("}")
		b.fields = false
	}
}

func (p *jsonPrinter) close() {
	n := len(p.boxes) - 1
	b := &p.boxes[n]
	p.closeFields(b)
	if b.children {
		p.print("]")
	}
	p.printProblems(b.problems)
	p.print("}")
	p.boxes = p.boxes[:n]
}

// member begins a value: a member of fields, or of the item of a list. A
// value without a name is the item.
func (p *jsonPrinter) member(name string) {
	if n := len(p.lists); n > 0 {
		l := &p.lists[n-1]
		switch {
		case name == "":
			l.begun = true
			return
		case l.object:
			p.print(",")
		default:
			p.print("{")
			l.object, l.begun = true, true
		}
	} else if b := &p.boxes[len(p.boxes)-1]; b.fields {
		p.print(",")
	} else {
		p.print(`,"fields":{`)
		b.fields = true
	}
	p.print(`"`, name, `":`)
}

func (p *jsonPrinter) field(name string, v value) {
	p.member(name)
	p.print(v.inJSON())
	if v.extra != "" && name != "" {
		p.member(name + v.extra)
		p.print(v.extraJSON)
	}
}

func (p *jsonPrinter) list(name string, _ bool) {
	p.member(name)
	p.print("[")
	p.lists = append(p.lists, jsonList{name: name})
}

func (p *jsonPrinter) item(uint64) {
	l := &p.lists[len(p.lists)-1]
	if l.items {
		p.print(",")
	}
	l.items, l.begun, l.object = true, false, false
}

func (p *jsonPrinter) endItem() {
	switch l := p.lists[len(p.lists)-1]; {
	case l.object:
		p.print("}")
	case !l.begun:
		p.print("null")
	}
}

func (p *jsonPrinter) endList(left uint64) {
	n := len(p.lists) - 1
	name := p.lists[n].name
	p.lists = p.lists[:n]
	p.print("]")
	if left > 0 {
		p.field(name+"_left_out", number(left))
	}
}

func (p *jsonPrinter) hex(name string) {
	p.member(name)
	p.print(`"`)
	p.name = name
}

func (p *jsonPrinter) hexBytes(b []byte) {
	_, _ = hex.NewEncoder(p.w).Write(b)
}

func (p *jsonPrinter) endHex(left int64) {
	p.print(`"`)
	if left > 0 && p.name != "" {
		p.field(p.name+"_left_out", number(uint64(left)))
	}
}

// manyProblems is how many are kept of one box until it is closed.
const manyProblems = 16

func (p *jsonPrinter) problem(text string) {
	problems := &p.problems
	if n := len(p.boxes); n > 0 {
		problems = &p.boxes[n-1].problems
	}
	if len(*problems) < manyProblems {
		*problems = append(*problems, text)
	}
}
