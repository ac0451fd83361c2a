package text

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// convert makes WebVTT of the first track of a film whose text can be read.
func convert(t testing.TB, b []byte) string {
	t.Helper()
	r := bytes.NewReader(b)
	m, err := mp4.Open(r, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, track := range m.Tracks {
		if !Supported(track) {
			continue
		}
		vtt := AppendHead(nil, Head(track))
		for cue, err := range Cues(r, m, track) {
			if err != nil {
				t.Fatal(err)
			}
			vtt = cue.AppendVTT(vtt)
		}
		return string(vtt)
	}
	t.Fatal("no text in it")
	return ""
}

// film is a film with a track of text beside the pictures.
func film(text mp4test.Track) []byte {
	text.ID = 2
	if text.Handler == "" {
		text.Handler = "sbtl"
	}
	return mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Samples(100, 9, 40, 5)}, text}}.Bytes()
}

// tx3g is a sample entry with a default face.
func tx3g(f uint8) [][]byte {
	return [][]byte{mp4test.Box("tx3g", make([]byte, 6), mp4test.U16(1), make([]byte, 18), mp4test.U16(0, 0, 1), mp4test.U8(f, 12), mp4test.U32(0xffffffff))}
}

// timed is a sample of timed text.
func timed(text string, boxes ...[]byte) string {
	return string(mp4test.Join(mp4test.U16(uint16(len(text))), []byte(text), mp4test.Join(boxes...)))
}

// styl is a box of styles: from, to and face of each.
func styl(runs ...uint16) []byte {
	var b []byte
	for ; len(runs) > 0; runs = runs[3:] {
		b = append(b, mp4test.Join(mp4test.U16(runs[0], runs[1], 1), mp4test.U8(uint8(runs[2]), 12), mp4test.U32(0))...)
	}
	return mp4test.Box("styl", mp4test.U16(uint16(len(b)/12)), b)
}

