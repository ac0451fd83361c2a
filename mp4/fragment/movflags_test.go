package fragment

import (
	"strings"
	"testing"
)

func TestParseMovflags(t *testing.T) {
	const both = FragKeyframe | EmptyMoov
	for _, test := range []struct {
		before Movflags
		value  string
		want   Movflags
	}{
		{0, "frag_keyframe", FragKeyframe},
		{0, "frag_keyframe+empty_moov", both},
		{0, "+frag_keyframe+empty_moov", both},
		{0, "frag_keyframe-frag_keyframe", 0},
		{0, "-frag_keyframe", 0},
		{DefaultBaseMoof, "+empty_moov", DefaultBaseMoof | EmptyMoov},
		{DefaultBaseMoof, "empty_moov", EmptyMoov},
		{both, "-empty_moov", FragKeyframe},
		{0, "8", FragKeyframe},
		{0, "0x8+empty_moov", both},
	} {
		got, err := ParseMovflags(test.value, test.before)
		if err != nil || got != test.want {
			t.Errorf("ParseMovflags(%q, %#x) = %#x, %v; want %#x", test.value, test.before, got, err, test.want)
		}
	}
}

func TestParseMovflagsRefuses(t *testing.T) {
	for value, names := range map[string]string{
		"":                         "empty",
		"nosuchflag":               `"nosuchflag"`,
		"frag_keyframe,empty_moov": `"frag_keyframe,empty_moov"`,
		"frag_keyframe|empty_moov": `"frag_keyframe|empty_moov"`,
		"frag_keyframe empty_moov": `"frag_keyframe empty_moov"`,
		"Frag_Keyframe":            `"Frag_Keyframe"`,
		"frag_keyframe+":           `""`,
		"+":                        `""`,
		"empty_moov+frag_custom":   `"frag_custom"`,
		"isml":                     `"isml"`,
		"0x80000000":               "0x80000000",
	} {
		got, err := ParseMovflags(value, 0)
		if err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("ParseMovflags(%q) = %#x, %v; want an error that names %s", value, got, err, names)
		}
	}
}
