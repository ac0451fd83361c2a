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
	"time"

	"vodsrv/mp4/info"
)

// Beside describes the files with subtitles that lie beside a film anywhere on
// the disk.
func Beside(film string) ([]info.Subtitle, error) {
	entries, err := os.ReadDir(filepath.Dir(film))
	if err != nil {
		return nil, err
	}
	return describeBeside(filepath.Base(film), filesOf(entries)), nil
}

const (
	// maxNames is how many names of files are kept, in all folders together.
	maxNames = 200_000
	// settled is how long a folder must have stayed as it is to be known by its
	// time of change, which is not told to the nanosecond everywhere.
	settled = 2 * time.Second
)

// files are the names of films and subtitles in a folder as it was, in order.
type files struct {
	id    identity
	names []string
}

// filesOf picks out films and subtitles.
func filesOf(entries []fs.DirEntry) (names []string) {
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && (isFilm(name) || isSubtitle(name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// beside describes the files with subtitles beside a film. What can't be listed
// is as if it were not there.
func (l *Library) beside(ctx context.Context, p Path) []info.Subtitle {
	names, err := l.filesIn(ctx, p.Parent())
	if err != nil {
		return nil
	}
	return describeBeside(p.base(), names)
}

// filesIn lists the films and subtitles in a folder, unless that is known.
func (l *Library) filesIn(ctx context.Context, folder Path) ([]string, error) {
	stat, err := l.dir.Stat(folder)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	kept, ok := l.files.get(folder)
	l.mu.Unlock()
	now := files{id: l.dir.identify(stat)}
	if ok && kept.id == now.id {
		return kept.names, nil
	}
	quietFor := time.Since(stat.ModTime())
	if stat.ModTime().IsZero() {
		quietFor = 0 // nothing tells whether it changed
	}
	entries, err := l.names(ctx, folder)
	if err != nil {
		return nil, err
	}
	if now.names = filesOf(entries); quietFor > settled {
		l.mu.Lock()
		l.files.put(folder, now)
		l.mu.Unlock()
	}
	return now.names, nil
}

// describeBeside picks a film's subtitles out of the names of all films and
// subtitles in its folder, which are in order.
func describeBeside(film string, names []string) []info.Subtitle {
	var rests, longer []string // longer: of films whose names go on where this one's ends
	own := stem(film) + "."
	from, _ := slices.BinarySearch(names, own)
	for _, name := range names[from:] {
		rest, ok := strings.CutPrefix(name, own)
		switch {
		case !ok:
			return describeRests(rests, longer)
		case isSubtitle(name):
			rests = append(rests, rest)
		case stem(name) != stem(film):
			longer = append(longer, stem(rest)+".")
		}
	}
	return describeRests(rests, longer)
}

func describeRests(rests, longer []string) []info.Subtitle {
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
// percent-encoded. What belongs to another film, whose name goes on where this
// one's ends, is not there: a link to one film is good for no other. Errors are
// those of Raw.
func (l *Library) Subtitle(ctx context.Context, film Path, rest string) (*Raw, info.Subtitle, error) {
	p := Path(stem(string(film)) + "." + rest)
	if _, err := l.identity(film); err != nil || !isSubtitle(string(p)) || !validName(rest) {
		return nil, info.Subtitle{}, cmp.Or(err, fs.ErrNotExist)
	}
	names, err := l.filesIn(ctx, film.Parent())
	if err != nil {
		return nil, info.Subtitle{}, err
	}
	about := describeRest(rest)
	if !slices.ContainsFunc(describeBeside(film.base(), names), func(s info.Subtitle) bool { return s.ID == about.ID }) {
		return nil, info.Subtitle{}, fs.ErrNotExist
	}
	raw, err := l.Raw(p)
	return raw, about, err
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
			if role == "forced" {
				s.Forced = true
			} else {
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
