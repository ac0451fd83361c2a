package info

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
)

// Codec strings are those that ffmpeg's HLS muxer writes, where ffmpeg 5.1
// writes any: it knows none for AV1, VP9, Opus and FLAC.
func TestCodecStringsAgainstFfmpegsHLS(t *testing.T) {
	for name, args := range map[string]string{
		"baseline":    "-c:v libx264 -profile:v baseline -preset ultrafast -c:a aac",
		"main":        "-c:v libx264 -profile:v main -bf 2 -preset veryfast -c:a ac3",
		"high":        "-c:v libx264 -profile:v high -preset veryfast -level 4.1 -c:a eac3",
		"10 bits":     "-c:v libx264 -profile:v high10 -pix_fmt yuv420p10le -preset veryfast -an",
		"4:2:2":       "-c:v libx264 -profile:v high422 -pix_fmt yuv422p -preset veryfast -an",
		"4:4:4":       "-c:v libx264 -profile:v high444 -pix_fmt yuv444p -preset veryfast -an",
		"sound":       "-vn -c:a aac -ar 22050",
		"MP3":         "-vn -c:a libmp3lame -ar 44100",
		"MPEG-2 MP3":  "-vn -c:a libmp3lame -ar 22050",
		"HEVC":        "-c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hvc1 -an",
		"HEVC main10": "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p10le -tag:v hvc1 -an",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clip := testmedia.Clip(t, testmedia.Options{Seconds: 1, Size: "160x90", Args: strings.Fields(args)})
			if compareWithHLS(t, clip) == 0 {
				t.Error("no track was compared")
			}
		})
	}
}

// The same for files of many makers, where they are at hand.
func TestCodecStringsOfOthersAgainstFfmpegsHLS(t *testing.T) {
	compared, files := 0, 0
	root := "../../../shared/corpus/valid"
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if err != nil || d.IsDir() || otherwise[name]["ffprobe"] != "" {
			return err // ffmpeg does not open it
		}
		t.Run(name, func(t *testing.T) { compared += compareWithHLS(t, path) })
		files++
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if files > 0 && compared < 20 {
		t.Errorf("%d tracks of %d files were compared", compared, files)
	}
}

// compareWithHLS compares the strings of a file's tracks of the codecs that
// ffmpeg's muxer knows, and tells how many these are.
func compareWithHLS(t *testing.T, path string) int {
	t.Helper()
	compared := 0
	for _, track := range describe(t, path).Tracks {
		known := knownToHLS.MatchString(track.Codec)
		if !known || !track.Playable || track.Encrypted || track.Samples == 0 {
			continue
		}
		want := codecsOfHLS(t, path, track)
		if !sameCodec(track.Codec, want) && apart[filepath.Base(path)] != want {
			t.Errorf("track %d: %s, ffmpeg writes %q", track.ID, track.Codec, want)
		}
		compared++
	}
	return compared
}

// knownToHLS are the codecs whose strings ffmpeg 5.1 writes; hev1 and xHE-AAC
// are not among them.
var knownToHLS = regexp.MustCompile(`^(avc1\.|hvc1\.|mp4a\.(40\.(2|5|29)|69|6b)$|ac-3$|ec-3$)`)

// apart are ffmpeg's strings where they are not ours, by file.
var apart = map[string]string{
	"example.f4v": "avc1.42801f", // its avcC says 42001f, which the parameter sets in it do not
}

// codecsOfHLS is what the HLS muxer writes of one track.
func codecsOfHLS(t *testing.T, path string, track Track) string {
	t.Helper()
	folder := t.TempDir()
	args := []string{"-i", path, "-map", fmt.Sprintf("0:i:%#x", track.ID), "-c", "copy", "-t", "1"}
	// The muxer reads H.264's parameters only as they stand in a byte stream.
	if strings.HasPrefix(track.Codec, "avc") {
		args = append(args, "-bsf:v", "h264_mp4toannexb")
	}
	testmedia.Ffmpeg(t, append(args, "-f", "hls", "-hls_segment_type", "fmp4", "-master_pl_name", "master.m3u8", filepath.Join(folder, "out.m3u8"))...)
	playlist, err := os.ReadFile(filepath.Join(folder, "master.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	if found := codecsAttribute.FindSubmatch(playlist); found != nil {
		return string(found[1])
	}
	return ""
}

var codecsAttribute = regexp.MustCompile(`CODECS="([^"]*)"`)

// sameCodec compares a string with ffmpeg's. Of HEVC ffmpeg 5.1 tells profile
// and level, but the same compatibility flags and constraints whatever they
// are (ISO/IEC 14496-15, annex E.3); MP3 it gives the type of MPEG-4's own
// layer 3, though esds says MPEG-1 or MPEG-2 (RFC 6381, section 3.3).
func sameCodec(ours, ffmpegs string) bool {
	switch {
	case ours == "mp4a.69" || ours == "mp4a.6b":
		return ffmpegs == "mp4a.40.34"
	case strings.HasPrefix(ours, "hvc1."):
		o, f := strings.Split(ours, "."), strings.Split(ffmpegs, ".")
		return len(o) >= 4 && len(f) == 5 && o[1] == f[1] && o[3] == f[3] && f[2] == "4" && f[4] == "B01"
	}
	return ours == ffmpegs
}
