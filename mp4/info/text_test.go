package info

import (
	"strings"
	"testing"

	"vodsrv/mp4/metadata"
)

func TestText(t *testing.T) {
	f := File{
		Path: "a\x1b[2J.mp4", Size: 465_437_500, Duration: 3723.5, Fragmented: true, State: Truncated, Reason: "Cut.", Brands: []string{"isom"},
		MIME: `video/mp4; codecs="hvc1.2.4.L120.B0"`, Layout: "fragmented, 2 fragments", Extras: Extras{
			Title: "A day\x1b[2J", Artist: "Somebody", Chapters: make([]metadata.Chapter, 2), Cover: true, Subtitles: []Subtitle{{ID: "3"}, {ID: "en.srt"}},
		},
		Tracks: []Track{
			{ID: 1, Kind: "video", Codec: "hvc1.2.4.L120.B0", Name: "HEVC", Width: 640, Height: 360, PixelAspect: "4:3", FPS: 23.976, Rotation: 90, Colour: &Colour{9, 16, 9, true},
				Bitrate: 1_000_499, Samples: 3, Playable: true, Duration: 3723.4, Start: 0.1, Lang: "und", Default: true},
			{ID: 12, Kind: "audio", Codec: "ac-9", Name: "ac-9", Channels: 6, SampleRate: 48000, Bitrate: 999, Lang: "deu", Label: "T\non", Encrypted: true, Scheme: "cbcs", KID: "00ff", Reason: "It is odd."},
			{ID: 3, Kind: "text", Codec: "tx3g", Name: "timed text", Lang: "und", Reason: "It is text."},
		},
	}
	want := `"a\x1b[2J.mp4"
  state     truncated: Cut.
  duration  1:02:03.500 (3723.5 s)
  size      465 MB (465437500 bytes), 1000 kbit/s
  file      fragmented, 2 fragments
  brands    isom
  title     "A day\x1b[2J"
  artist    Somebody
  also      2 chapters, cover art, subtitles "en.srt"
  track  kind   codec                         format                                                             bit rate     samples  from      to           language
  1      video  hvc1.2.4.L120.B0  HEVC        640x360, pixels 4:3, turned 90°, 23.976 fps, BT.2020 PQ full range  1000 kbit/s  3        0:00.100  1:02:03.500  und
  12     audio  ac-9                          6 ch, 48000 Hz, encrypted cbcs, key 00ff                                      999 bit/s    0                               deu "T\non" (off by default)
  3      text   tx3g              timed text                                                                                   0                               und
  plays     only in browsers that have HEVC (hvc1.2.4.L120.B0), as video/mp4; codecs="hvc1.2.4.L120.B0"
  plays     not track 12 (audio): It is odd.
`
	if got, want := squeeze(f.Text()), squeeze(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", f.Text(), want)
	}
	bad := File{Path: "b.mp4", State: Invalid, Reason: "It is empty."}
	if got := bad.Text(); got != "b.mp4\n  state     invalid: It is empty.\n  size      0 bytes\n" {
		t.Errorf("got\n%s", got)
	}
	growing := File{Path: "c.mp4", State: Growing}
	if got := growing.Text(); !strings.HasPrefix(got, "c.mp4\n  state     growing\n") {
		t.Errorf("got\n%s", got)
	}
}

// squeeze makes one space of several.
func squeeze(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

// Columns stand below each other, whatever letters names have.
func TestTableIsAligned(t *testing.T) {
	f := File{Tracks: []Track{
		{ID: 1, Kind: "audio", Codec: "ulaw", Name: "µ-law", Channels: 1, SampleRate: 8000, Bitrate: 64000, Samples: 9, Lang: "jpn", Default: true},
		{ID: 10, Kind: "video", Codec: "avc1.64001e", Name: "H.264", Width: 1920, Height: 1080, Rotation: 90, Bitrate: 123, Samples: 12345, Lang: "fra", Default: true},
	}}
	lines := strings.Split(f.table(), "\n")
	for _, column := range []string{"language|jpn|fra", "samples|9|12345", "format|1 ch|1920"} {
		words := strings.Split(column, "|")
		for i, word := range words {
			before, _, ok := strings.Cut(lines[i], "  "+word)
			first, _, _ := strings.Cut(lines[0], "  "+words[0])
			if !ok || len([]rune(before)) != len([]rune(first)) {
				t.Errorf("%q does not stand below %q:\n%s", word, words[0], f.table())
			}
		}
	}
}

func TestVerdict(t *testing.T) {
	video := func(codec, name string) Track {
		return Track{ID: 1, Kind: "video", Codec: codec, Name: name, Playable: true, Samples: 1}
	}
	odd := Track{ID: 2, Kind: "audio", Codec: "samr", Name: "AMR", Reason: "Browsers do not play AMR.", Samples: 1}
	text := Track{ID: 3, Kind: "text", Reason: "Browsers do not play text.", Samples: 1}
	tests := []struct {
		name string
		file File
		want string
	}{
		{"all of it", File{MIME: `video/mp4; codecs="avc1.64001e,mp4a.40.2"`, Tracks: []Track{video("avc1.64001e", "H.264"), text}},
			`in browsers, as video/mp4; codecs="avc1.64001e,mp4a.40.2"`},
		{"MP3", File{MIME: `audio/mp4; codecs="mp3"`}, `in browsers, as audio/mp4; codecs="mp3"`},
		{"without the sound", File{MIME: `video/mp4; codecs="vp09.00.10.08"`, Tracks: []Track{video("vp09.00.10.08", "VP9"), odd}},
			`in browsers, as video/mp4; codecs="vp09.00.10.08"|not track 2 (audio): Browsers do not play AMR.`},
		{"in some browsers", File{MIME: `video/mp4; codecs="hev1.1.6.L30.90,ac-3"`, Tracks: []Track{video("hev1.1.6.L30.90", "HEVC"), {Codec: "ac-3", Name: "AC-3", Playable: true}}},
			`only in browsers that have HEVC (hev1.1.6.L30.90) and AC-3 (ac-3), as video/mp4; codecs="hev1.1.6.L30.90,ac-3"`},
		{"H.264 of ten bits", File{MIME: `video/mp4; codecs="avc1.6e0009"`, Tracks: []Track{video("avc1.6e0009", "H.264")}},
			`only in browsers that have H.264 (avc1.6e0009), as video/mp4; codecs="avc1.6e0009"`},
		{"object types are whole", File{MIME: `audio/mp4; codecs="mp4a.40.23"`, Tracks: []Track{{Codec: "mp4a.40.23", Name: "AAC-LD", Playable: true}}},
			`only in browsers that have AAC-LD (mp4a.40.23), as audio/mp4; codecs="mp4a.40.23"`},
		{"nothing", File{Reason: odd.Reason, Tracks: []Track{odd, {ID: 4, Kind: "video", Reason: "Nor this.", Samples: 1}}}, "no: Browsers do not play AMR.|not track 4 (video): Nor this."},
		{"no samples", File{Reason: "It is an init segment.", Tracks: []Track{{Kind: "video", Reason: "The track is empty."}}}, "no: It is an init segment."},
	}
	for _, tt := range tests {
		if got := strings.Join(tt.file.verdict(), "|"); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB (1000 bytes)", 999_999: "1000 kB (999999 bytes)", 3_516_000_000: "3.5 GB (3516000000 bytes)"} {
		if got := size(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for s, want := range map[float64]string{0: "0:00.000", 59.9996: "1:00.000", 3599.9: "59:59.900", 3600: "1:00:00.000"} {
		if got := clock(s); got != want {
			t.Errorf("%g: %q", s, got)
		}
	}
}
