package info

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"vodsrv/internal/testmedia"
)

// Codec strings are those that ffmpeg's HLS muxer writes, where ffmpeg 5.1
// writes right ones: it gives HEVC fixed constraints, MP3 object types of audio
// that is no MPEG-4, and knows no strings for AV1, VP9, Opus and FLAC.
func TestCodecStringsAgainstFfmpegsHLS(t *testing.T) {
	tests := map[string][]string{
		"baseline": {"-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-c:a", "aac"},
		"main":     {"-c:v", "libx264", "-profile:v", "main", "-bf", "2", "-preset", "veryfast", "-c:a", "ac3"},
		"high":     {"-c:v", "libx264", "-profile:v", "high", "-preset", "veryfast", "-level", "4.1", "-c:a", "eac3"},
		"10 bits":  {"-c:v", "libx264", "-profile:v", "high10", "-pix_fmt", "yuv420p10le", "-preset", "veryfast", "-an"},
		"4:4:4":    {"-c:v", "libx264", "-profile:v", "high444", "-pix_fmt", "yuv444p", "-preset", "veryfast", "-an"},
		"sound":    {"-vn", "-c:a", "aac", "-ar", "22050"},
	}
	codecs := regexp.MustCompile(`codecs="[^"]*"`)
	attribute := regexp.MustCompile(`CODECS="([^"]*)"`)
	for name, args := range tests {
		clip := testmedia.Clip(t, testmedia.Options{Seconds: 1, Size: "160x90", Args: args})
		folder := t.TempDir()
		// The muxer reads H.264's parameters only as they stand in a byte stream.
		filter := []string{"-i", clip, "-c", "copy"}
		if slices.Contains(args, "libx264") {
			filter = append(filter, "-bsf:v", "h264_mp4toannexb")
		}
		testmedia.Ffmpeg(t, append(filter, "-f", "hls", "-hls_segment_type", "fmp4", "-master_pl_name", "master.m3u8", filepath.Join(folder, "out.m3u8"))...)
		playlist, err := os.ReadFile(filepath.Join(folder, "master.m3u8"))
		if err != nil {
			t.Fatal(err)
		}
		want := attribute.FindSubmatch(playlist)
		if want == nil {
			t.Fatalf("%s: no CODECS in %s", name, playlist)
		}
		if got := codecs.FindString(describe(t, clip).MIME); got != `codecs="`+string(want[1])+`"` {
			t.Errorf("%s: %s, ffmpeg writes %s", name, got, want[1])
		}
	}
}
