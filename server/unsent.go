package server

import "time"

const (
	// unsentShort and unsentLong are how many bytes may wait in the kernel that
	// were not sent yet. The long queue costs less: the kernel is asked, and the
	// other side woken, less often.
	unsentShort = 128 << 10
	unsentLong  = 1 << 20
	// unsentWait is for how long a seek may have to wait for what is in the
	// long queue.
	unsentWait = 10 * time.Millisecond
	// unsentWindow is over how many bytes the speed of a link is taken: the
	// queue itself takes some of them at once, however slow the link is.
	unsentWindow = 4 * unsentLong
)

// unsentQueue decides how long the kernel's queue of a connection may be. It
// begins short, is long where the link empties it within unsentWait, and short
// again where the link is slow or the pacer is.
type unsentQueue struct {
	long  bool
	bytes int64     // since the window began
	begin time.Time // of the window
}

// sent tells that the kernel has taken bytes. It answers how long the queue may
// be from now on, and whether that is new.
func (q *unsentQueue) sent(bytes int64, now time.Time) (limit int, changed bool) {
	if q.begin.IsZero() {
		q.begin = now
		return unsentShort, false
	}
	before := q.long
	if q.bytes += bytes; q.bytes >= unsentWindow {
		q.long = now.Sub(q.begin) <= unsentWait*time.Duration(q.bytes/unsentLong)
		q.begin, q.bytes = now, 0
	}
	if q.long {
		return unsentLong, q.long != before
	}
	return unsentShort, q.long != before
}
