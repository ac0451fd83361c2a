package dump

import (
	"fmt"
	"strconv"
	"strings"

	"vodsrv/mp4/box"
)

// Path names boxes by the types of their containers and their own, such as
// moov/trak[2]/mdia: the number counts boxes of one type in one container,
// from 1, and without it all are meant. A path may begin anywhere in the tree;
// one with a slash in front begins at the top. Its zero value names none.
type Path struct {
	steps []step
	top   bool
}

type step struct {
	any   bool
	typ   box.Type
	index int // 0 is any
}

// ParsePath reads a path. A star stands for any type, \x and two digits for a
// byte, and © for the byte that QuickTime means by it.
func ParsePath(s string) (Path, error) {
	rest, top := strings.CutPrefix(s, "/")
	p := Path{top: top}
	for text := range strings.SplitSeq(rest, "/") {
		st, err := parseStep(text)
		if err != nil {
			return Path{}, fmt.Errorf("%q is no path of boxes such as moov/trak[2]/mdia: %w", s, err)
		}
		p.steps = append(p.steps, st)
	}
	return p, nil
}

func parseStep(text string) (step, error) {
	var st step
	name := text
	if at := strings.LastIndexByte(text, '['); at >= 0 && strings.HasSuffix(text, "]") {
		n, err := strconv.ParseUint(text[at+1:len(text)-1], 10, 31)
		if err != nil || n == 0 {
			return st, fmt.Errorf("%q has no number from 1 on in brackets", text)
		}
		st.index, name = int(n), text[:at]
	}
	if name == "*" {
		st.any = true
		return st, nil
	}
	b, err := unescape(name)
	if err != nil || len(b) != 4 {
		return st, fmt.Errorf("%q is no type of four characters", name)
	}
	st.typ = box.Type(b)
	return st, nil
}

// unescape undoes typeName.
func unescape(name string) ([]byte, error) {
	b := make([]byte, 0, 4)
	for len(name) > 0 {
		c, _, rest, err := strconv.UnquoteChar(name, 0)
		if err != nil {
			return nil, err
		}
		if c > 0xff {
			return nil, strconv.ErrRange
		}
		b, name = append(b, byte(c)), rest
	}
	return b, nil
}

// String is the path as ParsePath takes it.
func (p Path) String() string {
	var b strings.Builder
	for i, st := range p.steps {
		if i > 0 || p.top {
			b.WriteByte('/')
		}
		if st.any {
			b.WriteByte('*')
		} else {
			b.WriteString(typeName(st.typ))
		}
		if st.index > 0 {
			fmt.Fprintf(&b, "[%d]", st.index)
		}
	}
	return b.String()
}

// matches tells whether a box has the path.
func (p Path) matches(at *place) bool {
	for i := len(p.steps) - 1; i >= 0; i-- {
		if at.in == nil || !p.steps[i].matches(at) {
			return false
		}
		at = at.in
	}
	return len(p.steps) > 0 && (!p.top || at.in == nil)
}

func (s step) matches(at *place) bool {
	return (s.any || s.typ == at.box.Type) && (s.index == 0 || s.index == at.index)
}

// path is the place in words: types, and numbers where it is not the first.
func (p *place) path() string {
	if p.in == nil {
		return ""
	}
	name := typeName(p.box.Type)
	if p.index > 1 {
		name += fmt.Sprintf("[%d]", p.index)
	}
	if outer := p.in.path(); outer != "" {
		return outer + "/" + name
	}
	return name
}

// typeName is a type in printable characters that a path can be made of.
func typeName(t box.Type) string {
	var b strings.Builder
	for _, c := range t {
		switch {
		case c == 0xa9:
			b.WriteString("©")
		case c < 0x20 || c > 0x7e || c == '\\' || c == '/' || c == '[':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// counts numbers the boxes of each type in a container.
type counts map[box.Type]int

// next is the number of the next box of a type; 0 once there were too many
// types to keep.
func (c *counts) next(t box.Type) int {
	if *c == nil {
		*c = counts{}
	}
	n, known := (*c)[t]
	if !known && len(*c) >= manyTypes {
		return 0
	}
	(*c)[t] = n + 1
	return n + 1
}
