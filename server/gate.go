package server

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"vodsrv/server/access"
)

const (
	// maxWaiting is how many connections may be open without asking for
	// anything: those that did not yet say what they want, and those kept for
	// the next request.
	maxWaiting = 4096
	// waitGrace is how long each may be so before it has to make room.
	waitGrace = time.Second
)

// gate bounds connections. Where too many ask for nothing, the oldest of the
// address that has most of them makes room for a new one, so that someone who
// opens connections to no end is in nobody's way but his own.
type gate struct {
	most    int // that ask for nothing
	grace   time.Duration
	perSite *tally
	proxies access.Proxies // connections of theirs are not counted by address

	mu      sync.Mutex
	callers map[net.Conn]*caller
	waiting list.List // of *caller, the oldest in front
	sites   map[netip.Addr]int
	room    chan struct{} // something ended to wait
}

// caller is one connection.
type caller struct {
	conn    net.Conn
	site    netip.Addr
	counted bool
	surplus bool // there were enough of its address
	since   time.Time
	at      *list.Element // in waiting; nil if it asks for something
}

type callerKey struct{}

func newGate(most, perSite int, proxies access.Proxies) *gate {
	return &gate{
		most: most, grace: waitGrace, perSite: newTally(perSite), proxies: proxies,
		callers: map[net.Conn]*caller{}, sites: map[netip.Addr]int{}, room: make(chan struct{}, 1),
	}
}

// gated accepts connections while there is room.
type gated struct {
	net.Listener
	gate *gate
}

func (l gated) Accept() (net.Conn, error) {
	l.gate.makeRoom()
	return l.Listener.Accept()
}

// makeRoom waits until one more connection may be open, for the grace at most.
func (g *gate) makeRoom() {
	for {
		g.mu.Lock()
		wait := time.Duration(0)
		if g.waiting.Len() >= g.most {
			oldest := g.oldestOfBusiest()
			if wait = g.grace - time.Since(oldest.since); wait <= 0 {
				g.leave(oldest)
				_ = oldest.conn.Close()
			}
		}
		g.mu.Unlock()
		if wait <= 0 {
			return
		}
		select {
		case <-g.room:
		case <-time.After(wait):
		}
	}
}

func (g *gate) oldestOfBusiest() *caller {
	var busiest netip.Addr
	for site, n := range g.sites {
		if n > g.sites[busiest] {
			busiest = site
		}
	}
	for at := g.waiting.Front(); at != nil; at = at.Next() {
		if c := at.Value.(*caller); c.site == busiest {
			return c
		}
	}
	panic("internal: nobody waits")
}

// enter takes a connection up; it is for http.Server.ConnContext.
func (g *gate) enter(ctx context.Context, conn net.Conn) context.Context {
	conn = under(conn)
	c := &caller{conn: conn}
	if peer, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		c.site = access.Site(peer.Addr())
		c.counted = !g.proxies.Trusts(peer.Addr())
	}
	if c.counted && !g.perSite.add(c.site) {
		c.counted, c.surplus = false, true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.callers[conn] = c
	g.wait(c)
	return context.WithValue(ctx, callerKey{}, c)
}

// state follows a connection; it is for http.Server.ConnState. A request has
// been read as far as its body when the connection becomes active.
func (g *gate) state(conn net.Conn, state http.ConnState) {
	conn = under(conn)
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.callers[conn]
	if c == nil {
		return
	}
	switch state {
	case http.StateIdle:
		g.wait(c)
	case http.StateActive:
		g.leave(c)
	case http.StateHijacked, http.StateClosed:
		g.leave(c)
		delete(g.callers, conn)
		if c.counted {
			g.perSite.remove(c.site)
		}
	}
}

func (g *gate) wait(c *caller) {
	if c.at != nil {
		return
	}
	c.since = time.Now()
	c.at = g.waiting.PushBack(c)
	g.sites[c.site]++
}

func (g *gate) leave(c *caller) {
	if c.at == nil {
		return
	}
	g.waiting.Remove(c.at)
	c.at = nil
	if g.sites[c.site]--; g.sites[c.site] == 0 {
		delete(g.sites, c.site)
	}
	select {
	case g.room <- struct{}{}:
	default:
	}
}

// under is the connection that TLS is spoken over.
func under(conn net.Conn) net.Conn {
	if t, ok := conn.(*tls.Conn); ok {
		return t.NetConn()
	}
	return conn
}

// tally counts something by address.
type tally struct {
	most int // 0 for no limit

	mu sync.Mutex
	n  map[netip.Addr]int
}

func newTally(most int) *tally { return &tally{most: most, n: map[netip.Addr]int{}} }

// add counts one more, unless there are enough.
func (t *tally) add(site netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.most > 0 && t.n[site] >= t.most {
		return false
	}
	t.n[site]++
	return true
}

func (t *tally) remove(site netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n[site]--; t.n[site] == 0 {
		delete(t.n, site)
	}
}
