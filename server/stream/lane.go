package stream

import (
	"vodsrv/mp4/fragment"
)

// lane is one stream of a session: where it is in the film.
type lane struct {
	id     int
	stream Stream
	epoch  int // in which it last started

	next int  // the segment to be sent, or being sent
	init bool // the init segment comes before it

	// The init segment or the segment that is being sent; nil between them.
	parts      []fragment.Part
	size, sent int64
	start, end float64 // presentation seconds
}

// restart makes the lane begin anew: init, then segment k.
func (l *lane) restart(epoch, k int) {
	l.epoch, l.next, l.init = epoch, k, true
	l.parts = nil
}

// load makes the next thing to send ready; false at the end of the film.
func (l *lane) load(film Film) (bool, error) {
	if l.parts != nil {
		return true, nil
	}
	if l.init {
		l.loadInit(film)
		return true, nil
	}
	for ; l.next < film.Segments(); l.next++ {
		segment, err := l.stream.Segment(l.next)
		if err != nil {
			return false, err
		}
		if segment != nil {
			l.set(segment.Parts)
			l.start, l.end = film.Span(l.next)
			return true, nil
		}
	}
	return false, nil
}

// loadInit readies the init segment, which takes the number and the start of
// the segment it precedes.
func (l *lane) loadInit(film Film) {
	init := l.stream.Init()
	l.set([]fragment.Part{{Data: init, Size: int64(len(init))}})
	l.start = film.Duration()
	if l.next < film.Segments() {
		l.start, _ = film.Span(l.next)
	}
	l.end = l.start
}

func (l *lane) set(parts []fragment.Part) {
	l.parts, l.size, l.sent = parts, 0, 0
	for _, p := range parts {
		l.size += p.Size
	}
}

// piece describes the next binary message, of at most limit bytes. Within a
// segment media time is linear in bytes.
func (l *lane) piece(limit int64) piece {
	n := min(limit, l.size-l.sent)
	return piece{start: l.timeAt(l.sent), end: l.timeAt(l.sent + n), bytes: n}
}

func (l *lane) timeAt(bytes int64) float64 {
	if bytes >= l.size {
		return l.end
	}
	return l.start + (l.end-l.start)*float64(bytes)/float64(l.size)
}

// take gives the next n bytes, announced.
func (l *lane) take(n int64) (dataMessage, []fragment.Part) {
	m := dataMessage{
		Type: typeData, Epoch: l.epoch, Stream: l.id, Kind: kindMedia, Seq: l.next,
		Start: l.start, End: l.end, Bytes: n, Last: l.sent+n == l.size,
	}
	if l.init {
		m.Kind = kindInit
	}
	parts := cut(l.parts, l.sent, n)
	l.sent += n
	if m.Last {
		l.finish()
	}
	return m, parts
}

// finish goes on to what follows the thing that was sent.
func (l *lane) finish() {
	l.parts = nil
	if l.init {
		l.init = false
		return
	}
	l.next++
}

func (l *lane) info() streamInfo {
	return streamInfo{ID: l.id, MIME: l.stream.MIME(), Tracks: l.stream.Tracks()}
}
