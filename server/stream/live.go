package stream

import (
	"errors"
	"math"
)

// Live is a stream that is watched while it is made, and forgotten at its start.
// It is made of runs, each of which is shown as a film that grows; segments are
// numbered through all of them, and times go on. Its methods are safe for any
// number of goroutines.
type Live interface {
	// Film is the run that holds segment k, or begins with it; nil if there is
	// none.
	Film(k int) Film
	// First is the oldest segment that is not forgotten.
	First() int
	// Begin is the segment that a viewer can begin with at or before a time, or
	// else the first one behind it; -1 if there is none at all.
	Begin(seconds float64) int
	// Bounds are the times between which something is there.
	Bounds() (from, to float64)
	// Away is why nothing comes now, a sentence; "" if something does.
	Away() string
}

// ErrForgotten is what a stream says of a segment that was there.
var ErrForgotten = errors.New("stream: the segment is not there any more")

var errNotBegun = Errorf(Busy, "The stream has not begun.")

const (
	// behindMost is how many seconds a viewer of what is new may be behind before
	// it is moved to the newest key frame.
	behindMost = 5.0
	// tellWindow is how many seconds go by before the client is told how far the
	// stream has come.
	tellWindow = 1.0
)

// OpenLive begins a session with what is live: at the newest key frame, unless
// the query asks for a time, or segments, that are there. Whether they are can
// be told only when the stream has begun: then the session ends if not.
func OpenLive(live Live, q Query, pace Pace) *Session {
	pace.Rate, pace.Paused = q.Rate, q.Paused
	s := &Session{live: live, query: q, split: q.Split, limit: min(MaxPiece, pace.Window), lastReq: -1}
	s.pacer = newPacer(pace, 0)
	return s
}

// followLive finds out what is new of the stream, and whether there is anything
// to say.
func (s *Session) followLive() bool {
	if away := s.live.Away(); away != s.away {
		if s.away = away; away != "" {
			s.say(Errorf(Busy, "%s", away), false, nil)
			return true
		}
	}
	if s.film == nil {
		return s.beginLive()
	}
	k := s.position()
	switch {
	case k < s.live.First(), s.isBehind(k):
		return s.moveOn()
	case k >= s.film.Segments():
		// The run may be over, and the next one have begun.
		if next := s.live.Film(k); next != nil && next != s.film {
			s.moveTo(k, nil)
			return true
		}
	}
	return s.tellBounds()
}

// position is the segment that is sent next, or being sent: the first of all
// streams.
func (s *Session) position() int {
	k := math.MaxInt
	for _, l := range s.lanes {
		k = min(k, l.next)
	}
	return k
}

// isBehind tells whether a viewer of what is new should go on at a newer key
// frame instead of here.
func (s *Session) isBehind(k int) bool {
	if s.shifted || s.pacer.paused {
		return false
	}
	start, _ := s.film.Span(k)
	_, to := s.live.Bounds()
	return k < s.film.Segments() && to-start > behindMost && s.live.Begin(math.Inf(1)) > k
}

// nearEdge takes a viewer who has caught up for one of what is new.
func (s *Session) nearEdge(at float64) {
	if s.live == nil || s.pacer.paused {
		return
	}
	if _, to := s.live.Bounds(); to-at < behindMost {
		s.shifted = false
	}
}

// moveOn goes on at the newest key frame, if there is one.
func (s *Session) moveOn() bool {
	k := s.live.Begin(math.Inf(1))
	if k < 0 || k == s.position() {
		return false
	}
	s.shifted = false
	s.moveTo(k, nil)
	return true
}

