package info

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/metadata"
)

func describe(t *testing.T, path string) File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	stat, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(file, stat.Size())
	if err != nil {
		t.Fatal(err)
	}
	f := Describe(m)
	if f.Extras, err = ReadExtras(file, m); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSample(t *testing.T) {
	f := describe(t, "../../media/sample.mp4")
	if f.Duration != 30 || f.Fragmented || f.State != Ready || f.Reason != "" || f.MIME != `video/mp4; codecs="avc1.64001e,mp4a.40.2"` || len(f.Brands) == 0 {
		t.Errorf("%+v", f)
	}
	video, audio := f.Tracks[0], f.Tracks[1]
	if video.Kind != "video" || video.Width != 640 || video.Height != 360 || video.FPS != 25 || video.Samples != 750 || video.Duration != 30 ||
		video.Start != 0 || !video.Playable || !video.Default || len(video.Edits) != 1 || video.Bitrate < 50_000 || video.Label != "" {
		t.Errorf("%+v", video)
	}
	if audio.Kind != "audio" || audio.Channels != 2 || audio.SampleRate != 48000 || audio.FPS != 0 || audio.Duration != 30 || !audio.Playable {
		t.Errorf("%+v", audio)
	}
}

// The names are relied on from outside.
func TestFieldNames(t *testing.T) {
	want := map[string]string{
		"": "path size duration fragmented state reason brands mime tracks layout title artist cover chapters subtitles",
		"tracks": "id kind codec lang label default timescale duration start samples bitrate width height fps rotation " +
			"channels sampleRate edits encrypted playable reason name pixelAspect,omitempty colour,omitempty scheme,omitempty kid,omitempty -",
	}
	names := func(v any) string {
		var all []string
		for field := range fields(reflect.TypeOf(v)) {
			all = append(all, field)
		}
		return strings.Join(all, " ")
	}
	if got := names(File{}); got != want[""] {
		t.Errorf("a file has %s", got)
	}
	for name, v := range map[string]any{"id lang label kind default forced,omitempty": Subtitle{}, "start title": metadata.Chapter{}} {
		if got := names(v); got != name {
			t.Errorf("%T has %s", v, got)
		}
	}
	if got := names(Track{}); got != want["tracks"] {
		t.Errorf("a track has %s", got)
	}
}

func fields(t reflect.Type) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, f := range reflect.VisibleFields(t) {
			if !f.Anonymous && !yield(f.Tag.Get("json")) {
				return
			}
		}
	}
}

func TestClips(t *testing.T) {
	h264 := []string{"-c:v", "libx264", "-preset", "ultrafast"}
	cases := []struct {
		name string
		opts testmedia.Options
		ok   func(f File) bool
	}{
		{"a codec that browsers don't play is named", testmedia.Options{Seconds: 1, Args: []string{"-c:v", "mpeg4", "-an"}}, func(f File) bool {
			return f.State == Ready && f.MIME == "" && strings.Contains(f.Reason, "mp4v") && !f.Tracks[0].Playable && f.Tracks[0].Reason == f.Reason
		}},
		{"sound alone", testmedia.Options{Seconds: 1, Ext: ".m4a", Args: []string{"-vn", "-c:a", "aac"}}, func(f File) bool {
			return f.MIME == `audio/mp4; codecs="mp4a.40.2"` && len(f.Tracks) == 1
		}},
		{"fragmented", testmedia.Options{Seconds: 2, Args: append(h264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")}, func(f File) bool {
			return f.Fragmented && f.Duration > 1.9 && f.Duration < 2.2
		}},
		{"a title that is a tool's", testmedia.Options{Seconds: 1, Args: []string{"-c:v", "mpeg4", "-an", "-metadata:s:v:0", "handler_name=Core Media Video"}}, func(f File) bool {
			return f.Tracks[0].Label == ""
		}},
		{"language and title", testmedia.Options{Seconds: 1, Args: append(h264, "-c:a", "aac", "-metadata:s:a:0", "language=deu", "-metadata:s:a:0", "handler_name=Kommentar")}, func(f File) bool {
			return f.Tracks[1].Lang == "deu" && f.Tracks[1].Label == "Kommentar" && f.Tracks[0].Label == ""
		}},
	}
	for _, c := range cases {
		if f := describe(t, testmedia.Clip(t, c.opts)); !c.ok(f) {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

func TestTruncated(t *testing.T) {
	whole, err := os.ReadFile(testmedia.Clip(t, testmedia.Options{Seconds: 4, Args: []string{
		"-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-movflags", "faststart"}}))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.mp4")
	if err := os.WriteFile(path, whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	f := describe(t, path)
	if f.State != Truncated || !strings.HasPrefix(f.Reason, "The film ends too early") || f.Duration < 0.5 || f.Duration > 3.5 || f.MIME == "" {
		t.Errorf("%+v", f)
	}
}

func TestRotation(t *testing.T) {
	const one = 1 << 16
	for want, m := range map[int][9]int32{
		0: {one, 0, 0, 0, one}, 90: {0, one, 0, -one, 0}, 180: {-one, 0, 0, 0, -one}, 270: {0, -one, 0, one, 0},
	} {
		if got := rotation(m); got != want {
			t.Errorf("%v is turned by %d, want %d", m, got, want)
		}
	}
	if got := rotation([9]int32{one, one, 0, -one, one}); got != 0 {
		t.Errorf("an eighth turn is %d", got)
	}
}

func TestUnreadable(t *testing.T) {
	f := Unreadable(7, errors.New("the file is empty"))
	if f.State != Invalid || f.Size != 7 || f.Reason != "The file is empty." {
		t.Errorf("%+v", f)
	}
	text, err := json.Marshal(f)
	if err != nil || !strings.Contains(string(text), `"brands":[]`) || !strings.Contains(string(text), `"tracks":[]`) {
		t.Errorf("%s, %v", text, err)
	}
	if f := Unreadable(7, fmt.Errorf("a.m4s: %w", &mp4.UnsupportedError{Box: "moof", Offset: 24})); f.State != Invalid || !strings.HasPrefix(f.Reason, "This is a media segment") {
		t.Errorf("%q", f.Reason)
	}
	if f := Unreadable(7, box.Errorf("moov/trak", 100, "is odd")); !strings.Contains(f.Reason, "moov/trak") || !strings.Contains(f.Reason, "100") {
		t.Errorf("%q", f.Reason)
	}
}
