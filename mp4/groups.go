package mp4

import (
	"encoding/binary"
	"slices"

	"vodsrv/mp4/box"
)

// Groups are the sample groups of one type (section 8.9): descriptions, and
// which of them applies to each sample. Descriptions are numbered from 1; 0 is
// for samples in no group.
type Groups struct {
	Type box.Type // grouping_type
	// Shared is how many descriptions stand in the moov. Those behind them come
	// from fragments.
	Shared int
	// Maps has an entry for each grouping_type_parameter.
	Maps []GroupMap

	bytes    []byte            // the descriptions, one behind the other
	ends     []uint32          // where each ends
	standard uint32            // of samples that no map speaks of
	seen     map[string]uint32 // numbers of descriptions, while fragments are read
}

// GroupMap says which description applies to each sample.
type GroupMap struct {
	Parameter uint32 // grouping_type_parameter; 0 if there is none
	numbers   runTable
}

const (
	// maxGroups bounds the types of groups of a track and the maps of a type:
	// each sample asks all of them.
	maxGroups = 64
	// maxDescriptions is what numbers below those of fragments leave room for.
	maxDescriptions = 1<<16 - 1
	// LocalGroup is added in a traf to the numbers of descriptions that stand
	// in the same traf (section 8.9.4).
	LocalGroup = 1 << 16
)

// Len is the number of descriptions.
func (g *Groups) Len() int { return len(g.ends) }

// Description is the entry of sgpd with a number from 1 to Len.
func (g *Groups) Description(number int) []byte {
	from := uint32(0)
	if number > 1 {
		from = g.ends[number-2]
	}
	return g.bytes[from:g.ends[number-1]]
}

// of is the description that applies to a sample while tables are read; nil if
// there is none.
func (g *Groups) of(i uint32) []byte {
	number := g.standard
	if len(g.Maps) > 0 && i < g.Maps[0].numbers.n {
		number = g.Maps[0].numbers.at(i)
	}
	if number == 0 {
		return nil
	}
	return g.Description(int(number))
}

// Each calls visit for each run of samples from [from, to) with one
// description number.
func (m *GroupMap) Each(from, to int, visit func(count int, number uint32)) {
	m.numbers.each(uint32(from), uint32(to), func(count, value uint32) { visit(int(count), value) })
}

// each calls visit for each run of equal values in [from, to).
func (t *runTable) each(from, to uint32, visit func(count, value uint32)) {
	to = min(to, t.n)
	if from >= to {
		return
	}
	c := t.cursor(from)
	for i := from; i < to; {
		first, value := i, c.at(i)
		for i++; i < to && c.at(i) == value; i++ {
		}
		visit(i-first, value)
	}
}

// pad gives samples up to n a value.
func (t *runTable) pad(n, value uint32) {
	if n > t.n {
		t.add(n-t.n, value)
	}
}

// describe adds a description.
func (g *Groups) describe(b []byte) {
	g.bytes = append(g.bytes, b...)
	g.ends = append(g.ends, uint32(len(g.bytes)))
}

// number finds a description that stands in a fragment, or adds it: fragments
// tend to repeat theirs. 0 if there is no more room.
func (g *Groups) number(b []byte) uint32 {
	if g.seen == nil {
		g.seen = map[string]uint32{}
		for n := g.Len(); n > 0; n-- {
			g.seen[string(g.Description(n))] = uint32(n)
		}
	}
	if n, ok := g.seen[string(b)]; ok {
		return n
	}
	if g.Len() == maxDescriptions {
		return 0
	}
	g.describe(b)
	g.seen[string(b)] = uint32(g.Len())
	return uint32(g.Len())
}

// finish fills up and cuts the maps to n samples.
func (g *Groups) finish(n uint32) {
	g.seen = nil
	if g.standard != 0 && len(g.Maps) == 0 {
		g.Maps = make([]GroupMap, 1)
	}
	for k := range g.Maps {
		t := &g.Maps[k].numbers
		t.pad(n, g.standard)
		t.cut(n)
	}
}

func (g *Groups) compact() {
	g.bytes, g.ends = compact(g.bytes), compact(g.ends)
	for k := range g.Maps {
		g.Maps[k].numbers.compact()
	}
}

// clip makes appending copy.
func (g *Groups) clip() {
	g.bytes, g.ends = slices.Clip(g.bytes), slices.Clip(g.ends)
	for k := range g.Maps {
		g.Maps[k].numbers.clip()
	}
}

// cloneGroups copies sample groups, so that the copy stays as it is when more
// samples are put into groups.
func cloneGroups(list []Groups) []Groups {
	return copyGroups(nil, list)
}

// copyGroups does the same in the memory of a copy that is no longer needed.
func copyGroups(to, from []Groups) []Groups {
	to = slices.Grow(to[:0], len(from))[:len(from)]
	for k, g := range from {
		g.Maps, g.seen = append(to[k].Maps[:0], g.Maps...), nil
		to[k] = g
	}
	return to
}

