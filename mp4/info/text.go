package info

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"vodsrv/mp4/codec"
)

// Text is the description for reading: some lines, each ended by a newline.
func (f File) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", printable(f.Path))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", name, value)
		}
	}
	if f.State != Ready {
		state := string(f.State)
		if f.Reason != "" {
			state += ": " + f.Reason
		}
		line("state", state)
	}
	if f.State == Invalid {
		line("size", size(f.Size))
		line("file", f.Layout)
		return b.String()
	}
	line("duration", f.length())
	line("size", f.weight())
	line("file", f.Layout)
	line("brands", printable(strings.Join(f.Brands, " ")))
	line("title", printable(f.Title))
	line("artist", printable(f.Artist))
	line("also", f.besides())
	b.WriteString(f.table())
	for _, verdict := range f.verdict() {
		line("plays", verdict)
	}
	return b.String()
}

func (f File) length() string {
	if f.Duration == 0 {
		return ""
	}
	return fmt.Sprintf("%s (%s s)", clock(f.Duration), decimal(f.Duration))
}

func (f File) weight() string {
	text := size(f.Size)
	if f.Duration > 0 {
		text += ", " + kilobits(int64(float64(f.Size)*8/f.Duration))
	}
	return text
}

func (f File) besides() string {
	var parts []string
	if n := len(f.Chapters); n > 0 {
		parts = append(parts, count(n, "chapter"))
	}
	if f.Cover {
		parts = append(parts, "cover art")
	}
	for _, s := range f.Subtitles {
		if s.Sidecar() {
			parts = append(parts, fmt.Sprintf("subtitles %q", s.ID))
		}
	}
	return strings.Join(parts, ", ")
}

// table has a line for each track, in columns.
func (f File) table() string {
	if len(f.Tracks) == 0 {
		return ""
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		// A Builder takes all that it is given.
		_, _ = fmt.Fprintf(w, "  %s\n", strings.Join(cells, "\t"))
	}
	row("track", "kind", "codec", "", "format", "bit rate", "samples", "from", "to", "language")
	for _, t := range f.Tracks {
		name := t.Name
		if name == t.Codec {
			name = ""
		}
		samples, from, to := "", "", ""
		if t.Duration > 0 {
			from, to = clock(t.Start), clock(t.Start+t.Duration)
		}
		if t.Samples > 0 || t.Duration == 0 {
			samples = strconv.Itoa(t.Samples)
		}
		row(strconv.FormatUint(uint64(t.ID), 10), string(t.Kind), t.Codec, printable(name), t.format(), kilobits(t.Bitrate),
			samples, from, to, t.words())
	}
	_ = w.Flush() // as above
	lines := strings.SplitAfter(b.String(), "\n")
	for i, line := range lines {
		if trimmed := strings.TrimRight(line, " \n"); trimmed != "" {
			lines[i] = trimmed + "\n"
		}
	}
	return strings.Join(lines, "")
}

// format is what pictures or sound are like.
func (t Track) format() string {
	var parts []string
	add := func(when bool, format string, args ...any) {
		if when {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(t.Width > 0, "%dx%d", t.Width, t.Height)
	add(t.PixelAspect != "", "pixels %s", t.PixelAspect)
	add(t.Rotation != 0, "turned %d°", t.Rotation)
	add(t.FPS > 0, "%s fps", decimal(t.FPS))
	add(t.Colour != nil && t.Colour.String() != "", "%s", t.Colour)
	add(t.Channels > 0, "%d ch", t.Channels)
	add(t.SampleRate > 0, "%d Hz", t.SampleRate)
	add(t.Encrypted, "%s", strings.TrimSpace("encrypted "+printable(t.Scheme)))
	add(t.KID != "", "key %s", t.KID)
	return strings.Join(parts, ", ")
}

// words are the track's language, title and flags.
func (t Track) words() string {
	words := printable(t.Lang)
	if t.Label != "" {
		words += fmt.Sprintf(" %q", t.Label)
	}
	if !t.Default && (t.Kind == codec.Video || t.Kind == codec.Audio) {
		words += " (off by default)"
	}
	return words
}

var (
	primaries = map[uint16]string{1: "BT.709", 4: "BT.470M", 5: "BT.601", 6: "BT.601", 9: "BT.2020", 11: "DCI-P3", 12: "P3"}
	transfers = map[uint16]string{13: "sRGB", 16: "PQ", 18: "HLG"} // others are what the primaries stand for
)

// String names the colours as people call them; "" where nothing is known.
func (c *Colour) String() string {
	if c == nil {
		return ""
	}
	words := strings.Fields(primaries[c.Primaries] + " " + transfers[c.Transfer])
	if c.FullRange {
		words = append(words, "full range")
	}
	return strings.Join(words, " ")
}

// size writes a number of bytes, also as people read it.
func size(n int64) string {
	const units = "kMGTPE"
	value, unit := float64(n), -1
	for value >= 1000 && unit+1 < len(units) {
		value, unit = value/1000, unit+1
	}
	if unit < 0 {
		return count(int(n), "byte")
	}
	digits := 0
	if value < 100 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %cB (%d bytes)", digits, value, units[unit], n)
}

func kilobits(rate int64) string {
	switch {
	case rate <= 0:
		return ""
	case rate < 1000:
		return fmt.Sprintf("%d bit/s", rate)
	}
	return fmt.Sprintf("%d kbit/s", (rate+500)/1000)
}

// clock writes a time as people read it: 1:02:03.500.
func clock(s float64) string {
	ms := int64(s*1000 + 0.5)
	if h := ms / 3600000; h > 0 {
		return fmt.Sprintf("%d:%02d:%02d.%03d", h, ms/60000%60, ms/1000%60, ms%1000)
	}
	return fmt.Sprintf("%d:%02d.%03d", ms/60000, ms/1000%60, ms%1000)
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
