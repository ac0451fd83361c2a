package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"vodsrv/mp4/info"
	"vodsrv/server/library"
)

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		place string
		env   string
		want  string // "" for one that is refused
	}{
		{"s3://films", "", "s3://films"},
		{"s3://films/", "", "s3://films"},
		{"s3://films/2024/summer/", "AWS_ENDPOINT_URL=http://store:9000", "s3://films/2024/summer at store:9000"},
		{"s3://films/a b%2f", "AWS_ENDPOINT_URL=http://store:9000/ AWS_ENDPOINT_URL_S3=https://other", "s3://films/a b%2f at other"},
		{"s3://films", "AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=secret", "s3://films"},
		{"s3://films", "AWS_ACCESS_KEY_ID=a", ""},
		{"s3://", "", ""},
		{"s3:///films", "", ""},
		{"s3://films/a//b", "", ""},
		{"s3://films/../b", "", ""},
		{"s3://films", "AWS_ENDPOINT_URL=store:9000", ""},
		{"s3://films", "AWS_ENDPOINT_URL=https://store/below", ""},
		{"media", "", ""},
	} {
		env := map[string]string{}
		for field := range strings.FieldsSeq(c.env) {
			name, value, _ := strings.Cut(field, "=")
			env[name] = value
		}
		at, err := Locate(c.place, func(name string) string { return env[name] })
		if got := at.String(); (err == nil) != (c.want != "") || err == nil && got != c.want {
			t.Errorf("%s with %q: %s, %v", c.place, c.env, got, err)
		}
		if strings.Contains(fmt.Sprint(at.String(), err), "secret") {
			t.Errorf("%s tells what is secret", c.place)
		}
	}
}

