package fragment

import (
	"vodsrv/mp4"
	"vodsrv/mp4/box"
)

// Descriptions of sample groups that stand in the source's moov keep their
// numbers. Those that stand in its fragments go to the moov too where all of
// the source is known and its fragments are written anew (the converter): that
// is the form that a file without fragments has, so that nothing changes on
// the way there and back. The server's init segment must not depend on
// fragments that are yet to come: there they stay in the fragments.

// groups is how many descriptions of sample groups stand in the moov.
func (t trackHeader) groups(g *mp4.Groups) int {
	if t.local {
		return g.Shared
	}
	return g.Len()
}

// span is the track's samples in the traf, by their numbers.
func (t traf) span() (from, to int) {
	from = int(t.samples[0].number)
	return from, from + len(t.samples)
}

// sampleGroups writes which groups the samples of a traf belong to, and the
// descriptions that are in no moov.
func (t traf) sampleGroups(b *box.Builder, local bool) {
	from, to := t.span()
	for k := range t.track.Groups {
		g := &t.track.Groups[k]
		renumbered := map[uint32]uint32{}
		if local {
			renumbered = localDescriptions(b, g, from, to)
		}
		for i := range g.Maps {
			sbgp(b, g, &g.Maps[i], from, to, renumbered)
		}
	}
}

// localDescriptions writes an sgpd with the descriptions of samples [from, to)
// that are not in the moov, and tells what indexes they have in this traf.
func localDescriptions(b *box.Builder, g *mp4.Groups, from, to int) map[uint32]uint32 {
	var numbers []int
	indexes := map[uint32]uint32{}
	for i := range g.Maps {
		g.Maps[i].Each(from, to, func(_ int, number uint32) {
			if indexes[number] == 0 && int(number) > g.Shared {
				numbers = append(numbers, int(number))
				indexes[number] = mp4.LocalGroup + uint32(len(numbers))
			}
		})
	}
	descriptions(b, g, numbers)
	return indexes
}

// sgpd writes the first n descriptions.
func sgpd(b *box.Builder, g *mp4.Groups, n int) {
	numbers := make([]int, n)
	for k := range numbers {
		numbers[k] = k + 1
	}
	descriptions(b, g, numbers)
}

// descriptions writes an sgpd (section 8.9.3), unless it would be empty.
func descriptions(b *box.Builder, g *mp4.Groups, numbers []int) {
	if len(numbers) == 0 {
		return
	}
	length := len(g.Description(numbers[0]))
	for _, n := range numbers {
		if len(g.Description(n)) != length {
			length = 0
		}
	}
	b.StartFull("sgpd", 1, 0)
	b.Type(g.Type)
	b.U32(uint32(length))
	b.U32(uint32(len(numbers)))
	for _, n := range numbers {
		d := g.Description(n)
		if length == 0 {
			b.U32(uint32(len(d)))
		}
		b.Bytes(d)
	}
	b.End()
}

// sbgp writes which group each of the samples [from, to) belongs to (section
// 8.9.2), unless they belong to none.
func sbgp(b *box.Builder, g *mp4.Groups, m *mp4.GroupMap, from, to int, renumbered map[uint32]uint32) {
	var runs [][2]uint32
	any := false
	m.Each(from, to, func(count int, number uint32) {
		any = any || number != 0
		if index := renumbered[number]; index != 0 {
			number = index
		}
		runs = append(runs, [2]uint32{uint32(count), number})
	})
	if !any {
		return
	}
	version := uint8(0)
	if m.Parameter != 0 {
		version = 1
	}
	b.StartFull("sbgp", version, 0)
	b.Type(g.Type)
	if version == 1 {
		b.U32(m.Parameter)
	}
	b.U32(uint32(len(runs)))
	for _, r := range runs {
		b.U32(r[0])
		b.U32(r[1])
	}
	b.End()
}
