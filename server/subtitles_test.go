package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/mp4/info"
	"vodsrv/mp4/mp4test"
	"vodsrv/server/access"
)

// timedText is a track of text.
func timedText(id uint32, texts ...string) mp4test.Track {
	entry := mp4test.Box("tx3g", make([]byte, 6), mp4test.U16(1), make([]byte, 30), mp4test.U32(0))
	for i, s := range texts {
		texts[i] = string(mp4test.U16(uint16(len(s)))) + s
	}
	return mp4test.Track{ID: id, Handler: "sbtl", Entries: [][]byte{entry}, Samples: mp4test.Holding(500, texts...)}
}

var pictures = mp4test.Track{ID: 1, Samples: mp4test.Samples(50, 9, 40, 5)}

func TestSubtitles(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "fol der/none.mp4")
	in := func(name string) string { return filepath.Join(s.folder, "fol der", name) }
	mustWrite(t, in("film.mp4"), string(mp4test.File{Tracks: []mp4test.Track{pictures, timedText(3, "One", "", "<Two>")}}.Bytes()))
	mustWrite(t, in("film.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
	mustWrite(t, in("film.ru.srt"), "1\n00:00:01,000 --> 00:00:02,000\n\xcf\xf0\xe8\xe2\xe5\xf2\n")
	mustWrite(t, in("film.a & b.vtt"), "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n")
	mustWrite(t, in("film.page.srt"), "<script>alert(1)</script>")
	mustWrite(t, in("film.html"), "secret")
	mustWrite(t, in(".film.srt"), "1\n00:00:01,000 --> 00:00:02,000\nsecret\n")
	if err := os.Truncate(in("film.page.srt"), 100); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, in("film.long.srt"), "")
	if err := os.Truncate(in("film.long.srt"), maxSubtitles+1); err != nil {
		t.Fatal(err)
	}
	const hello = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n"
	for _, c := range []struct {
		path   string
		status int
		want   string // the body, or its code
	}{
		{"film.mp4/3.vtt", 200, "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\nOne\n\n00:00:01.000 --> 00:00:01.500\n&lt;Two&gt;\n\n"},
		{"film.mp4/srt.vtt", 200, hello + "Hello\n\n"},
		{"film.mp4/ru.srt.vtt", 200, hello + "Привет\n\n"},
		{"film.mp4/a%20&%20b.vtt.vtt", 200, "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n"},
		{"film.mp4/page.srt.vtt", 422, "bad_file"},
		{"film.mp4/long.srt.vtt", 422, "unsupported"},
		{"film.mp4/1.vtt", 404, "not_found"},
		{"film.mp4/9.vtt", 404, "not_found"},
		{"film.mp4/99999999999.vtt", 404, "not_found"},
		{"film.mp4/html.vtt", 404, "not_found"},
		{"film.mp4/en.srt.vtt", 404, "not_found"},
		{"film.mp4/srt", 404, "not_found"},
		{"film.mp4/.vtt", 404, "not_found"},
		{"film.mp4", 404, "not_found"},
		{"film.mp4/x/srt.vtt", 404, "not_found"},
		{"film.mp4/..%2f.film.srt.vtt", 400, "bad_request"},
		{"none.mp4/3.vtt", 404, "not_found"},
		{"missing.mp4/srt.vtt", 404, "not_found"},
		{"", 404, "not_found"},
	} {
		r, body := s.get("GET", "/subs/fol%20der/"+c.path)
		if r.StatusCode >= 400 {
			body = code(body)
		}
		if r.StatusCode != c.status || body != c.want {
			t.Errorf("%s: %s %q", c.path, r.Status, body)
		}
		if c.status != 200 {
			continue
		}
		for name, want := range map[string]string{
			"Content-Type": "text/vtt; charset=utf-8", "Cache-Control": "no-cache", "Content-Security-Policy": "sandbox",
			"X-Content-Type-Options": "nosniff", "Content-Length": fmt.Sprint(len(c.want)),
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q", c.path, name, got)
			}
		}
		etag := r.Header.Get("ETag")
		if r, body := s.get("GET", "/subs/fol%20der/"+c.path, "If-None-Match: "+etag); r.StatusCode != 304 || body != "" || etag == "" {
			t.Errorf("%s: once more: %s", c.path, r.Status)
		}
		if r, body := s.get("HEAD", "/subs/fol%20der/"+c.path); r.StatusCode != 200 || body != "" {
			t.Errorf("%s: head: %s", c.path, r.Status)
		}
	}
	// All that is told of is there.
	var about info.File
	s.json("/api/info/fol%20der/film.mp4", &about)
	if len(about.Subtitles) != 6 {
		t.Errorf("%+v", about.Subtitles)
	}
	for _, sub := range about.Subtitles {
		if r, _ := s.get("GET", "/subs/"+about.Path+"/"+sub.ID+".vtt"); r.StatusCode == 404 {
			t.Errorf("%+v: %s", sub, r.Status)
		}
	}
	old, _ := s.get("GET", "/subs/fol%20der/film.mp4/srt.vtt")
	mustWrite(t, in("film.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHello again\n")
	if r, body := s.get("GET", "/subs/fol%20der/film.mp4/srt.vtt", "If-None-Match: "+old.Header.Get("ETag")); body != hello+"Hello again\n\n" {
		t.Errorf("a file that changed: %s %q", r.Status, body)
	}
}

