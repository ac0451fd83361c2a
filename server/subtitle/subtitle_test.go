package subtitle

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const head = "WEBVTT\n\n"

func TestConvert(t *testing.T) {
	cue := func(text string) string { return head + "00:00:01.000 --> 00:00:02.500\n" + text + "\n\n" }
	srt := func(text string) string { return "1\n00:00:01,000 --> 00:00:02,500\n" + text + "\n" }
	two := head + "00:00:01.000 --> 00:00:02.000\none\n\n00:00:03.000 --> 00:00:04.000\ntwo\n\n"
	tests := []struct{ name, in, want string }{
		{"plain", srt("Hello"), cue("Hello")},
		{"two lines", srt("Hello\nthere"), cue("Hello\nthere")},
		{"CRLF and a mark", "\ufeff" + strings.ReplaceAll(srt("Hello"), "\n", "\r\n"), cue("Hello")},
		{"old Macs'", strings.ReplaceAll(srt("Hello"), "\n", "\r"), cue("Hello")},
		{"dots, few digits, no hours", "1\n0:1.0-->00:02.5\nHello", cue("Hello")},
		{"no index", "00:00:01,000 --> 00:00:02,500\nHello\n", cue("Hello")},
		{"no empty lines", "1\n00:00:01,000 --> 00:00:02,000\none\n2\n00:00:03,000 --> 00:00:04,000\ntwo", two},
		{"out of order", "2\n00:00:03,000 --> 00:00:04,000\ntwo\n\n1\n00:00:01,000 --> 00:00:02,000\none", two},
		{"an empty line inside", srt("one\n\ntwo"), cue("one\ntwo")},
		{"a number as text", srt("42") + "\n2\n00:00:03,000 --> 00:00:04,000\n7\n", cue("42") + "00:00:03.000 --> 00:00:04.000\n7\n\n"},
		{"coordinates", "1\n00:00:01,000 --> 00:00:02,500 X1:10 X2:20 Y1:1 Y2:2\nHello", cue("Hello")},
		{"tags", srt(`<i>a</i> <B>b</B> <font color="red">c</font> <u class=x>d</u>`), cue("<i>a</i> <b>b</b> c <u>d</u>")},
		{"signs", srt("1 < 2 > 0 & <3 &amp; &NBSP; &x;"), cue("1 &lt; 2 &gt; 0 &amp; &lt;3 &amp; &nbsp; &amp;x;")},
		{"what looks like times", srt("a --> b"), cue("a --&gt; b")},
		{"a script", srt("<script>alert(1)</script>"), cue("alert(1)")},
		{"overrides", srt(`{\i1}Hello{\i0} {you}`), cue("Hello {you}")},
		{"on top", srt(`{\an8}Hello`), head + "00:00:01.000 --> 00:00:02.500 line:0\nHello\n\n"},
		{"control characters", srt("a\x00b\x1bc\td"), cue("abc d")},
		{"no time to be seen", "1\n00:00:02,000 --> 00:00:01,000\nHello\n", head},
		{"no text", srt(""), head},
		{"long", "1\n9999:59:59,999 --> 9999:99:99,999\nHello\n", head + "9999:59:59.999 --> 10000:40:39.999\nHello\n\n"},
		{"empty", "", head},
		{"WebVTT", head + "NOTE x\n\n00:01.000 --> 00:02.000\n<v Bob>Hi</v>\n", head + "NOTE x\n\n00:01.000 --> 00:02.000\n<v Bob>Hi</v>\n"},
		{"WebVTT with a mark and a zero", "\ufeffWEBVTT x\r\n\x00", "WEBVTT x\r\n\uFFFD"},
		{"nearly WebVTT", "WEBVTTX\n\n00:00:01.000 --> 00:00:02.500\nHello", cue("Hello")},
	}
	for _, tt := range tests {
		got, err := Convert([]byte(tt.in), "und")
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v\nwant %q", tt.name, got, err, tt.want)
		}
	}
	if _, err := Convert([]byte("<html>no subtitles</html>"), "en"); !errors.Is(err, ErrNone) {
		t.Errorf("a page: %v", err)
	}
}

