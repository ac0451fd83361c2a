package testmedia

import (
	"os"
	"strings"
	"testing"
)

func TestClipNumbersItsFrames(t *testing.T) {
	tests := []struct {
		name string
		opts Options
	}{
		{"the default size", Options{Seconds: 2, Args: []string{"-c:v", "libx264", "-preset", "veryfast", "-an"}}},
		{"small and coarse", Options{Seconds: 2, Size: "160x90", Args: []string{"-c:v", "libx264", "-crf", "38", "-an"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			numbers := FrameNumbers(t, Clip(t, test.opts))
			if len(numbers) != 50 {
				t.Fatalf("%d frames, want 50", len(numbers))
			}
			for i, number := range numbers {
				if number != i {
					t.Errorf("frame %d carries the number %d", i, number)
				}
			}
		})
	}
}

func TestSampleNumbersItsFrames(t *testing.T) {
	numbers := FrameNumbers(t, "../../media/sample.mp4")
	if len(numbers) != 750 {
		t.Fatalf("%d frames, want 750", len(numbers))
	}
	for i, number := range numbers {
		if number != i {
			t.Fatalf("frame %d carries the number %d", i, number)
		}
	}
}

func TestClipIsDrawnOnce(t *testing.T) {
	opts := Options{Seconds: 1, Size: "160x90", Args: []string{"-c:v", "libx264", "-an"}}
	first := Clip(t, opts)
	before, err := os.Stat(first)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(Clip(t, opts))
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the same options drew a second file")
	}
	opts.Seconds = 2
	if second := Clip(t, opts); second == first {
		t.Error("other options gave the same file")
	}
}

func TestPackets(t *testing.T) {
	path := Clip(t, Options{Seconds: 2, Size: "160x90", Args: []string{
		"-c:v", "libx264", "-g", "25", "-bf", "2", "-c:a", "aac"}})
	hashes := map[string]bool{}
	var video, audio, keys int
	for _, packet := range Packets(t, path) {
		if packet.PTS == nil || packet.DTS == nil || packet.Size == 0 || !strings.HasPrefix(packet.Hash, "SHA256:") {
			t.Fatalf("incomplete packet %+v", packet)
		}
		hashes[packet.Hash] = true
		if packet.Stream == 1 {
			audio++
			continue
		}
		video++
		if packet.Key() {
			keys++
		}
	}
	if video != 50 || keys != 2 {
		t.Errorf("%d video packets with %d key frames, want 50 with 2", video, keys)
	}
	if want := 2*48000/1024 + 1; audio < want {
		t.Errorf("%d audio packets, want at least %d", audio, want)
	}
	if len(hashes) != video+audio {
		t.Errorf("%d different payloads among %d packets: tests could not tell packets apart", len(hashes), video+audio)
	}
}

func TestReadBarCode(t *testing.T) {
	strip := func(s string) []byte {
		out := make([]byte, len(s))
		for i := range s {
			if s[i] == '#' {
				out[i] = 16
			} else {
				out[i] = 235
			}
		}
		return out
	}
	tests := []struct {
		name, strip string
		number      int
		ok          bool
	}{
		{"zero", ".#################..", 0, false},
		{"zero with even parity", ".##################.", 0, true},
		{"five", ".##############.#.#.", 5, true},
		{"highest bit", ".#.###############..", 1 << 15, true},
		{"no opening guard", "###################.", 0, false},
		{"all white", "....................", 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			number, err := readBarCode(strip(test.strip))
			if (err == nil) != test.ok || number != test.number {
				t.Errorf("got %d, %v; want %d, ok %v", number, err, test.number, test.ok)
			}
		})
	}
}
