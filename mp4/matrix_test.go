package mp4_test

import (
	"testing"

	"vodsrv/mp4/mp4test"
)

func TestOpenMovieMatrix(t *testing.T) {
	const one = 0x10000
	matrix := func(a, b, c, d, x, y int32) [9]int32 { return [9]int32{a, b, 0, c, d, 0, x, y, 0x40000000} }
	unity := matrix(one, 0, 0, one, 0, 0)
	quarter := matrix(0, one, -one, 0, 180*one, 0)
	tests := []struct {
		name               string
		movie, track, want [9]int32
	}{
		{"neither", unity, unity, unity},
		{"the track's", unity, quarter, quarter},
		{"the movie's", quarter, unity, quarter},
		{"the movie's, none of the track", quarter, [9]int32{}, quarter},
		{"none of the movie", [9]int32{}, quarter, quarter},
		{"both", quarter, quarter, matrix(-one, 0, 0, -one, 180*one, 180*one)},
		{"first the track's", matrix(2*one, 0, 0, one, one, 0), quarter, matrix(0, one, -2*one, 0, 361*one, 0)},
		{"none that is allowed", [9]int32{one, 0, 5, 0, one, 0, 0, 0, 0}, quarter, quarter},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: varied(9)}}}.Bytes()
			for k := range 9 {
				b = mp4test.PutU32(b, mp4test.Find(b, "mvhd")[0]+44+4*k, uint32(tt.movie[k]))
				b = mp4test.PutU32(b, mp4test.Find(b, "tkhd")[0]+48+4*k, uint32(tt.track[k]))
			}
			if got := mustOpen(t, b).Tracks[0].Matrix; got != tt.want {
				t.Errorf("%x, want %x", got, tt.want)
			}
		})
	}
}