func TestEncodings(t *testing.T) {
	encoded := func(encode interface{ String(string) (string, error) }, s string) string {
		b, err := encode.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	srt := func(s string) string { return "1\n00:00:01,000 --> 00:00:02,000\n" + s + "\n" }
	tests := []struct{ name, language, in, want string }{
		{"Windows-1252", "fr", encoded(charmap.Windows1252.NewEncoder(), srt("Ça coûte 5 €")), "Ça coûte 5 €"},
		{"Russian", "ru", encoded(charmap.Windows1251.NewEncoder(), srt("Привет")), "Привет"},
		{"Serbian", "sr-RS", encoded(charmap.Windows1251.NewEncoder(), srt("Здраво")), "Здраво"},
		{"Polish", "pl", encoded(charmap.Windows1250.NewEncoder(), srt("Cześć")), "Cześć"},
		{"UTF-8 in spite of the language", "ru", srt("Привет"), "Привет"},
		{"UTF-16, little end first", "und", encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), srt("日本語")), "日本語"},
		{"UTF-16, big end first", "und", encoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), srt("日本語")), "日本語"},
		{"UTF-16 without a mark", "und", encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(), srt("日本語")), "日本語"},
		{"the other way round", "und", encoded(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder(), srt("日本語")), "日本語"},
		{"UTF-8 with a fault", "und", "\xef\xbb\xbf" + srt("a\xffb"), "a\uFFFDb"},
	}
	for _, tt := range tests {
		got, err := Convert([]byte(tt.in), tt.language)
		if err != nil || !strings.HasSuffix(string(got), "\n"+tt.want+"\n\n") {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
}

// raced tells whether the race detector is at work.
var raced bool

// What a file takes in memory is no more than some times its size, whatever is
// in it.
func TestMemoryOfConvert(t *testing.T) {
	if raced {
		t.Skip("make unit runs it without the race detector, whose memory can't be told from that of the code")
	}
	const size = 1 << 20
	for name, s := range map[string]string{
		"empty lines": "\n", "short lines": "a\n", "times": "0:0-->0:0\n", "times without text": "0:0-->0:1\n", "tags": "<a>",
	} {
		file := []byte("0:0-->0:1\n" + strings.Repeat(s, size/len(s)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cues, _ := readSubRip(string(file))
		runtime.ReadMemStats(&after)
		if each := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(file)); each > 60 || len(cues) > 1 {
			t.Errorf("%s: %.0f bytes for each, %d cues", name, each, len(cues))
		}
	}
	many, found := readSubRip(strings.Repeat("0:0-->0:1\na\n", maxCues+1))
	if len(many) != maxCues || !found {
		t.Errorf("%d cues", len(many))
	}
}

// FuzzConvert reads anything: what comes of it is WebVTT in UTF-8, with nothing
// between the times of cues that would end them.
func FuzzConvert(f *testing.F) {
	f.Add([]byte("1\n00:00:01,000 --> 00:00:02,000\n<i>a</i>\n\n2\n00:00:03.5 --> 00:04\nb {\\an8} & < >\n"), "en")
	f.Add([]byte("\xff\xfe1\x00\n\x00"), "ru")
	f.Add([]byte("WEBVTT\n\n00:01.000 --> 00:02.000\nhi"), "und")
	f.Add([]byte("00:00:01,000 --> 00:00:02,000 --> \n-->\r\r-->\u2028-->"), "")
	f.Fuzz(func(t *testing.T, b []byte, language string) {
		vtt, err := Convert(b, language)
		if err != nil {
			return
		}
		if !utf8.Valid(vtt) || !isWebVTT(string(vtt)) {
			t.Fatalf("%q", vtt)
		}
		if isWebVTT(decode(b, language)) {
			return
		}
		for block := range strings.SplitSeq(strings.TrimSuffix(string(vtt[len(head):]), "\n\n"), "\n\n") {
			lines := strings.Split(block, "\n")
			if block != "" && (len(lines) < 2 || !times().MatchString(lines[0]) || strings.Contains(strings.Join(lines[1:], "\n"), "-->")) {
				t.Fatalf("%q", block)
			}
		}
	})
}
