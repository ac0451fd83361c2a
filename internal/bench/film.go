package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// minute is a minute of film, of about 31 MB: noise over a test picture, key
// frames each two seconds, B-frames, and sound.
const minute = "-f lavfi -i testsrc2=s=1280x720:r=25:d=60,noise=alls=12:allf=t -f lavfi -i sine=440:r=48000:d=60 " +
	"-c:v libx264 -preset ultrafast -bf 2 -g 50 -keyint_min 50 -sc_threshold 0 -b:v 4M -maxrate 4M -bufsize 8M -pix_fmt yuv420p -c:a aac -b:a 128k"

// film returns a progressive film of about so many megabytes. It is made once:
// a minute is encoded and repeated as often as it takes.
func film(dir string, megabytes int) (string, error) {
	path := filepath.Join(dir, fmt.Sprintf("film-%d.mp4", megabytes))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintf(os.Stderr, "making a film of %d MB in %s\n", megabytes, dir)
	one := filepath.Join(dir, "minute.mp4")
	if err := ffmpeg(append(strings.Fields(minute), one)...); err != nil {
		return "", err
	}
	info, err := os.Stat(one)
	if err != nil {
		return "", err
	}
	times := max(1, int64(megabytes)*1e6/info.Size())
	unfinished := filepath.Join(dir, "unfinished.mp4")
	if err := ffmpeg("-stream_loop", strconv.FormatInt(times-1, 10), "-i", one, "-c", "copy", unfinished); err != nil {
		return "", err
	}
	return path, os.Rename(unfinished, path)
}

// repeated encodes a minute, as the options say, and joins so many copies of it
// in a film.
func repeated(path string, times int, minute string, mux ...string) error {
	one := path + ".minute.mp4"
	defer func() { _ = os.Remove(one) }()
	if err := ffmpeg(append(strings.Fields(minute), one)...); err != nil {
		return err
	}
	args := append([]string{"-stream_loop", strconv.Itoa(times - 1), "-i", one, "-c", "copy"}, mux...)
	return ffmpeg(append(args, path)...)
}

func ffmpeg(args ...string) error {
	cmd := exec.Command("ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y"}, args...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("ffmpeg: %w", err)
	}
	return nil
}
