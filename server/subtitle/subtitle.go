// Package subtitle reads files with subtitles, SubRip (.srt) and WebVTT
// (.vtt), as people have them: in any encoding, and often wrong.
package subtitle

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"vodsrv/mp4/text"
)

// ErrNone says that a file has no subtitles in it.
var ErrNone = errors.New("there are no subtitles in it")

// Convert makes WebVTT in UTF-8 of a file. The language is a BCP 47 tag, by
// which the encoding of older files is guessed. It fails with ErrNone.
func Convert(file []byte, language string) ([]byte, error) {
	s := decode(file, language)
	if isWebVTT(s) {
		return []byte(strings.ReplaceAll(s, "\x00", "\uFFFD")), nil
	}
	cues, found := readSubRip(s)
	if !found && strings.TrimSpace(s) != "" {
		return nil, ErrNone
	}
	slices.SortStableFunc(cues, func(a, b text.Cue) int { return cmp.Compare(a.Start, b.Start) })
	vtt := text.AppendHead(make([]byte, 0, len(s)+len(s)/8), "")
	for _, c := range cues {
		vtt = c.AppendVTT(vtt)
	}
	return vtt, nil
}

// isWebVTT tells whether a file says that it is WebVTT.
func isWebVTT(s string) bool {
	rest, ok := strings.CutPrefix(s, "WEBVTT")
	return ok && (rest == "" || strings.ContainsAny(rest[:1], " \t\r\n"))
}