func TestTimedText(t *testing.T) {
	tests := []struct {
		name, sample string
		face         uint8
		want         string
	}{
		{"plain", timed("Hello"), 0, "Hello"},
		{"two lines", timed("Hello\r\nthere\n\n"), 0, "Hello\nthere"},
		{"signs", timed("a < b --> c & d"), 0, "a &lt; b --&gt; c &amp; d"},
		{"UTF-16", timed("\xfe\xff\x00a\xd8\x3d\xde\x00", styl(1, 2, 2)), 0, "a<i>😀</i>"},
		{"styles", timed("äbcd", styl(0, 1, 1, 1, 3, 6)), 0, "<b>ä</b><i><u>bc</u></i>d"},
		{"over lines", timed("ab\ncd", styl(0, 5, 2)), 0, "<i>ab</i>\n<i>cd</i>"},
		{"a style by default", timed("ab", styl(0, 1, 0)), 1, "a<b>b</b>"},
		{"a style to beyond the end", timed("ab", styl(1, 900, 4)), 0, "a<u>b</u>"},
		{"styles that lie", timed("ab", mp4test.Box("styl", mp4test.U16(900, 0, 1))), 0, "ab"},
		{"boxes that lie", timed("ab", mp4test.Lie(styl(0, 1, 1), 900)), 0, "ab"},
		{"a length that lies", "\x90\x00ab", 0, "ab"},
		{"nothing", timed(" \n "), 0, ""},
		{"neither UTF-8 nor UTF-16", timed("Caf\x8e"), 0, "Café"},
	}
	for _, tt := range tests {
		got := convert(t, film(mp4test.Track{Entries: tx3g(tt.face), Samples: mp4test.Holding(1500, tt.sample)}))
		want := "WEBVTT\n\n"
		if tt.want != "" {
			want += "00:00:00.000 --> 00:00:01.500\n" + tt.want + "\n\n"
		}
		if got != want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestTimes(t *testing.T) {
	three := mp4test.Holding(1000, timed("a"), timed(""), timed("c"))
	tests := []struct {
		name  string
		track mp4test.Track
		want  string
	}{
		{"from the start", mp4test.Track{}, "00:00:00.000 a 00:00:01.000, 00:00:02.000 c 00:00:03.000"},
		{"held back", mp4test.Track{Edits: []mp4test.Edit{{Duration: 250, MediaTime: -1}, {Duration: 9000}}}, "00:00:00.250 a 00:00:01.250, 00:00:02.250 c 00:00:03.250"},
		{"cut at both ends", mp4test.Track{Edits: []mp4test.Edit{{Duration: 2100, MediaTime: 500}}}, "00:00:00.000 a 00:00:00.500, 00:00:01.500 c 00:00:02.100"},
		{"another timescale", mp4test.Track{Timescale: 3000}, "00:00:00.000 a 00:00:00.333, 00:00:00.667 c 00:00:01.000"},
	}
	for _, tt := range tests {
		tt.track.Entries, tt.track.Samples = tx3g(0), three
		var got []string
		for _, c := range parse(t, convert(t, film(tt.track))) {
			got = append(got, c.from+" "+c.text+" "+c.to)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if got := string(AppendHead(nil, "")) + string(Cue{Start: 100 * time.Hour, End: 101 * time.Hour, Text: "x"}.AppendVTT(nil)); got != "WEBVTT\n\n100:00:00.000 --> 101:00:00.000\nx\n\n" {
		t.Errorf("%q", got)
	}
}

func TestQuickTimeText(t *testing.T) {
	long := func(from uint32, face uint8) []byte {
		return mp4test.Join(mp4test.U32(from), make([]byte, 6), mp4test.U8(face), make([]byte, 9))
	}
	b := film(mp4test.Track{Handler: "text", Entries: [][]byte{mp4test.Plain("text")}, Samples: mp4test.Holding(1000, timed("<Caf\x8e>\rbar", mp4test.Box("styl", mp4test.U16(2), long(1, 2), long(5, 0))))})
	if got := convert(t, b); got != "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n&lt;<i>Café</i>&gt;\nbar\n\n" {
		t.Errorf("%q", got)
	}
}

// vttc is a cue in a sample: pairs of the name of a box and what it holds.
func vttc(pairs ...string) string {
	var boxes [][]byte
	for i := 0; i < len(pairs); i += 2 {
		boxes = append(boxes, mp4test.Box(pairs[i], []byte(pairs[i+1])))
	}
	return string(mp4test.Box("vttc", boxes...))
}

func TestWebVTT(t *testing.T) {
	vtte := string(mp4test.Box("vtte"))
	a, long := vttc("payl", "<v A>a & b"), vttc("vsid", "\x00\x00\x00\x01", "iden", "first", "sttg", "line:0", "payl", "long")
	head := "WEBVTT - x\nX-TIMESTAMP-MAP=MPEGTS:9\n\nSTYLE\n::cue { color: red }\n\nNOTE no\n\nREGION\r\nid:r\n\nSTYLE\n-->\n"
	tests := []struct {
		name, head string
		samples    []string
		want       string
	}{
		{"one", "", []string{vtte, a, vtte}, "00:00:01.000 --> 00:00:02.000\n<v A>a & b\n\n"},
		{"styles", head, []string{a}, "STYLE\n::cue { color: red }\n\nREGION\nid:r\n\n00:00:00.000 --> 00:00:01.000\n<v A>a & b\n\n"},
		{"going on", "", []string{a, a, vtte, a}, "00:00:00.000 --> 00:00:02.000\n<v A>a & b\n\n00:00:03.000 --> 00:00:04.000\n<v A>a & b\n\n"},
		{"several at once", "", []string{long, long + a, long}, "first\n00:00:00.000 --> 00:00:03.000 line:0\nlong\n\n00:00:01.000 --> 00:00:02.000\n<v A>a & b\n\n"},
		{"what would end a cue", "", []string{vttc("iden", "x-->y", "sttg", "a\nb-->", "payl", "a\n\nb --> c\n")}, "00:00:00.000 --> 00:00:01.000\na\nb --&gt; c\n\n"},
		{"notes and nonsense", "", []string{string(mp4test.Box("vtta", []byte("note"))) + vttc("payl", "") + vttc("payl", "x") + "\x00\x00\x09\x00vttc"}, "00:00:00.000 --> 00:00:01.000\nx\n\n"},
	}
	for _, tt := range tests {
		entry := mp4test.Box("wvtt", make([]byte, 6), mp4test.U16(1), mp4test.Box("vttC", []byte(tt.head)))
		got := convert(t, film(mp4test.Track{Handler: "text", Entries: [][]byte{entry}, Samples: mp4test.Holding(1000, tt.samples...)}))
		if got != "WEBVTT\n\n"+tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestTTML(t *testing.T) {
	tt := func(attributes, body string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" ` + attributes + `>` + body + `</tt>`
	}
	body := func(p string) string { return tt("", "<body><div>"+p+"</div></body>") }
	tests := []struct {
		name    string
		samples []string // of a second each
		want    string
	}{
		{"one", []string{body(`<p begin="00:00:00.250" end="00:00:00.750">a &lt; <br/> b
			c</p>`)}, "00:00:00.250 --> 00:00:00.750\na &lt;\nb c\n\n"},
		{"as long as its sample", []string{body("<p>a</p>"), body(""), body("<p> </p>")}, "00:00:00.000 --> 00:00:01.000\na\n\n"},
		{"over samples", []string{body(`<p begin="0.5s" end="2.5s">a</p>`), body(`<p begin="0.5s" end="2.5s">a</p><p begin="1.2s" end="1.4s">b</p>`), body(`<p begin="0.5s" end="2.5s">a</p>`)},
			"00:00:00.500 --> 00:00:02.500\na\n\n00:00:01.200 --> 00:00:01.400\nb\n\n"},
		{"all in one sample", []string{"", body(`<p begin="0s" end="1.5s">a</p><p begin="1.2s" end="9s">b</p>`)}, "00:00:01.000 --> 00:00:01.500\na\n\n00:00:01.200 --> 00:00:02.000\nb\n\n"},
		{"nested times", []string{tt("", `<body begin="100ms"><div begin="100ms" end="600ms"><p begin="100ms" dur="1s">a</p></div></body>`)}, "00:00:00.300 --> 00:00:00.700\na\n\n"},
		{"units", []string{tt(`xmlns:ttp="x" ttp:frameRate="25" ttp:tickRate="1000"`, `<body><p begin="5f" end="400t">a</p><p begin="00:00:00:15" dur="0.01m">b</p></body>`)},
			"00:00:00.200 --> 00:00:00.400\na\n\n00:00:00.600 --> 00:00:01.000\nb\n\n"},
		{"styles", []string{tt("", `<head><styling><style xml:id="i" tts:fontStyle="italic"/></styling></head><body><p>a<span style="i"> b<span tts:fontWeight="bold" tts:fontStyle="normal">c</span></span></p></body>`)},
			"00:00:00.000 --> 00:00:01.000\na<i> b</i><b>c</b>\n\n"},
		{"what would end a cue", []string{body("<p>a --&gt; b &#10;&#10; c</p>")}, "00:00:00.000 --> 00:00:01.000\na --&gt; b c\n\n"},
		{"times that lie", []string{body(`<p begin="x">a</p><p begin="0.5s" end="0.2s">b</p><p begin="99999999999999s">c</p><p begin="-1s">d</p>`)}, "00:00:00.000 --> 00:00:01.000\na\n\n00:00:00.000 --> 00:00:01.000\nc\n\n00:00:00.000 --> 00:00:01.000\nd\n\n"},
		{"cut short", []string{`<tt><body><p>a</p><p>b`}, "00:00:00.000 --> 00:00:01.000\na\n\n"},
		{"too deep", []string{strings.Repeat("<div>", 1000) + "<p>a</p>"}, ""},
		{"no XML", []string{"\x00\x01\x02"}, ""},
	}
	for _, tt := range tests {
		b := film(mp4test.Track{Handler: "subt", Entries: [][]byte{mp4test.Plain("stpp")}, Samples: mp4test.Holding(1000, tt.samples...)})
		if got := convert(t, b); got != "WEBVTT\n\n"+tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestBounds(t *testing.T) {
	many := strings.Repeat(vttc("payl", "x"), 1000)
	entry := mp4test.Box("wvtt", make([]byte, 6), mp4test.U16(1))
	got := convert(t, film(mp4test.Track{Handler: "text", Entries: [][]byte{entry}, Samples: mp4test.Holding(1000, many, vttc("payl", "end"))}))
	if n := strings.Count(got, "\nx\n"); n != maxCues {
		t.Errorf("%d cues", n)
	}
	long := timed(strings.Repeat("x", 60_000), make([]byte, 100_000))
	if got := convert(t, film(mp4test.Track{Entries: tx3g(0), Samples: mp4test.Holding(1000, long)})); strings.Count(got, "x") != 60_000 {
		t.Errorf("%d bytes", len(got))
	}
}

// However many cues overlap, each is looked at among a few.
func TestManyCuesAtOnce(t *testing.T) {
	document := "<tt><body>" + strings.Repeat("<p>x</p><p>y</p>", 1<<20/17) + "</body></tt>"
	got := convert(t, film(mp4test.Track{Handler: "subt", Entries: [][]byte{mp4test.Plain("stpp")}, Samples: mp4test.Holding(1000, document)}))
	if n := strings.Count(got, "-->"); n != 2*(1<<20/17) {
		t.Errorf("%d cues", n)
	}
}

// Many samples may be the same bytes: no more of them are read than so many.
func TestSamplesOfTheSameBytes(t *testing.T) {
	const count = 200
	document := "<tt><body><p>x</p></body></tt><!--" + strings.Repeat("y", 1<<20-64) + "-->"
	places := make([]uint32, count)
	b := film(mp4test.Track{Handler: "subt", Entries: [][]byte{mp4test.Plain("stpp")}, Samples: mp4test.Holding(1000, document), Form: mp4test.Form{Replace: map[string][]byte{
		"stts": mp4test.Table("stts", 1, count, 1000), "stsz": mp4test.Full("stsz", 0, 0, mp4test.U32(uint32(len(document)), count)), "stco": mp4test.Table("stco", count, places...),
	}}})
	at, stco := uint32(bytes.Index(b, []byte("<tt>"))), mp4test.Find(b, "stco")
	for i := range count {
		binary.BigEndian.PutUint32(b[stco[len(stco)-1]+16+4*i:], at)
	}
	cues := parse(t, convert(t, b))
	if len(cues) != 1 || cues[0].text != "x" || cues[0].from != "00:00:00.000" || cues[0].to < "00:01:04.000" || cues[0].to > "00:01:06.000" {
		t.Errorf("%+v", cues)
	}
}

func TestFailingDisk(t *testing.T) {
	b := film(mp4test.Track{Entries: tx3g(0), Samples: mp4test.Holding(1000, timed("a"))})
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for _, err := range Cues(failing{broken}, m, m.Tracks[1]) {
		if !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		return
	}
	t.Error("a disk that fails is not told of")
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// cue is a cue of a WebVTT file, with times that have hours.
type cue struct{ from, to, text string }

var timing = regexp.MustCompile(`(?m)^(?:(\d+:)?(\d\d:\d\d\.\d{3})) --> (?:(\d+:)?(\d\d:\d\d\.\d{3})).*\n((?:.+\n)+)`)

func parse(t testing.TB, vtt string) (list []cue) {
	t.Helper()
	hours := func(h, rest string) string {
		if h == "" {
			h = "00:"
		}
		return h + rest
	}
	for _, m := range timing.FindAllStringSubmatch(vtt, -1) {
		list = append(list, cue{hours(m[1], m[2]), hours(m[3], m[4]), strings.TrimSuffix(m[5], "\n")})
	}
	return list
}

const subrip = `1
00:00:00,500 --> 00:00:01,250
First <i>in part</i>

2
00:00:01,250 --> 00:00:02,000
<b>Grüße</b>
zweite Zeile

3
00:00:02,777 --> 00:00:04,001
plain 日本語
`

// What ffmpeg makes of timed text is what is made of it here, also where an edit
// list moves it.
func TestFFmpeg(t *testing.T) {
	folder := t.TempDir()
	srt := filepath.Join(folder, "in.srt")
	if err := os.WriteFile(srt, []byte(subrip), 0o666); err != nil {
		t.Fatal(err)
	}
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 5, Args: []string{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"}})
	for name, args := range map[string][]string{
		"plain.mp4":      {"-i", srt},
		"late.mp4":       {"-itsoffset", "0.8", "-i", srt},
		"fragmented.mp4": {"-i", srt, "-movflags", "frag_keyframe+empty_moov"},
		"quick.mov":      {"-i", srt},
		"ttml.mp4":       {"-i", srt, "-c:s", "ttml"},
	} {
		out := filepath.Join(folder, name)
		all, codec := append([]string{"-i", clip}, args...), "mov_text"
		if name == "ttml.mp4" {
			all, codec = all[:4], "ttml"
		}
		testmedia.Ffmpeg(t, append(all, "-map", "0", "-map", "1", "-c", "copy", "-c:s", codec, out)...)
		from := out
		if name == "ttml.mp4" {
			from = srt // ffmpeg writes it, without styles, but does not read it
		}
		theirs, err := exec.Command("ffmpeg", "-v", "error", "-i", from, "-map", "0:s", "-f", "webvtt", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		want, got := parse(t, string(theirs)), parse(t, convert(t, b))
		if len(want) != 3 || len(got) != len(want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, convert(t, b), theirs)
			continue
		}
		for i := range want {
			if name == "ttml.mp4" {
				want[i].text = regexp.MustCompile("</?[ib]>").ReplaceAllString(want[i].text, "")
			}
			if name == "fragmented.mp4" {
				want[i].to = got[i].to // ffmpeg 5.1 lets these cues last no time at all
			}
			if got[i] != want[i] {
				t.Errorf("%s: %q, want %q", name, got[i], want[i])
			}
		}
	}
}

// FuzzSamples reads anything as a sample of each kind of text: no cue has what
// would end it.
func FuzzSamples(f *testing.F) {
	f.Add([]byte(timed("a < b\r\n\xf0\x9f\x98\x80 --> c", styl(0, 1, 1, 2, 5, 6))), uint8(2))
	f.Add([]byte(timed("\xfe\xff\x00a\x00-\x00-\x00>", mp4test.Box("encd", mp4test.U32(0x100)))), uint8(0))
	f.Add([]byte(vttc("vsid", "\x00\x00\x00\x01", "iden", "first", "sttg", "line:0", "payl", "lo\n\nng")+vttc("payl", "-->")), uint8(7))
	f.Add([]byte(`<tt frameRate="25"><head><style id="a" fontWeight="bold"/></head><body begin="1s"><p style="a" end="00:00:02:03">a --&gt; b<br/>c</p></body></tt>`), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, plain uint8) {
		cues := []Cue{{Text: timedText(b, face(plain))}, {Text: Lines(string(b))}}
		for _, c := range readTTML(b) {
			cues = append(cues, Cue{Text: c.text})
		}
		for _, c := range vttCues(b) {
			cues = append(cues, Cue{ID: c.id, Settings: c.settings, Text: c.text})
		}
		for _, c := range cues {
			if c.Text == "" {
				continue
			}
			c.End = time.Second
			vtt := string(c.AppendVTT(nil))
			if strings.Count(vtt, arrow) != 1 || strings.Index(vtt, "\n\n") != len(vtt)-2 || strings.Contains(vtt, "\r") {
				t.Fatalf("%q", vtt)
			}
		}
		if blocks := headBlocks(string(b)); strings.Contains(blocks, arrow) {
			t.Fatalf("%q", blocks)
		}
		_ = vttHead(append(mp4test.Plain("wvtt")[:entryHead], b...))
	})
}
