package mp4_test

import (
	"testing"

	"vodsrv/mp4/mp4test"
)

// soundOf makes a QuickTime sound entry of version 1.
func soundOf(format string, frames, bytes uint32) []byte {
	b := mp4test.Sound(format, 44100, mp4test.U32(frames, bytes, bytes, 2))
	b[8+8+1] = 1
	return b
}

// QuickTime's tables count PCM frames as samples of one byte, however they are
// stored.
func TestSoundCountedInFrames(t *testing.T) {
	const frames, packet, size = 1000, 64, 34
	replace := func(size, count, delta uint32, chunks ...uint32) map[string][]byte {
		return map[string][]byte{
			"stsz": mp4test.Full("stsz", 0, 0, mp4test.U32(size, count)),
			"stts": mp4test.Table("stts", 1, count, delta),
			"stsc": mp4test.Table("stsc", uint32(len(chunks)/3), chunks...),
		}
	}
	tests := []struct {
		name     string
		entry    []byte
		samples  []mp4test.Sample // as they are stored: one a chunk
		replace  map[string][]byte
		n        int
		end      int64
		total    int64
		last     int64 // size of the last sample
		duration uint32
	}{
		{"packets", soundOf("QDMC", packet, size), mp4test.Samples(16, size, packet, 0),
			replace(1, frames, 1, 1, packet, 1), 16, 1024, 16 * size, size, packet},
		{"two packets a chunk", soundOf("QDMC", packet, size), mp4test.Samples(8, 2*size, packet, 0),
			replace(1, frames, 1, 1, 2*packet, 1), 16, 1024, 16 * size, size, packet},
		{"PCM of 16 bits", soundOf("twos", 1, 4), mp4test.Samples(10, 400, 100, 0),
			replace(1, frames, 1, 1, 100, 1), frames, frames, 4000, 4, 1},
		{"PCM of 16 bits, told rightly", soundOf("twos", 1, 4), mp4test.Samples(10, 400, 100, 0),
			replace(4, frames, 1, 1, 100, 1), frames, frames, 4000, 4, 1},
		{"packets, told rightly", soundOf("ima4", packet, size), mp4test.Samples(16, size, packet, 0),
			replace(size, 16, packet, 1, 1, 1), 16, 1024, 16 * size, size, packet},
		{"samples of one byte", mp4test.AAC(), mp4test.Samples(100, 1, 1, 0),
			replace(1, 100, 1, 1, 1, 1), 100, 100, 100, 1, 1},
		{"a claim of more than the file has", soundOf("QDMC", 4096, size), mp4test.Samples(2, size, packet, 0),
			replace(1, 1<<32-1, 1, 1, 1<<31, 1), 0, 0, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mp4test.File{Tracks: []mp4test.Track{{ID: 1}, {
				ID: 2, Handler: "soun", Timescale: 44100, Entries: [][]byte{tt.entry}, Samples: tt.samples, Form: mp4test.Form{Replace: tt.replace},
			}}}
			track := mustOpen(t, f.Bytes()).Tracks[1]
			x := track.Index
			if x.Len() != tt.n || x.End() != tt.end || x.TotalSize() != tt.total {
				t.Fatalf("%d samples of %d bytes until %d (%v)", x.Len(), x.TotalSize(), x.End(), track.Broken)
			}
			if (track.Broken != nil) != (tt.n == 0) {
				t.Errorf("broken: %v", track.Broken)
			}
			if tt.n == 0 {
				return
			}
			last := x.At(tt.n - 1)
			if int64(last.Size) != tt.last || last.Duration != tt.duration || last.DTS != tt.end-int64(tt.duration) {
				t.Errorf("the last sample is %+v", last)
			}
		})
	}
}
