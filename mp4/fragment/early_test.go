package fragment

import (
	"testing"

	"vodsrv/mp4/mp4test"
)

// Beside sound no picture is decoded behind the time at which it is shown, and
// segments follow one another in decode time, too; alone, or where the first
// picture would be too short, the film's times are kept.
func TestDecodedEarly(t *testing.T) {
	sound := mp4test.Track{ID: 2, Handler: "soun", Samples: tones(8000)}
	video := func(duration uint32, negative bool, media int64) mp4test.Track {
		v := mp4test.Track{ID: 1, Samples: mp4test.Reorder(mp4test.Samples(int(8000/duration), 7, duration, 25), negative)}
		if media > 0 {
			v.Edits = []mp4test.Edit{{MediaTime: media}}
		}
		return v
	}
	plain := func(tracks ...mp4test.Track) mp4test.File { return mp4test.File{Tracks: tracks} }
	tests := []struct {
		name  string
		file  mp4test.File
		ids   []uint32
		least int64 // composition offset
	}{
		{"an edit", plain(video(40, false, 40), sound), []uint32{1, 2}, 0},
		{"negative offsets", plain(video(40, true, 0), sound), []uint32{1, 2}, 0},
		{"alone", plain(video(40, true, 0), sound), []uint32{1}, -40},
		{"few pictures", plain(video(200, true, 0), sound), []uint32{1, 2}, -200},
		{"none needed", plain(video(40, false, 0), sound), []uint32{1, 2}, 0},
		{"the file's own fragments", fragmented(2000, false, video(40, true, 0), sound), []uint32{1, 2}, -40},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.file.Bytes()
			s := streamOf(t, checkFilm(t, file, tt.ids...), tt.ids...)
			got := openFilm(t, mp4test.Join(s.Init(), mp4test.Join(readSegments(t, s, file)...))).Track(1).Index
			least, dts := int64(0), int64(0)
			for i := range got.Len() {
				g := got.At(i)
				least = min(least, int64(g.CTO))
				if g.DTS != dts || g.Duration == 0 {
					t.Fatalf("sample %d is decoded at %d for %d, the one before until %d", i, g.DTS, g.Duration, dts)
				}
				dts += int64(g.Duration)
			}
			if least != tt.least {
				t.Errorf("the least offset is %d, want %d", least, tt.least)
			}
		})
	}
}
