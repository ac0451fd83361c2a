package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"vodsrv/mp4/info"
	"vodsrv/mp4/mp4test"
)

// TestMain sees to it that tests leave nothing in the user's cache folder.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	if err := os.Setenv("VODSRV_CACHE_DIR", "none"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// vodsrv runs a command line to its end.
func vodsrv(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), append([]string{"vodsrv"}, args...), &out, &errs)
	return status, out.String(), errs.String()
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongUsage(t *testing.T) {
	for _, line := range []string{
		"nonsense", "--nonsense", "serve --nonsense", "serve a b", "serve --ahead soon", "serve --ahead -1 --addr localhost:0",
		"serve --window 5 --addr localhost:0", "serve --allow-origin films.example --addr localhost:0", "serve --base-path films --addr localhost:0",
		"serve --cache films --addr localhost:0", "serve --identity inode --addr localhost:0", "serve --identity size+mtime --addr localhost:0 s3://films", "info", "info --nonsense media/sample.mp4", "info media/sample.mp4 --nonsense",
		"fragment", "fragment in.mp4", "fragment a b c", "fragment a b --profile nonsense", "fragment a b --frag-duration -5",
	} {
		status, out, errs := vodsrv(t, strings.Fields(line)...)
		if status != 2 || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "vodsrv: ") {
			t.Errorf("%s: status %d, %q, %q", line, status, out, errs)
		}
	}
}

func TestHelpHasAnExample(t *testing.T) {
	status, out, errs := vodsrv(t)
	if status != 0 || errs != "" || !strings.Contains(out, "vodsrv serve") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	for _, c := range commands() {
		status, out, errs := vodsrv(t, c.Name, "--help")
		if status != 0 || errs != "" || !strings.Contains(out, "\n   vodsrv "+c.Name+" ") {
			t.Errorf("%s: status %d, %q, %q", c.Name, status, out, errs)
		}
	}
}

func TestFlagsOfServeHaveVariables(t *testing.T) {
	for _, f := range append(serveCommand().Flags, signCommand().Flags...) {
		name := f.Names()[0]
		want := "VODSRV_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if got := f.(cli.DocGenerationFlag).GetEnvVars(); !slices.Equal(got, []string{want}) {
			t.Errorf("--%s has %q, want %s", name, got, want)
		}
	}
}

func TestSortArgs(t *testing.T) {
	for line, want := range map[string]string{
		"":                                   "",
		"help":                               "help",
		"--help":                             "--help",
		"info a.mp4":                         "info -- a.mp4",
		"info a.mp4 --json":                  "info --json -- a.mp4",
		"info a.mp4 --json b.mp4":            "info --json -- a.mp4 b.mp4",
		"info -- --json":                     "info -- --json",
		"serve films --addr :80":             "serve --addr :80 -- films",
		"serve films --addr=:80 -ahead 5":    "serve --addr=:80 -ahead 5 -- films",
		"serve --follow-symlinks films":      "serve --follow-symlinks -- films",
		"serve films --addr":                 "serve --addr -- films",
		"fragment a b --movflags -dash -y":   "fragment --movflags -dash -y -- a b",
		"fragment a - -frag_duration 100000": "fragment -frag_duration 100000 -- a -",
		"fragment --unknown a b":             "fragment --unknown -- a b",
	} {
		got := sortArgs(commands(), append([]string{"vodsrv"}, strings.Fields(line)...))
		if joined := strings.Join(got[1:], " "); joined != want {
			t.Errorf("%q becomes %q, want %q", line, joined, want)
		}
	}
	if got := sortArgs(commands(), nil); len(got) != 0 {
		t.Errorf("nothing becomes %q", got)
	}
}