// Names that could be no file's are not there, and all others are whatever is
// in them.
func TestNames(t *testing.T) {
	clip := whole(sample(t))
	odd := []string{
		"plain.mp4", "Ünïcode \U0001F3AC.mp4", `quote".mp4`, "a'b&c<d>.mp4", "new\nline.mp4", "%2f.mp4", "100%.mp4", "a+b.mp4", "q?x=1#y.mp4",
		`back\slash.mp4`, "semi;colon,.mp4", " space .mp4", "UPPER.MP4",
	}
	objects := map[string]content{}
	for _, name := range odd {
		objects["in/"+name] = clip
		objects["in/sub/deep/"+name] = clip
	}
	for _, key := range []string{
		"in/", "in/.hidden.mp4", "in/.folder/film.mp4", "in//film.mp4", "in/../film.mp4", "in/./film.mp4", "in/sub//film.mp4", "in/folder.mp4/",
		"in/page.html", "other/film.mp4", "in/nul\x00.mp4", "in/marker/", "inside.mp4", "in/plain.mp4/below.mp4",
	} {
		objects[key] = clip
	}
	f := newFake(t, objects)
	f.page = 3
	l := films(t, f, "s3://films/in", library.Options{})
	names := func(p library.Path) (folders, films []string) {
		list, err := l.List(t.Context(), p, library.Query{Sort: library.ByName})
		must(t, err)
		for _, e := range list.Entries {
			if e.Kind == library.KindDir {
				folders = append(folders, e.Name)
			} else {
				films = append(films, e.Name)
			}
		}
		slices.Sort(films)
		return folders, films
	}
	slices.Sort(odd)
	folders, films := names("")
	if !slices.Equal(films, odd) || !slices.Equal(folders, []string{"folder.mp4", "marker", "sub"}) {
		t.Errorf("listed are %q and the folders %q, want %q", films, folders, odd)
	}
	if _, films := names("sub/deep"); !slices.Equal(films, odd) {
		t.Errorf("listed below are %q", films)
	}
	for _, name := range odd {
		p, err := library.ParsePath(library.Path("sub/deep/" + name).Escaped())
		must(t, err)
		about, err := l.Info(t.Context(), p)
		if err != nil || about.State != info.Ready {
			t.Errorf("%q: %+v, %v", name, about.State, err)
		}
		raw, err := l.Raw(p)
		must(t, err)
		got, err := io.ReadAll(raw.Content())
		if err != nil || string(got) != string(clip.head) {
			t.Errorf("%q: %d bytes, %v", name, len(got), err)
		}
	}
	for _, name := range []library.Path{
		".hidden.mp4", ".folder/film.mp4", "sub/.hidden.mp4", "nothing.mp4", "folder.mp4", "page.html", "sub", "\xff.mp4", "plain.mp4/below/nothing.mp4",
		library.Path(strings.Repeat("long", 300) + ".mp4"),
	} {
		if _, err := l.Film(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := l.List(t.Context(), "nowhere", library.Query{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// One film is served alone, with the subtitles beside it.
func TestOneFilmAndItsSubtitles(t *testing.T) {
	clip, text := whole(sample(t)), whole([]byte("1\n00:00:01,000 --> 00:00:02,000\nHello\n"))
	f := newFake(t, map[string]content{"a/film.mp4": clip, "a/film.en.srt": text, "a/other.mp4": clip, "a/other.srt": text})
	l := films(t, f, "s3://films/a/film.mp4", library.Options{})
	if l.Only() != "film.mp4" || l.OnDisk() {
		t.Errorf("only %q, on a disk: %v", l.Only(), l.OnDisk())
	}
	about, err := l.Info(t.Context(), "film.mp4")
	must(t, err)
	if len(about.Subtitles) != 1 || about.Subtitles[0].Lang != "en" {
		t.Errorf("the subtitles are %+v", about.Subtitles)
	}
	raw, _, err := l.Subtitle(t.Context(), "film.mp4", "en.srt")
	must(t, err)
	if got, err := io.ReadAll(raw.Content()); string(got) != string(text.head) || err != nil {
		t.Errorf("they are %q, %v", got, err)
	}
	if _, err := l.Film(t.Context(), "other.mp4"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another film: %v", err)
	}
	if _, err := l.Folder(""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder to write into: %v", err)
	}
}

// What happens in the bucket is told.
func TestChangesAreTold(t *testing.T) {
	clip := whole(sample(t))
	f := newFake(t, map[string]content{"a/first.mp4": clip})
	l := films(t, f, "s3://films", library.Options{Watch: true, Rescan: 20 * time.Millisecond})
	news, err := l.Listen()
	must(t, err)
	defer news.Close()
	there := map[string]library.Entry{}
	until := func(what string, done func() bool) {
		t.Helper()
		for late := time.After(3 * fresh); !done(); {
			select {
			case c := <-news.C:
				for _, p := range c.Removed {
					delete(there, p.Name())
				}
				for _, e := range slices.Concat(c.Added, c.Changed) {
					there[e.Name] = e
				}
			case <-late:
				t.Fatalf("not told: %s; there are %v", what, there)
			}
		}
	}
	f.put("a/second.mp4", clip)
	until("a new film", func() bool { return there["second.mp4"].State == info.Ready })
	f.put("a/second.mp4", whole([]byte("no film at all")))
	until("one that was replaced", func() bool { return there["second.mp4"].State == info.Invalid })
	f.put("a/second.mp4", content{})
	until("one that was removed", func() bool { return there["second.mp4"].Name == "" })
}

// What films are is kept from run to run, and costs no read then.
func TestTheCacheOfAStore(t *testing.T) {
	f := newFake(t, map[string]content{"film.mp4": whole(sample(t))})
	dir := t.TempDir()
	for run := range 2 {
		b, only := f.open("s3://films", 0)
		b.at.Host = "store" // each has another port
		l, err := library.OpenStore(b, b.Place(), only, library.Options{CacheDir: dir})
		must(t, err)
		list, err := l.List(t.Context(), "", library.Query{Sort: library.ByName})
		must(t, err)
		must(t, l.Close())
		got := f.requests("GET")
		if state := list.Entries[0].State; state != info.Ready || (len(got) > 0) != (run == 0) {
			t.Errorf("run %d: the film is %s, and %q were read", run, state, got)
		}
	}
}

// An object that has no ETag, as files put below a gateway by other ways, is
// listed with the reason, and read as soon as it has one.
func TestAnObjectWithoutAnETag(t *testing.T) {
	clip := whole(sample(t))
	bare := clip
	bare.etag = ""
	f := newFake(t, map[string]content{"film.mp4": bare})
	bucket, only := f.open("s3://films", 0)
	films, err := library.OpenStore(bucket, bucket.Place(), only, library.Options{})
	must(t, err)
	check := func(err error) {
		t.Helper()
		var bad *library.BadFileError
		if !errors.As(err, &bad) || !strings.Contains(bad.Error(), "no ETag") {
			t.Errorf("who wants it is told %v", err)
		}
	}
	_, err = films.Film(t.Context(), "film.mp4")
	check(err)
	_, err = films.Raw("film.mp4")
	check(err)
	about, err := films.Info(t.Context(), "film.mp4")
	if err != nil || about.State != info.Invalid || !strings.HasPrefix(about.Reason, "The store gives this object no ETag") {
		t.Errorf("it is described as %+v, %v", about, err)
	}
	f.put("film.mp4", clip)
	bucket.known.doubt("film.mp4")
	if about, err := films.Info(t.Context(), "film.mp4"); err != nil || about.State != info.Ready {
		t.Errorf("it is described as %+v, %v", about, err)
	}
}
