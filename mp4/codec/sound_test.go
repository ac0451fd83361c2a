package codec

import "testing"

// u32s makes bytes of 32-bit numbers.
func u32s(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return b
}

func TestPacketsOfQuickTimeSound(t *testing.T) {
	v2 := append(u32s(72, 0x40e58880, 0, 6, 0x7f000000, 16, 12), u32s(24, 1)...)
	tests := []struct {
		name  string
		entry []byte
		want  Packet
	}{
		{"version 1 says it", sound("QDMC", 1, u32s(8192, 464, 464, 2)), Packet{8192, 464}},
		{"version 1 that leaves it open", sound("ima4", 1, u32s(0, 0, 0, 2)), Packet{64, 68}},
		{"version 2 says it", sound("lpcm", 2, v2), Packet{1, 24}},
		{"16 bits", sound("twos", 0), Packet{1, 4}},
		{"24 bits, which the entry calls 16", sound("in24", 0), Packet{1, 6}},
		{"8 bits, which the entry calls 16", sound("ulaw", 0), Packet{1, 2}},
		{"6 samples in 2 bytes", sound("MAC3", 0), Packet{6, 4}},
		{"a codec whose samples are packets", sound("mp4a", 0), Packet{}},
		{"ISO's version 1 has no such fields", sound("mp4a", 1, leaf("srat", u32s(0, 96000)...)), Packet{}},
	}
	for _, tt := range tests {
		if got := mustParse(t, "soun", tt.entry).Packet; got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// 3GPP has writers put 2 channels there.
func TestAMRIsMono(t *testing.T) {
	for format, rate := range map[string]int{"samr": 8000, "sawb": 16000} {
		if e := mustParse(t, "soun", sound(format, 0)); e.Channels != 1 || e.SampleRate != rate || e.Playable {
			t.Errorf("%s: %+v", format, e)
		}
	}
}

func TestColour(t *testing.T) {
	nclx := leaf("colr", append([]byte("nclx"), 0, 9, 0, 16, 0, 9, 0x80)...)
	nclc := leaf("colr", append([]byte("nclc"), 0, 6, 0, 1, 0, 6)...)
	icc := leaf("colr", append([]byte("prof"), make([]byte, 40)...)...)
	tests := []struct {
		name     string
		children [][]byte
		want     Colour
	}{
		{"none", nil, Colour{}},
		{"HDR10 in full range", [][]byte{nclx}, Colour{9, 16, 9, true}},
		{"QuickTime's", [][]byte{nclc}, Colour{6, 1, 6, false}},
		{"an ICC profile first", [][]byte{icc, nclx}, Colour{9, 16, 9, true}},
		{"cut off", [][]byte{leaf("colr", append([]byte("nclx"), 0, 9)...)}, Colour{}},
	}
	for _, tt := range tests {
		if got := mustParse(t, "vide", visual("avc1", tt.children...)).Colour; got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
