package testmedia

import (
	"errors"
	"fmt"
	"os/exec"
	"testing"
)

// blocks is the number of blocks in the bar code along the bottom edge.
const blocks = 20

// FrameNumbers decodes the film at path and returns the number that each shown
// frame carries as its bar code, in order of presentation.
func FrameNumbers(t testing.TB, path string) []int {
	t.Helper()
	// The middle of the strip, averaged to one grey pixel a block.
	out := run(t, exec.Command("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-i", path,
		"-map", "0:v:0", "-vsync", "passthrough", "-vf", "crop=iw:ih*2/45:0:ih*43/45,scale=20:1:flags=area,format=gray",
		"-f", "rawvideo", "-"))
	var numbers []int
	for ; len(out) >= blocks; out = out[blocks:] {
		number, err := readBarCode(out[:blocks])
		if err != nil {
			t.Fatalf("%s: shown frame %d: %v", path, len(numbers), err)
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// readBarCode reads one strip, given the brightness of its blocks.
func readBarCode(strip []byte) (int, error) {
	number, ones := 0, 0
	for _, brightness := range strip[2 : blocks-1] {
		bit := int(brightness >> 7)
		ones += bit
		number = number<<1 | bit
	}
	if strip[0] < 128 || strip[1] >= 128 || strip[blocks-1] < 128 {
		return 0, fmt.Errorf("no bar code: its guards are %d, %d and %d", strip[0], strip[1], strip[blocks-1])
	}
	if ones%2 != 0 {
		return 0, errors.New("bar code with wrong parity")
	}
	return number >> 1, nil
}
