package codec

import (
	"strings"
	"testing"
)

var (
	avcC = leaf("avcC", 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68)
	hvcC = leaf("hvcC", 1, 0x21, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 1, 120, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 0)
	av1C = leaf("av1C", 0x81, 0x08, 0x4c, 0)
)

func TestVideoCodecs(t *testing.T) {
	tests := []struct {
		name string
		raw  []byte
		want string
	}{
		{"H.264", visual("avc1", avcC), "avc1.64001f"},
		{"HEVC in the high tier, constraints with a zero between", visual("hvc1", hvcC), "hvc1.1.6.H120.B0.0.0.0.0.1"},
		{"HEVC with a profile space", visual("hev1", leaf("hvcC", 1, 0x42, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 93,
			0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 0)), "hev1.A2.4.L93"},
		{"VVC", visual("vvc1", leaf("vvcC", 0, 0, 0, 0, 0xff, 0, 0x65, 0x5f, 1, 2, 51, 0x80, 0)), "vvc1.1.L51.CQA"},
		{"VVC in the high tier without constraints", visual("vvi1", leaf("vvcC", 0, 0, 0, 0, 0xff, 0, 0x65, 0x5f, 1, 3, 51, 0)), "vvi1.1.H51"},
		{"VVC without a profile", visual("vvc1", leaf("vvcC", 0, 0, 0, 0, 0xfe)), "vvc1"},
		{"Dolby Vision profile 5", visual("dvh1", hvcC, leaf("dvcC", 1, 0, 0x0a, 0x35, 0)), "dvh1.05.06"},
		{"Dolby Vision profile 10", visual("dav1", av1C, leaf("dvvC", 1, 0, 0x14, 0x4d, 0)), "dav1.10.09"},
		{"HEVC that Dolby Vision only adds to", visual("hvc1", hvcC, leaf("dvvC", 1, 0, 0x10, 0x35, 0)), "hvc1.1.6.H120.B0.0.0.0.0.1"},
		{"AV1", visual("av01", av1C), "av01.0.08M.10"},
		{"AV1, high tier, 12 bit", visual("av01", leaf("av1C", 0x81, 0x4c, 0xec, 0)), "av01.2.12H.12"},
		{"AV1 with BT.709 colours", visual("av01", av1C, leaf("colr", []byte("nclx\x00\x01\x00\x01\x00\x01\x00")...)), "av01.0.08M.10"},
		{"AV1 in full range", visual("av01", av1C, leaf("colr", []byte("nclx\x00\x01\x00\x01\x00\x01\x80")...)), "av01.0.08M.10.0.110.01.01.01.1"},
		{"AV1 with QuickTime's colours", visual("av01", av1C, leaf("colr", []byte("nclc\x00\x09\x00\x10\x00\x09")...)), "av01.0.08M.10.0.110.09.16.09.0"},
		{"AV1 with an ICC profile first", visual("av01", av1C, leaf("colr", []byte("prof1234")...),
			leaf("colr", []byte("nclx\x00\x09\x00\x10\x00\x09\x00")...)), "av01.0.08M.10.0.110.09.16.09.0"},
		{"VP9", visual("vp09", leaf("vpcC", 1, 0, 0, 0, 0, 31, 0x82, 1, 1, 1, 0, 0)), "vp09.00.31.08"},
		{"VP9 of unknown level", visual("vp09", leaf("vpcC", 1, 0, 0, 0, 0, 0, 0x82, 2, 2, 2, 0, 0)), "vp09.00.10.08"},
		{"VP9 in full range", visual("vp09", leaf("vpcC", 1, 0, 0, 0, 0, 31, 0x83, 1, 1, 1, 0, 0)), "vp09.00.31.08.01.01.01.01.01"},
		{"VP9 of the first draft", visual("vp09", leaf("vpcC", 0, 0, 0, 0, 0, 31, 0x87, 1, 0, 0)), "vp09.00.31.08"},
		{"VP8", visual("vp08", leaf("vpcC", 1, 0, 0, 0, 0, 10, 0x82, 1, 1, 1, 0, 0)), "vp08.00.10.08"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := mustParse(t, "vide", tt.raw)
			if e.Codec != tt.want || !e.Playable {
				t.Errorf("got %q (%s), want %q", e.Codec, e.Reason, tt.want)
			}
			if e.Width != 64 || e.Height != 32 {
				t.Errorf("got %dx%d", e.Width, e.Height)
			}
		})
	}
}

func TestMPEG4Video(t *testing.T) {
	tests := []struct {
		raw         []byte
		codec, name string
	}{
		{visual("mp4v", esdsBox(0x20, 0, 0, 1, 0xb0, 9, 0, 0, 1, 0xb5)), "mp4v.20.9", "MPEG-4 Part 2"},
		{visual("mp4v", esdsBox(0x20, 0, 0, 1, 0xb0)), "mp4v.20", "MPEG-4 Part 2"},
		{visual("mp4v", esdsBox(0x20)), "mp4v.20", "MPEG-4 Part 2"},
		{visual("mp4v", esdsBox(0x21)), "mp4v.21", "H.264 (in MPEG-4 Systems)"},
		{visual("mp4v", esdsBox(0x65)), "mp4v.65", "MPEG-2"},
		{visual("mp4v", esdsBox(0x6d)), "mp4v.6d", "PNG"},
		{visual("mp4v", esdsBox(0x6e)), "mp4v.6e", "Motion JPEG 2000"},
		{visual("mp4v", esdsBox(0xa3)), "mp4v.a3", "VC-1"},
		{visual("mp4v", esdsBox(0xff)), "mp4v.ff", "MPEG-4"},
		{visual("mp4v"), "mp4v", "MPEG-4"},
		{visual("avc2", avcC), "avc2.64001f", "H.264"},
		{visual("cvid"), "cvid", "Cinepak"},
	}
	for _, tt := range tests {
		e := mustParse(t, "vide", tt.raw)
		if e.Codec != tt.codec || e.Name != tt.name || e.Playable || !strings.Contains(e.Reason, tt.codec) {
			t.Errorf("got %q, %q, playable %v (%s), want %q, %q", e.Codec, e.Name, e.Playable, e.Reason, tt.codec, tt.name)
		}
	}
}

func TestPixelAspect(t *testing.T) {
	tests := []struct {
		pasp []byte
		want [2]uint32
	}{
		{leaf("pasp", 0, 0, 0, 64, 0, 0, 0, 45), [2]uint32{64, 45}},
		{leaf("pasp", 0, 1, 0, 0, 0, 1, 0, 0), [2]uint32{1, 1}},
		{leaf("pasp", 0, 0, 0, 8, 0, 0, 0, 6), [2]uint32{4, 3}},
		{leaf("pasp", 0, 0, 0, 8, 0, 0, 0, 0), [2]uint32{1, 1}},
		{leaf("pasp", 0, 0, 0, 8), [2]uint32{1, 1}},
	}
	for _, tt := range tests {
		if e := mustParse(t, "vide", visual("avc1", avcC, tt.pasp)); e.PixelAspect != tt.want {
			t.Errorf("% x: got %v, want %v", tt.pasp[8:], e.PixelAspect, tt.want)
		}
	}
}
