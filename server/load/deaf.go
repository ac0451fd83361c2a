package load

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// deafBuffer is what the kernel holds for one who never reads, in bytes: as
// little as it can.
const deafBuffer = 4 << 10

// deafs are viewers who never read what they are sent.
type deafs struct {
	all     sync.WaitGroup
	mu      sync.Mutex
	viewers int
	dropped int
	longest time.Duration
}

// startDeaf lets them in.
func startDeaf(ctx context.Context, t *target, o Options) *deafs {
	d := &deafs{viewers: o.Deaf}
	for range o.Deaf {
		d.all.Go(func() { d.sit(ctx, t, o.Ramp+o.Time) })
	}
	return d
}

// end waits for them; nil if there were none.
func (d *deafs) end() *Deaf {
	d.all.Wait()
	if d.viewers == 0 {
		return nil
	}
	return &Deaf{Viewers: d.viewers, Dropped: d.dropped, Longest: d.longest.Seconds()}
}

// sit connects and reads nothing until the server has had enough. It looks for
// that by writing, since reading would make it no longer deaf.
func (d *deafs) sit(ctx context.Context, t *target, longest time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	conn, _, err := t.dial(ctx)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(deafBuffer)
	}
	begin := time.Now()
	for wait(ctx, time.Second) {
		if _, err := conn.Write(appendFrame(nil, opPong, nil)); err != nil {
			d.drop(time.Since(begin))
			return
		}
	}
	// A reset that came when nothing was to be written shows here.
	if conn.SetReadDeadline(time.Now().Add(time.Second)) == nil {
		if _, err := io.Copy(io.Discard, conn); err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			d.drop(time.Since(begin))
		}
	}
}

func (d *deafs) drop(after time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dropped++
	d.longest = max(d.longest, after)
}
