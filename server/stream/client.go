package stream

import (
	"errors"
	"slices"
	"time"

	"vodsrv/mp4/codec"
)

// Receive takes in a client's text message. What it brings about comes with
// the next Step. A message that ends the session gives its close code, else 0.
func (s *Session) Receive(now time.Time, text []byte) int {
	s.spoke = true
	m, err := parseMessage(text)
	if errors.Is(err, errNotJSON) {
		return CloseInvalidPayload
	}
	var trouble *Error
	if err != nil {
		trouble, m.Req = Errorf(BadRequest, "The message has fields of a wrong kind."), nil
	} else {
		trouble = s.handle(now, m)
	}
	if trouble == nil {
		return 0
	}
	if len(s.queue) >= maxQueued {
		return ClosePolicy
	}
	s.say(trouble, false, m.Req)
	return 0
}

func (s *Session) handle(now time.Time, m clientMessage) *Error {
	switch m.Type {
	case typeSeek, typeTracks:
		return s.ask(now, m)
	case typePause:
		s.pacer.pause(now)
		s.shifted = true
	case typePlay:
		return s.play(now, m)
	case typeReport:
		s.report(now, m)
	default:
		return Errorf(BadRequest, "There is no message of the type %q.", m.Type)
	}
	return nil
}

func (s *Session) play(now time.Time, m clientMessage) *Error {
	rate := s.pacer.rate
	if m.Rate != nil {
		rate = *m.Rate
	}
	if !rateAllowed(rate) {
		return Errorf(BadRequest, "The rate %v is not between %v and %v.", rate, MinRate, MaxRate)
	}
	s.pacer.play(now, rate)
	return nil
}

// report counts bytes in any epoch, but believes times of the newest alone:
// others tell of a place that was left.
func (s *Session) report(now time.Time, m clientMessage) {
	if m.Bytes != nil {
		s.pacer.took(*m.Bytes)
	}
	if m.Time == nil || m.Epoch != s.epoch || s.request != nil {
		return
	}
	buffered := 0.0
	if m.Buffered != nil {
		buffered = *m.Buffered
	}
	s.pacer.report(now, *m.Time, buffered)
	s.nearEdge(*m.Time)
	s.countStarvation(buffered)
}

// countStarvation counts the first of several reports of an empty buffer; while
// the client waits for an epoch to begin, it is no starvation.
func (s *Session) countStarvation(buffered float64) {
	const empty = 0.05 // seconds: players stop a little before the last frame
	if buffered >= empty {
		s.filled = true
		return
	}
	if s.filled && s.pacer.running() && !s.ended {
		s.events.Starvations++
	}
	s.filled = false
}

// ask takes in a request. It supersedes the one before, even where it is
// refused itself.
func (s *Session) ask(now time.Time, m clientMessage) *Error {
	if m.Req == nil || *m.Req <= s.lastReq {
		return Errorf(BadRequest, "The message needs a number req, higher than the last.")
	}
	s.lastReq, s.request = *m.Req, nil
	if s.film == nil {
		return errNotBegun
	}
	r := &request{req: *m.Req, time: s.pacer.playhead(now), first: m.First}
	if m.Time != nil {
		r.time = *m.Time
	}
	r.time = min(max(r.time, 0), s.film.Duration())
	switch {
	case m.Type == typeTracks:
		groups, err := s.groups(m.IDs)
		if err != nil {
			return err
		}
		r.groups = groups
	case m.Time == nil:
		return Errorf(BadRequest, "A seek needs a time.")
	}
	s.request = r
	if r.groups == nil {
		s.events.Seeks++
	}
	return nil
}

