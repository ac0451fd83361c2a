package library

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf8"
)

func TestParsePath(t *testing.T) {
	for escaped, want := range map[string]Path{
		"": "", "/": "", "a.mp4": "a.mp4", "a/b.mp4": "a/b.mp4", "a/": "a", "a%20b": "a b", "%ff": "\xff",
		"a%25b": "a%b", "%3F%23": "?#", "...": "...", "a..b": "a..b", "%5C": `\`,
	} {
		if got, err := ParsePath(escaped); err != nil || got != want {
			t.Errorf("%q: %q, %v", escaped, got, err)
		}
	}
	for _, escaped := range []string{
		"..", "../a", "a/../b", "a/..", "%2e%2e/a", "%2E%2e", "a%2fb", "a%2Fb", "%2f", "//", "a//b", "/a", "./a", "a/.", "%00", "a%00", "%", "%2", "%zz", "..%2f..",
	} {
		if got, err := ParsePath(escaped); !errors.Is(err, ErrBadPath) {
			t.Errorf("%q: %q, %v", escaped, got, err)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, p := range []string{"a/b.mp4", "..", "%2e", "a%2fb", "\xff", "%ff"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		p, err := ParsePath(escaped)
		if err != nil {
			return
		}
		again, err := ParsePath(p.Escaped())
		if err != nil || again != p {
			t.Errorf("%q becomes %q, that %q, and that %q (%v)", escaped, p, p.Escaped(), again, err)
		}
		if !utf8.ValidString(p.Name()) {
			t.Errorf("%q is shown as %q", p, p.Name())
		}
	})
}

func TestPathParts(t *testing.T) {
	p := Path("a/b c/d\xff.mp4")
	if got := p.Parents(); !slices.Equal(got, []Path{"a", "a/b c"}) {
		t.Errorf("parents %q", got)
	}
	if p.Name() != "d\uFFFD.mp4" || p.Escaped() != "a/b%20c/d%FF.mp4" {
		t.Errorf("name %q, escaped %q", p.Name(), p.Escaped())
	}
	if got := Path("Alien: b/c.mp4").Escaped(); got != "Alien%3A%20b/c.mp4" {
		t.Errorf("escaped %q", got)
	}
	for p, want := range map[Path]bool{"": false, "a": false, ".a": true, "a/.b": true, "a.b/c.": false, ".a/b": true} {
		if p.hidden() != want {
			t.Errorf("%q is hidden: %v", p, !want)
		}
	}
}

func TestFilmInPath(t *testing.T) {
	for p, want := range map[Path][2]Path{
		"film.mp4/master.m3u8":        {"film.mp4", "master.m3u8"},
		"film.mp4/etag/1/init.mp4":    {"film.mp4", "etag/1/init.mp4"},
		"a.mp4/film.mp4/master.m3u8":  {"a.mp4/film.mp4", "master.m3u8"},
		"a.mp4/film.mp4/e/1/init.mp4": {"a.mp4/film.mp4", "e/1/init.mp4"},
		"a/b.M4V/en.mp4.vtt":          {"a/b.M4V", "en.mp4.vtt"},
		"init.mp4/e/1/init.mp4":       {"init.mp4", "e/1/init.mp4"},
		"film.mp4":                    {"", "film.mp4"},
		"film.txt/master.m3u8":        {"", "film.txt/master.m3u8"},
		"":                            {"", ""},
	} {
		if film, below := p.Film(); film != want[0] || below != want[1] {
			t.Errorf("%s: the film is %q, and below is %q", p, film, below)
		}
	}
}

func TestLRU(t *testing.T) {
	var gone []string
	c := newLRU[int](2, func(string) int64 { return 1 }, func(v string) { gone = append(gone, v) })
	c.put(1, "one")
	c.put(2, "two")
	if v, ok := c.get(1); !ok || v != "one" {
		t.Fatalf("%q, %v", v, ok)
	}
	c.put(3, "three") // two was used longest ago
	c.put(1, "another")
	if _, ok := c.get(2); ok || !slices.Equal(gone, []string{"two", "one"}) {
		t.Fatalf("gone are %q", gone)
	}
	c.remove(9)
	c.clear()
	if len(c.items) != 0 || len(gone) != 4 {
		t.Fatalf("gone are %q", gone)
	}
}
