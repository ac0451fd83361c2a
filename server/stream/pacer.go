package stream

import (
	"math"
	"time"
)

// Bounds of the rate of playback.
const (
	MinRate = 0.1
	MaxRate = 16
)

// longestHold is when an epoch's rest is sent to a client that asked for its
// first seconds alone and reports nothing.
const longestHold = 500 * time.Millisecond

// Pace says how far a viewer may be sent ahead.
type Pace struct {
	Ahead  float64 // seconds of media beyond the playhead, at rates up to 1
	Window int64   // bytes beyond those that a reporting client took in
	Rate   float64 // of playback, MinRate to MaxRate
	Paused bool    // the clock stands
}

// pacer decides when the next piece is sent to one viewer. It knows no clock
// and no socket: it is told instants, which must not go back, and answers with
// instants.
type pacer struct {
	ahead  float64
	window int64
	rate   float64
	paused bool

	from    float64   // where the epoch starts: the playhead is never before
	base    float64   // the playhead at since
	since   time.Time // zero while the clock has not started
	ceiling float64   // the playhead is never beyond: the end of what the client has
	first   float64   // seconds of the epoch that come alone; 0 once the rest may follow
	held    time.Time // when the rest follows at the latest; zero before the first media

	sent     int64 // binary bytes since the connection was opened
	taken    int64 // of these, what the client said it took in
	reported bool  // the client told bytes: the window holds
}

// piece is what the pacer has to know of the next binary message.
type piece struct {
	start, end float64 // presentation seconds
	bytes      int64
}

func newPacer(p Pace, from float64) pacer {
	c := pacer{ahead: p.Ahead, window: p.Window, rate: p.Rate, paused: p.Paused}
	c.restart(from)
	return c
}

// restart begins an epoch: the clock starts anew with the next media byte.
func (c *pacer) restart(from float64) {
	c.from, c.base, c.since, c.ceiling = from, from, time.Time{}, math.Inf(1)
	c.first, c.held = 0, time.Time{}
}

// hold keeps what lies more than so many seconds of playing beyond the epoch's
// beginning back until the client reports, or longestHold behind the first
// media: what a viewer's machine takes in keeps it from decoding what it waits
// for.
func (c *pacer) hold(first float64) { c.first = max(first, 0) }

// playhead is where the viewer is taken to be, in presentation seconds.
func (c *pacer) playhead(now time.Time) float64 {
	at := c.base
	if c.running() {
		at += c.rate * now.Sub(c.since).Seconds()
	}
	return max(min(at, c.ceiling), c.from)
}

func (c *pacer) running() bool { return !c.paused && !c.since.IsZero() }

// reach is how many seconds beyond the playhead are sent.
func (c *pacer) reach() float64 { return c.ahead * max(1, c.rate) }

// due says when a piece may be sent; false if not before the client says
// something. A piece that has to wait starts the clock, too: what has to wait
// lies so far ahead that the viewer can play without it.
func (c *pacer) due(now time.Time, p piece) (time.Time, bool) {
	if !c.room(p.bytes) {
		return time.Time{}, false
	}
	due, ever := c.within(now, p)
	if ever && c.holds(p) && due.Before(c.held) {
		due = c.held
	}
	return due, ever
}

func (c *pacer) holds(p piece) bool {
	return c.first > 0 && p.start >= c.from+c.first*max(1, c.rate)
}

// within says when a piece is within reach.
func (c *pacer) within(now time.Time, p piece) (time.Time, bool) {
	at := c.playhead(now)
	if c.paused {
		// What the client stands at it must get, however long it is.
		return now, p.start <= at || p.end <= at+c.reach()
	}
	if p.start < at+c.reach() {
		return now, true
	}
	c.start(now)
	must := p.start - c.reach() // the playhead that makes it due
	if must >= c.ceiling {
		return time.Time{}, false
	}
	wait := (must - c.base) / c.rate
	// The next tick of the clock, since the bound itself is not yet due.
	return c.since.Add(clampDuration(wait) + time.Microsecond), true
}

// room tells whether the window has room for more bytes. A client that took in
// everything gets the next piece, however small the window.
func (c *pacer) room(bytes int64) bool {
	return !c.reported || c.sent == c.taken || c.sent-c.taken+bytes <= c.window
}

// clampDuration converts seconds, a day at most.
func clampDuration(seconds float64) time.Duration {
	return time.Duration(min(max(seconds, 0), 86400) * float64(time.Second))
}

// start sets the clock going unless it is, or waits for play.
func (c *pacer) start(now time.Time) {
	if !c.paused && c.since.IsZero() {
		c.since = now
	}
}

// initSent counts bytes that carry no media.
func (c *pacer) initSent(bytes int64) { c.sent += bytes }

// mediaSent counts a piece.
func (c *pacer) mediaSent(now time.Time, bytes int64) {
	c.sent += bytes
	if c.held.IsZero() {
		c.held = now.Add(longestHold)
	}
	c.start(now)
}

// report takes in where a client says it plays, and how many seconds beyond
// that it has.
func (c *pacer) report(now time.Time, at, buffered float64) {
	c.first = 0
	c.base = max(at, c.from)
	c.ceiling = max(at+max(buffered, 0), c.from)
	if !c.since.IsZero() {
		c.since = now
	}
}

// took takes in how many bytes a client has accounted for since open.
func (c *pacer) took(bytes int64) {
	c.reported = true
	c.taken = min(max(c.taken, bytes), c.sent)
}

// pause stops the clock.
func (c *pacer) pause(now time.Time) {
	c.settle(now)
	c.paused = true
}

// play sets the clock going at a rate, from where it stands.
func (c *pacer) play(now time.Time, rate float64) {
	c.settle(now)
	c.paused, c.rate = false, rate
}

// settle makes the playhead the base of what follows.
func (c *pacer) settle(now time.Time) {
	c.base = c.playhead(now)
	if !c.since.IsZero() {
		c.since = now
	}
}
