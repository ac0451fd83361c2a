package codec

import (
	"encoding/hex"
	"testing"
)

func TestMPEG4Audio(t *testing.T) {
	tests := []struct {
		name     string
		object   uint8
		config   string // AudioSpecificConfig in hex
		codec    string
		known    string
		shape    string
		playable bool
	}{
		{"AAC-LC", 0x40, "1210", "mp4a.40.2", "AAC-LC", "2 ch 44100 Hz", true},
		{"AAC-LC at a rate that is spelled out", 0x40, "178028001000", "mp4a.40.2", "AAC-LC", "2 ch 20480 Hz", true},
		{"AAC-LC in 7.1", 0x40, "11b8", "mp4a.40.2", "AAC-LC", "8 ch 48000 Hz", true},
		{"AAC-LC of a layout of the file's own, cut off", 0x40, "1180", "mp4a.40.2", "AAC-LC", "2 ch 48000 Hz", true},
		{"SBR up front", 0x40, "2b920800", "mp4a.40.5", "HE-AAC", "2 ch 44100 Hz", true},
		{"PS up front", 0x40, "eb8a0800", "mp4a.40.29", "HE-AAC v2", "2 ch 44100 Hz", true},
		{"SBR behind", 0x40, "139056e5a0", "mp4a.40.2", "HE-AAC", "2 ch 44100 Hz", true},
		{"SBR and PS behind", 0x40, "138856e5a54880", "mp4a.40.2", "HE-AAC v2", "2 ch 44100 Hz", true},
		{"SBR behind, cut off", 0x40, "139056e5", "mp4a.40.2", "AAC-LC", "2 ch 22050 Hz", true},
		{"an extension of another kind", 0x40, "139056e1a0", "mp4a.40.2", "AAC-LC", "2 ch 22050 Hz", true},
		{"xHE-AAC", 0x40, "f94820", "mp4a.40.42", "xHE-AAC", "1 ch 44100 Hz", true},
		{"AAC Main", 0x40, "0a10", "mp4a.40.1", "AAC Main", "2 ch 44100 Hz", false},
		{"AAC-SSR", 0x40, "1a10", "mp4a.40.3", "AAC-SSR", "2 ch 44100 Hz", false},
		{"AAC-LTP", 0x40, "2210", "mp4a.40.4", "AAC-LTP", "2 ch 44100 Hz", false},
		{"error-resilient AAC", 0x40, "8a10", "mp4a.40.17", "error-resilient AAC-LC", "2 ch 44100 Hz", false},
		{"scalable AAC", 0x40, "3210", "mp4a.40.6", "scalable AAC", "2 ch 44100 Hz", false},
		{"AAC-LD", 0x40, "ba10", "mp4a.40.23", "AAC-LD", "2 ch 44100 Hz", false},
		{"AAC-ELD", 0x40, "f8e840", "mp4a.40.39", "AAC-ELD", "2 ch 44100 Hz", false},
		{"MP3 by way of MPEG-4", 0x40, "f84840", "mp4a.40.34", "MPEG audio in MPEG-4", "2 ch 44100 Hz", false},
		{"ALS", 0x40, "f88840", "mp4a.40.36", "MPEG-4 ALS", "2 ch 44100 Hz", false},
		{"a type nobody uses", 0x40, "4210", "mp4a.40.8", "MPEG-4 type 8", "2 ch 44100 Hz", false},
		{"MPEG-2 AAC Main", 0x66, "0a10", "mp4a.66", "AAC Main", "2 ch 44100 Hz", false},
		{"MPEG-2 AAC-LC", 0x67, "1190", "mp4a.67", "AAC-LC", "2 ch 48000 Hz", true},
		{"MPEG-2 AAC-SSR", 0x68, "1a10", "mp4a.68", "AAC-SSR", "2 ch 44100 Hz", false},
		{"MP3", 0x6b, "", "mp4a.6b", "MP3", "2 ch 44100 Hz", true},
		{"MP3 at low rates", 0x69, "", "mp4a.69", "MP3", "2 ch 44100 Hz", true},
		{"AC-3", 0xa5, "", "mp4a.a5", "AC-3", "2 ch 44100 Hz", false},
		{"E-AC-3", 0xa6, "", "mp4a.a6", "E-AC-3", "2 ch 44100 Hz", false},
		{"DTS", 0xa9, "", "mp4a.a9", "DTS", "2 ch 44100 Hz", false},
		{"Vorbis", 0xdd, "", "mp4a.dd", "Vorbis", "2 ch 44100 Hz", false},
		{"an object type nobody uses", 0xc0, "", "mp4a.c0", "MPEG-4", "2 ch 44100 Hz", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config, err := hex.DecodeString(tt.config)
			if err != nil {
				t.Fatal(err)
			}
			e := mustParse(t, "soun", sound("mp4a", 0, esdsBox(tt.object, config...)))
			if e.Codec != tt.codec || e.Name != tt.known || shape(e) != tt.shape || e.Playable != tt.playable {
				t.Errorf("got %q, %q, %q, playable %v (%s)", e.Codec, e.Name, shape(e), e.Playable, e.Reason)
			}
		})
	}
}

func TestESDescriptorWithAllFields(t *testing.T) {
	config := []byte{decoderConfigTag, 0x80, 0x80, 0x80, 17, 0x40, audioStream, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		decoderSpecificTag, 2, 0x12, 0x10}
	es := append([]byte{0, 1, 0xe0, 0, 9, 3, 'u', 'r', 'l', 0, 7}, config...)
	esds := leaf("esds", append([]byte{0, 0, 0, 0, 0x11, 1, 0xff, esTag, 0x80, byte(len(es))}, es...)...)
	if e := mustParse(t, "soun", sound("mp4a", 0, esds)); e.Codec != "mp4a.40.2" || !e.Playable {
		t.Errorf("got %q (%s)", e.Codec, e.Reason)
	}
}

func TestChannelsOfTheConfiguration(t *testing.T) {
	tests := []struct {
		name, format string
		config       []byte
		want         string
	}{
		{"AC-3 5.1", "ac-3", leaf("dac3", 0x10, 0x3d, 0xc0), "6 ch 48000 Hz"},
		{"AC-3 of a reserved rate", "ac-3", leaf("dac3", 0xd0, 0x11, 0xc0), "2 ch 44100 Hz"},
		{"E-AC-3 stereo", "ec-3", leaf("dec3", 0x06, 0, 0x20, 0x04, 0), "2 ch 48000 Hz"},
		{"E-AC-3 7.1 with a dependent substream", "ec-3", leaf("dec3", 0x20, 0, 0x20, 0x0f, 0x02, 0x02), "8 ch 48000 Hz"},
		{"Opus 5.1", "Opus", leaf("dOps", 0, 6, 1, 0x38, 0, 0, 0xac, 0x44, 0, 0, 1, 4, 2, 0, 4, 1, 2, 3, 5), "6 ch 48000 Hz"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if e := mustParse(t, "soun", sound(tt.format, 0, tt.config)); shape(e) != tt.want || !e.Playable {
				t.Errorf("got %q (%s), want %q", shape(e), e.Reason, tt.want)
			}
		})
	}
}
