package codec

import (
	"bytes"
	"testing"
)

// What is made reads as what it was made of.
func TestNewEntries(t *testing.T) {
	t.Parallel()
	avcC := []byte{1, 0x64, 0, 0x1f, 0xff, 0xe0, 0}
	tests := []struct {
		make           func() (Entry, error)
		codec          string
		width, height  int
		channels, rate int
	}{
		{func() (Entry, error) { return NewVideo("avc1", 1280, 720, "avcC", avcC) }, "avc1.64001f", 1280, 720, 0, 0},
		{func() (Entry, error) {
			return NewVideo("vp09", 70000, -1, "vpcC", []byte{1, 0, 0, 0, 0, 10, 0x82, 1, 1, 1, 0, 0})
		}, "vp09.00.10.08", 65535, 0, 0, 0},
		{func() (Entry, error) { return NewAudio("mp4a", 2, 44100, "esds", ESDS(ObjectAAC, []byte{0x12, 0x10})) }, "mp4a.40.2", 0, 0, 2, 44100},
		{func() (Entry, error) { return NewAudio("mp4a", 1, 22050, "esds", ESDS(ObjectMP3, nil)) }, "mp4a.6b", 0, 0, 1, 22050},
		{func() (Entry, error) {
			long := append([]byte{0x12, 0x10}, make([]byte, 300)...)
			return NewAudio("mp4a", 2, 44100, "esds", ESDS(ObjectAAC, long))
		}, "mp4a.40.2", 0, 0, 2, 44100},
		{func() (Entry, error) {
			return NewAudio("Opus", 2, 48000, "dOps", []byte{0, 2, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0})
		}, "Opus", 0, 0, 2, 48000},
	}
	for _, tt := range tests {
		e, err := tt.make()
		if err != nil || e.Codec != tt.codec || !e.Playable || e.Width != tt.width || e.Height != tt.height || e.Channels != tt.channels || e.SampleRate != tt.rate {
			t.Errorf("%s: %+v, %v", tt.codec, e, err)
		}
		if !bytes.Equal(e.MSE, e.Raw) {
			t.Errorf("%s is not as MSE wants it", tt.codec)
		}
	}
}
