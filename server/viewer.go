package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/websocket"

	"vodsrv/server/library"
	"vodsrv/server/stream"
)

const (
	// pingEvery keeps proxies from taking a paused viewer for gone.
	pingEvery = 20 * time.Second
	// closeGrace is how long a client has to answer a close frame, or to take
	// what is being written when it leaves.
	closeGrace = 5 * time.Second
)

// viewer carries what a session says to a socket, and back. Two goroutines
// serve it: the handler's reads, one more writes.
type viewer struct {
	visit   visit
	metrics *metrics
	conn    *wsConn
	film    shown
	// unfollow ends the waking whenever there is more of the film; nil if there
	// won't be.
	unfollow func()
	every    time.Duration // between pings
	// nudge wakes the writer: the session has something new, or it is to stop.
	nudge chan struct{}

	mu      sync.Mutex // guards what follows
	session *stream.Session
	cause   error // of the session's end, where it is not the session that knows it
	leaving bool  // the server stops
	stopped bool  // the reader has ended
	code    int   // the close code that the reader ended with; 0 if nobody is there to read it

	bytes     int64 // sent, of the film; the writer's
	dismissed bool  // it has given everything back
}

var (
	errGone     = errors.New("the viewer left")
	errProtocol = errors.New("the viewer broke the protocol")
)

// shown is what is watched.
type shown interface {
	source
	Unchanged() error // looks at the file again
	Whole() error     // looks whether it was cut, which costs less
	Follow(wake func()) (stop func())
	Close() error
}

// begin gives the viewer what to watch.
func (v *viewer) begin(film shown, session *stream.Session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.film, v.session = film, session
	v.unfollow = film.Follow(v.wake)
	if v.leaving {
		session.Leave()
	}
}

// run serves the viewer until the connection is of no more use, and says why.
//
// Even after a fault of the program the writer has ended when it returns: what
// it sends from is given back then.
func (v *viewer) run(ws *websocket.Conn) (err error) {
	written := make(chan error, 1)
	go func() { written <- v.write() }()
	code := 0
	defer func() {
		v.stop(code)
		if writeErr := <-written; writeErr != nil {
			err = writeErr
		}
		if errors.Is(err, errProtocol) {
			v.conn.drain()
		}
	}()
	code, err = v.read(ws)
	return err
}

// stop ends the writer. A client that still reads gets a close frame.
func (v *viewer) stop(code int) {
	v.mu.Lock()
	v.stopped, v.code = true, code
	v.mu.Unlock()
	v.conn.hurry(closeGrace)
	v.wake()
}

// leave tells the viewer that the server stops.
func (v *viewer) leave() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.leaving = true
	if v.session != nil {
		v.session.Leave()
	}
	v.wake()
}

// wake never waits: a nudge that is there already will do.
func (v *viewer) wake() {
	select {
	case v.nudge <- struct{}{}:
	default:
	}
}

// read takes in the client's messages until it leaves or breaks a rule.
func (v *viewer) read(ws *websocket.Conn) (closeCode int, err error) {
	for {
		if v.conn.await() != nil {
			return 0, errGone
		}
		text, code := readMessage(ws)
		if code == 0 && text != nil {
			code = v.receive(text)
		}
		switch {
		case code == closeGone:
			return 0, errGone
		case code == stream.CloseNormal:
			return code, errGone
		case code != 0:
			return code, fmt.Errorf("%w (%d)", errProtocol, code)
		}
		v.wake()
	}
}

// receive tells the session what the client says.
func (v *viewer) receive(text []byte) (closeCode int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	closeCode = v.session.Receive(time.Now(), text)
	v.metrics.events(v.session.Events())
	return closeCode
}

// write sends what the session hands out, until it ends, the client is gone or
// takes nothing. A fault of the program ends this viewer alone.
func (v *viewer) write() (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("internal fault: %v\n%s", fault, debug.Stack())
		}
		if err != nil {
			_ = v.conn.Close() // frees the reader
		}
	}()
	timer := time.NewTimer(v.every)
	defer timer.Stop()
	ping := time.Now().Add(v.every)
	for {
		now := time.Now()
		step, stop := v.next(now)
		switch {
		case stop && step.Close == 0:
			return nil
		case step.Close != 0:
			return v.conn.close(step.Close)
		case step.Text != nil:
			if err := v.send(step); err != nil {
				return err
			}
			continue
		}
		if !now.Before(ping) {
			if err := v.conn.ping(); err != nil {
				return err
			}
			ping = now.Add(v.every)
		}
		wait := ping
		if !step.Wait.IsZero() && step.Wait.Before(ping) {
			wait = step.Wait
		}
		timer.Reset(time.Until(wait))
		select {
		case <-timer.C:
		case <-v.nudge:
		}
	}
}

// next asks the session what to do. stop ends the writer; step.Close is then
// the code to leave with, if any.
func (v *viewer) next(now time.Time) (step stream.Step, stop bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stopped {
		return stream.Step{Close: v.code}, true
	}
	step = v.session.Next(now)
	v.metrics.events(v.session.Events())
	return step, false
}

// end is how the log puts the end of the visit, and what went wrong inside.
func (v *viewer) end(err error) (how string, cause error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	code, cause := v.session.Failed()
	if v.cause != nil {
		cause = v.cause
	}
	if code != "" && (err == nil || errors.Is(err, errGone)) {
		how = string(code)
	} else {
		how = ending(err)
	}
	if code != stream.Internal {
		cause = nil
	}
	return how, cause
}

// send writes one step. Trouble with the film ends the session, not the
// connection: the client is told.
func (v *viewer) send(step stream.Step) error {
	if step.Parts == nil {
		return v.conn.text(step.Text)
	}
	err := v.conn.message(step, v.film, func() error {
		if step.Final {
			return v.film.Unchanged()
		}
		return v.film.Whole()
	})
	var trouble *sourceError
	if errors.As(err, &trouble) {
		v.fail(trouble.err)
		return nil
	}
	if err != nil {
		return err
	}
	v.bytes += step.Size
	v.metrics.sent(step)
	return nil
}

func (v *viewer) fail(err error) {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = library.ErrChanged // the file was cut while it was sent
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.session.Fail(tell(err))
	v.cause = err
	v.metrics.events(v.session.Events())
}

// refuse tells a client why it can't watch.
func (v *viewer) refuse(e *stream.Error) error {
	v.metrics.errors.WithLabelValues(string(e.Code)).Inc()
	text, code := stream.Refusal(e)
	if err := v.conn.text(text); err != nil {
		return err
	}
	return v.conn.close(code)
}

// awaitLeave waits for a client to answer a close frame: for closeGrace at
// most, to which the deadline for reading holds it.
func (v *viewer) awaitLeave(ws *websocket.Conn) {
	for {
		if _, code := readMessage(ws); code != 0 {
			return
		}
	}
}

// ending is how the log puts the end of a visit.
func ending(err error) string {
	switch {
	case errors.Is(err, errSlow), errors.Is(err, syscall.ETIMEDOUT):
		return string(stream.SlowReader)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, library.ErrChanged):
		return string(stream.FileChanged) // cut or written to while the kernel sent from it
	case err == nil, errors.Is(err, errGone), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "left"
	case errors.Is(err, net.ErrClosed):
		return "dropped"
	}
	return err.Error()
}
