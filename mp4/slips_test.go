package mp4_test

import (
	"bytes"
	"slices"
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

// The last box of a container may claim to go on behind it, if it is none that
// must be whole.
func TestOpenLastChildTooLong(t *testing.T) {
	samples := varied(24)
	udta := mp4test.Box("udta", mp4test.Box("name", []byte("Film")))
	longer := func(b []byte, by int) []byte { return mp4test.Lie(b, uint32(len(b)+by)) }
	file := func(track mp4test.Track, extra []byte) mp4test.File {
		track.ID, track.Samples = 1, samples
		return mp4test.File{Tracks: []mp4test.Track{track}, Extra: extra}
	}
	tests := []struct {
		name string
		file mp4test.File
		udta []byte // of the movie
	}{
		{"udta of moov", file(mp4test.Track{}, longer(udta, 4)), udta},
		{"udta of moov, behind the file", file(mp4test.Track{}, longer(udta, 400)), udta},
		{"udta of trak", file(mp4test.Track{Extra: longer(udta, 4)}, nil), nil},
		{"sbgp of stbl", file(mp4test.Track{Form: mp4test.Form{Extra: longer(mp4test.Sbgp("roll", 24, 1), 4)}}, nil), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.file.Bytes()
			m := mustOpen(t, b)
			checkSamples(t, b, m.Tracks[0], 0, samples)
			if got := b[m.UserData.Offset:m.UserData.End()]; len(got) != len(tt.udta) || len(got) > 0 && !bytes.Equal(got[4:], tt.udta[4:]) {
				t.Errorf("user data %q, want %q", got, tt.udta)
			}
		})
	}
	t.Run("a track that is not whole", func(t *testing.T) {
		b := file(mp4test.Track{}, nil).Bytes()
		b = mp4test.PutU32(b, mp4test.Find(b, "stco")[0], 4+4*24+16)
		if m, err := open(b); err == nil {
			t.Errorf("%d samples of a table that goes on behind its container", m.Tracks[0].Index.Len())
		}
	})
}

// Tracks without an id get one that no other has.
func TestOpenTracksWithoutID(t *testing.T) {
	samples := varied(24)
	track := func(id uint32) mp4test.Track { return mp4test.Track{ID: id, Samples: samples} }
	b := mp4test.File{Tracks: []mp4test.Track{track(0), track(1), track(0), track(3)}}.Bytes()
	var ids []uint32
	for k, got := range mustOpen(t, b).Tracks {
		ids = append(ids, got.ID)
		if got.Broken != nil || got.Index.Len() != len(samples) {
			t.Errorf("track %d has %d samples (%v)", k, got.Index.Len(), got.Broken)
		}
	}
	if want := []uint32{2, 1, 4, 3}; !slices.Equal(ids, want) {
		t.Errorf("ids %v, want %v", ids, want)
	}
}

// Sound can be decoded from each sample on, whatever the file says of them.
func TestOpenSoundIsSync(t *testing.T) {
	all, first := mp4test.Samples(12, 9, 1024, 0), mp4test.Samples(12, 9, 1024, 12)
	track := mp4test.Track{ID: 1, Handler: "soun"}
	progressive := func(stss []byte, entry []byte) mp4test.File {
		t := track
		t.Samples, t.Entries, t.Form.Extra = all, [][]byte{entry}, stss
		return mp4test.File{Tracks: []mp4test.Track{t}}
	}
	fragmented := func(fields uint32, entry []byte) mp4test.File {
		t := track
		t.Entries = [][]byte{entry}
		traf := mp4test.Traf{Track: 1, Runs: []mp4test.Run{{Samples: first, Fields: fields}}, Default: &[4]uint32{1, 1024, 9, mp4test.NonSyncFlags}}
		return mp4test.File{Tracks: []mp4test.Track{t}, Fragments: []mp4test.Fragment{{Trafs: []mp4test.Traf{traf}}}}
	}
	depends := mp4test.Sound("mhm1", 48000)
	tests := []struct {
		name string
		file mp4test.File
		want []mp4test.Sample
	}{
		{"an empty stss", progressive(mp4test.Table("stss", 0), mp4test.AAC()), all},
		{"an stss of one", progressive(mp4test.Table("stss", 1, 1), mp4test.AAC()), all},
		{"an stss of one, of sound that depends", progressive(mp4test.Table("stss", 1, 1), depends), first},
		{"flags", fragmented(mp4test.AllFields, mp4test.AAC()), all},
		{"flags of equal samples", fragmented(0x004, mp4test.AAC()), all},
		{"flags of sound that depends", fragmented(mp4test.AllFields, depends), first},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.file.Bytes()
			checkSamples(t, b, mustOpen(t, b).Tracks[0], 0, tt.want)
		})
	}
}
