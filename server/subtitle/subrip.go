package subtitle

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"vodsrv/mp4/text"
)

// times is a line with the times of a cue: 00:01:02,345 --> 00:01:04,000, also
// with dots, fewer digits, and without hours. What follows is passed over.
var times = pattern(`^\s*(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[,.:](\d{1,9}))?\s*-{1,2}>\s*(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[,.:](\d{1,9}))?`)

// pattern is a regular expression that is compiled when it is first used: the
// program starts sooner without.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

const (
	// maxCues is how many cues of a file are read: more than anyone does in a day.
	maxCues = 200_000
	// maxText is how many bytes of the text of one are.
	maxText = 64 << 10
)

// readSubRip reads the cues of a file. A cue goes up to the line with the times
// of the next, whether or not there are numbers and empty lines between. What
// nobody would see is left out, and counts for found alone: a file may have more
// of it than there is memory.
func readSubRip(s string) (cues []text.Cue, found bool) {
	var open text.Cue // the one whose text is being passed; of no time before the first
	from := 0         // where its text begins
	end := func(to int) {
		if open.End <= open.Start || len(cues) == maxCues {
			return
		}
		shown := s[from:to]
		if len(shown) > maxText {
			shown = strings.ToValidUTF8(shown[:maxText], "")
		}
		if open.Text, open.Settings = cueText(shown); open.Text != "" {
			cues = append(cues, open)
		}
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	before, at := 0, 0 // where the last line began, and this one
	for line := range strings.SplitSeq(s, "\n") {
		next := at + len(line) + 1
		if m := timesIn(line); m != nil {
			to := at
			if before >= from && isNumber(s[before:at]) {
				to = before
			}
			end(to)
			found = true
			open, from = text.Cue{Start: instant(m[1:5]), End: instant(m[5:9])}, min(next, len(s))
		}
		before, at = at, next
	}
	end(len(s))
	return cues, found
}

// timesIn are the parts of a line with times; nil for other lines.
func timesIn(line string) []string {
	if !strings.Contains(line, "->") {
		return nil
	}
	return times().FindStringSubmatch(line)
}

func isNumber(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && strings.Trim(line, "0123456789") == ""
}

// instant is a time of hours, minutes, seconds, and a fraction.
func instant(m []string) time.Duration {
	number := func(s string) time.Duration {
		n, _ := strconv.Atoi(s) // nothing, or digits, as many as fit
		return time.Duration(n)
	}
	fraction := number((m[3] + "000000000")[:9])
	return number(m[0])*time.Hour + number(m[1])*time.Minute + number(m[2])*time.Second + fraction
}

var (
	// override is what Aegisub and others put between braces: {\an8}, {\pos(1,2)}.
	override = pattern(`\{\\[^{}]*\}`)
	// markup is a tag or an entity that WebVTT has, too, or a tag that it lacks.
	markup = pattern(`(?i)&(?:amp|lt|gt|nbsp|lrm|rlm);|</?[a-z][^<>]*>`)
	kept   = pattern(`(?i)^<(/?[biu])(?:\s[^<>]*)?>$`)
)

// onTop is what cues are told to be by {\an7} to {\an9}: at the top.
var onTop = pattern(`\{\\an[789]\}`)

// cueText makes cue text of a text with the tags of SubRip: bold, italic and
// underlined stay, others go.
func cueText(s string) (cue, settings string) {
	if onTop().MatchString(s) {
		settings = "line:0"
	}
	s = override().ReplaceAllString(s, "")
	var b strings.Builder
	at := 0
	for _, m := range markup().FindAllStringIndex(s, -1) {
		b.WriteString(text.Escape(s[at:m[0]]))
		at = m[1]
		switch found := s[m[0]:m[1]]; {
		case found[0] == '&':
			b.WriteString(strings.ToLower(found))
		case kept().MatchString(found):
			b.WriteString("<" + strings.ToLower(kept().FindStringSubmatch(found)[1]) + ">")
		}
	}
	b.WriteString(text.Escape(s[at:]))
	return text.Lines(b.String()), settings
}
