package library

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// maxQualities is how many qualities of a film there are at most.
const maxQualities = 8

// quality is a name that tells of a film in a quality, by its lines: what is
// before, and how many. It is compiled when it is first used: the program starts
// sooner without.
var quality = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.+)\.([1-9][0-9]{2,3})[pP]$`) })

// Qualities are the films beside one that are the same in other qualities, as
// far as their names tell: film.1080p.mp4 and film.720p.mp4. Those of most lines
// come first.
func (l *Library) Qualities(ctx context.Context, p Path) []Path {
	own := quality().FindStringSubmatch(stem(p.base()))
	if own == nil {
		return nil
	}
	names, err := l.filesIn(ctx, p.Parent())
	if err != nil {
		return nil // the film is there, and plays by itself
	}
	type other struct {
		path  Path
		lines int
	}
	var others []other
	for _, name := range names {
		if m := quality().FindStringSubmatch(stem(name)); isFilm(name) && name != p.base() && m != nil && m[1] == own[1] {
			lines, _ := strconv.Atoi(m[2]) // which are digits
			others = append(others, other{p.Parent().join(name), lines})
		}
	}
	slices.SortStableFunc(others, func(a, b other) int { return cmp.Compare(b.lines, a.lines) })
	var list []Path
	for _, o := range others[:min(len(others), maxQualities-1)] {
		list = append(list, o.path)
	}
	return list
}
