package fragment_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4/fragment"
)

var defaults = fragment.FileOptions{Options: fragment.Options{Movflags: fragment.DefaultMovflags}}

func shortClip(t *testing.T) string {
	t.Helper()
	return testmedia.Clip(t, testmedia.Options{Seconds: 5, Args: h264("-bf 0 -an")})
}

func TestConvertFileRefusesBadInput(t *testing.T) {
	clip, err := os.ReadFile(shortClip(t))
	if err != nil {
		t.Fatal(err)
	}
	faststart, err := os.ReadFile(testmedia.Clip(t, testmedia.Options{Seconds: 5, Args: h264("-bf 3 -c:a aac -movflags faststart")}))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":             {nil, "empty"},
		"text":              {[]byte("This is a letter to a friend.\n"), "not an MP4 file"},
		"cut, moov behind":  {clip[:len(clip)/2], "moov box"},
		"cut, moov first":   {faststart[:len(faststart)/2], "not whole"},
		"without its moov":  {clip[:bytes.LastIndex(clip, []byte("moov"))-4], "without a moov"},
		"cut in the header": {clip[:5], "without a moov"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			in := filepath.Join(dir, "in.mp4")
			if err := os.WriteFile(in, test.content, 0o644); err != nil {
				t.Fatal(err)
			}
			err := fragment.ConvertFile(t.Context(), in, filepath.Join(dir, "out.mp4"), io.Discard, defaults)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), in) {
				t.Errorf("got %v, want an error that names the file and has %q", err, test.want)
			}
			onlyFile(t, dir, "in.mp4")
		})
	}
}

// onlyFile checks that a folder holds one file and nothing left behind.
func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the folder holds %v, want just %s", entries, name)
	}
}

func TestConvertFileKeepsFilesThatAreThere(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.mp4")
	if err := os.WriteFile(out, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := fragment.ConvertFile(t.Context(), shortClip(t), out, io.Discard, defaults)
	if err == nil || !strings.Contains(err.Error(), "-y") {
		t.Errorf("got %v, want an error that tells of -y", err)
	}
	if b, _ := os.ReadFile(out); string(b) != "precious" {
		t.Errorf("the file was changed")
	}
	onlyFile(t, dir, "out.mp4")

	overwrite := defaults
	overwrite.Overwrite = true
	if err := fragment.ConvertFile(t.Context(), shortClip(t), out, io.Discard, overwrite); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(out); !bytes.HasPrefix(b[4:], []byte("ftyp")) {
		t.Errorf("-y did not replace the file")
	}
	onlyFile(t, dir, "out.mp4")
}

func TestConvertFileRefusesItsInputAsOutput(t *testing.T) {
	dir := t.TempDir()
	clip, err := os.ReadFile(shortClip(t))
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, "in.mp4")
	if err := os.WriteFile(in, clip, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.mp4")
	if err := os.Symlink(in, link); err != nil {
		t.Fatal(err)
	}
	overwrite := defaults
	overwrite.Overwrite = true
	for _, out := range []string{in, link} {
		if err := fragment.ConvertFile(t.Context(), in, out, io.Discard, overwrite); err == nil || !strings.Contains(err.Error(), "input") {
			t.Errorf("converting onto the input as %s: got %v, want an error", out, err)
		}
	}
	if b, _ := os.ReadFile(in); !bytes.Equal(b, clip) {
		t.Error("the input was changed")
	}
}

func TestConvertFileIntoMissingFolder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "missing", "out.mp4")
	if err := fragment.ConvertFile(t.Context(), shortClip(t), out, io.Discard, defaults); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v, want an error that names the folder", err)
	}
}

func TestConvertFileStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	dir := t.TempDir()
	if err := fragment.ConvertFile(ctx, shortClip(t), filepath.Join(dir, "out.mp4"), io.Discard, defaults); err == nil {
		t.Error("the conversion went on")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("it left %v behind", entries)
	}
}

// TestConvertFileToStdout holds the two ways against each other.
func TestConvertFileToStdout(t *testing.T) {
	var stream bytes.Buffer
	if err := fragment.ConvertFile(t.Context(), shortClip(t), "-", &stream, defaults); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.mp4")
	if err := fragment.ConvertFile(t.Context(), shortClip(t), out, io.Discard, defaults); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(b, stream.Bytes()) {
		t.Errorf("a file of %d bytes and a stream of %d bytes (%v), want the same bytes", len(b), stream.Len(), err)
	}
}

// TestConvertMSE checks that the file is the server's stream.
func TestConvertMSE(t *testing.T) {
	in := testmedia.Clip(t, films[0].clip)
	m, src := open(t, in)
	var got bytes.Buffer
	last, total := int64(0), int64(0)
	progress := func(done, all int64) {
		if done < last || done > all {
			t.Errorf("progress went from %d to %d of %d", last, done, all)
		}
		last, total = done, all
	}
	if err := fragment.Convert(&got, src, m, fragment.Options{MSE: true, Progress: progress}); err != nil {
		t.Fatal(err)
	}
	if last != total {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	plan := fragment.NewPlan(m)
	s, err := plan.Stream(fragment.DefaultTracks(m))
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.NewBuffer(append([]byte(nil), s.Init()...))
	for k := range plan.Len() {
		g, err := s.Segment(k)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(want, g.NewReader(src)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("got %d bytes, which are not the stream's %d", got.Len(), want.Len())
	}
}

// TestMSEForFfmpeg checks that ffmpeg finds pictures at the source's times:
// negative offsets it takes for a delay.
func TestMSEForFfmpeg(t *testing.T) {
	in, err := os.ReadFile(films[0].path())
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "mse.mp4")
	if err := os.WriteFile(out, converted(t, in, fragment.Options{MSE: true}), 0o644); err != nil {
		t.Fatal(err)
	}
	pictures := func(path string) (list []string) {
		for _, p := range testmedia.Packets(t, path, "-select_streams", "v") {
			list = append(list, fmt.Sprint(*p.PTS, p.Hash))
		}
		return list
	}
	got, want := pictures(out), pictures(films[0].path())
	if len(got) == 0 || !slices.Equal(got, want) {
		t.Errorf("pictures are at %.300q, want %.300q", got, want)
	}
}

// Whoever converts a file that is still being written gets no half of each.
func TestInputChangesWhileItIsRead(t *testing.T) {
	clip, err := os.ReadFile(shortClip(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out.mp4", "-"} {
		dir := t.TempDir()
		in := filepath.Join(dir, "in.mp4")
		if err := os.WriteFile(in, clip, 0o600); err != nil {
			t.Fatal(err)
		}
		o := defaults
		o.Progress = func(int64, int64) {
			if err := os.Truncate(in, int64(len(clip))+1); err != nil {
				t.Error(err)
			}
		}
		out := name
		if name != "-" {
			out = filepath.Join(dir, name)
		}
		err := fragment.ConvertFile(t.Context(), in, out, io.Discard, o)
		if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
			t.Errorf("to %s: %v", name, err)
		}
		onlyFile(t, dir, "in.mp4")
	}
}

func TestStdoutIsTheInput(t *testing.T) {
	clip, err := os.ReadFile(shortClip(t))
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "in.mp4")
	if err := os.WriteFile(in, clip, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, err := os.OpenFile(in, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdout.Close() }()
	err = fragment.ConvertFile(t.Context(), in, "-", stdout, defaults)
	if now, readErr := os.ReadFile(in); err == nil || readErr != nil || !bytes.Equal(now, clip) {
		t.Errorf("%v; the input has %d bytes, had %d (%v)", err, len(now), len(clip), readErr)
	}
}
