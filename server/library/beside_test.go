package library

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vodsrv/mp4/info"
)

func TestDescribeRest(t *testing.T) {
	tests := []struct{ rest, id, lang, label, kind string }{
		{"srt", "srt", "und", "Subtitles", "subtitles"},
		{"en.srt", "en.srt", "en", "English", "subtitles"},
		{"ger.VTT", "ger.VTT", "de", "Deutsch", "subtitles"},
		{"pt-BR.forced.vtt", "pt-BR.forced.vtt", "pt-BR", "Português (Brasil) (forced)", "subtitles forced"},
		{"forced.en.srt", "forced.en.srt", "en", "English (forced)", "subtitles forced"},
		{"en.sdh.srt", "en.sdh.srt", "en", "English (SDH)", "captions"},
		{"sdh.srt", "sdh.srt", "und", "SDH", "captions"},
		{"hi.srt", "hi.srt", "hi", "हिन्दी", "subtitles"},
		{"en.hi.srt", "en.hi.srt", "en", "English (SDH)", "captions"},
		{"en.CC.srt", "en.CC.srt", "en", "English (CC)", "captions"},
		{"default.fr.srt", "default.fr.srt", "fr", "Français", "subtitles default"},
		{"en.Director's cut.srt", "en.Director%27s%20cut.srt", "en", "English (Director's cut)", "subtitles"},
		{"the.srt", "the.srt", "und", "the", "subtitles"},
		{"en.de.srt", "en.de.srt", "en", "English (de)", "subtitles"},
		{"\xff.srt", "%FF.srt", "und", "\uFFFD", "subtitles"},
		{"mp4.en.srt", "mp4.en.srt", "en", "English", "subtitles"},
		{"..srt", "..srt", "und", "Subtitles", "subtitles"},
	}
	for _, tt := range tests {
		got := describeRest(tt.rest)
		kind := string(got.Kind)
		if got.Default {
			kind += " default"
		}
		if got.Forced {
			kind += " forced"
		}
		if got.ID != tt.id || got.Lang != tt.lang || got.Label != tt.label || kind != tt.kind || !got.Sidecar() {
			t.Errorf("%q: %+v", tt.rest, got)
		}
	}
}

func TestBeside(t *testing.T) {
	names := []string{
		"film.mp4", "film.srt", "film.en.srt", "film.de.vtt", "film.en.txt", "film2.srt", "other.srt", "film", "Film.fr.srt", ".film.srt",
		"film.two.mp4", "film.two.srt", "film.two.en.srt", "film.twofold.srt", "film.m4a", "film.mp4.srt",
	}
	root := t.TempDir()
	for _, name := range names {
		copySample(t, filepath.Join(root, name))
	}
	l := openLibrary(t, root, Options{})
	if err := os.Mkdir(filepath.Join(root, "film.it.srt"), 0o755); err != nil {
		t.Fatal(err)
	}
	for film, want := range map[string]string{
		"film.mp4":     "de.vtt en.srt mp4.srt srt twofold.srt",
		"film.m4a":     "de.vtt en.srt mp4.srt srt twofold.srt",
		"film.two.mp4": "en.srt srt",
	} {
		f, err := l.Info(t.Context(), Path(film))
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(f.Subtitles); got != want {
			t.Errorf("%s: %s", film, got)
		}
		alone, err := Beside(filepath.Join(root, film))
		if err != nil || ids(alone) != want {
			t.Errorf("%s: %v, %v", film, alone, err)
		}
	}
	if _, err := Beside(filepath.Join(root, "none", "film.mp4")); err == nil {
		t.Error("a folder that is not there")
	}
}

func ids(list []info.Subtitle) string {
	var all []string
	for _, s := range list {
		all = append(all, s.ID)
	}
	return strings.Join(all, " ")
}

// What is read once is kept, and not shared with those who add to it.
func TestExtrasAreKept(t *testing.T) {
	root := t.TempDir()
	copySample(t, filepath.Join(root, "film.mp4"))
	l := openLibrary(t, root, Options{})
	for i := range 3 {
		must(t, os.WriteFile(filepath.Join(root, fmt.Sprintf("film.%c.srt", 'a'+i)), nil, 0o666))
		f, err := l.Info(t.Context(), "film.mp4")
		if err != nil || len(f.Subtitles) != i+1 {
			t.Errorf("%d: %+v, %v", i, f.Subtitles, err)
		}
	}
	if n := len(l.extras.items); n != 1 {
		t.Errorf("%d kept", n)
	}
}

// A folder that has not changed is not read again, and one that has is.
func TestNamesAreKept(t *testing.T) {
	root := t.TempDir()
	copySample(t, filepath.Join(root, "film.mp4"))
	must(t, os.WriteFile(filepath.Join(root, "film.en.srt"), nil, 0o666))
	l := openLibrary(t, root, Options{})
	look := func(want string) {
		t.Helper()
		f, err := l.Info(t.Context(), "film.mp4")
		if err != nil || ids(f.Subtitles) != want {
			t.Errorf("%+v, %v", f.Subtitles, err)
		}
	}
	look("en.srt")
	if n := len(l.files.items); n != 0 {
		t.Errorf("a folder that changed just now is kept")
	}
	age(t, root)
	look("en.srt")
	if n := len(l.files.items); n != 1 {
		t.Errorf("%d kept", n)
	}
	kept, _ := l.files.get("")
	kept.names = append(kept.names, "film.it.srt")
	l.files.put("", kept)
	look("en.srt it.srt")
	must(t, os.WriteFile(filepath.Join(root, "film.de.srt"), nil, 0o666))
	look("de.srt en.srt")
}

