package library

import (
	"errors"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// Path names something in the library: its raw bytes as the file system has
// them, with slashes between folders. The empty Path is the library's folder.
type Path string

// ErrBadPath is what a path in a URL is refused with that could not name
// anything.
var ErrBadPath = errors.New("library: not a path")

// ParsePath reads the percent-encoded path of a URL. Each segment is decoded
// by itself, so that an encoded slash never becomes a boundary. One slash at
// the end is passed over.
func ParsePath(escaped string) (Path, error) {
	escaped = strings.TrimSuffix(escaped, "/")
	if escaped == "" {
		return "", nil
	}
	segments := strings.Split(escaped, "/")
	for i, segment := range segments {
		name, err := url.PathUnescape(segment)
		if err != nil || !validName(name) {
			return "", ErrBadPath
		}
		segments[i] = name
	}
	p := strings.Join(segments, "/")
	if !filepath.IsLocal(filepath.FromSlash(p)) {
		return "", ErrBadPath
	}
	return Path(p), nil
}

func validName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// Escaped is the percent-encoded form, to build URLs with. It can stand alone
// as a relative URL: a colon in it would end a scheme (RFC 3986, 4.2).
func (p Path) Escaped() string {
	segments := strings.Split(string(p), "/")
	for i, name := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(name), ":", "%3A")
	}
	return strings.Join(segments, "/")
}

// Name is the last name, for showing: valid UTF-8.
func (p Path) Name() string {
	if p == "" {
		return ""
	}
	return shown(path.Base(string(p)))
}

func shown(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }

// Parents are the folders that p lies in, from the outermost on, without the
// library's own.
func (p Path) Parents() []Path {
	var parents []Path
	for i, c := range []byte(p) {
		if c == '/' {
			parents = append(parents, p[:i])
		}
	}
	return parents
}

// Film splits a path into that of a film and what lies below it, as in
// film.mp4/master.m3u8. The film is the last name that could be one and has
// something below it: folders may be called like films, and what lies below
// one, such as init.mp4, is the last name itself. The whole path is below none
// if there is no such name.
func (p Path) Film() (film, below Path) {
	for i := len(p) - 1; i > 0; i-- {
		if p[i] == '/' && isFilm(string(p[:i])) {
			return p[:i], p[i+1:]
		}
	}
	return "", p
}

// IsFilm tells whether a path could be that of a film, by its name.
func (p Path) IsFilm() bool { return isFilm(string(p)) }

// Parent is the folder that p lies in.
func (p Path) Parent() Path {
	return p[:max(strings.LastIndexByte(string(p), '/'), 0)]
}

// below tells whether p lies in a folder or in one below it.
func (p Path) below(folder Path) bool {
	return strings.HasPrefix(string(p), string(folder)+"/")
}

func (p Path) join(name string) Path {
	if p == "" {
		return Path(name)
	}
	return p + "/" + Path(name)
}

// hidden tells whether any name on the way begins with a dot.
func (p Path) hidden() bool {
	return strings.HasPrefix(string(p), ".") || strings.Contains(string(p), "/.")
}
