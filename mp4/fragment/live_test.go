package fragment

import (
	"bytes"
	"fmt"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/mp4test"
)

// liveTrack is a track as a relay makes it: without an index.
func liveTrack(t *testing.T) *mp4.Track {
	t.Helper()
	entry, err := codec.NewVideo("avc1", 64, 32, "avcC", []byte{1, 0x64, 0, 0x1f, 0xff, 0xe0, 0})
	if err != nil {
		t.Fatal(err)
	}
	return &mp4.Track{ID: 1, Kind: codec.Video, Handler: box.T("vide"), Timescale: 90000, Language: "und", Entries: []codec.Entry{entry}}
}

// What is written live reads back as the samples that were given.
func TestLiveSegments(t *testing.T) {
	t.Parallel()
	track := liveTrack(t)
	var given []LiveSample
	const before, gap = 7, 1800 // in the midst of a segment something is missing
	out := LiveInit(track)
	for k := range 4 {
		var list []LiveSample
		for i := range 3 {
			n, dts := k*3+i, int64(k*3+i)*3600
			if n > before {
				dts += gap
			}
			list = append(list, LiveSample{
				Data: fmt.Appendf(nil, "sample %d", n), DTS: dts, Duration: 3600, CTO: int32(7200 * (i % 2)), Sync: i == 0,
			})
		}
		given = append(given, list...)
		g, err := LiveSegment(uint32(k+1), LiveMedia{track, list})
		if err != nil {
			t.Fatal(err)
		}
		size := int64(len(out))
		for _, p := range g.Parts {
			if p.Data == nil || int64(len(p.Data)) != p.Size {
				t.Fatalf("a part that is not at hand: %+v", p)
			}
			out = append(out, p.Data...)
		}
		if int64(len(out))-size != g.Size() {
			t.Errorf("segment %d has %d bytes, said %d", k, int64(len(out))-size, g.Size())
		}
	}
	given[before].Duration += gap
	back := openFilm(t, mp4test.Join(out))
	if back.Truncated != nil || len(back.Tracks) != 1 || back.Tracks[0].Index.Len() != len(given) {
		t.Fatalf("%v, %+v", back.Truncated, back.Tracks)
	}
	for i, want := range given {
		s := back.Tracks[0].Index.At(i)
		if s.DTS != want.DTS || s.CTO != want.CTO || s.Duration != want.Duration || s.Sync != want.Sync || !bytes.Equal(out[s.Offset:s.End()], want.Data) {
			t.Errorf("sample %d: %+v, want %+v", i, s, want)
		}
	}
	if mime := LiveMIME(track); mime != `video/mp4; codecs="avc1.64001f"` {
		t.Errorf("MIME %s", mime)
	}
}