// What happens beside a film is told as a change of it.
func TestChangesBesideAFilmAreTold(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	copySample(t, in("folder/film.mp4"))
	copySample(t, in("folder/other.mp4"))
	must(t, os.WriteFile(in("folder/film.fr.srt"), []byte("1"), 0o666))
	l := openLibrary(t, dir, Options{Watch: true})
	a := listen(t, l)
	a.settled()
	a.until("both films, if at all", func() bool { return a.last.Indexed == 2 })
	changed := func(what string, act func() error) {
		t.Helper()
		clear(a.there)
		must(t, act())
		a.until(what, func() bool { return len(a.there) > 0 })
		if e := a.there["folder/film.mp4"]; len(a.there) != 1 || e.Kind != "video" || e.State != info.Ready {
			t.Errorf("%s: told of %v", what, a.there)
		}
	}
	changed("a new file", func() error { return os.WriteFile(in("folder/film.en.srt"), []byte("1"), 0o666) })
	changed("a file with more in it", func() error { return os.WriteFile(in("folder/film.en.srt"), []byte("12"), 0o666) })
	changed("a file of before", func() error { return os.WriteFile(in("folder/film.fr.srt"), []byte("12"), 0o666) })
	changed("a renamed file", func() error { return os.Rename(in("folder/film.en.srt"), in("folder/film.de.srt")) })
	changed("a removed file", func() error { return os.Remove(in("folder/film.de.srt")) })
	must(t, os.RemoveAll(in("folder")))
	a.until("a folder that was removed", func() bool { return a.last.Total == 0 })
}

func TestSubtitle(t *testing.T) {
	dir := t.TempDir()
	copySample(t, filepath.Join(dir, "film.mp4"))
	copySample(t, filepath.Join(dir, "sub/film.mp4"))
	outside := filepath.Join(t.TempDir(), "secret.srt")
	for _, p := range []string{filepath.Join(dir, "film.en.srt"), filepath.Join(dir, "film2.en.srt"), filepath.Join(dir, "film.txt"), filepath.Join(dir, "sub/film.vtt"), outside} {
		must(t, os.WriteFile(p, []byte(filepath.Base(p)), 0o666))
	}
	must(t, os.Symlink(outside, filepath.Join(dir, "film.link.srt")))
	copySample(t, filepath.Join(dir, "film.part 2.mp4"))
	must(t, os.WriteFile(filepath.Join(dir, "film.part 2.en.srt"), []byte("film.part 2.en.srt"), 0o666))
	whole, one := openLibrary(t, dir, Options{}), openLibrary(t, filepath.Join(dir, "film.mp4"), Options{})
	for _, tt := range []struct {
		film       Path
		rest, want string
		alone      bool // there also if only film.mp4 is served
	}{
		{"film.mp4", "en.srt", "film.en.srt", true},
		{"sub/film.mp4", "vtt", "film.vtt", false},
		{"film.part 2.mp4", "en.srt", "film.part 2.en.srt", false},
		{"film.mp4", "part 2.en.srt", "", false},
		{"film.mp4", "txt", "", false},
		{"film.mp4", "de.srt", "", false},
		{"film.mp4", "link.srt", "", false},
		{"film.mp4", "../film2.en.srt", "", false},
		{"none.mp4", "en.srt", "", false},
		{"film2.mp4", "en.srt", "", false},
		{"sub", "srt", "", false},
	} {
		for l, want := range map[*Library]bool{whole: tt.want != "", one: tt.alone} {
			raw, _, err := l.Subtitle(t.Context(), tt.film, tt.rest)
			if (err == nil) != want || err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %s: %v", tt.film, tt.rest, err)
			}
			if err == nil {
				b, _ := io.ReadAll(raw.Content())
				if must(t, raw.Close()); string(b) != tt.want {
					t.Errorf("%s %s: %q", tt.film, tt.rest, b)
				}
			}
		}
	}
	if _, err := one.Raw("film2.en.srt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another film's file, where there is one film: %v", err)
	}
}

func TestQualities(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "in"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"film.720p.mp4", "film.1080p.mp4", "film.0720p.mp4", "film.90p.mp4", "film.480P.m4v", "film.1080p.srt", "film.mp4", "720p.mp4", "another.480p.mp4",
		"m.101p.mp4", "m.102p.mp4", "m.103p.mp4", "m.104p.mp4", "m.105p.mp4", "m.106p.mp4", "m.107p.mp4", "m.108p.mp4", "m.109p.mp4",
	} {
		if err := os.WriteFile(filepath.Join(folder, "in", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := openLibrary(t, folder, Options{})
	for p, want := range map[Path]string{
		"in/film.480P.m4v": "[in/film.1080p.mp4 in/film.720p.mp4]", "in/film.1080p.mp4": "[in/film.720p.mp4 in/film.480P.m4v]",
		"in/film.mp4": "[]", "in/another.480p.mp4": "[]", "in/720p.mp4": "[]", "film.720p.mp4": "[]",
		"in/m.101p.mp4": "[in/m.109p.mp4 in/m.108p.mp4 in/m.107p.mp4 in/m.106p.mp4 in/m.105p.mp4 in/m.104p.mp4 in/m.103p.mp4]",
	} {
		if got := fmt.Sprint(l.Qualities(t.Context(), p)); got != want {
			t.Errorf("%s: %s, want %s", p, got, want)
		}
	}
}
