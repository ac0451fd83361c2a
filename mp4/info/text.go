package info

import (
	"fmt"
	"strconv"
	"strings"

	"vodsrv/mp4/codec"
)

// Text is the description for reading: some lines, each ended by a newline.
func (f File) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", printable(f.Path))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", name, value)
		}
	}
	state := string(f.State)
	if f.Reason != "" {
		state += ": " + f.Reason
	}
	line("state", state)
	line("size", fmt.Sprintf("%d bytes", f.Size))
	if f.State == Invalid {
		return b.String()
	}
	line("duration", seconds(f.Duration))
	layout := "progressive"
	if f.Fragmented {
		layout = "fragmented"
	}
	line("layout", layout)
	line("brands", printable(strings.Join(f.Brands, " ")))
	line("mime", f.MIME)
	for _, t := range f.Tracks {
		line(fmt.Sprintf("track %d", t.ID), t.text())
	}
	return b.String()
}

func (t Track) text() string {
	parts := []string{string(t.Kind)}
	add := func(when bool, format string, args ...any) {
		if when {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(t.Codec != "", "%s", t.Codec)
	add(t.Width > 0, "%dx%d", t.Width, t.Height)
	add(t.Rotation != 0, "rotated by %d°", t.Rotation)
	add(t.FPS > 0, "%s fps", decimal(t.FPS))
	add(t.Channels > 0, "%d ch", t.Channels)
	add(t.SampleRate > 0, "%d Hz", t.SampleRate)
	add(t.Bitrate > 0, "%d kbit/s", (t.Bitrate+500)/1000)
	add(t.Lang != "" && t.Lang != "und", "%s", printable(t.Lang))
	add(t.Label != "", "%q", t.Label)
	add(true, "%d samples", t.Samples)
	add(t.Samples > 0, "%s from %s s on", seconds(t.Duration), decimal(t.Start))
	add(t.Encrypted, "encrypted")
	text := strings.Join(parts, ", ")
	if !t.Playable && (t.Kind == codec.Video || t.Kind == codec.Audio) {
		text += "; can't be played: " + t.Reason
	}
	return text
}

// seconds writes a length of time as people read it: 1:02:03.500 (3723.5 s).
func seconds(s float64) string {
	ms := int64(s*1000 + 0.5)
	h, m := ms/3600000, ms/60000%60
	clock := fmt.Sprintf("%d:%02d.%03d", m, ms/1000%60, ms%1000)
	if h > 0 {
		clock = fmt.Sprintf("%d:%02d:%02d.%03d", h, m, ms/1000%60, ms%1000)
	}
	return fmt.Sprintf("%s (%s s)", clock, decimal(s))
}

func decimal(f float64) string {
	s := strings.TrimRight(strconv.FormatFloat(f, 'f', 3, 64), "0")
	return strings.TrimSuffix(s, ".")
}

// printable keeps names from moving a terminal's cursor.
func printable(s string) string {
	quoted := strconv.Quote(s)
	if quoted == `"`+s+`"` {
		return s
	}
	return quoted
}