// beginLive opens the session, once there is something to begin with.
func (s *Session) beginLive() bool {
	newest := s.live.Begin(math.Inf(1))
	if newest < 0 {
		return false
	}
	k := newest
	if from, to := s.live.Bounds(); s.query.HasT && s.query.Time >= from && s.query.Time <= to {
		k = s.live.Begin(s.query.Time)
	}
	s.shifted = k < newest
	if s.query.Seq != nil {
		if k = s.resumed(); k < 0 {
			s.Fail(Errorf(FileChanged, "The stream has gone on."))
			return true
		}
	}
	if s.film = s.live.Film(k); s.film == nil {
		return false // it was forgotten just now
	}
	groups, trouble := s.groups(s.query.Tracks)
	if trouble != nil {
		s.Fail(trouble)
		return true
	}
	for _, ids := range groups {
		if err := s.addLane(ids); err != nil {
			s.Fail(err)
			return true
		}
	}
	for i, l := range s.lanes {
		l.restart(0, k)
		if s.query.Seq != nil && i < len(s.query.Seq) {
			l.restart(0, s.query.Seq[i])
		}
	}
	from := s.clockFrom(k, s.query.Time)
	s.pacer.restart(from)
	s.growing = true
	s.queue = append(s.queue, marshal(openMessage{
		Type: typeOpen, Growing: true, ETag: s.film.ETag(), From: from, Window: s.bounds(),
		Streams: s.streams(), Tracks: s.film.Tracks(),
	}))
	return true
}

// resumed is the first of the segments that a client asks to go on with; -1 if
// they are not all there, in one run.
func (s *Session) resumed() int {
	k := math.MaxInt
	for _, seq := range s.query.Seq {
		film := s.live.Film(seq)
		if film == nil || seq < s.live.First() || film.ETag() != s.query.ETag || seq > film.Segments() || film != s.live.Film(s.query.Seq[0]) {
			return -1
		}
		k = min(k, seq)
	}
	return k
}

// clockFrom is where the clock begins that a viewer of segment k goes by, who
// asked for a time.
func (s *Session) clockFrom(k int, asked float64) float64 {
	start, _ := s.film.Span(k)
	if _, to := s.live.Bounds(); asked > start && asked <= to {
		return asked
	}
	return start
}

func (s *Session) bounds() *[2]float64 {
	from, to := s.live.Bounds()
	s.told = to
	return &[2]float64{from, to}
}

// tellBounds tells the client how far the stream has come, now and then.
func (s *Session) tellBounds() bool {
	if _, to := s.live.Bounds(); to-s.told < tellWindow {
		return false
	}
	s.queue = append(s.queue, marshal(durationMessage{Type: typeDuration, Growing: true, Window: s.bounds()}))
	return true
}

// answerLive carries out a request. A time that is not there any more, or not
// yet, becomes the nearest that is.
func (s *Session) answerLive(r *request) {
	newest := s.live.Begin(math.Inf(1))
	k := s.live.Begin(r.time)
	if k < 0 || s.live.Film(k) == nil {
		s.say(errNotBegun, false, &r.req)
		return
	}
	if r.groups != nil {
		s.query.Tracks = nil
		for _, ids := range r.groups {
			s.query.Tracks = append(s.query.Tracks, ids...)
		}
	}
	s.shifted = k < newest
	s.moveTo(k, r)
}

// moveTo begins an epoch with segment k: all streams of the run that holds it
// start anew. r is the request that it answers, nil for none. Tracks that were
// chosen and are not there any more give way to those that are.
func (s *Session) moveTo(k int, r *request) {
	film := s.live.Film(k)
	if film == nil {
		return
	}
	s.film = film
	groups, trouble := s.groups(s.query.Tracks)
	if trouble != nil {
		groups, trouble = s.groups(nil)
	}
	if trouble != nil {
		s.Fail(trouble)
		return
	}
	old := s.lanes
	s.lanes = nil
	for i, ids := range groups {
		if err := s.addLane(ids); err != nil {
			s.Fail(err)
			return
		}
		s.keepID(s.lanes[i], old)
	}
	s.epoch++
	s.ended, s.filled, s.fresh = false, false, freshBytes
	start, _ := film.Span(k)
	m := epochMessage{Type: typeEpoch, Epoch: s.epoch, From: start, Streams: []streamInfo{}}
	if r != nil {
		m.Req, m.From = &r.req, s.clockFrom(k, r.time)
	}
	for _, l := range s.lanes {
		l.restart(s.epoch, k)
		m.Streams = append(m.Streams, l.info())
	}
	s.pacer.restart(m.From)
	s.queue = append(s.queue, marshal(m))
}

// keepID gives a stream the id that the one of the same tracks had, or the one
// of all tracks.
func (s *Session) keepID(l *lane, old []*lane) {
	for _, o := range old {
		if !s.split || sameTracks(o.stream.Tracks(), l.stream.Tracks()) {
			l.id = o.id
			return
		}
	}
}
