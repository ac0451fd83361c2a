package info

import (
	"io"
	"strconv"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/metadata"
	"vodsrv/mp4/text"
)

// Extras is what a film has besides what playing needs. It is read apart, since
// a list of films can do without.
type Extras struct {
	Title     string             `json:"title"`
	Artist    string             `json:"artist"`
	Cover     bool               `json:"cover"` // there is cover art
	Chapters  []metadata.Chapter `json:"chapters"`
	Subtitles []Subtitle         `json:"subtitles"`
}

// noExtras is for JSON, which has empty lists for none.
func noExtras() Extras {
	return Extras{Chapters: []metadata.Chapter{}, Subtitles: []Subtitle{}}
}

// Subtitle is a text that can be shown over the film: a track of it, or a file
// beside it.
type Subtitle struct {
	// ID is the track's, or the percent-encoded rest of the file's name behind
	// what the film is called without its extension: "en.srt".
	ID      string       `json:"id"`
	Lang    string       `json:"lang"` // BCP 47; "und" if not told
	Label   string       `json:"label"`
	Kind    SubtitleKind `json:"kind"`
	Default bool         `json:"default"` // flagged so in the file, or named so
	// Forced tells that the text holds only what is to be read by all: signs, and
	// what is said in other languages. Only names of files say so.
	Forced bool `json:"forced,omitempty"`
}

// SubtitleKind says whom a text is for, in the words of HTML's track element.
type SubtitleKind string

// The kinds there are. Captions tell of sounds, too.
const (
	Subtitles SubtitleKind = "subtitles"
	Captions  SubtitleKind = "captions"
)

// Sidecar tells whether the text is a file beside the film.
func (s Subtitle) Sidecar() bool {
	_, err := strconv.ParseUint(s.ID, 10, 32)
	return err != nil
}

// ReadExtras reads what the film that r holds has besides. Errors are those of
// r.
func ReadExtras(r io.ReaderAt, m *mp4.Movie) (Extras, error) {
	tells, err := metadata.Read(r, m)
	if err != nil {
		return noExtras(), err
	}
	e := noExtras()
	e.Title, e.Artist, e.Cover = tells.Title, tells.Artist, tells.Cover != nil
	e.Chapters = append(e.Chapters, tells.Chapters...)
	for _, t := range m.Tracks {
		if text.Supported(t) && !metadata.IsChapters(m, t) {
			e.Subtitles = append(e.Subtitles, describeText(t))
		}
	}
	return e, nil
}

func describeText(t *mp4.Track) Subtitle {
	s := Subtitle{ID: strconv.FormatUint(uint64(t.ID), 10), Label: label(t), Kind: Subtitles, Default: t.Enabled}
	s.Lang, _ = Language(t.Language)
	if isCaptions(t) {
		s.Kind = Captions
	}
	if s.Label == "" {
		s.Label = LanguageName(s.Lang)
	}
	if s.Label == "" {
		s.Label = "Track " + s.ID
	}
	return s
}

// Roles of a kind box (section 8.10.4) and of QuickTime's tags for text that
// tells of sounds, too.
var captionRoles = map[string]bool{
	"caption": true, "public.accessibility.describes-music-and-sound": true, "public.accessibility.transcribes-spoken-dialog": true,
}

// isCaptions reads what the user data of a track tells of its role.
func isCaptions(t *mp4.Track) (captions bool) {
	if t.Kind != codec.Text || len(t.UserData) < 8 {
		return false
	}
	_ = box.Each("moov/trak/udta", t.UserData[8:], 0, func(kind box.Type, body []byte) error {
		switch {
		case kind == box.T("kind") && len(body) > 4:
			captions = captions || captionRoles[lastString(body[4:])]
		case kind == box.T("tagc"):
			captions = captions || captionRoles[lastString(body)]
		}
		return nil
	})
	return captions
}
