package library

import (
	"io"
	"path"
	"strings"

	"vodsrv/mp4/box"
)

// films are the extensions of the films that are listed, each with its
// Content-Type.
var films = map[string]string{
	".mp4": "video/mp4", ".m4v": "video/mp4", ".f4v": "video/mp4", ".cmfv": "video/mp4",
	".m4a": "audio/mp4", ".m4b": "audio/mp4", ".cmfa": "audio/mp4",
	".mov": "video/quicktime", ".3gp": "video/3gpp", ".3g2": "video/3gpp2",
}

// subtitles are served, but not listed.
var subtitles = map[string]string{
	".srt": "application/x-subrip; charset=utf-8", ".vtt": "text/vtt; charset=utf-8",
}

func extension(name string) string { return strings.ToLower(path.Ext(name)) }

func isFilm(name string) bool { return films[extension(name)] != "" }

func isSubtitle(name string) bool { return subtitles[extension(name)] != "" }

// ContentType is the fixed type of a file that is served.
func (p Path) ContentType() string {
	ext := extension(string(p))
	if t, ok := films[ext]; ok {
		return t
	}
	return subtitles[ext]
}

// firstBoxes are what a film may begin with.
var firstBoxes = map[string]bool{
	"ftyp": true, "styp": true, "moov": true, "moof": true, "mdat": true, "free": true, "skip": true, "wide": true,
	"pnot": true, "sidx": true, "ssix": true, "emsg": true, "prft": true, "uuid": true, "meta": true, "udta": true, "PICT": true,
}

// LooksLikeFilm tells whether a file begins with a box that films begin with.
// Whoever renames a page to .mp4 does not get it served.
func LooksLikeFilm(r io.ReaderAt) bool {
	var head [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return false
	}
	return firstBoxes[box.Type(head[4:]).String()]
}
