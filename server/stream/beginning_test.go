package stream

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"vodsrv/mp4/fragment"
)

// saying splits a beginning into its messages, and checks that each has the
// bytes that it announces.
func saying(t *testing.T, parts []fragment.Part) (all []message) {
	t.Helper()
	for len(parts) > 0 {
		line, ended := bytes.CutSuffix(parts[0].Data, []byte("\n"))
		var m message
		if err := json.Unmarshal(line, &m); err != nil || !ended {
			t.Fatalf("%q is no line with a message: %v", parts[0].Data, err)
		}
		parts = parts[1:]
		for left := m.Bytes; left > 0; parts = parts[1:] {
			left -= parts[0].Size
			if left < 0 {
				t.Fatalf("%q announces %d bytes less than come", line, -left)
			}
		}
		all = append(all, m)
	}
	return all
}

func TestBeginning(t *testing.T) {
	for name, c := range map[string]struct {
		query Query
		gap   int
		want  [][2]int // stream and segment of what comes whole; -1 for an init segment
	}{
		"muxed":               {Query{}, -1, [][2]int{{0, -1}, {0, 0}}},
		"split":               {Query{Split: true}, -1, [][2]int{{0, -1}, {1, -1}, {0, 0}, {1, 0}}},
		"from within":         {Query{Split: true, Time: 5}, -1, [][2]int{{0, -1}, {1, -1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}}},
		"a stream has a gap":  {Query{Time: 2}, 1, [][2]int{{0, -1}}},
		"the end of the film": {Query{Time: 19.5}, -1, [][2]int{{0, -1}, {0, 9}}},
		"beyond the end":      {Query{Time: 1e9}, -1, [][2]int{{0, -1}, {0, 9}}},
		"going on":            {Query{Seq: []int{4}, ETag: "tag"}, -1, [][2]int{{0, -1}, {0, 4}}},
	} {
		film := newFake(10, 2, 300_000)
		film.gap = c.gap
		parts, err := Beginning(film, c.query)
		if err != nil {
			t.Fatal(name, err)
		}
		all := saying(t, parts)
		if all[0].Type != typeOpen || all[0].ETag != "tag" {
			t.Errorf("%s: first comes %+v", name, all[0])
		}
		var whole [][2]int
		bytes := map[[2]int]int64{}
		for _, m := range all[1:] {
			at := [2]int{m.Stream, m.Seq}
			if m.Kind == kindInit {
				at[1] = -1
			}
			bytes[at] += m.Bytes
			if m.Bytes > firstPiece || m.Epoch != 0 {
				t.Errorf("%s: %+v", name, m)
			}
			if !m.Last {
				continue
			}
			whole = append(whole, at)
			if m.Kind == kindMedia && bytes[at] != film.bytes {
				t.Errorf("%s: %d bytes of %v", name, bytes[at], at)
			}
		}
		if !slices.Equal(whole, c.want) {
			t.Errorf("%s: %v, want %v", name, whole, c.want)
		}
		if last := all[len(all)-1]; !last.Last {
			t.Errorf("%s: ends amid a segment: %+v", name, last)
		}
	}
}

func TestNoBeginning(t *testing.T) {
	for _, q := range []Query{{Seq: []int{4}, ETag: "other"}, {Tracks: []uint32{9}}} {
		var told *Error
		if parts, err := Beginning(newFake(10, 2, 1000), q); !errors.As(err, &told) || parts != nil {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