func TestInfo(t *testing.T) {
	status, out, errs := vodsrv(t, "info", "media/sample.mp4")
	if status != 0 || errs != "" || !strings.Contains(out, `video/mp4; codecs="avc1.64001e,mp4a.40.2"`) {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	one := out
	status, out, errs = vodsrv(t, "info", "media/sample.mp4", "media/sample.mp4")
	if status != 0 || errs != "" || out != one+"\n"+one {
		t.Errorf("two files: status %d, %q, %q", status, out, errs)
	}
	status, out, errs = vodsrv(t, "info", "media/sample.mp4", "media/sample.mp4", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 0 || errs != "" || len(lines) != 2 {
		t.Fatalf("status %d, %q, %q", status, out, errs)
	}
	for _, line := range lines {
		var f info.File
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Path != "media/sample.mp4" || f.Duration != 30 || f.State != info.Ready {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// A film of many fragments with an index of them is not read in full, unless
// that is asked for.
func TestInfoOfManyFragments(t *testing.T) {
	many := filepath.Join(t.TempDir(), "many.mp4")
	if status, _, errs := vodsrv(t, "fragment", "--movflags", "frag_every_frame+delay_moov", "media/sample.mp4", many); status != 0 {
		t.Fatal(errs)
	}
	describe := func(args ...string) (f info.File, out string) {
		t.Helper()
		status, out, errs := vodsrv(t, append([]string{"info", "--json", many}, args...)...)
		if err := json.Unmarshal([]byte(out), &f); err != nil || status != 0 || errs != "" {
			t.Fatalf("status %d, %v, %s", status, err, errs)
		}
		return f, out
	}
	few, out := describe()
	if !strings.Contains(out, `"samples":null`) || !strings.Contains(few.Layout, "not counted") {
		t.Errorf("samples are counted: %s", out)
	}
	full, out := describe("--full")
	if strings.Contains(out, "null,") || full.Tracks[0].Samples != 750 || full.Tracks[0].FPS != 25 {
		t.Errorf("samples are not counted: %s", out)
	}
	for k, track := range few.Tracks {
		if w := full.Tracks[k]; track.Start != w.Start || track.Duration != w.Duration || few.MIME != full.MIME {
			t.Errorf("track %d is %v long from %v, want %v from %v", track.ID, track.Duration, track.Start, w.Duration, w.Start)
		}
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	sample, err := os.ReadFile("media/sample.mp4")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"missing":           filepath.Join(dir, "missing.mp4"),
		"a folder":          dir,
		"empty":             write(t, filepath.Join(dir, "empty.mp4"), ""),
		"text":              write(t, filepath.Join(dir, "text.mp4"), "only words here"),
		"cut in the middle": write(t, filepath.Join(dir, "cut.mp4"), string(sample[:len(sample)/2])),
		"name of two lines": filepath.Join(dir, "two\nlines.mp4"),
	}
	age(t, files["cut in the middle"])
	out := filepath.Join(dir, "out.mp4")
	for name, path := range files {
		for _, args := range [][]string{{"info", path}, {"fragment", path, out}} {
			status, stdout, errs := vodsrv(t, args...)
			if status != 1 || stdout != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "vodsrv: ") {
				t.Errorf("%s, %s: status %d, %q, %q", name, args[0], status, stdout, errs)
			}
		}
	}
	status, stdout, errs := vodsrv(t, "fragment", "media/sample.mp4", filepath.Join(dir, "none", "out.mp4"))
	if status != 1 || stdout != "" || strings.Count(errs, "\n") != 1 {
		t.Errorf("into no folder: status %d, %q, %q", status, stdout, errs)
	}
	// An unknown flag is an error as with ffmpeg.
	status, stdout, errs = vodsrv(t, "fragment", "media/sample.mp4", out, "--movflags", "nonsense")
	if status != 1 || stdout != "" || !strings.Contains(errs, "nonsense") {
		t.Errorf("unknown flag: status %d, %q, %q", status, stdout, errs)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*out*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left)+len(hidden) != 0 {
		t.Errorf("left behind: %q %q", left, hidden)
	}
}

func TestInfoOfAFileThatIsCut(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.mp4")
	if status, _, errs := vodsrv(t, "fragment", "media/sample.mp4", whole); status != 0 {
		t.Fatal(errs)
	}
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	cut := write(t, filepath.Join(dir, "cut.mp4"), string(content[:len(content)/2]))
	if status, out, errs := vodsrv(t, "info", "--json", cut); status != 0 || errs != "" || !strings.Contains(out, `"state":"growing"`) {
		t.Errorf("while it may be written to: status %d, %q, %q", status, out, errs)
	}
	if status, out, _ := vodsrv(t, "info", "--json", whole); status != 0 || !strings.Contains(out, `"state":"ready"`) {
		t.Errorf("just written, and whole: status %d, %q", status, out)
	}
	age(t, cut)
	missing := filepath.Join(dir, "missing.mp4")
	status, out, errs := vodsrv(t, "info", "--json", missing, cut, "media/sample.mp4")
	if status != 1 || strings.Count(out, "\n") != 2 || strings.Count(errs, "\n") != 2 || !strings.Contains(out, `"state":"truncated"`) || !strings.Contains(errs, "ends too early") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}

// A program that reads the JSON hears of each file that is there.
func TestInfoOfFilesThatCantBeRead(t *testing.T) {
	dir := t.TempDir()
	words := write(t, filepath.Join(dir, "words.mp4"), "only words here")
	segment := write(t, filepath.Join(dir, "segment.m4s"), "\x00\x00\x00\x08styp\x00\x00\x00\x08moof\x00\x00\x00\x08mdat")
	status, out, errs := vodsrv(t, "info", "--json", words, segment)
	if status != 1 || strings.Count(errs, "\n") != 2 || strings.Count(out, `"state":"invalid"`) != 2 || strings.Count(out, "\n") != 2 ||
		!strings.Contains(out, words) || !strings.Contains(out, "media segment") || !strings.Contains(out, "not an MP4 file") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	status, out, errs = vodsrv(t, "info", words, segment)
	if status != 1 || strings.Count(errs, "\n") != 2 || strings.Contains(out, words) || !strings.Contains(out, "media segment") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}

// A film that no browser plays says so, and how it is had all the same.
func TestFragmentWithoutATrackThatPlays(t *testing.T) {
	film := mp4test.File{Tracks: []mp4test.Track{{ID: 7, Entries: [][]byte{mp4test.Visual("apch", 320, 180)}, Samples: mp4test.Samples(10, 400, 100, 10)}}}
	in := write(t, filepath.Join(t.TempDir(), "film.mov"), string(film.Bytes()))
	status, _, errs := vodsrv(t, "fragment", in, in+".mp4", "--profile", "mse")
	if status != 1 || !strings.Contains(errs, "track 7: ") || !strings.Contains(errs, "ProRes") || !strings.Contains(errs, "without --profile mse") {
		t.Errorf("status %d, %q", status, errs)
	}
	if status, _, errs := vodsrv(t, "fragment", in, in+".mp4"); status != 0 {
		t.Errorf("status %d, %q", status, errs)
	}
}

func TestFragment(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.mp4")
	for i, args := range [][]string{
		{"fragment", "media/sample.mp4", out},
		{"fragment", "media/sample.mp4", out, "-y", "-movflags", "frag_keyframe+empty_moov"},
		{"fragment", "-y", "media/sample.mp4", out, "--profile", "mse"},
	} {
		if status, stdout, errs := vodsrv(t, args...); status != 0 || stdout+errs != "" {
			t.Fatalf("%q: status %d, %q, %q", args, status, stdout, errs)
		}
		if status, stdout, _ := vodsrv(t, "info", out); status != 0 || !strings.Contains(stdout, "fragmented") {
			t.Errorf("run %d: %q", i, stdout)
		}
	}
	if status, _, errs := vodsrv(t, "fragment", "media/sample.mp4", out); status != 1 || !strings.Contains(errs, "-y") {
		t.Errorf("over a file: status %d, %q", status, errs)
	}
	want, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if status, stdout, errs := vodsrv(t, "fragment", "media/sample.mp4", "-", "--profile", "mse"); status != 0 || errs != "" || stdout != string(want) {
		t.Errorf("to standard output: status %d, %d bytes, %q", status, len(stdout), errs)
	}
}

// lines hands out what a program prints, line by line.
func lines(t *testing.T) (io.Writer, <-chan string) {
	t.Helper()
	r, w := io.Pipe()
	found := make(chan string, 100)
	go func() {
		defer close(found)
		var line []byte
		for b := make([]byte, 1); ; {
			if _, err := r.Read(b); err != nil {
				return
			}
			if b[0] != '\n' {
				line = append(line, b[0])
				continue
			}
			found <- string(line)
			line = nil
		}
	}()
	t.Cleanup(func() { _ = w.Close() })
	return w, found
}

// age makes a file one that nobody writes to.
func age(t *testing.T, path string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, urls := lines(t)
	status := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		status <- run(ctx, []string{"vodsrv", "serve", "media", "--addr", "localhost:0", "--base-path", "/films"}, out, &errs)
	}()
	var url string
	select {
	case url = <-urls:
	case s := <-status:
		t.Fatalf("status %d, %s", s, errs.String())
	}
	if !strings.HasPrefix(url, "http://localhost:") || !strings.HasSuffix(url, "/films/") {
		t.Fatalf("reached at %q", url)
	}
	if said := <-urls; !strings.HasPrefix(said, "serves /") || !strings.HasSuffix(said, "/media to everyone who can connect") {
		t.Errorf("it says %q", said)
	}
	answers(t, url, map[string]string{
		"": "sample.mp4", "api/list": `"sample.mp4"`, "watch/sample.mp4": "sample.mp4", "static/app.js": "", "api/info/sample.mp4": `"duration":30`, "readyz": "ready",
	})
	stop()
	select {
	case s := <-status:
		if s != 0 || errs.Len() != 0 {
			t.Errorf("status %d, %q", s, errs.String())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
}

func TestServeOneFilm(t *testing.T) {
	folder := t.TempDir()
	film, err := os.ReadFile("media/sample.mp4")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a film?.mp4", "other.mp4"} {
		write(t, filepath.Join(folder, name), string(film))
	}
	const subtitles = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"
	write(t, filepath.Join(folder, "a film?.srt"), subtitles)
	write(t, filepath.Join(folder, "other.srt"), subtitles)
	ctx, stop := context.WithCancel(t.Context())
	out, urls := lines(t)
	status := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		status <- run(ctx, []string{"vodsrv", "serve", "--cache-dir", "none", "--addr", "localhost:0", filepath.Join(folder, "a film?.mp4")}, out, &errs)
	}()
	var url string
	select {
	case url = <-urls:
	case s := <-status:
		t.Fatalf("status %d, %s", s, errs.String())
	}
	client := http.Client{Timeout: 20 * time.Second}
	for path, want := range map[string]struct {
		status int
		at     string // where it leads
		body   string
	}{
		"":                                 {200, "watch/a%20film%3F.mp4", `<vod-player src="a%20film%3F.mp4"`},
		"watch/other.mp4":                  {404, "watch/other.mp4", ""},
		"media/other.mp4":                  {404, "media/other.mp4", ""},
		"media/other.srt":                  {404, "media/other.srt", ""},
		"subs/a%20film%3F.mp4/srt.vtt":     {200, "subs/a%20film%3F.mp4/srt.vtt", "Hello"},
		"api/list":                         {200, "api/list", "a%20film%3F.mp4"},
		"api/info/a%20film%3F.mp4":         {200, "api/info/a%20film%3F.mp4", `"id":"srt"`},
		"subs/other.mp4/srt.vtt":           {404, "subs/other.mp4/srt.vtt", ""},
		"subs/a%20film%3F.mp4/x.other.srt": {404, "subs/a%20film%3F.mp4/x.other.srt", ""},
	} {
		r, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		if err != nil || r.StatusCode != want.status || r.Request.URL.String() != url+want.at || !strings.Contains(string(body), want.body) || strings.Contains(string(body), "other.mp4") {
			t.Errorf("%s: %s at %s, %s, %v", path, r.Status, r.Request.URL, body, err)
		}
		if path == "" && strings.Contains(string(body), `id="back"`) {
			t.Error("the page of the one film leads to a list")
		}
	}
	stop()
	if s := <-status; s != 0 {
		t.Errorf("status %d, %q", s, errs.String())
	}
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, args := range [][]string{
		{"serve", "--addr", taken.Addr().String(), "media"},
		{"serve", "--addr", "localhost:0", filepath.Join(t.TempDir(), "none")},
		{"serve", "--addr", "nowhere"},
	} {
		status, out, errs := vodsrv(t, args...)
		if status != 1 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: status %d, %q, %q", args, status, out, errs)
		}
	}
}

// Replicas over copies of a folder have the same ETags if they are told to.
func TestIdentityOfServe(t *testing.T) {
	t.Parallel()
	film, err := os.ReadFile("media/sample.mp4")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	at := time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC)
	for range 2 {
		folders = append(folders, t.TempDir())
		path := write(t, filepath.Join(folders[len(folders)-1], "film.mp4"), string(film))
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for args, same := range map[string]bool{"": false, "--identity inode+size+mtime": false, "--identity size+mtime": true} {
		var etags []string
		for _, folder := range folders {
			p := startProcess(t, nil, append(strings.Fields(args), "--cache-dir", "none", folder)...)
			r, err := http.Head(p.url + "media/film.mp4")
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Body.Close()
			etags = append(etags, r.Header.Get("ETag"))
			p.kill()
		}
		if etags[0] == "" || (etags[0] == etags[1]) != same {
			t.Errorf("with %q copies have the ETags %q", args, etags)
		}
	}
}

func TestURLs(t *testing.T) {
	at := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 80} }
	for want, got := range map[string][]string{
		"http://localhost:80/":         urls(at("127.0.0.1"), "localhost:0", "", false),
		"http://films.lan:80/films/":   urls(at("192.168.1.7"), "films.lan:80", "/films/", false),
		"http://[::1]:80/":             urls(at("::1"), "[::1]:80", "", false),
		"https://films.lan:80/":        urls(at("192.168.1.7"), "films.lan:80", "", true),
		"http://192.168.1.7:80/films/": urls(at("192.168.1.7"), "192.168.1.7:80", "/films", false),
	} {
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	wide := urls(at("0.0.0.0"), ":80", "", false)
	if wide[0] != "http://localhost:80/" || slices.Contains(wide, "http://0.0.0.0:80/") {
		t.Errorf("%q", wide)
	}
}

// answers fails unless each path is answered with something that holds its text.
func answers(t *testing.T, url string, texts map[string]string) {
	t.Helper()
	client := http.Client{Timeout: 20 * time.Second}
	for path, want := range texts {
		r, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		if err != nil || r.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s, %d bytes, %v", path, r.Status, len(body), err)
		}
	}
}

// Who starts the server hears of all that needs no login.
func TestWhatIsSaidToBeOpen(t *testing.T) {
	for users, want := range map[string]string{
		"":      "/auth, /healthz, /readyz, /static/, /vod-player.js",
		"users": "/login, /logout, /auth, /healthz, /readyz, /static/, /vod-player.js",
	} {
		if said := whatAndForWhom("media", users, true); !strings.HasSuffix(said, "open to anyone are only "+want) {
			t.Errorf("with users %q: %s", users, said)
		}
	}
}
