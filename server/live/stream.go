package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
	"sync"
	"time"

	"vodsrv/mp4/fragment"
	"vodsrv/server/live/flv"
)

// Options say how a stream is relayed. Zero values stand for the defaults.
type Options struct {
	Cutting  Cutting
	Window   time.Duration // kept; default DefaultWindow
	Bytes    int64         // kept at most; default DefaultBytes
	Stall    time.Duration // a source that sends nothing for so long is asked anew, if it can be; default DefaultStall
	OnDemand bool          // the source is asked only while someone watches, unless it is recorded, or can be had but once
	Record   *Archive      // the stream is recorded there; nil for nowhere
	Log      *slog.Logger  // default: nothing is logged
}

// Defaults of Options, and what may be chosen for the length of fragments.
const (
	DefaultWindow = time.Minute
	DefaultBytes  = 64 << 20
	DefaultStall  = 10 * time.Second
	Low           = 100 * time.Millisecond
	Normal        = 500 * time.Millisecond
)

const (
	firstWait   = 250 * time.Millisecond
	longestWait = 5 * time.Second
	// onDemandGrace is how long the source goes on being read when nobody watches
	// any more: someone who loads the page again is there at once.
	onDemandGrace = 10 * time.Second
	forever       = math.MaxInt64 / 2 // that may be added to
)

// State is what a stream is doing.
type State string

// The states there are.
const (
	Idle       State = "idle" // nobody watches
	Connecting State = "connecting"
	Playing    State = "live"
	Waiting    State = "waiting" // for the source to come back
	Ended      State = "ended"
)

// Stream is one relayed stream. It is safe for any number of goroutines.
type Stream struct {
	*Window
	name    string
	source  source
	options Options
	record  *recorder     // nil if it is not recorded
	grace   time.Duration // onDemandGrace; shorter in tests

	mu     sync.Mutex
	state  State
	reason string // why it is not live
	pulls  int
	asked  time.Time     // when a player of HLS last did
	wanted chan struct{} // holds one when someone came to watch

	end time.Duration // of all that was relayed; Run's own
}

