package metadata

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

func readBytes(t testing.TB, b []byte) Metadata {
	t.Helper()
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Read(bytes.NewReader(b), m)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	video = mp4test.Track{ID: 1, Samples: mp4test.Samples(100, 9, 40, 5)}
	hdlr  = mp4test.Full("hdlr", 0, 0, make([]byte, 21))
	jpeg  = "\xff\xd8\xff\xe0 and so on"
)

// data is a data box with a value of a type.
func data(kind uint32, value string) []byte {
	return mp4test.Box("data", mp4test.U32(kind, 0), []byte(value))
}

// items is moov/udta/meta/ilst around items.
func items(all ...[]byte) []byte {
	return mp4test.Box("udta", mp4test.Full("meta", 0, 0, hdlr, mp4test.Box("ilst", all...)))
}

// userText is a text of user data as QuickTime has it.
func userText(name, text string) []byte {
	return mp4test.Box(name, mp4test.U16(uint16(len(text)), 0), []byte(text))
}

// keyed is a meta box of QuickTime: names, and as many values.
func keyed(pairs ...string) []byte {
	var names, values [][]byte
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, mp4test.Box("mdta", []byte(pairs[i])))
		values = append(values, mp4test.Box(string(mp4test.U32(uint32(i/2+1))), data(1, pairs[i+1])))
	}
	keys := mp4test.Full("keys", 0, 0, mp4test.U32(uint32(len(names))), mp4test.Join(names...))
	return mp4test.Box("meta", hdlr, keys, mp4test.Box("ilst", values...))
}

func TestTitleAndArtist(t *testing.T) {
	long := strings.Repeat("ä", 400)
	tests := []struct {
		name          string
		extra         []byte
		title, artist string
	}{
		{"none", nil, "", ""},
		{"iTunes", items(mp4test.Box("\xa9nam", data(1, "Ein Tag")), mp4test.Box("\xa9ART", data(1, "Jemand"))), "Ein Tag", "Jemand"},
		{"the first value", items(mp4test.Box("\xa9nam", data(1, "one"), data(1, "two"))), "one", ""},
		{"UTF-16", items(mp4test.Box("\xa9nam", data(2, "\x00A\x00\xe4"))), "Aä", ""},
		{"any bytes", items(mp4test.Box("\xa9nam", data(1, "a\n\x1b[2J\xff\x00rest"))), "a [2Jˇ", ""},
		{"long", items(mp4test.Box("\xa9nam", data(1, long))), long[:maxText], ""},
		{"no value", items(mp4test.Box("\xa9nam"), mp4test.Box("\xa9ART", data(1, ""))), "", ""},
		{"QuickTime's keys", keyed("com.apple.quicktime.software", "x", "com.apple.quicktime.title", "One day", "com.apple.quicktime.artist", "Someone"), "One day", "Someone"},
		{"ffmpeg's keys", keyed("artist", "Someone", "title", "One day"), "One day", "Someone"},
		{"QuickTime's user data", mp4test.Box("udta", userText("\xa9nam", "Caf\x8e"), userText("\xa9ART", "Möbius"), mp4test.U32(0)), "Café", "Möbius"},
		{"a text that is shorter than it says", mp4test.Box("udta", mp4test.Box("\xa9nam", mp4test.U16(900, 0), []byte("abc"))), "abc", ""},
		{"3GPP", mp4test.Box("udta", mp4test.Full("titl", 0, 0, mp4test.U16(0x15c7), []byte("Clip\x00")),
			mp4test.Full("perf", 0, 0, mp4test.U16(0x15c7), []byte("\xfe\xff\x00M\x00e"))), "Clip", "Me"},
		{"several ways", mp4test.Join(mp4test.Box("udta", userText("\xa9nam", "old"), mp4test.Full("meta", 0, 0, hdlr, mp4test.Box("ilst", mp4test.Box("\xa9nam", data(1, "new"))))),
			keyed("title", "newer")), "new", ""},
		{"damaged", mp4test.Join(mp4test.Box("udta", mp4test.Box("meta", []byte{1, 2}), mp4test.Box("\xa9nam", []byte{1})), keyed("title", "still")), "still", ""},
		{"longer than its moov", mp4test.Lie(mp4test.Box("udta", userText("\xa9nam", "Film")), 400), "Film", ""},
		{"a key with the number of none", mp4test.Box("meta", hdlr, mp4test.Box("ilst", mp4test.Box(string(mp4test.U32(7)), data(1, "x")))), "", ""},
	}
	for _, tt := range tests {
		got := readBytes(t, mp4test.File{Tracks: []mp4test.Track{video}, Extra: tt.extra}.Bytes())
		if got.Title != tt.title || got.Artist != tt.artist {
			t.Errorf("%s: %q by %q", tt.name, got.Title, got.Artist)
		}
	}
}

