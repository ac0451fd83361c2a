package stream

import "vodsrv/mp4/fragment"

// beginningAhead is how many seconds a beginning holds at the least: while they
// play, a client gets itself a connection to go on with.
const beginningAhead = 2

// Beginning is what a session begins with, as one run of bytes: the messages
// that open it, each with a line feed behind it, and behind each data message
// the bytes that it announces. It ends where all streams have come to the end
// of a segment, so that a client goes on with Query.Seq, or seeks. Errors are
// *Error or the film's own.
func Beginning(film Film, q Query) ([]fragment.Part, error) {
	s, err := Open(film, q, Pace{Window: firstPiece})
	if err != nil {
		return nil, err
	}
	var parts []fragment.Part
	say := func(text []byte) {
		text = append(text, '\n')
		parts = append(parts, fragment.Part{Data: text, Size: int64(len(text))})
	}
	for _, text := range s.queue {
		say(text)
	}
	until := s.pacer.from + beginningAhead
	for {
		l, err := s.choose()
		if err != nil {
			return nil, err
		}
		// It is the one furthest behind: where it has enough, all have.
		if l == nil || !l.init && l.sent == 0 && l.start >= until {
			return parts, nil
		}
		m, piece := l.take(l.piece(s.limit).bytes)
		say(m.text())
		parts = append(parts, piece...)
	}
}