// groups sorts tracks into streams: all into one, or each into its own.
func (s *Session) groups(ids []uint32) ([][]uint32, *Error) {
	if len(ids) == 0 {
		ids = s.film.DefaultTracks()
	}
	if len(ids) == 0 {
		return nil, Errorf(Unsupported, "%s", whyNothing(s.film.Tracks()))
	}
	if err := s.check(ids); err != nil {
		return nil, err
	}
	if !s.split {
		return [][]uint32{ids}, nil
	}
	var groups [][]uint32
	for _, id := range ids {
		groups = append(groups, []uint32{id})
	}
	return groups, nil
}

// whyNothing says why a film without a playable track has none.
func whyNothing(tracks []Track) string {
	for _, t := range tracks {
		if (t.Kind == codec.Video || t.Kind == codec.Audio) && t.Reason != "" {
			return t.Reason
		}
	}
	return "The file has neither video nor audio."
}

// check refuses tracks that are not there, not playable, or too many of a kind.
func (s *Session) check(ids []uint32) *Error {
	var kinds []codec.Kind
	for i, id := range ids {
		t, ok := s.track(id)
		switch {
		case !ok:
			return Errorf(BadRequest, "The film has no track %d.", id)
		case !t.Playable:
			return Errorf(Unsupported, "Track %d can't be played: %s", id, t.Reason)
		case slices.Contains(ids[:i], id):
			return Errorf(BadRequest, "Track %d is named twice.", id)
		case s.split && slices.Contains(kinds, t.Kind):
			return Errorf(BadRequest, "In split mode there may be but one %s track.", t.Kind)
		}
		kinds = append(kinds, t.Kind)
	}
	return nil
}

func (s *Session) track(id uint32) (Track, bool) {
	tracks := s.film.Tracks()
	i := slices.IndexFunc(tracks, func(t Track) bool { return t.ID == id })
	if i < 0 {
		return Track{}, false
	}
	return tracks[i], true
}

// answer carries out the newest request.
func (s *Session) answer(now time.Time) Step {
	r := s.request
	s.request = nil
	if s.live != nil {
		s.answerLive(r)
		return s.Next(now)
	}
	started := s.lanes
	if r.groups != nil {
		lanes, changed, err := s.rearrange(r.groups)
		if err != nil {
			s.say(err, false, &r.req)
			return s.Next(now)
		}
		s.lanes, started = lanes, changed
	}
	s.epoch++
	s.ended, s.filled, s.fresh = false, false, freshBytes
	message := epochMessage{Type: typeEpoch, Epoch: s.epoch, Req: &r.req, From: r.time, Streams: []streamInfo{}}
	for _, l := range started {
		l.restart(s.epoch, l.stream.Seek(r.time))
		message.Streams = append(message.Streams, l.info())
	}
	s.pacer.restart(r.time)
	s.pacer.hold(r.first)
	return Step{Text: marshal(message)}
}

// rearrange finds the lanes for a new choice of tracks, and which of them have
// to start anew. A stream keeps its id while it carries the same kind of track.
func (s *Session) rearrange(groups [][]uint32) (lanes, changed []*lane, trouble *Error) {
	ids := s.ids
	for _, group := range groups {
		old := s.lane(group)
		if old != nil && sameTracks(old.stream.Tracks(), group) {
			lanes = append(lanes, old)
			continue
		}
		stream, err := s.film.Stream(group)
		if err != nil {
			return nil, nil, Errorf(Unsupported, "These tracks can't be played: %v.", err)
		}
		l := &lane{id: ids, stream: stream}
		if old != nil {
			l.id = old.id
		} else {
			ids++
		}
		lanes, changed = append(lanes, l), append(changed, l)
	}
	s.ids = ids
	return lanes, changed, nil
}

func sameTracks(a, b []uint32) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// lane returns the lane whose place a group of tracks takes.
func (s *Session) lane(group []uint32) *lane {
	if !s.split {
		return s.lanes[0]
	}
	for _, l := range s.lanes {
		old, _ := s.track(l.stream.Tracks()[0])
		if t, _ := s.track(group[0]); t.Kind == old.Kind {
			return l
		}
	}
	return nil
}
