package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/websocket"

	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/stream"
)

// serveWebSocket is for those who watch a film.
func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request, p library.Path) error {
	return s.shakeHands(w, r, visit{path: p})
}

// shakeHands does so with every client that may be here, and tells
// what is wrong with the film or the query over the socket: scripts in a
// browser see nothing of a handshake that is refused.
//
// The viewer is left to a goroutine of its own, so that the request, its
// buffers and the deep stack of its handler are given back: viewers are many,
// and stay long.
func (s *Server) shakeHands(w http.ResponseWriter, r *http.Request, v visit) error {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		return errUpgrade
	}
	who := visitorOf(r)
	v.who, v.from, v.began = who.who, who.client, time.Now()
	v.query, v.err = stream.ParseQuery(r.URL.Query())
	if !s.watching.add(access.Site(v.from)) {
		return errViewers
	}
	h := &hijacker{ResponseWriter: w, timeout: s.config.WriteTimeout}
	var ws *websocket.Conn
	defer func() { // also when x/net panics: the connection could not be taken over
		if ws != nil {
			return
		}
		s.watching.remove(access.Site(v.from))
		if h.conn != nil {
			_ = h.conn.Close()
		}
	}()
	websocket.Server{
		Handshake: chooseProtocol,
		// ws keeps what this function refers to: nothing but ws.
		Handler: func(c *websocket.Conn) { ws = c },
	}.ServeHTTP(h, handshakeOf(r))
	if ws != nil {
		forgetHandshake(ws)
		go s.watch(v, ws, h.conn)
	}
	return nil
}

// forgetHandshake gives back what ws holds on to, and needs no more.
func forgetHandshake(ws *websocket.Conn) {
	*ws.Request(), *ws.Config() = http.Request{}, websocket.Config{}
}

// visit is what a viewer asked for.
type visit struct {
	path  library.Path
	live  bool // path is the name of a live stream
	who   access.Who
	from  netip.Addr
	began time.Time
	query stream.Query
	err   error // what is wrong with the query
}

// name is what is watched, for the log.
func (v visit) name() string {
	if v.live {
		return "live:" + v.path.Escaped()
	}
	return v.path.Escaped()
}

// handshakeOf is what x/net/websocket makes use of in a request, which it
// keeps for as long as the viewer stays.
func handshakeOf(r *http.Request) *http.Request {
	header := http.Header{}
	for _, name := range []string{"Connection", "Upgrade", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Protocol"} {
		if values := r.Header.Values(name); len(values) > 0 {
			header[name] = values
		}
	}
	return &http.Request{Method: r.Method, Host: r.Host, URL: &url.URL{Path: "/"}, Header: header}
}

// chooseProtocol takes up our subprotocol if it is offered, and serves those
// who don't offer it alike.
func chooseProtocol(c *websocket.Config, _ *http.Request) error {
	if slices.Contains(c.Protocol, stream.Protocol) {
		c.Protocol = []string{stream.Protocol}
	} else {
		c.Protocol = nil
	}
	return nil
}

// hijacker gives x/net/websocket a connection whose writes take our lock, so
// that its pongs never fall into a frame of ours.
type hijacker struct {
	http.ResponseWriter
	timeout time.Duration
	conn    *wsConn
}

// lent is a connection that x/net/websocket does not close when its handler
// returns.
type lent struct{ *wsConn }

func (lent) Close() error { return nil }

const (
	// pongBuffer is room for the largest frame that x/net writes, so that each
	// takes the lock once.
	pongBuffer = minHead + maxControl
	// reportBuffer is room for the messages that clients send all the time.
	reportBuffer = 256
)

// Hijack takes over the connection.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buf, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	tune(conn, h.timeout)
	h.conn = &wsConn{Conn: conn, timeout: h.timeout, direct: direct(conn)}
	var from io.Reader = conn
	if n := buf.Reader.Buffered(); n > 0 {
		early, err := buf.Reader.Peek(n)
		if err != nil {
			return nil, nil, errors.Join(err, conn.Close())
		}
		from = io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn)
	}
	h.conn.in = bufio.NewReaderSize(from, reportBuffer)
	return lent{h.conn}, bufio.NewReadWriter(h.conn.in, bufio.NewWriterSize(h.conn, pongBuffer)), nil
}

