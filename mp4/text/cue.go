package text

import (
	"fmt"
	"strings"
	"time"
)

// Cue is a text and when it is shown.
type Cue struct {
	Start, End time.Duration // presentation time
	ID         string        // "" for none
	Settings   string        // of WebVTT: where it is shown; "" for none
	Text       string        // WebVTT cue text: lines, none of them empty, with tags and escapes
}

// AppendHead appends what a WebVTT file begins with. The blocks are those with
// styles and regions, as [Head] gives them.
func AppendHead(b []byte, blocks string) []byte {
	b = append(b, "WEBVTT\n\n"...)
	if blocks != "" {
		b = append(append(b, blocks...), "\n\n"...)
	}
	return b
}

// AppendVTT appends the cue as a block of a WebVTT file. A cue of no time or
// text is nothing.
func (c Cue) AppendVTT(b []byte) []byte {
	start, end := c.Start.Round(time.Millisecond), c.End.Round(time.Millisecond)
	if c.Text == "" || end <= start {
		return b
	}
	if id := oneLine(c.ID); id != "" {
		b = append(append(b, id...), '\n')
	}
	b = append(append(appendTime(b, start), " --> "...), appendTime(nil, end)...)
	if settings := oneLine(c.Settings); settings != "" {
		b = append(append(b, ' '), settings...)
	}
	return append(append(append(b, '\n'), c.Text...), "\n\n"...)
}

func appendTime(b []byte, t time.Duration) []byte {
	ms := max(t.Milliseconds(), 0)
	return fmt.Appendf(b, "%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}

// oneLine makes what a file says safe to stand in a line of its own.
func oneLine(s string) string {
	s = Line(s, 1<<10)
	if strings.Contains(s, arrow) {
		return ""
	}
	return s
}

// arrow stands between the times of a cue, and nowhere else.
const arrow = "-->"

// Lines makes cue text of lines as a file has them: however they end, without
// those that are empty, which would end the cue. Nothing in them is escaped but
// what would look like times.
func Lines(s string) string {
	var b strings.Builder
	for line := range strings.FieldsFuncSeq(s, breaksLine) {
		line = strings.TrimRight(strings.Map(printable, line), " ")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.ReplaceAll(line, arrow, "--&gt;"))
	}
	return b.String()
}

func breaksLine(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// printable leaves out what no text has.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ' || r == 0x7f:
		return -1
	}
	return r
}

// escapes are for characters that mean something in cue text.
var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Escape makes plain text cue text.
func Escape(s string) string { return escapes.Replace(s) }
