package server

import (
	"bufio"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/websocket"

	"vodsrv/server/library"
	"vodsrv/server/stream"
)

// serveWebSocket shakes hands with every client that may be here, and tells
// what is wrong with the film or the query over the socket: scripts in a
// browser see nothing of a handshake that is refused.
func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request, p library.Path) error {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		return errUpgrade
	}
	h := &hijacker{ResponseWriter: w, timeout: s.config.WriteTimeout}
	websocket.Server{
		Handshake: chooseProtocol,
		Handler: func(ws *websocket.Conn) {
			s.watch(r, p, ws, h.conn)
		},
	}.ServeHTTP(h, r)
	return nil
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

// pongBuffer is room for the largest frame that x/net writes, so that each
// takes the lock once.
const pongBuffer = 512

// Hijack takes over the connection.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buf, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	tune(conn, h.timeout)
	h.conn = &wsConn{Conn: conn, timeout: h.timeout, direct: direct(conn)}
	return h.conn, bufio.NewReadWriter(buf.Reader, bufio.NewWriterSize(h.conn, pongBuffer)), nil
}

// watch serves one viewer until one side has enough.
func (s *Server) watch(r *http.Request, p library.Path, ws *websocket.Conn, conn *wsConn) {
	v := &viewer{conn: conn, nudge: make(chan struct{}, 1), every: s.ping}
	if err := s.viewers.add(v); err != nil {
		v.refuse(ws, tell(err))
		return
	}
	defer s.viewers.remove(v)
	film, err := s.open(r, p, v)
	if err != nil {
		if public(err) == errInside {
			note(r, err)
		}
		v.refuse(ws, tell(err))
		return
	}
	defer func() { _ = film.Close() }()
	err = v.run(ws)
	s.config.Log.Info("watched", slog.String("path", p.Escaped()), slog.String("from", r.RemoteAddr),
		slog.Int64("bytes", v.bytes), slog.String("end", ending(err)))
}

// open begins a session with a film, which is the caller's to close.
func (s *Server) open(r *http.Request, p library.Path, v *viewer) (*library.Film, error) {
	query, err := stream.ParseQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	shared, err := s.config.Library.Film(r.Context(), p)
	if err != nil {
		return nil, err
	}
	session, err := stream.Open(newFilm(shared), query, stream.Pace{Ahead: s.config.Ahead, Window: s.config.Window})
	if err != nil {
		return nil, errors.Join(err, shared.Close())
	}
	v.begin(shared, session)
	return shared, nil
}