// watch lets one viewer in.
func (s *Server) watch(visit visit, ws *websocket.Conn, conn *wsConn) {
	v := &viewer{visit: visit, metrics: s.metrics, conn: conn, nudge: make(chan struct{}, 1), every: s.ping}
	defer s.survive(v)
	if err := s.viewers.add(v); err != nil {
		s.refuse(v, ws, err)
		return
	}
	if err := s.open(v); err != nil {
		if public(err) == errInside {
			s.complain(v, err.Error())
		}
		s.refuse(v, ws, err)
		return
	}
	// Opening a film may take a deep stack, which is not kept for as long as
	// the viewer stays.
	go s.attend(v, ws)
}

// refuse tells a client why it can't watch, and waits a little for it to leave,
// if not too many are waited for. Meanwhile it takes nobody's place.
func (s *Server) refuse(v *viewer, ws *websocket.Conn, why error) {
	defer s.dismiss(v)
	s.viewers.remove(v)
	if v.refuse(tell(why)) != nil {
		return
	}
	select {
	case s.refused <- struct{}{}:
		defer func() { <-s.refused }()
		v.awaitLeave(ws)
	default:
	}
}

// attend serves a viewer until one side has enough.
func (s *Server) attend(v *viewer, ws *websocket.Conn) {
	defer s.survive(v)
	s.metrics.visits.Inc()
	s.left(v, v.run(ws))
}

// left gives back what a viewer had, and tells how the visit ended. It needs
// room on the stack that attend would keep for as long as the viewer stays.
func (s *Server) left(v *viewer, err error) {
	s.dismiss(v)
	how, cause := v.end(err)
	if how == string(stream.SlowReader) {
		s.metrics.slow.Inc()
	}
	if cause != nil {
		s.complain(v, cause.Error())
	}
	s.config.Log.Info("watched", slog.String("path", v.visit.name()), slog.String("who", v.visit.who.String()), slog.String("from", v.visit.from.String()),
		slog.Int64("bytes", v.bytes), slog.Duration("took", time.Since(v.visit.began)), slog.String("end", how))
}

// dismiss gives back all that a viewer has. The second time it does nothing.
func (s *Server) dismiss(v *viewer) {
	if v.dismissed {
		return
	}
	v.dismissed = true
	_ = v.conn.Close()
	if v.unfollow != nil {
		v.unfollow()
	}
	if film := v.film; film != nil {
		v.film = nil
		_ = film.Close()
	}
	s.viewers.remove(v)
	s.watching.remove(access.Site(v.visit.from))
}

// survive keeps a fault of the program from ending more than this viewer.
func (s *Server) survive(v *viewer) {
	if fault := recover(); fault != nil {
		s.complain(v, fmt.Sprintf("internal fault: %v\n%s", fault, debug.Stack()))
		s.dismiss(v)
	}
}

func (s *Server) complain(v *viewer, what string) {
	s.config.Log.Error("watching", slog.String("path", v.visit.name()), slog.String("error", what))
}

// open begins the viewer's session with the film.
func (s *Server) open(v *viewer) error {
	if v.visit.err != nil {
		return v.visit.err
	}
	pace := stream.Pace{Ahead: s.config.Ahead, Window: s.config.Window}
	if v.visit.live {
		relayed, err := s.relayed(v.visit.path)
		if err == nil {
			v.begin(relay{relayed}, stream.OpenLive(relayed, v.visit.query, pace))
		}
		return err
	}
	shared, err := s.watchable(context.Background(), v.visit.path)
	if err != nil {
		return err
	}
	session, err := stream.Open(film{shared}, v.visit.query, pace)
	if err != nil {
		return errors.Join(err, shared.Close())
	}
	v.begin(shared, session)
	return nil
}