func TestCover(t *testing.T) {
	covr := func(values ...[]byte) []byte { return items(mp4test.Box("covr", values...)) }
	tests := []struct {
		name  string
		extra []byte
		mime  string
		want  string
	}{
		{"none", nil, "", ""},
		{"JPEG", covr(data(13, jpeg)), "image/jpeg", jpeg},
		{"PNG that says it is JPEG", covr(data(13, "\x89PNG\r\n\x1a\nrest")), "image/png", "\x89PNG\r\n\x1a\nrest"},
		{"WebP", covr(data(0, "RIFF\x04\x00\x00\x00WEBPx")), "image/webp", "RIFF\x04\x00\x00\x00WEBPx"},
		{"BMP", covr(data(27, "BM6")), "image/bmp", "BM6"},
		{"GIF", covr(data(12, "GIF89a")), "image/gif", "GIF89a"},
		{"a page", covr(data(13, "<html>")), "", ""},
		{"empty", covr(), "", ""},
		{"without a value", covr(data(13, "")), "", ""},
		{"the second is one", covr(data(13, "<html>"), data(13, jpeg)), "image/jpeg", jpeg},
		{"QuickTime's", keyed("com.apple.quicktime.artwork", jpeg), "image/jpeg", jpeg},
		{"too large", covr(data(13, jpeg+strings.Repeat("x", MaxCover))), "", ""},
	}
	for _, tt := range tests {
		b := mp4test.File{Tracks: []mp4test.Track{video}, Extra: tt.extra}.Bytes()
		c := readBytes(t, b).Cover
		switch {
		case tt.mime == "" && c == nil:
		case c == nil, c.MIME != tt.mime, string(b[c.Offset:c.Offset+c.Size]) != tt.want:
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}

// chapter is a sample of a chapter's title.
func chapter(title string) string { return string(mp4test.U16(uint16(len(title)))) + title }

func TestChapters(t *testing.T) {
	encd := string(mp4test.Box("encd", mp4test.U32(0x100)))
	list := func(version uint8, all ...[]byte) []byte {
		head := [][]byte{mp4test.U8(uint8(len(all)))}
		if version > 0 {
			head = [][]byte{mp4test.U32(0), head[0]}
		}
		return mp4test.Box("udta", mp4test.Full("chpl", version, 0, append(head, all...)...))
	}
	entry := func(tenths uint64, title string) []byte {
		return mp4test.Join(mp4test.U64(tenths*1_000_000), mp4test.U8(uint8(len(title))), []byte(title))
	}
	named := video
	named.Extra = mp4test.Box("tref", mp4test.Box("cdsc", mp4test.U32(2)), mp4test.Box("chap", mp4test.U32(9, 3, 2)))
	pictures := mp4test.Track{ID: 3, Samples: mp4test.Samples(2, 9, 1000, 0)}
	text := func(edits []mp4test.Edit, titles ...string) mp4test.Track {
		return mp4test.Track{ID: 2, Handler: "text", Entries: [][]byte{mp4test.Plain("text")}, Edits: edits, Samples: mp4test.Holding(1000, titles...)}
	}
	track := text(nil, chapter("One"), chapter("Zw\xc3\xb6i")+encd, chapter("\x00D\x00r\x00e\x00i")+encd, chapter("\xfe\xff\x00V"), chapter(""), "\x00", chapter("Caf\x8e"))
	onTrack := []Chapter{{0, "One"}, {1, "Zwöi"}, {2, "Drei"}, {3, "V"}, {4, ""}, {6, "Café"}}
	nero := list(1, entry(15, "one and a half"), entry(0, "start"))
	onList := []Chapter{{0, "start"}, {1.5, "one and a half"}}
	tests := []struct {
		name   string
		tracks []mp4test.Track
		extra  []byte
		want   []Chapter
	}{
		{"none", []mp4test.Track{video, track}, nil, nil},
		{"a track", []mp4test.Track{named, pictures, track}, nil, onTrack},
		{"both kinds", []mp4test.Track{named, track}, nero, onTrack},
		{"a track that is not there", []mp4test.Track{named}, nero, onList},
		{"a list", []mp4test.Track{video}, nero, onList},
		{"a list of version 0", []mp4test.Track{video}, list(0, entry(5, "half")), []Chapter{{0.5, "half"}}},
		{"a list that claims more than there is", []mp4test.Track{video}, mp4test.Box("udta", mp4test.Full("chpl", 0, 0, mp4test.U8(200), entry(5, "half"), mp4test.U32(0))), []Chapter{{0.5, "half"}}},
		{"a track held back", []mp4test.Track{named, text([]mp4test.Edit{{Duration: 500, MediaTime: -1}, {Duration: 9000}}, chapter("a"), chapter("b"))}, nil, []Chapter{{0.5, "a"}, {1.5, "b"}}},
		{"a track that begins in the middle", []mp4test.Track{named, text([]mp4test.Edit{{Duration: 9000, MediaTime: 1500}}, chapter("a"), chapter("b"), chapter("c"))}, nil, []Chapter{{0, "b"}, {0.5, "c"}}},
		{"a track whose end is cut off", []mp4test.Track{named, text([]mp4test.Edit{{Duration: 1500, MediaTime: 0}}, chapter("a"), chapter("b"), chapter("c"))}, nil, []Chapter{{0, "a"}, {1, "b"}}},
	}
	for _, tt := range tests {
		got := readBytes(t, mp4test.File{Tracks: tt.tracks, Extra: tt.extra}.Bytes()).Chapters
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// However many chapters a film claims, and however long their titles are, what
// comes of it is bounded.
func TestBounds(t *testing.T) {
	named := video
	named.Extra = mp4test.Box("tref", mp4test.Box("chap", mp4test.U32(2)))
	titles := make([]string, maxChapters+50)
	for i := range titles {
		titles[i] = chapter(strings.Repeat("x", 5000))
	}
	text := mp4test.Track{ID: 2, Handler: "text", Samples: mp4test.Holding(10, titles...)}
	got := readBytes(t, mp4test.File{Tracks: []mp4test.Track{named, text}}.Bytes()).Chapters
	if len(got) != maxChapters || len(got[0].Title) != maxTitle {
		t.Errorf("%d chapters, %d bytes", len(got), len(got[0].Title))
	}
	many := items(bytes.Repeat(mp4test.Box("free"), maxBoxes), mp4test.Box("\xa9nam", data(1, "behind")))
	if got := readBytes(t, mp4test.File{Tracks: []mp4test.Track{video}, Extra: many}.Bytes()); got.Title != "" {
		t.Errorf("title %q", got.Title)
	}
}

// A disk that fails is told of: what could not be read is not what is not there.
func TestFailingDisk(t *testing.T) {
	b := mp4test.File{Tracks: []mp4test.Track{video}, Extra: items(mp4test.Box("\xa9nam", data(1, "title")))}.Bytes()
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if _, err := Read(failing{broken}, m); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := ReadCover(failing{broken}, m); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// What ffmpeg writes is what is read.
func TestFFmpeg(t *testing.T) {
	folder := t.TempDir()
	tells := filepath.Join(folder, "chapters.txt")
	lines := ";FFMETADATA1\ntitle=A Title – ünïcode\nartist=Someone\n"
	want := Metadata{Title: "A Title – ünïcode", Artist: "Someone"}
	for i, title := range []string{"Opening", "Mittelteil ß", "終わり"} {
		lines += fmt.Sprintf("[CHAPTER]\nTIMEBASE=1/1000\nSTART=%d\nEND=%d\ntitle=%s\n", i*1500, i*1500+1500, title)
		want.Chapters = append(want.Chapters, Chapter{float64(i) * 1.5, title})
	}
	if err := os.WriteFile(tells, []byte(lines), 0o666); err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(folder, "cover.png")
	testmedia.Ffmpeg(t, "-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", picture)
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 5, Args: []string{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"}})
	for name, args := range map[string][]string{
		"itunes.mp4": {"-map", "2", "-disposition:v:1", "attached_pic"},
		"keys.mp4":   {"-movflags", "use_metadata_tags"},
		"plain.mov":  {},
		"keys.mov":   {"-movflags", "use_metadata_tags"},
	} {
		out := filepath.Join(folder, name)
		all := append([]string{"-i", clip, "-i", tells, "-i", picture, "-map", "0"}, args...)
		testmedia.Ffmpeg(t, append(all, "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", out)...)
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		got := readBytes(t, b)
		if name == "itunes.mp4" {
			png, err := os.ReadFile(picture)
			if err != nil {
				t.Fatal(err)
			}
			if c := got.Cover; c == nil || c.MIME != "image/png" || !bytes.Equal(b[c.Offset:c.Offset+c.Size], png) {
				t.Errorf("%s: %+v", name, c)
			}
		}
		got.Cover = nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzRead reads what anything tells of itself: within bounds, and the picture
// inside the file.
func FuzzRead(f *testing.F) {
	named := video
	named.Extra = mp4test.Box("tref", mp4test.Box("chap", mp4test.U32(2)))
	text := mp4test.Track{ID: 2, Handler: "text", Samples: mp4test.Holding(10, chapter("one"), chapter("\xfe\xff\x00V"))}
	chpl := mp4test.Full("chpl", 1, 0, mp4test.U32(0), mp4test.U8(2), make([]byte, 30))
	user := mp4test.Box("udta", chpl, userText("\xa9nam", "a"), mp4test.Full("meta", 0, 0, hdlr, mp4test.Box("ilst",
		mp4test.Box("\xa9nam", data(1, "title")), mp4test.Box("covr", data(13, jpeg)))))
	f.Add(mp4test.File{Tracks: []mp4test.Track{named, text}}.Bytes())
	f.Add(mp4test.File{Tracks: []mp4test.Track{video}, Extra: user}.Bytes())
	f.Add(mp4test.File{Tracks: []mp4test.Track{video}, Extra: keyed("title", "t", "com.apple.quicktime.artwork", jpeg)}.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		m, err := mp4.Open(r, int64(len(b)))
		if err != nil {
			return
		}
		all, err := Read(r, m)
		if err != nil {
			t.Fatal(err)
		}
		if len(all.Title) > maxText || len(all.Artist) > maxText || len(all.Chapters) > maxChapters {
			t.Fatalf("%+v", all)
		}
		if c := all.Cover; c != nil {
			if _, err := r.ReadAt(make([]byte, c.Size), c.Offset); c.Size > MaxCover || err != nil && err != io.EOF {
				t.Fatalf("%+v: %v", c, err)
			}
		}
		for _, c := range all.Chapters {
			if len(c.Title) > maxTitle || !(c.Start >= 0) {
				t.Fatalf("%+v", c)
			}
		}
	})
}
