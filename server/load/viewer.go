package load

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"time"
)

// reportEvery is how often a player tells where it is.
const reportEvery = time.Second

// stuck is how long the rest of a message may take.
const stuck = time.Minute

// told is what a viewer makes use of in the server's messages.
type told struct {
	Type    string  `json:"type"`
	From    float64 `json:"from"`
	Epoch   int     `json:"epoch"`
	Kind    string  `json:"kind"`
	Seq     int     `json:"seq"`
	Start   float64 `json:"start"`
	End     float64 `json:"end"`
	Bytes   int64   `json:"bytes"`
	Last    bool    `json:"last"`
	Code    string  `json:"code"`
	Message string  `json:"message"`
}

// viewer is one player that shows nothing. All times in seconds are of the
// film.
type viewer struct {
	conn net.Conn
	r    *bufio.Reader
	rate float64

	began   time.Time // when it asked
	first   time.Time // when the first media came: the picture starts
	from    float64   // where it starts in the film
	have    float64   // the film is here up to there
	result  result
	segment time.Time // when the last segment was whole
	paced   bool      // the server waits between segments: what came at once at the start has ended
	scratch []byte
}

// result is how one viewer fared.
type result struct {
	Err    error
	Bytes  int64   // of the film
	Start  float64 // seconds from asking to the first media
	Least  float64 // seconds of film in hand at the worst moment, once it plays; +Inf if that never was
	Waited float64 // seconds that the picture stood still
	Jitter float64 // seconds, as in RFC 3550, 6.4.1: how unevenly segments come
	Ended  bool    // it saw the film to its end
	played bool
}

// watch takes a film in until ctx is done or the film ends.
func watch(ctx context.Context, t *target, rate float64) result {
	v := &viewer{rate: rate, began: time.Now(), result: result{Least: math.Inf(1)}}
	conn, r, err := t.dial(ctx)
	if err != nil {
		v.result.Err = err
		return v.result
	}
	defer func() { _ = conn.Close() }()
	// Whoever leaves in time has not failed.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	v.conn, v.r = conn, r
	err = v.play(ctx)
	if ctx.Err() == nil && !v.result.Ended {
		v.result.Err = err
	}
	switch now := time.Now(); {
	case v.result.Ended:
	case v.segment.IsZero():
		v.result.Waited = now.Sub(v.began).Seconds() // there never was a picture
	default:
		v.look(now)
	}
	return v.result
}

// play reads messages until the connection ends, and reports each second.
func (v *viewer) play(ctx context.Context) error {
	next := v.began
	for ctx.Err() == nil && !v.result.Ended {
		now := time.Now()
		if v.result.played && !now.Before(next) {
			next = now.Add(reportEvery)
			if err := v.report(now); err != nil {
				return err
			}
		}
		if err := v.conn.SetReadDeadline(now.Add(reportEvery)); err != nil {
			return err
		}
		// Peek takes nothing away, so that waiting can be interrupted here.
		if _, err := v.r.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err := v.conn.SetReadDeadline(now.Add(stuck)); err != nil {
			return err
		}
		f, err := readFrame(v.r)
		if err == nil {
			err = v.take(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take takes one frame in.
func (v *viewer) take(f frame) error {
	if f.opcode == opBinary {
		return fmt.Errorf("%w: a binary message that was not announced", errProtocol)
	}
	if cap(v.scratch) < int(f.size) {
		v.scratch = make([]byte, max(f.size, 512))
	}
	payload := v.scratch[:f.size]
	if _, err := io.ReadFull(v.r, payload); err != nil {
		return err
	}
	switch f.opcode {
	case opPing:
		_, err := v.conn.Write(appendFrame(nil, opPong, payload))
		return err
	case opPong:
		return nil
	case opClose:
		code := 0
		if len(payload) >= 2 {
			code = int(binary.BigEndian.Uint16(payload))
		}
		return fmt.Errorf("the server closed the connection with code %d", code)
	}
	var m told
	if err := json.Unmarshal(payload, &m); err != nil {
		return fmt.Errorf("%w: %w", errProtocol, err)
	}
	return v.handle(m)
}

func (v *viewer) handle(m told) error {
	switch m.Type {
	case "open":
		v.from, v.have = m.From, m.From
	case "error":
		return errors.New(m.Code + ": " + m.Message)
	case "end":
		v.result.Ended = true
	case "data":
		return v.data(m)
	}
	return nil
}

// data takes in a binary message, and looks whether it came in time.
func (v *viewer) data(m told) error {
	f, err := readFrame(v.r)
	if err != nil {
		return err
	}
	if f.opcode != opBinary || f.size != m.Bytes {
		return fmt.Errorf("%w: %d bytes were announced, a frame %d of %d bytes came", errProtocol, m.Bytes, f.opcode, f.size)
	}
	if _, err := v.r.Discard(int(f.size)); err != nil {
		return err
	}
	now := time.Now()
	v.result.Bytes += f.size
	if m.Kind != "media" {
		return nil
	}
	if !v.result.played {
		v.result.played, v.first = true, now
		v.result.Start = now.Sub(v.began).Seconds()
	}
	v.look(now)
	if m.Last {
		v.spread(now, m)
		v.have = max(v.have, m.End)
	}
	return nil
}

// look tells how much of the film is in hand, and lets the picture wait if
// there is none. Before the first segment is whole, nothing plays yet.
func (v *viewer) look(now time.Time) {
	if v.segment.IsZero() {
		return
	}
	lead := v.have - v.playhead(now)
	v.result.Least = min(v.result.Least, lead)
	if lead < 0 {
		v.result.Waited += -lead / v.rate
	}
}

// playhead is where in the film the picture is, waiting left out.
func (v *viewer) playhead(now time.Time) float64 {
	return v.from + (now.Sub(v.first).Seconds()-v.result.Waited)*v.rate
}

// spread follows how unevenly segments come, once they are paced.
func (v *viewer) spread(now time.Time, m told) {
	const weight = 16
	if v.segment.IsZero() {
		v.first = now // the picture starts
	}
	apart, due := now.Sub(v.segment).Seconds(), (m.End-v.have)/v.rate
	if v.paced {
		v.result.Jitter += (math.Abs(apart-due) - v.result.Jitter) / weight
	}
	v.paced = v.paced || !v.segment.IsZero() && apart > due/2
	v.segment = now
}

// report tells the server where the player is.
func (v *viewer) report(now time.Time) error {
	at := min(max(v.playhead(now), v.from), v.have)
	text := fmt.Appendf(nil, `{"type":"report","epoch":0,"time":%.3f,"buffered":%.3f,"bytes":%d}`, at, v.have-at, v.result.Bytes)
	_, err := v.conn.Write(appendFrame(nil, opText, text))
	return err
}
