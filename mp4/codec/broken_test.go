package codec

import (
	"errors"
	"strings"
	"testing"

	"vodsrv/mp4/box"
)

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name string
		raw  []byte
		want string
	}{
		{"nothing", nil, "too few for a box header"},
		{"no header", []byte{0, 0, 0}, "too few for a box header"},
		{"no fields", leaf("avc1"), "is too short for a sample entry"},
		{"too few fields", leaf("avc1", 0, 0, 0, 0, 0, 0, 1), "is too short for a sample entry"},
		{"a size beyond the end", []byte("\xff\xff\xff\xffavc1\x00\x00\x00\x00\x00\x00\x00\x01"), "says it is 4294967295 bytes long, but there are 16"},
		{"a size below that of the header", []byte("\x00\x00\x00\x07avc1\x00\x00\x00\x00\x00\x00\x00\x01"), "shorter than its own header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(box.T("vide"), tt.raw, 1000)
			var format *box.FormatError
			if !errors.As(err, &format) || format.Offset != 1000 || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q at byte 1000", err, tt.want)
			}
		})
	}
}

func TestBrokenConfigurationIsAReason(t *testing.T) {
	tests := []struct {
		name, handler string
		raw           []byte
		want          string
	}{
		{"none", "vide", visual("avc1"), "box stsd/avc1 at byte 1000: has no avcC box"},
		{"empty", "vide", visual("avc1", leaf("avcC")), "box stsd/avc1/avcC at byte 1086: is too short"},
		{"cut in the parameter sets", "vide", visual("avc1", leaf("avcC", 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0xff, 0xff, 0x67)), "avcC at byte 1086: is too short"},
		{"of another version", "vide", visual("avc1", leaf("avcC", 9, 0x64, 0, 0x1f, 0xff, 0, 0)), "avcC at byte 1086: has version 9"},
		{"longer than the entry", "vide", visual("avc1", []byte{0, 0, 9, 9, 'a', 'v', 'c', 'C'}), "avcC at byte 1086: does not fit"},
		{"behind a broken box", "vide", visual("avc1", []byte{0, 0, 0, 3, 'b', 'a', 'd', '!'}, avcC), "bad! at byte 1086: says it is 3 bytes long"},
		{"an entry without the fields of video", "vide", leaf("avc1", make([]byte, 20)...), "is too short for its fields"},
		{"an entry without the fields of sound", "soun", leaf("mp4a", make([]byte, 20)...), "is too short for its fields"},
		{"an entry without the fields of version 2", "soun", sound("mp4a", 2), "is too short for its fields"},
		{"HEVC arrays beyond the end", "vide", visual("hvc1", leaf("hvcC", 1, 0x21, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93,
			0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 0xff, 0x20, 0xff, 0xff, 0, 0)), "hvcC at byte 1086: is too short"},
		{"AV1", "vide", visual("av01", leaf("av1C", 0x81)), "av1C at byte 1086: is too short"},
		{"AV1 of another version", "vide", visual("av01", leaf("av1C", 0x82, 0, 0, 0)), "av1C at byte 1086: has version 2"},
		{"VP9", "vide", visual("vp09", leaf("vpcC", 1, 0, 0, 0)), "vpcC at byte 1086: is too short"},
		{"VVC", "vide", visual("vvc1", leaf("vvcC", 0, 0, 0, 0, 0xff, 0, 0x65, 0x5f, 0x3f, 2, 51)), "vvcC at byte 1086: is too short"},
		{"Dolby Vision alone", "vide", visual("dvh1", hvcC), "stands without the dvcC or dvvC box"},
		{"Dolby Vision", "vide", visual("dvh1", hvcC, leaf("dvcC", 1)), "dvcC at byte 1117: is too short"},
		{"esds without a decoder", "soun", sound("mp4a", 0, leaf("esds", 0, 0, 0, 0, 3, 3, 0, 0, 0)), "esds at byte 1036: holds no whole DecoderConfigDescriptor"},
		{"AAC without a configuration", "soun", sound("mp4a", 0, esdsBox(0x40)), "esds at byte 1036: holds no whole AudioSpecificConfig"},
		{"AAC of a reserved rate", "soun", sound("mp4a", 0, esdsBox(0x40, 0x16, 0x90)), "holds no whole AudioSpecificConfig"},
		{"esds in a broken wave", "soun", sound("mp4a", 0, leaf("wave", 0, 0, 0, 99, 'e', 's', 'd', 's')), "wave/esds at byte 1044: does not fit"},
		{"Opus", "soun", sound("Opus", 0, leaf("dOps", 0, 2)), "dOps at byte 1036: is too short"},
		{"Opus of another version", "soun", sound("Opus", 0, leaf("dOps", 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)), "dOps at byte 1036: has version 1"},
		{"FLAC", "soun", sound("fLaC", 0, leaf("dfLa", 0, 0, 0, 0, 0x80, 0, 0, 34)), "dfLa at byte 1036: is too short"},
		{"FLAC without STREAMINFO", "soun", sound("fLaC", 0, leaf("dfLa", append([]byte{0, 0, 0, 0, 0x84, 0, 0, 34}, make([]byte, 34)...)...)), "does not begin with STREAMINFO"},
		{"AC-3", "soun", sound("ac-3", 0, leaf("dac3", 0x10)), "dac3 at byte 1036: is too short"},
		{"E-AC-3", "soun", sound("ec-3", 0, leaf("dec3", 0x10)), "dec3 at byte 1036: is too short"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := mustParse(t, tt.handler, tt.raw)
			if e.Playable || !strings.Contains(e.Reason, tt.want) || !strings.HasPrefix(e.Reason, "The configuration of this ") {
				t.Errorf("playable %v, got %q, want %q", e.Playable, e.Reason, tt.want)
			}
			if &e.MSE[0] != &e.Raw[0] {
				t.Error("an entry that MSE does not get was rewritten")
			}
		})
	}
}

// What is not playable anyway keeps the sentence that says so.
func TestBrokenConfigurationOfAnUnplayableCodec(t *testing.T) {
	e := mustParse(t, "soun", sound("alac", 0, leaf("alac")))
	if want := "Browsers do not play ALAC audio (alac)."; e.Reason != want {
		t.Errorf("got %q, want %q", e.Reason, want)
	}
}
