package mp4_test

import (
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// Tables that a film can do without may claim one entry more than they have.
func TestOpenOneEntryTooMany(t *testing.T) {
	samples := varied(24)
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: samples, Edits: edits(500, 0)}}}
	count := map[string]int{"elst": 12, "stss": 12, "ctts": 12}
	for name, at := range count {
		t.Run(name, func(t *testing.T) {
			b := f.Bytes()
			at += mp4test.Find(b, name)[0]
			b = mp4test.PutU32(b, at, uint32(b[at+3])+1)
			track := mustOpen(t, b).Tracks[0]
			checkSamples(t, b, track, 0, samples)
			if want := (mp4.Edit{Duration: 500, Rate: 0x10000}); len(track.Edits) != 1 || track.Edits[0] != want {
				t.Errorf("edits %v", track.Edits)
			}
		})
	}
}
