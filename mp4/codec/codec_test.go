package codec

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"vodsrv/mp4/box"
)

// madeByFFmpeg reads testdata/entries.txt: sample entries by file and handler.
func madeByFFmpeg(t testing.TB) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/entries.txt")
	if err != nil {
		t.Fatal(err)
	}
	entries := make(map[string][]byte)
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] == "#" {
			continue
		}
		if entries[f[0]+" "+f[1]], err = hex.DecodeString(f[2]); err != nil {
			t.Fatal(err)
		}
	}
	return entries
}

func mustParse(t testing.TB, handler string, raw []byte) Entry {
	t.Helper()
	e, err := Parse(box.T(handler), raw, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func shape(e Entry) string {
	switch e.Kind {
	case Video:
		s := fmt.Sprintf("%dx%d", e.Width, e.Height)
		if e.PixelAspect != [2]uint32{1, 1} {
			s += fmt.Sprintf(" %d:%d", e.PixelAspect[0], e.PixelAspect[1])
		}
		return s
	case Audio:
		return fmt.Sprintf("%d ch %d Hz", e.Channels, e.SampleRate)
	}
	return ""
}

func TestParseWhatFFmpegMade(t *testing.T) {
	tests := []struct {
		entry, codec, name, shape string
		playable                  bool
	}{
		{"aac-51.mp4 soun", "mp4a.40.2", "AAC-LC", "6 ch 48000 Hz", true},
		{"aac-71.mp4 soun", "mp4a.40.2", "AAC-LC", "8 ch 48000 Hz", true},
		{"aac-96k.mov soun", "mp4a.40.2", "AAC-LC", "1 ch 96000 Hz", true},
		{"aac-96k.mp4 soun", "mp4a.40.2", "AAC-LC", "1 ch 96000 Hz", true},
		{"aac-ltp.mp4 soun", "mp4a.40.4", "AAC-LTP", "1 ch 48000 Hz", false},
		{"aac-main.mp4 soun", "mp4a.40.1", "AAC Main", "1 ch 48000 Hz", false},
		{"aac-mono-8k.mp4 soun", "mp4a.40.2", "AAC-LC", "1 ch 8000 Hz", true},
		{"aac-pce.mp4 soun", "mp4a.40.2", "AAC-LC", "6 ch 48000 Hz", true},
		{"aac.mov soun", "mp4a.40.2", "AAC-LC", "1 ch 48000 Hz", true},
		{"aac.mp4 soun", "mp4a.40.2", "AAC-LC", "1 ch 48000 Hz", true},
		{"ac3.mov soun", "ac-3", "AC-3", "2 ch 48000 Hz", true},
		{"ac3.mp4 soun", "ac-3", "AC-3", "6 ch 48000 Hz", true},
		{"adpcm.mov soun", "ima4", "ADPCM", "1 ch 48000 Hz", false},
		{"alac.m4a soun", "alac", "ALAC", "1 ch 48000 Hz", false},
		{"alac.mov soun", "alac", "ALAC", "1 ch 48000 Hz", false},
		{"av1-10.mp4 vide", "av01.0.00M.10", "AV1", "128x96", true},
		{"av1-444.mp4 vide", "av01.1.00M.08.0.000.01.01.01.0", "AV1", "128x96", true},
		{"av1-hdr.mp4 vide", "av01.0.00M.10.0.110.09.16.09.0", "AV1", "128x96", true},
		{"av1-mono.mp4 vide", "av01.0.00M.08.1.110.01.01.01.0", "AV1", "128x96", true},
		{"av1.mp4 vide", "av01.0.00M.08", "AV1", "128x96", true},
		{"avc-baseline.mp4 vide", "avc1.42c00c", "H.264", "128x96", true},
		{"avc-high.mov vide", "avc1.64000b", "H.264", "128x96", true},
		{"avc-high.mp4 vide", "avc1.64000b", "H.264", "128x96 4:3", true},
		{"avc-high10.mp4 vide", "avc1.6e0009", "H.264", "128x96", true},
		{"avc-main.mp4 vide", "avc1.4d400c", "H.264", "128x96", true},
		{"avc3.mp4 vide", "avc3.64000a", "H.264", "128x96", true},
		{"dnxhr.mov vide", "AVdh", "DNxHR", "256x144", false},
		{"dts.mp4 soun", "mp4a.a9", "DTS", "2 ch 48000 Hz", false},
		{"eac3.mp4 soun", "ec-3", "E-AC-3", "6 ch 48000 Hz", true},
		{"enc.mp4 vide", "avc1.64000a", "H.264", "128x96", false},
		{"enc.mp4 soun", "mp4a.40.2", "AAC-LC", "1 ch 48000 Hz", false},
		{"flac-96k-24.mp4 soun", "fLaC", "FLAC", "2 ch 96000 Hz", true},
		{"flac.mp4 soun", "fLaC", "FLAC", "1 ch 48000 Hz", true},
		{"h263.3gp vide", "s263", "H.263", "128x96", false},
		{"hevc-hev1.mp4 vide", "hev1.1.6.L30.90", "HEVC", "128x96", true},
		{"hevc-hvc1.mp4 vide", "hvc1.1.6.L30.90", "HEVC", "128x96", true},
		{"hevc-main10.mp4 vide", "hvc1.2.4.L30.90", "HEVC", "128x96", true},
		{"mjpeg.mov vide", "jpeg", "Motion JPEG", "128x96", false},
		{"mjpeg.mp4 vide", "mp4v.6c", "Motion JPEG", "128x96", false},
		{"mp2.mp4 soun", "mp4a.6b", "MP3", "2 ch 48000 Hz", true},
		{"mp3-22k.mov soun", "mp4a.69", "MP3", "1 ch 22050 Hz", true},
		{"mp3-22k.mp4 soun", "mp4a.69", "MP3", "2 ch 22050 Hz", true},
		{"mp3.mov soun", "mp4a.6b", "MP3", "1 ch 48000 Hz", true},
		{"mp3.mp4 soun", "mp4a.6b", "MP3", "2 ch 48000 Hz", true},
		{"mpeg1.mp4 vide", "mp4v.6a", "MPEG-1", "128x96", false},
		{"mpeg2.mp4 vide", "mp4v.61", "MPEG-2", "128x96", false},
		{"mpeg4.mov vide", "mp4v.20.1", "MPEG-4 Part 2", "128x96", false},
		{"mpeg4.mp4 vide", "mp4v.20.1", "MPEG-4 Part 2", "128x96", false},
		{"opus-51.mp4 soun", "Opus", "Opus", "6 ch 48000 Hz", true},
		{"opus.mp4 soun", "Opus", "Opus", "1 ch 48000 Hz", true},
		{"pcm-f32le-96k.mov soun", "lpcm", "PCM", "1 ch 96000 Hz", false},
		{"pcm-mulaw.mov soun", "ulaw", "µ-law", "1 ch 48000 Hz", false},
		{"pcm-s16be.mov soun", "twos", "PCM", "1 ch 48000 Hz", false},
		{"pcm-s16le.mov soun", "sowt", "PCM", "1 ch 48000 Hz", false},
		{"pcm-s24le.mov soun", "in24", "PCM", "1 ch 48000 Hz", false},
		{"png.mov vide", "png%20", "PNG", "128x96", false},
		{"prores.mov vide", "ap4h", "Apple ProRes", "128x96", false},
		{"timecode.mov tmcd", "tmcd", "timecodes", "", false},
		{"truehd.mp4 soun", "mlpa", "Dolby TrueHD", "2 ch 0 Hz", false},
		{"tx3g.mp4 sbtl", "tx3g", "timed text", "", false},
		{"vp9-10.mp4 vide", "vp09.02.10.10", "VP9", "128x96", true},
		{"vp9-444.mp4 vide", "vp09.01.10.08.03.02.02.02.00", "VP9", "128x96", true},
		{"vp9-hdr.mp4 vide", "vp09.02.10.10.01.09.16.09.00", "VP9", "128x96", true},
		{"vp9.mp4 vide", "vp09.00.10.08", "VP9", "128x96", true},
		{"xvid.mp4 vide", "mp4v.20.3", "MPEG-4 Part 2", "128x96", false},
	}
	entries := madeByFFmpeg(t)
	if len(tests) != len(entries) {
		t.Errorf("%d tests for %d entries", len(tests), len(entries))
	}
	for _, tt := range tests {
		t.Run(tt.entry, func(t *testing.T) {
			raw, ok := entries[tt.entry]
			if !ok {
				t.Fatal("not in testdata")
			}
			e := mustParse(t, tt.entry[len(tt.entry)-4:], raw)
			if e.Codec != tt.codec || e.Name != tt.name || shape(e) != tt.shape || e.Playable != tt.playable {
				t.Errorf("got %q, %q, %q, playable %v (%s)", e.Codec, e.Name, shape(e), e.Playable, e.Reason)
			}
			if e.Playable != (e.Reason == "") {
				t.Errorf("playable is %v, the reason is %q", e.Playable, e.Reason)
			}
		})
	}
}

func TestReasonNamesTheCodec(t *testing.T) {
	entries := madeByFFmpeg(t)
	tests := []struct{ entry, reason string }{
		{"mpeg4.mp4 vide", "Browsers do not play MPEG-4 Part 2 video (mp4v.20.1)."},
		{"png.mov vide", "Browsers do not play PNG video (png)."},
		{"alac.m4a soun", "Browsers do not play ALAC audio (alac)."},
		{"tx3g.mp4 sbtl", "Browsers do not play timed text (tx3g)."},
		{"timecode.mov tmcd", "Browsers do not play timecodes (tmcd)."},
		{"enc.mp4 vide", "This H.264 track is encrypted (cenc), and vodsrv has no keys."},
	}
	for _, tt := range tests {
		if e := mustParse(t, tt.entry[len(tt.entry)-4:], entries[tt.entry]); e.Reason != tt.reason {
			t.Errorf("%s: got %q, want %q", tt.entry, e.Reason, tt.reason)
		}
	}
	unknown := []struct{ handler, format, reason string }{
		{"vide", "SVQ1", "Browsers do not play Sorenson Video (SVQ1)."},
		{"vide", "skip", `Browsers do not play video tracks of type "skip".`},
		{"soun", "avc1", `Browsers do not play H.264 audio (avc1).`},
		{"data", "amf0", `Browsers do not play data tracks of type "amf0".`},
	}
	for _, tt := range unknown {
		e := mustParse(t, tt.handler, visual(tt.format))
		if e.Reason != tt.reason || e.Playable {
			t.Errorf("%s: got %q, want %q", tt.format, e.Reason, tt.reason)
		}
	}
}

func TestEncrypted(t *testing.T) {
	entries := madeByFFmpeg(t)
	for entry, original := range map[string]string{"enc.mp4 vide": "avc1", "enc.mp4 soun": "mp4a"} {
		e := mustParse(t, entry[len(entry)-4:], entries[entry])
		if !e.Encrypted || e.Original != original || e.Format == original || e.Scheme != "cenc" || e.VectorSize != 8 ||
			hex.EncodeToString(e.KID) != "0123456789abcdef0123456789abcdef" {
			t.Errorf("%s: got %v, %q, %q, %q, %x", entry, e.Encrypted, e.Format, e.Original, e.Scheme, e.KID)
		}
	}
	if e := mustParse(t, "vide", visual("encv")); !e.Encrypted || e.Playable ||
		e.Reason != "This track is encrypted, and vodsrv has no keys." {
		t.Errorf("without sinf: got %v, %v, %q", e.Encrypted, e.Playable, e.Reason)
	}
}

func TestKindOf(t *testing.T) {
	tests := map[string]Kind{
		"vide": Video, "soun": Audio, "text": Text, "sbtl": Text, "subt": Text, "subp": Text, "clcp": Text,
		"tmcd": Timecode, "hint": Hint, "meta": Meta, "auxv": Data, "\x00\x00\x00\x00": Data,
	}
	for handler, want := range tests {
		if got := KindOf(box.T(handler)); got != want {
			t.Errorf("%q: got %q, want %q", handler, got, want)
		}
	}
}

func TestMIME(t *testing.T) {
	v, a := Entry{Kind: Video, Codec: "avc1.64001f"}, Entry{Kind: Audio, Codec: "mp4a.40.2"}
	tests := []struct {
		entries []Entry
		want    string
	}{
		{[]Entry{v, a}, `video/mp4; codecs="avc1.64001f,mp4a.40.2"`},
		{[]Entry{a, v, a}, `video/mp4; codecs="mp4a.40.2,avc1.64001f"`},
		{[]Entry{a}, `audio/mp4; codecs="mp4a.40.2"`},
		{[]Entry{{Kind: Audio, Codec: "mp4a.6b"}, {Kind: Audio, Codec: "mp4a.69"}}, `audio/mp4; codecs="mp3"`},
		{nil, "audio/mp4"},
	}
	for _, tt := range tests {
		if got := MIME(tt.entries...); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
