package stream

import (
	"errors"
	"time"

	"vodsrv/mp4/fragment"
)

// Close codes of RFC 6455, section 7.4.1, and of the registry it set up.
const (
	CloseNormal          = 1000
	CloseGoingAway       = 1001
	CloseProtocolError   = 1002
	CloseUnsupportedData = 1003
	CloseInvalidPayload  = 1007
	ClosePolicy          = 1008
	CloseTooBig          = 1009
	CloseInternal        = 1011
	CloseRestart         = 1012
	CloseTryAgain        = 1013
)

// idleAfterEnd is how long a client that speaks may stay when all is sent.
const idleAfterEnd = 10 * time.Minute

// maxQueued bounds the answers that wait for a client which asks and asks, but
// takes nothing.
const maxQueued = 16

const (
	// firstPiece is the most bytes that one of the first pieces of an epoch
	// carries, and freshBytes how many bytes come so.
	firstPiece = 64 << 10
	freshBytes = MaxPiece
)

// Step is what to do next for a viewer. Of Text and Parts either may be
// missing; Parts are one binary message, to be sent right behind Text. Where
// there is nothing to send, Close and Wait tell what else.
type Step struct {
	Text  []byte
	Parts []fragment.Part
	Size  int64 // of Parts, in bytes
	Final bool  // Parts complete a segment: look at the film first

	Close int       // not 0: end the connection with this code
	Wait  time.Time // ask again then; the zero time: when the client said something
}

// Session is one viewer of one film, or of what is live.
type Session struct {
	film  Film // nil while a live stream has not begun
	live  Live // nil for a film
	pacer pacer
	lanes []*lane
	limit int64 // of a piece, in bytes
	fresh int64 // bytes of the epoch that still come in small pieces
	split bool
	ids   int // stream ids given out

	epoch   int
	queue   [][]byte // text messages to send first
	request *request // the newest, not yet answered
	lastReq int64
	growing bool    // what the client was told of the film last
	length  float64 // the same
	spoke   bool    // the client ever sent a message
	ended   bool    // end was sent for this epoch
	endedAt time.Time
	close   int // not 0: all that is left is the queue, and this code
	events  Events
	failed  Code  // what ended the session; "" if nothing did
	cause   error // the same in full
	filled  bool  // the client has had something in its buffer, and not run dry since

	// Of what is live:
	query   Query
	shifted bool    // the viewer went back, or paused: it is not moved to what is new
	away    string  // why nothing comes, as the client was told last
	told    float64 // up to where the window reached when the client was told of it last
}

// Events are counts of what happened in a session.
type Events struct {
	Seeks       int
	Starvations int // times that the client ran out of film while playing
	Errors      []Code
}

// Events returns what happened since it was called last.
func (s *Session) Events() Events {
	e := s.events
	s.events = Events{}
	return e
}

// request is a seek or a change of tracks.
type request struct {
	req    int64
	time   float64
	first  float64    // seconds that come alone; 0 for all
	groups [][]uint32 // the new streams; nil for a seek
}

// Open begins a session. pace gives what the server allows; rate and paused
// come with the query. Errors are *Error.
func Open(film Film, q Query, pace Pace) (*Session, error) {
	pace.Rate, pace.Paused = q.Rate, q.Paused
	s := &Session{film: film, split: q.Split, limit: min(MaxPiece, pace.Window), fresh: freshBytes, lastReq: -1}
	groups, trouble := s.groups(q.Tracks)
	if trouble != nil {
		return nil, trouble
	}
	for _, ids := range groups {
		if err := s.addLane(ids); err != nil {
			return nil, err
		}
	}
	from, err := s.place(q)
	if err != nil {
		return nil, err
	}
	s.pacer = newPacer(pace, from)
	if s.growing, err = film.Growth(); err != nil {
		return nil, err
	}
	s.length = film.Duration()
	s.queue = append(s.queue, marshal(openMessage{
		Type: typeOpen, Duration: &s.length, Growing: s.growing, ETag: film.ETag(), From: from,
		Streams: s.streams(), Tracks: film.Tracks(),
	}))
	return s, nil
}

func (s *Session) addLane(ids []uint32) error {
	stream, err := s.film.Stream(ids)
	if err != nil {
		return Errorf(Unsupported, "These tracks can't be played: %v.", err)
	}
	s.lanes = append(s.lanes, &lane{id: s.ids, stream: stream})
	s.ids++
	return nil
}

// place puts each lane where the query wants it, and tells where the clock
// starts.
func (s *Session) place(q Query) (from float64, err error) {
	if q.Seq == nil {
		from = min(q.Time, s.film.Duration())
		for _, l := range s.lanes {
			l.restart(0, l.stream.Seek(from))
		}
		return from, nil
	}
	if q.ETag != s.film.ETag() {
		return 0, Errorf(FileChanged, "The file has changed.")
	}
	if len(q.Seq) != len(s.lanes) {
		return 0, Errorf(BadRequest, "The parameter seq names %d segments for %d streams.", len(q.Seq), len(s.lanes))
	}
	from = s.film.Duration()
	for i, l := range s.lanes {
		if q.Seq[i] > s.film.Segments() {
			return 0, Errorf(BadRequest, "The film has %d segments, none with the number %d.", s.film.Segments(), q.Seq[i])
		}
		l.restart(0, q.Seq[i])
		if q.Seq[i] < s.film.Segments() {
			start, _ := s.film.Span(q.Seq[i])
			from = min(from, start)
		}
	}
	if q.HasT {
		from = min(q.Time, s.film.Duration())
	}
	return from, nil
}

