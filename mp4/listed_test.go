package mp4_test

import (
	"bytes"
	"slices"
	"testing"

	"vodsrv/mp4"
)

// What an index lists is where the fragments are; what is cut or broken lists
// what it likes, and does no harm.
func TestListed(t *testing.T) {
	for _, c := range []struct {
		film, flags string
		lists       bool
	}{
		{"bframes.mp4", "frag_keyframe+delay_moov+default_base_moof", true},
		{"two-sounds.mp4", "frag_keyframe+empty_moov", true},
		{"bframes.mp4", "frag_keyframe+dash+global_sidx+skip_trailer", true},
		{"bframes.mp4", "frag_keyframe+delay_moov+skip_trailer", false},
	} {
		b := fragmented(t, c.film, c.flags)
		m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		var want []int64
		for _, f := range m.Fragments {
			want = append(want, f.Offset)
		}
		if !c.lists {
			want = nil
		}
		if got := mp4.Listed(bytes.NewReader(b), int64(len(b))); !slices.Equal(got, want) {
			t.Errorf("%s with %s lists %d, want %d", c.film, c.flags, got, want)
		}
		for at := range 200 {
			broken := bytes.Clone(b)
			broken[len(b)-1-at] ^= 0xff
			mp4.Listed(bytes.NewReader(broken), int64(len(b)))
			mp4.Listed(bytes.NewReader(b[:len(b)-at]), int64(len(b)-at))
			mp4.Listed(bytes.NewReader(b), int64(at))
		}
	}
}