// A track is read once for all, and not at all for those who know what is in it.
func TestTextsAreKept(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{})
	write := func(name string) {
		mustWrite(t, filepath.Join(s.folder, name), string(mp4test.File{Tracks: []mp4test.Track{pictures, timedText(3, "One")}}.Bytes()))
	}
	write("film.mp4")
	write("other.mp4")
	first, want := s.get("GET", "/subs/film.mp4/3.vtt")
	known, _ := s.get("HEAD", "/subs/other.mp4/3.vtt")
	if first.StatusCode != 200 || known.StatusCode != 200 {
		t.Fatal(first.Status, known.Status)
	}
	// Nobody can read any more.
	for range textsAtOnce {
		s.server.texts.places <- struct{}{}
	}
	if r, body := s.get("GET", "/subs/film.mp4/3.vtt"); r.StatusCode != 200 || body != want {
		t.Errorf("once more: %s %q", r.Status, body)
	}
	again := serve(t, Config{}, s.folder)
	for range textsAtOnce {
		again.server.texts.places <- struct{}{}
	}
	if r, _ := again.get("GET", "/subs/other.mp4/3.vtt", "If-None-Match: "+known.Header.Get("ETag")); r.StatusCode != 304 {
		t.Errorf("one that the client knows: %s", r.Status)
	}
}

func TestSubtitlesByLink(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost)}, "film.mp4", "other.mp4")
	for _, name := range []string{"film.srt", "other.srt", "film.mp4.srt"} {
		mustWrite(t, filepath.Join(s.folder, name), "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
	}
	link := s.link("film.mp4", access.Watch, time.Hour)
	for path, want := range map[string]int{
		"film.mp4/srt.vtt": 401, "film.mp4/srt.vtt" + link: 200, "film.mp4/mp4.srt.vtt" + link: 200, "other.mp4/srt.vtt" + link: 401,
		"film.mp4/../other.mp4/srt.vtt" + link: 401,
	} {
		if r, _ := s.get("GET", "/subs/"+path); r.StatusCode != want {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}

// Of a film that grows there is what was said so far.
func TestSubtitlesOfAGrowingFilm(t *testing.T) {
	t.Parallel()
	text := timedText(2, "One", "Two")
	moov := mp4test.File{Tracks: []mp4test.Track{{ID: 1}, {ID: 2, Handler: "sbtl", Entries: text.Entries}}}
	for i := range 2 {
		moov.Fragments = append(moov.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{
			mp4test.OneRun(1, int64(i)*2000, pictures.Samples), mp4test.OneRun(2, int64(i)*2000, text.Samples[i:i+1]),
		}})
	}
	whole := moov.Bytes()
	moov.Fragments = moov.Fragments[:1]
	first := moov.Bytes()
	s := serveFolder(t, Config{})
	path := filepath.Join(s.folder, "film.mp4")
	mustWrite(t, path, string(first))
	r, body := s.get("GET", "/subs/film.mp4/2.vtt")
	if strings.Count(body, "-->") != 1 || !strings.Contains(body, "One") {
		t.Errorf("at first: %s %q", r.Status, body)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(whole[len(first):]); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r, body = s.get("GET", "/subs/film.mp4/2.vtt", "If-None-Match: "+r.Header.Get("ETag"))
	if strings.Count(body, "-->") != 2 || !strings.Contains(body, "00:00:02.000 --> 00:00:02.500\nTwo") {
		t.Errorf("then: %s %q", r.Status, body)
	}
}