func (s *Session) streams() []streamInfo {
	infos := make([]streamInfo, len(s.lanes))
	for i, l := range s.lanes {
		infos[i] = l.info()
	}
	return infos
}

// Next says what to do now. What it hands out counts as sent.
func (s *Session) Next(now time.Time) Step {
	if len(s.queue) > 0 {
		text := s.queue[0]
		s.queue[0] = nil // the message that opens the session is long
		s.queue = s.queue[1:]
		return Step{Text: text}
	}
	if s.close != 0 {
		return Step{Close: s.close}
	}
	if s.live != nil && s.followLive() {
		return s.Next(now)
	}
	if s.film == nil {
		return Step{} // there will be more
	}
	if s.live == nil && s.growing && s.follow() {
		return s.Next(now)
	}
	if s.request != nil {
		return s.answer(now)
	}
	l, err := s.choose()
	switch {
	case errors.Is(err, ErrForgotten):
		if !s.moveOn() {
			return Step{} // there will be more
		}
		return s.Next(now)
	case err != nil:
		s.Fail(err)
		return s.Next(now)
	case l == nil:
		return s.finish(now)
	}
	return s.send(now, l)
}

// choose returns the lane that is furthest behind, inits first; nil when all
// is sent.
func (s *Session) choose() (*lane, error) {
	var chosen *lane
	for _, l := range s.lanes {
		more, err := l.load(s.film)
		if err != nil {
			return nil, err
		}
		if !more {
			continue
		}
		if l.init {
			return l, nil
		}
		if chosen == nil || l.timeAt(l.sent) < chosen.timeAt(chosen.sent) {
			chosen = l
		}
	}
	return chosen, nil
}

func (s *Session) send(now time.Time, l *lane) Step {
	p, init := l.piece(s.mostNow()), l.init
	at, ever := now, s.pacer.room(p.bytes)
	if !init {
		at, ever = s.pacer.due(now, p)
	}
	switch {
	case !ever:
		return Step{}
	case at.After(now):
		return Step{Wait: at}
	}
	m, parts := l.take(p.bytes)
	s.fresh -= p.bytes
	if init {
		s.pacer.initSent(p.bytes)
	} else {
		s.pacer.mediaSent(now, p.bytes)
	}
	return Step{Text: m.text(), Parts: parts, Size: p.bytes, Final: m.Last && !init}
}

// mostNow is how many bytes the next piece may have: a client that has nothing
// gets little ones, so that it decodes the first picture while the rest comes.
func (s *Session) mostNow() int64 {
	if s.fresh > 0 {
		return min(s.limit, firstPiece)
	}
	return s.limit
}

// follow tells the client how a film grows, and whether it has anything to say.
func (s *Session) follow() bool {
	more, err := s.film.Growth()
	if err != nil {
		s.Fail(err)
		return true
	}
	length := s.film.Duration()
	if more && length == s.length {
		return false
	}
	s.growing, s.length = more, length
	s.queue = append(s.queue, marshal(durationMessage{Type: typeDuration, Duration: &length, Growing: more}))
	return true
}

// finish is reached when all is sent.
func (s *Session) finish(now time.Time) Step {
	if s.growing {
		return Step{} // there will be more
	}
	if !s.ended {
		s.ended, s.endedAt = true, now
		return Step{Text: marshal(endMessage{Type: typeEnd, Epoch: s.epoch})}
	}
	stay := s.endedAt.Add(idleAfterEnd)
	if !s.spoke || !now.Before(stay) {
		s.close = CloseNormal
		return Step{Close: s.close}
	}
	return Step{Wait: stay}
}

// Fail ends the session: the client is told why, and nothing after it.
func (s *Session) Fail(err error) {
	if s.close != 0 {
		return
	}
	e := &Error{Code: Internal, Message: "Something went wrong in the server."}
	errors.As(err, &e)
	s.say(e, true, nil)
	s.close, s.failed, s.cause = closeCode(e.Code), e.Code, err
}

// Failed tells what ended the session, in the client's words and in full; "" if
// nothing did.
func (s *Session) Failed() (Code, error) { return s.failed, s.cause }

// closeCode is the close code that goes with a fatal error.
func closeCode(code Code) int {
	switch code {
	case Busy:
		return CloseTryAgain
	case FileChanged:
		return CloseRestart
	case Internal:
		return CloseInternal
	}
	return ClosePolicy
}

// Leave ends the session since the server stops.
func (s *Session) Leave() {
	s.Fail(Errorf(Busy, "The server is stopping."))
	s.close = CloseGoingAway
}

func (s *Session) say(e *Error, fatal bool, req *int64) {
	s.events.Errors = append(s.events.Errors, e.Code)
	s.queue = append(s.queue, marshal(errorMessage{Type: typeError, Code: e.Code, Message: e.Message, Fatal: fatal, Req: req}))
}

// Refusal is the message of an error that ends a session before it began, and
// the close code to send after it.
func Refusal(e *Error) (text []byte, code int) {
	return marshal(errorMessage{Type: typeError, Code: e.Code, Message: e.Message, Fatal: true}), closeCode(e.Code)
}
