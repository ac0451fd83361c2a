// Package testmedia makes films for tests with ffmpeg, from synthetic sources
// only, and reads them back packet by packet. See clip.sh for what a film shows.
//
// A test that needs ffmpeg fails where it is missing and says what to install:
// a skipped test proves nothing.
package testmedia

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

//go:embed clip.sh
var recipe string

// Options choose a clip. The zero value of each field but Seconds and Args
// stands for its default.
type Options struct {
	Seconds float64  // length of the film
	Size    string   // "WIDTHxHEIGHT"; default "640x360"
	Rate    string   // frames a second; default "25"
	Ext     string   // the container, as a file extension; default ".mp4"
	Args    []string // ffmpeg's output options: codecs, -g, -movflags, -an, ...
}

// drawing makes concurrent tests of one process wait for each other's clips
// instead of drawing the same one twice.
var drawing sync.Mutex

// Clip returns the path of a clip made by clip.sh with opts. Clips are kept
// below [os.TempDir] from run to run, named by a hash of the recipe and the
// options; tests must not change them.
func Clip(t testing.TB, opts Options) string {
	t.Helper()
	seconds := strconv.FormatFloat(opts.Seconds, 'f', -1, 64)
	size, rate, ext := or(opts.Size, "640x360"), or(opts.Rate, "25"), or(opts.Ext, ".mp4")

	// The same key as in internal/browsertest, so that both share their clips.
	key := append([]string{recipe, size, rate, seconds}, opts.Args...)
	sum := sha256.Sum256([]byte(strings.Join(key, "\x00")))
	folder := filepath.Join(os.TempDir(), "vodsrv-testmedia")
	path := filepath.Join(folder, hex.EncodeToString(sum[:12])+ext)

	drawing.Lock()
	defer drawing.Unlock()
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", append([]string{"-c", recipe, "clip.sh", path, seconds}, opts.Args...)...)
	cmd.Env = append(os.Environ(), "CLIP_SIZE="+size, "CLIP_RATE="+rate)
	run(t, cmd)
	return path
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Ffmpeg runs ffmpeg with args, overwriting its output, and fails the test if
// ffmpeg fails or complains.
func Ffmpeg(t testing.TB, args ...string) {
	t.Helper()
	run(t, exec.Command("ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y"}, args...)...))
}

// A Packet is one coded frame or audio packet as ffprobe's demuxer delivers it.
// Times are in ticks of the stream's time base; nil where ffprobe has none.
type Packet struct {
	Stream   int    `json:"stream_index"`
	PTS      *int64 `json:"pts"`
	DTS      *int64 `json:"dts"`
	Duration int64  `json:"duration"`
	Size     int    `json:"size,string"`
	Flags    string `json:"flags"`     // "K" for a key frame, "D" for one to discard
	Hash     string `json:"data_hash"` // "SHA256:" and the hash of the payload
}

// Key reports whether a decoder can start at p.
func (p Packet) Key() bool { return strings.Contains(p.Flags, "K") }

// Packets returns all packets of the film at path, in file order. More options
// say how ffprobe opens it.
func Packets(t testing.TB, path string, options ...string) []Packet {
	t.Helper()
	args := append([]string{"-v", "error", "-show_packets", "-show_data_hash", "sha256",
		"-show_entries", "packet=stream_index,pts,dts,duration,size,flags,data_hash", "-of", "json"}, options...)
	out := run(t, exec.Command("ffprobe", append(args, path)...))
	var answer struct {
		Packets []Packet `json:"packets"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("ffprobe %s: %v", path, err)
	}
	return answer.Packets
}

// run returns what cmd wrote to standard output.
func run(t testing.TB, cmd *exec.Cmd) []byte {
	t.Helper()
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed: install ffmpeg and fonts-dejavu-core (apt-get install ffmpeg fonts-dejavu-core)", tool)
		}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", describe(cmd), err, stderr.Bytes())
	}
	if stderr.Len() > 0 {
		t.Logf("%s:\n%s", describe(cmd), stderr.Bytes())
	}
	return stdout.Bytes()
}

// describe leaves out the text of the recipe.
func describe(cmd *exec.Cmd) string {
	args := make([]string, len(cmd.Args))
	for i, arg := range cmd.Args {
		args[i] = arg
		if arg == recipe {
			args[i] = "(clip.sh)"
		}
	}
	return fmt.Sprintf("%q", args)
}