// names is compiled when it is first used: the program starts sooner without.
var names = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`) })

// New makes a stream of that name. Run lets it go.
func New(name, from string, o Options) (*Stream, error) {
	if !names().MatchString(name) {
		return nil, fmt.Errorf("a live stream's name has letters, digits, and ._- within, not %q", name)
	}
	src, err := parseSource(from)
	if err != nil {
		return nil, fmt.Errorf("the live stream %s: %w", name, err)
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.Bytes == 0 {
		o.Bytes = DefaultBytes
	}
	if o.Stall == 0 {
		o.Stall = DefaultStall
	}
	if src.once() {
		o.OnDemand, o.Stall = false, forever // there is nobody to ask anew
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Window < time.Second || o.Bytes < fragmentBytes {
		return nil, fmt.Errorf("the live stream %s: its window can't be shorter than 1s, nor smaller than %d bytes", name, fragmentBytes)
	}
	s := &Stream{
		Window: newWindow(o.Window, o.Bytes), name: name, source: src, options: o, grace: onDemandGrace,
		state: Connecting, wanted: make(chan struct{}, 1),
	}
	if o.Cutting.Most == 0 {
		s.cutter.target = pieceWhole
	}
	if o.Record != nil {
		s.options.OnDemand = false
		s.record = newRecorder(name, *o.Record, o.Log)
	}
	return s, nil
}

// Name is what the stream is called in URLs.
func (s *Stream) Name() string { return s.name }

// Status is what is told of a stream.
type Status struct {
	Name    string      `json:"name"`
	State   State       `json:"state"`
	Reason  string      `json:"reason"` // why it is not live; "" if it is
	Viewers int         `json:"viewers"`
	Window  *[2]float64 `json:"window"` // presentation seconds; null if nothing is there
	MIME    string      `json:"mime"`   // of all tracks; "" if they are not known

	Recording *Recording `json:"recording"` // null if it is not to be recorded
}

// Status is how the stream does now.
func (s *Stream) Status() Status {
	s.mu.Lock()
	status := Status{Name: s.name, State: s.state, Reason: s.reason}
	s.mu.Unlock()
	status.Viewers = s.Viewers()
	if from, to := s.Bounds(); to > from {
		status.Window = &[2]float64{from, to}
	}
	if r, ok := s.Film(s.Newest()).(*run); ok {
		status.MIME = fragment.LiveMIME(r.tracks...)
	}
	if s.record != nil {
		recording := s.record.status()
		status.Recording = &recording
	}
	return status
}

// Pulls is how often the source was asked.
func (s *Stream) Pulls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pulls
}

// Over tells whether nothing more will ever come. What there is then is all.
func (s *Stream) Over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == Ended
}

// Away is what viewers are told while nothing comes.
func (s *Stream) Away() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.state {
	case Waiting:
		return "The stream is interrupted. It goes on by itself."
	case Ended:
		return "The stream is over."
	}
	return ""
}

// Follow has wake called whenever there is something new, until the viewer has
// had enough. wake must not wait.
func (s *Stream) Follow(wake func()) (enough func()) {
	enough = s.follow(wake)
	s.want()
	return enough
}

// want has the source asked, if it is for a viewer that this waits.
func (s *Stream) want() {
	select {
	case s.wanted <- struct{}{}:
	default:
	}
}

// askedFor is how long who asks for pieces is taken to watch them.
const askedFor = 3 * pieceWhole * time.Second

// ask notes that somebody asks for pieces.
func (s *Stream) ask() {
	s.mu.Lock()
	s.asked = time.Now()
	s.mu.Unlock()
	s.want()
}

// watched tells whether somebody watches.
func (s *Stream) watched() bool {
	s.mu.Lock()
	asked := s.asked
	s.mu.Unlock()
	return s.Viewers() > 0 || !asked.IsZero() && time.Since(asked) < askedFor
}

func (s *Stream) set(state State, reason string) {
	s.mu.Lock()
	changed := s.state != state
	s.state, s.reason = state, reason
	s.mu.Unlock()
	if changed {
		s.wakeAll()
	}
}

// Run reads the source, again and again, until ctx is done, and records it. It
// is called once.
func (s *Stream) Run(ctx context.Context) {
	if s.record != nil {
		var recording sync.WaitGroup
		recording.Go(s.record.run)
		defer recording.Wait()
		defer close(s.record.chunks)
	}
	for attempt := 0; ctx.Err() == nil; {
		if s.options.OnDemand && !s.awaitViewer(ctx) {
			return
		}
		s.set(Connecting, "")
		flowed, err := s.pull(ctx)
		if ctx.Err() != nil {
			return
		}
		if flowed {
			attempt = 0
		}
		if errors.Is(err, errUnwatched) {
			continue
		}
		s.options.Log.Warn("live stream interrupted", slog.String("name", s.name), slog.String("source", s.source.String()), slog.String("error", err.Error()))
		if s.source.once() {
			s.set(Ended, reason(err))
			return
		}
		s.set(Waiting, reason(err))
		select {
		case <-ctx.Done():
		case <-time.After(retryWait(attempt)):
		}
		attempt++
	}
}

// retryWait doubles from try to try, half of it left to chance.
func retryWait(attempt int) time.Duration {
	full := min(longestWait, firstWait<<min(attempt, 10))
	return full/2 + rand.N(full/2)
}

// awaitViewer waits for someone to watch; false if ctx is done before.
func (s *Stream) awaitViewer(ctx context.Context) bool {
	for !s.watched() {
		s.clear() // who comes then does not want what is old
		s.set(Idle, "")
		select {
		case <-ctx.Done():
			return false
		case <-s.wanted:
		}
	}
	return true
}

var (
	errUnwatched = errors.New("nobody watches")
	errStalled   = errors.New("the source sends nothing any more")
	errOver      = errors.New("the source has ended the stream")
)

// pull reads the source once, to its end; that is always an error. flowed tells
// whether something of it was relayed.
func (s *Stream) pull(ctx context.Context) (flowed bool, err error) {
	s.mu.Lock()
	s.pulls++
	s.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(s.options.Stall+answerTime, func() { cancel(errStalled) })
	defer watchdog.Stop()
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v\n%s", errFault, fault, debug.Stack())
		}
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause // of a read that was cut short
		}
	}()
	in, err := s.source.open(ctx)
	if err != nil {
		return false, err
	}
	stop := context.AfterFunc(ctx, func() { _ = in.Close() }) // a read may wait for ever
	defer func() {
		stop()
		_ = in.Close()
	}()
	return s.relay(ctx, cancel, in, watchdog)
}

// relay takes in all that a source sends.
func (s *Stream) relay(ctx context.Context, cancel context.CancelCauseFunc, in io.Reader, watchdog *time.Timer) (flowed bool, err error) {
	a := newAssembler(s.Window, s.options.Cutting)
	a.end, a.record = s.end, s.record
	defer func() {
		err = errors.Join(err, a.stop())
		s.end = a.end
	}()
	reader := flv.NewReader(bufio.NewReader(in))
	pace := pacer{}
	unwatched := time.Time{}
	for {
		p, err := reader.Next()
		switch {
		case err == io.EOF:
			return flowed, errOver
		case err != nil:
			return flowed, err
		}
		watchdog.Reset(s.options.Stall)
		if s.source.own() && !pace.wait(ctx, sourceTime(p)) {
			return flowed, ctx.Err()
		}
		if err := a.add(p); err != nil {
			return flowed, err
		}
		if !flowed && a.run != nil {
			flowed = true
			s.set(Playing, "")
			s.options.Log.Info("live stream begins", slog.String("name", s.name), slog.String("source", s.source.String()), slog.String("mime", fragment.LiveMIME(a.run.tracks...)))
		}
		if s.options.OnDemand && s.unwatched(&unwatched) {
			cancel(errUnwatched)
			return flowed, errUnwatched
		}
	}
}

// unwatched tells whether nobody has watched for a while.
func (s *Stream) unwatched(since *time.Time) bool {
	switch {
	case s.watched():
		*since = time.Time{}
	case since.IsZero():
		*since = time.Now()
	}
	return !since.IsZero() && time.Since(*since) > s.grace
}

// pacer lets a file go by at its own rate.
type pacer struct {
	began time.Time
	first time.Duration
	last  time.Duration
}

// wait waits until a packet is due; false if ctx is done before.
func (p *pacer) wait(ctx context.Context, at time.Duration) bool {
	if p.began.IsZero() || at < p.last-jumpBack || at > p.last+jumpAhead {
		p.began, p.first = time.Now(), at
	}
	p.last = at
	left := time.Until(p.began.Add(at - p.first))
	if left <= 0 {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(left):
		return true
	}
}
