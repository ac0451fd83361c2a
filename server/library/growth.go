package library

import (
	"time"

	"vodsrv/mp4/info"
)

// quiet is for how long a file must have stayed as it is to be taken for
// complete, if nothing in it says that it is.
const quiet = 15 * time.Second

// sight is a file as it was seen last.
type sight struct {
	id    identity
	since time.Time // it is so
}

// since tells since when a file has been as it is. What its time of change says
// is believed only when the file is seen for the first time, as the clocks of
// other machines may be wrong.
func (l *Library) since(p Path, id identity) time.Time {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sights.get(p)
	switch {
	case ok && s.id == id:
		return s.since
	case ok && s.id.inode == id.inode:
		s.since = now
	default:
		s.since = time.Unix(0, id.mtime)
		if s.since.After(now) {
			s.since = now
		}
	}
	s.id = id
	l.sights.put(p, s)
	return s.since
}

// grows tells whether a film that has been as it is since then may be written
// to still: it can be played, but does not say that it is complete.
func (k known) grows(since time.Time) bool {
	return !k.complete && !k.again && k.info.State != info.Invalid && time.Since(since) < quiet
}
