package subtitle

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"vodsrv/mp4/text"
)

// times is a line with the times of a cue: 00:01:02,345 --> 00:01:04,000, also
// with dots, fewer digits, and without hours. What follows is passed over.
var times = regexp.MustCompile(`^\s*(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[,.:](\d{1,9}))?\s*-{1,2}>\s*(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[,.:](\d{1,9}))?`)

// readSubRip reads the cues of a file. A cue goes up to the line with the times
// of the next, whether or not there are numbers and empty lines between.
func readSubRip(s string) (cues []text.Cue) {
	var open *text.Cue
	var lines []string
	end := func() {
		if open == nil {
			return
		}
		open.Text, open.Settings = cueText(strings.Join(lines, "\n"))
		cues = append(cues, *open)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	for line := range strings.SplitSeq(s, "\n") {
		var m []string
		if strings.Contains(line, "->") {
			m = times.FindStringSubmatch(line)
		}
		if m == nil {
			lines = append(lines, line)
			continue
		}
		if n := len(lines); n > 0 && isNumber(lines[n-1]) {
			lines = lines[:n-1]
		}
		end()
		open, lines = &text.Cue{Start: instant(m[1:5]), End: instant(m[5:9])}, nil
	}
	end()
	return cues
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
	override = regexp.MustCompile(`\{\\[^{}]*\}`)
	// markup is a tag or an entity that WebVTT has, too, or a tag that it lacks.
	markup = regexp.MustCompile(`(?i)&(?:amp|lt|gt|nbsp|lrm|rlm);|</?[a-z][^<>]*>`)
	kept   = regexp.MustCompile(`(?i)^<(/?[biu])(?:\s[^<>]*)?>$`)
)

// onTop is what cues are told to be by {\an7} to {\an9}: at the top.
var onTop = regexp.MustCompile(`\{\\an[789]\}`)

// cueText makes cue text of a text with the tags of SubRip: bold, italic and
// underlined stay, others go.
func cueText(s string) (cue, settings string) {
	if onTop.MatchString(s) {
		settings = "line:0"
	}
	s = override.ReplaceAllString(s, "")
	var b strings.Builder
	at := 0
	for _, m := range markup.FindAllStringIndex(s, -1) {
		b.WriteString(text.Escape(s[at:m[0]]))
		at = m[1]
		switch found := s[m[0]:m[1]]; {
		case found[0] == '&':
			b.WriteString(strings.ToLower(found))
		case kept.MatchString(found):
			b.WriteString("<" + strings.ToLower(kept.FindStringSubmatch(found)[1]) + ">")
		}
	}
	b.WriteString(text.Escape(s[at:]))
	return text.Lines(b.String()), settings
}
