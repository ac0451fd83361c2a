package library

import (
	"vodsrv/mp4/info"
)

// maxExtras is how many bytes of what films have besides are kept.
const maxExtras = 8 << 20

// extras is what a film has besides what playing needs, as it was.
type extras struct {
	id   identity
	info info.Extras
}

// memory is roughly what it takes, in bytes.
func (e extras) memory() int64 {
	const around, each = 512, 64
	size := int64(around + len(e.info.Title) + len(e.info.Artist))
	for _, c := range e.info.Chapters {
		size += int64(each + len(c.Title))
	}
	for _, s := range e.info.Subtitles {
		size += int64(each + len(s.Lang) + len(s.Label))
	}
	return size
}

// extrasOf reads what a film has besides, unless that is known. A disk that
// fails makes it a film that has nothing, for this time.
func (l *Library) extrasOf(f *Film, e *edition) info.Extras {
	l.mu.Lock()
	kept, ok := l.extras.get(f.path)
	l.mu.Unlock()
	if ok && kept.id == e.id {
		return kept.info
	}
	found, err := info.ReadExtras(f.file, e.movie)
	if err == nil {
		l.mu.Lock()
		l.extras.put(f.path, extras{id: e.id, info: found})
		l.mu.Unlock()
	}
	return found
}
