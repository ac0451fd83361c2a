package main

import (
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
	} {
		var stdout, stderr strings.Builder
		args := append([]string{"vodsrv", "serve", "--media", t.TempDir(), "--addr", "127.0.0.1:0", "--cache-dir", "none"}, strings.Fields(tt.args)...)
		if status := run(t.Context(), args, &stdout, &stderr); status != 2 || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: status %d, %s", tt.args, status, stderr.String())
		}
	}
}
