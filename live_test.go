package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLiveFlags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{"--live x", "--live takes NAME=URL"},
		{"--live a/b=x.flv", "a live stream's name"},
		{"--live a=x.flv --live a=y.flv", `two live streams are called "a"`},
		{"--live a=rtmp://host/x", "FLV comes over http"},
		{"--live a=x.flv --live-latency high", "--live-latency is low or normal"},
		{"--live a=x.flv --live-window 1ms", "its window can't be shorter"},
		{"--live-record rec", "name them with --live"},
		{"--live a=x.flv --live-record /elsewhere", "lies outside of the media folder"},
		{"--live a=x.flv --live-record ../elsewhere", "lies outside of the media folder"},
		{"--live a=x.flv --live-record rec/.hidden", "is hidden"},
		{"--live a=x.flv --live-record rec media/sample.mp4", "media folder on a disk"},
	} {
		var stdout, stderr strings.Builder
		args := append([]string{"vodsrv", "serve", "--media", t.TempDir(), "--addr", "127.0.0.1:0", "--cache-dir", "none"}, strings.Fields(tt.args)...)
		if status := run(t.Context(), args, &stdout, &stderr); status != 2 || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: status %d, %s", tt.args, status, stderr.String())
		}
	}
}

// The folder for recordings may be named from where one is, or from the media
// folder.
func TestWithin(t *testing.T) {
	t.Parallel()
	media := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ media, asked, want string }{
		{media, media, "."},
		{media, filepath.Join(media, "a", "b"), filepath.Join("a", "b")},
		{media, "rec", "rec"},
		{media, ".", "."},
		{"media", "media/rec", "rec"},
		{"media", "rec/", "rec"},
		{"media", filepath.Join(here, "media", "rec"), "rec"},
		{".", "rec", "rec"},
		{media, media + "-2", ""},
		{"media", "..", ""},
	} {
		if got, err := within(tt.media, tt.asked); got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s in %s is %q, %v", tt.asked, tt.media, got, err)
		}
	}
}
