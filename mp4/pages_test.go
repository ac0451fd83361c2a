package mp4

import (
	"encoding/binary"
	"slices"
	"testing"
)

// TestPages crosses the bounds of pages in every operation.
func TestPages(t *testing.T) {
	var list []uint32
	var p pages
	for i := range uint32(2*pageSize + 5) {
		p.add(i * 7)
		list = append(list, i*7)
	}
	var entries []byte
	for i := range uint32(2 * pageSize) {
		entries = binary.BigEndian.AppendUint32(entries, i)
		if i >= 3 {
			list = append(list, i)
		}
	}
	p.addColumn(column{b: entries, size: 4, count: 2 * pageSize}, 3)
	p.compact()
	check := func() {
		t.Helper()
		if n := len(p.full)*pageSize + len(p.tail); n != len(list) {
			t.Fatalf("%d values, want %d", n, len(list))
		}
		for i, v := range list {
			if p.at(uint32(i)) != v {
				t.Fatalf("value %d is %d, want %d", i, p.at(uint32(i)), v)
			}
		}
		for _, from := range []int{0, 1, pageSize - 1, pageSize, len(list)} {
			for _, to := range []int{from, pageSize, pageSize + 1, len(list)} {
				if max(from, to) > len(list) {
					continue
				}
				var got []uint32
				for span := range p.spans(uint32(from), uint32(to)) {
					got = append(got, span...)
				}
				if want := list[from:max(from, to)]; !slices.Equal(got, want) {
					t.Fatalf("[%d, %d) has %d values, want %d", from, to, len(got), len(want))
				}
			}
		}
	}
	check()
	for _, n := range []int{3*pageSize + 1, 3 * pageSize, pageSize + 7, pageSize} {
		p.cut(uint32(n))
		list = list[:n]
		check()
		p.add(5)
		list = append(list, 5)
		check()
	}
}
