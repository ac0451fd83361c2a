package mp4

import (
	"bytes"
	"testing"

	"vodsrv/mp4/mp4test"
)

// Who names tens of thousands of tracks in each of a thousand has them all gone
// through for each.
func TestTracksOfChaptersAreBounded(t *testing.T) {
	track := mp4test.Track{ID: 1, Samples: mp4test.Samples(5, 9, 40, 5)}
	refs := make([]uint32, 10_000)
	track.Extra = mp4test.Box("tref", mp4test.Box("chap", mp4test.U32(refs...)), mp4test.Box("chap", mp4test.U32(refs...)))
	b := mp4test.File{Tracks: []mp4test.Track{track}}.Bytes()
	m, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.Tracks[0].Chapters); n != maxChapterTracks {
		t.Errorf("%d", n)
	}
}
