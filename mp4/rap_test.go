package mp4_test

import (
	"testing"

	"vodsrv/mp4/mp4test"
)

// Pictures that begin an open group stand in a sample group, not in stss.
func TestOpenRandomAccessGroups(t *testing.T) {
	groups := mp4test.Join(mp4test.Sgpd("rap ", "\x80", "\x02"), mp4test.Sbgp("rap ", 1, 1, 11, 0, 1, 2, 11, 0, 1, 1))
	other := mp4test.Join(mp4test.Sgpd("roll", "\x00\x00"), mp4test.Sbgp("roll", 30, 1))
	first, groupsOf12 := mp4test.Samples(30, 9, 40, 30), mp4test.Samples(30, 9, 40, 12)
	tests := []struct {
		name, codec string
		extra       []byte
		want        []mp4test.Sample
	}{
		{"HEVC", "hvc1", groups, groupsOf12},
		{"HEVC with parameter sets in the stream", "hev1", groups, groupsOf12},
		{"VVC", "vvc1", groups, groupsOf12},
		{"HEVC with another group", "hvc1", other, first},
		{"AVC", "avc1", groups, first},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Visual(tt.codec, 320, 180)}, Samples: first, Form: mp4test.Form{Extra: tt.extra}}
			b := mp4test.File{Tracks: []mp4test.Track{track}}.Bytes()
			checkSamples(t, b, mustOpen(t, b).Tracks[0], 0, tt.want)
		})
	}
}