// groups finds the sample groups of a type, or begins them.
func (b *besides) groups(t box.Type, h box.Header) (*Groups, error) {
	for k := range b.t.Groups {
		if b.t.Groups[k].Type == t {
			return &b.t.Groups[k], nil
		}
	}
	if len(b.t.Groups) == maxGroups {
		return nil, box.Errorf(b.pathOf(h.Type), h.Offset, "is one more than the %d types of sample groups that a track may have here", maxGroups)
	}
	b.t.Groups = append(b.t.Groups, Groups{Type: t})
	return &b.t.Groups[len(b.t.Groups)-1], nil
}

// readSgpd reads descriptions (section 8.9.3).
func (b *besides) readSgpd(h box.Header) error {
	path := b.pathOf(typeSgpd)
	body, err := b.src.Body(path, h, box.MaxRead)
	if err != nil {
		return err
	}
	c := box.NewCursor(body)
	version, _ := c.FullBox()
	g, err := b.groups(c.Type(), h)
	if err != nil {
		return err
	}
	length, standard := uint32(0), uint32(0)
	if version >= 1 {
		length = c.U32()
	}
	if version >= 2 {
		standard = c.U32()
	}
	count := c.U32()
	if err := c.Err(path, h.Offset); err != nil {
		return err
	}
	if count > maxDescriptions || !b.local && g.Len() > 0 {
		return box.Errorf(path, h.Offset, "has %d descriptions of the type %s, more than there may be", count, g.Type)
	}
	if version == 0 && count > 0 {
		// Lengths follow from types alone, but entries of one type are alike.
		length = uint32(c.Left()) / count
		if length == 0 || uint32(c.Left())%count != 0 {
			return box.Errorf(path, h.Offset, "has %d bytes for %d descriptions", c.Left(), count)
		}
	}
	if b.local && b.locals == nil {
		b.locals, b.standard = map[box.Type][]uint32{}, map[box.Type]uint32{}
	}
	for range count {
		n := length
		if n == 0 {
			n = c.U32()
		}
		entry := c.Bytes(int(n))
		if err := c.Err(path, h.Offset); err != nil {
			return err
		}
		if b.local {
			b.locals[g.Type] = append(b.locals[g.Type], g.number(entry))
			continue
		}
		g.describe(entry)
		g.Shared = g.Len()
	}
	if b.local {
		b.standard[g.Type] = b.resolve(g, standard)
	} else {
		g.standard = b.resolve(g, standard)
	}
	return nil
}

// resolve turns a group_description_index into the number of a description;
// 0 if there is no such description.
func (b *besides) resolve(g *Groups, index uint32) uint32 {
	if list := b.locals[g.Type]; index > LocalGroup && index-LocalGroup <= uint32(len(list)) {
		return list[index-LocalGroup-1]
	}
	if index <= uint32(g.Shared) {
		return index
	}
	return 0
}

// readSbgp reads which samples belong to which groups (section 8.9.2).
func (b *besides) readSbgp(h box.Header) error {
	path := b.pathOf(typeSbgp)
	head, err := b.src.Bytes(h.Body(), int(min(16, h.BodySize())))
	if err != nil {
		return err
	}
	c := box.NewCursor(head)
	version, _ := c.FullBox()
	g, err := b.groups(c.Type(), h)
	if err != nil {
		return err
	}
	parameter := uint32(0)
	if version == 1 {
		parameter = c.U32()
	}
	t := table{path: path, src: b.src, head: h, size: 8, count: c.U32()}
	t.at = h.Body() + int64(len(head)-c.Left())
	if err := c.Err(path, h.Offset); err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	m := g.mapOf(parameter)
	if m == nil {
		return box.Errorf(path, h.Offset, "is one more than the %d maps of type %s that a track may have here", maxGroups, g.Type)
	}
	m.numbers.pad(b.first, g.standard)
	end := b.first + b.n
	return t.each(func(e []byte) error {
		n := min(binary.BigEndian.Uint32(e), end-min(m.numbers.n, end))
		m.numbers.add(n, b.resolve(g, binary.BigEndian.Uint32(e[4:])))
		return nil
	})
}

// mapOf finds the map with a parameter, or begins it; nil if there are too
// many.
func (g *Groups) mapOf(parameter uint32) *GroupMap {
	for k := range g.Maps {
		if g.Maps[k].Parameter == parameter {
			return &g.Maps[k]
		}
	}
	if len(g.Maps) == maxGroups {
		return nil
	}
	g.Maps = append(g.Maps, GroupMap{Parameter: parameter})
	return &g.Maps[len(g.Maps)-1]
}

// fillGroups gives the samples that no sbgp spoke of the default of their
// traf.
func (b *besides) fillGroups() {
	for t, standard := range b.standard {
		g := b.t.groups(t)
		if standard == 0 || g == nil {
			continue
		}
		if len(g.Maps) == 0 {
			g.mapOf(0)
		}
		for k := range g.Maps {
			m := &g.Maps[k].numbers
			m.pad(b.first, g.standard)
			m.pad(b.first+b.n, standard)
		}
	}
}

// groups are the sample groups of a type; nil if there are none.
func (t *Track) groups(kind box.Type) *Groups {
	for k := range t.Groups {
		if t.Groups[k].Type == kind {
			return &t.Groups[k]
		}
	}
	return nil
}
