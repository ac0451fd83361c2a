package info

import (
	"fmt"
	"slices"
	"strings"

	"vodsrv/mp4/codec"
)

// everywhere are the beginnings of the codec strings that the browsers of
// today have in common: H.264 of 8 bits and 4:2:0, VP8, VP9, AV1; AAC-LC and
// HE-AAC, MP3, Opus, FLAC. Others that MSE can carry depend on browser and
// system.
var everywhere = []string{
	"avc1.42", "avc1.4d", "avc1.64", "avc3.42", "avc3.4d", "avc3.64", "vp08", "vp09.00", "vp09.02", "av01.0",
	"mp4a.40.2", "mp4a.40.5", "mp4a.40.29", "mp4a.6b", "mp4a.69", "Opus", "fLaC",
}

// verdict says whether a film plays in browsers, and which tracks don't and
// why: a line each.
func (f File) verdict() []string {
	if f.MIME == "" && !slices.ContainsFunc(f.Tracks, func(t Track) bool { return t.Samples > 0 || t.Duration > 0 }) {
		return []string{"no: " + f.Reason}
	}
	if f.MIME == "" {
		return append([]string{"no: " + f.Reason}, f.unplayable(f.Reason)...)
	}
	line := "in browsers, as " + f.MIME
	if rare := f.rare(); len(rare) > 0 {
		line = fmt.Sprintf("only in browsers that have %s, as %s", strings.Join(rare, " and "), f.MIME)
	}
	return append([]string{line}, f.unplayable("")...)
}

// rare names the codecs of the tracks that play first which only some browsers
// have.
func (f File) rare() []string {
	var names []string
	_, codecs, _ := strings.Cut(f.MIME, `codecs="`)
	for element := range strings.SplitSeq(strings.TrimSuffix(codecs, `"`), ",") {
		if element == "mp3" || slices.ContainsFunc(everywhere, func(begin string) bool { return isCodec(element, begin) }) {
			continue
		}
		name := element
		for _, t := range f.Tracks {
			if t.Codec == element {
				name = t.Name + " (" + element + ")"
			}
		}
		names = append(names, name)
	}
	return names
}

// isCodec tells whether a codec string is that codec, or begins with it: object
// types are whole, mp4a.40.2 is not mp4a.40.29.
func isCodec(element, begin string) bool {
	rest, ok := strings.CutPrefix(element, begin)
	return ok && (rest == "" || !strings.HasPrefix(begin, "mp4a."))
}

// unplayable lists the video and audio tracks that don't play, but for the
// reason that is told already.
func (f File) unplayable(told string) []string {
	var lines []string
	for _, t := range f.Tracks {
		if !t.Playable && (t.Kind == codec.Video || t.Kind == codec.Audio) && t.Reason != told {
			lines = append(lines, fmt.Sprintf("not track %d (%s): %s", t.ID, t.Kind, t.Reason))
		}
	}
	return lines
}
