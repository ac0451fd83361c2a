package library

import (
	"cmp"
	"context"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"vodsrv/mp4/info"
)

// Beside describes the files with subtitles that lie beside a film anywhere on
// the disk.
func Beside(film string) ([]info.Subtitle, error) {
	entries, err := os.ReadDir(filepath.Dir(film))
	if err != nil {
		return nil, err
	}
	return describeBeside(filepath.Base(film), entries), nil
}

// beside describes the files with subtitles beside a film. What can't be listed
// is as if it were not there.
func (l *Library) beside(ctx context.Context, p Path) []info.Subtitle {
	entries, err := l.names(ctx, p.Parent())
	if err != nil {
		return nil
	}
	return describeBeside(p.base(), entries)
}

// describeBeside picks a film's subtitles out of all that lies in its folder.
func describeBeside(film string, entries []fs.DirEntry) []info.Subtitle {
	var rests []string
	longer := []string{} // of films whose names go on where this one's ends
	own := stem(film) + "."
	for _, e := range entries {
		name := e.Name()
		switch {
		case !strings.HasPrefix(name, own) || e.IsDir():
		case isSubtitle(name):
			rests = append(rests, name[len(own):])
		case isFilm(name) && stem(name) != stem(film):
			longer = append(longer, stem(name)[len(own):]+".")
		}
	}
	slices.Sort(rests)
	list := []info.Subtitle{}
	for _, rest := range rests {
		if !slices.ContainsFunc(longer, func(other string) bool { return strings.HasPrefix(rest, other) }) {
			list = append(list, describeRest(rest))
		}
	}
	return list
}

// Subtitle opens a file with subtitles beside a film. Rest is what its name has
// behind the film's without extension, as the ID of its description has it
// percent-encoded. Errors are those of Raw.
func (l *Library) Subtitle(film Path, rest string) (*Raw, info.Subtitle, error) {
	p := Path(stem(string(film)) + "." + rest)
	if _, err := l.identity(film); err != nil || !isSubtitle(string(p)) || !validName(rest) {
		return nil, info.Subtitle{}, cmp.Or(err, fs.ErrNotExist)
	}
	raw, err := l.Raw(p)
	return raw, describeRest(rest), err
}

// isBeside tells whether a path is that of a file with subtitles for a film.
func (p Path) isBeside(film Path) bool {
	return isSubtitle(string(p)) && strings.HasPrefix(string(p), stem(string(film))+".")
}

// stem is a name without its extension.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// roles are words in the name of a file that say what its text is for, with
// how people write them. "hi" is one of them only behind a language, being one
// itself.
var roles = map[string]string{"forced": "forced", "sdh": "SDH", "cc": "CC", "hi": "SDH"}

// describeRest reads what the name of a file with subtitles says behind the
// film's: words between dots, such as "pt-BR.forced.vtt".
func describeRest(rest string) info.Subtitle {
	s := info.Subtitle{ID: url.PathEscape(rest), Lang: "und", Kind: info.Subtitles}
	var notes []string
	words := strings.Split(rest, ".")
	for _, word := range words[:len(words)-1] {
		role := roles[strings.ToLower(word)]
		tag, _ := info.Language(word)
		switch {
		case word == "" || isFilm("."+word): // film.mp4.srt
		case strings.EqualFold(word, "default"):
			s.Default = true
		case role != "" && (s.Lang != "und" || !strings.EqualFold(word, "hi")):
			notes = append(notes, role)
			if role != "forced" {
				s.Kind = info.Captions
			}
		case s.Lang == "und" && info.LanguageName(tag) != "":
			s.Lang = tag
		default:
			notes = append(notes, shown(word))
		}
	}
	s.Label = info.LanguageName(s.Lang)
	switch {
	case s.Label == "" && len(notes) == 0:
		s.Label = "Subtitles"
	case s.Label == "":
		s.Label = strings.Join(notes, ", ")
	case len(notes) > 0:
		s.Label += " (" + strings.Join(notes, ", ") + ")"
	}
	return s
}

// base is the last name of a path, as the file system has it.
func (p Path) base() string { return string(p[strings.LastIndexByte(string(p), '/')+1:]) }
