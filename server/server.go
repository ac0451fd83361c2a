// Package server is the HTTP side of vodsrv: routes, the guard before them,
// pages, the raw files and the WebSocket.
package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/live"
	"vodsrv/server/stream"
)

// Config says what is served, and for whom. Zero values stand for the
// defaults, where one is named.
type Config struct {
	Library *library.Library
	Public  fs.FS        // the pages, *.html, as html/template, and static files
	Log     *slog.Logger // default: nothing is logged

	BasePath     string   // prefix of all routes, such as "/films"
	AllowHosts   []string // further names that the server goes by
	AllowOrigins []string // further origins that may open WebSockets: scheme://host[:port]

	Ahead        float64       // seconds of media beyond the playhead; default 10
	Window       int64         // bytes beyond those a reporting client took in; default 8 MiB
	WriteTimeout time.Duration // a viewer who takes nothing for that long is dropped; default 30 s
	MaxViewers   int           // at once; default: no limit

	Live []*live.Stream // relayed; Serve lets them run

	Metrics []prometheus.Collector // what /metrics tells besides, such as of a store

	Door    *access.Door   // who is let in; default: everyone
	Proxies access.Proxies // whose X-Forwarded-For and X-Forwarded-Proto are believed
	TLS     *tls.Config    // default: plain TCP

	AllowUpload bool  // users may put files into the library
	UploadLimit int64 // bytes of a file; default DefaultUploadLimit

	// Limits for one address, or one /64 of IPv6; default: none.
	MaxViewersPerAddress     int
	MaxConnectionsPerAddress int     // a WebSocket is counted as a viewer instead
	MaxRequestsPerSecond     float64 // in the long run; twice as many at once
}

// Defaults of a Config.
const (
	DefaultAhead        = 10.0
	DefaultWindow       = 8 << 20
	DefaultWriteTimeout = 30 * time.Second
)

// shutdownGrace is how long viewers may take to leave.
const shutdownGrace = 5 * time.Second

// maxRefused is how many viewers who were refused may take their time to leave.
const maxRefused = 256

// Server serves one library.
type Server struct {
	config   Config
	guard    guard
	pages    pages
	routes   []route
	viewers  registry
	metrics  *metrics
	stopping atomic.Bool
	leave    chan struct{} // closed when it stops
	ping     time.Duration // between pings; shorter in tests

	refused       chan struct{} // holds one for each viewer who was refused and is still there
	gate          *gate
	stills        *queue                      // of films to be indexed for a picture
	wholes        *queue                      // of films to be laid out as one file
	clips         *queue                      // to be laid out
	manifests     *queue                      // to be made
	texts         *queue                      // of subtitles to be read
	watching      *tally                      // viewers by address
	requests      *access.Limiter[netip.Addr] // nil for no limit
	links         *access.Limiter[string]     // signed, by user
	uploads       *uploads                    // nil if there are none
	headerTimeout time.Duration               // shorter in tests
	bodyTimeout   time.Duration               // shorter in tests
}

// New makes a Server. It fails for a configuration that can't be meant.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	g, err := newGuard(c.AllowHosts, c.AllowOrigins)
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: c, guard: g, pages: newPages(c.Public, c.BasePath), leave: make(chan struct{}), ping: pingEvery, headerTimeout: headerTimeout, bodyTimeout: bodyTimeout,
		refused:   make(chan struct{}, maxRefused),
		stills:    newQueue(stillsAtOnce, stillsWaiting),
		wholes:    newQueue(layoutsAtOnce, layoutsWaiting),
		clips:     newQueue(layoutsAtOnce, layoutsWaiting),
		manifests: newQueue(layoutsAtOnce, layoutsWaiting),
		texts:     newQueue(textsAtOnce, textsWaiting),
		links:     access.NewLimiter[string](linksPerSecond, linksAtOnce, maxUsers),
		gate:      newGate(maxWaiting, c.MaxConnectionsPerAddress, c.Proxies),
		watching:  newTally(c.MaxViewersPerAddress),
	}
	if perSecond := c.MaxRequestsPerSecond; perSecond > 0 {
		s.requests = access.NewLimiter[netip.Addr](rate.Limit(perSecond), max(1, int(2*perSecond)), maxSites)
	}
	s.viewers.limit = c.MaxViewers
	s.metrics = newMetrics(s.viewers.len, c)
	if c.AllowUpload {
		s.uploads = newUploads(c, s.metrics)
	}
	s.routes = s.table()
	return s, nil
}

func (c *Config) complete() error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Ahead == 0 {
		c.Ahead = DefaultAhead
	}
	if c.Window == 0 {
		c.Window = DefaultWindow
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = DefaultWriteTimeout
	}
	if c.UploadLimit == 0 {
		c.UploadLimit = DefaultUploadLimit
	}
	c.BasePath = strings.TrimRight(c.BasePath, "/")
	switch {
	case c.Library == nil || c.Public == nil:
		return fmt.Errorf("server: a library and pages are needed")
	case !(c.Ahead > 0 && c.Ahead <= 3600):
		return fmt.Errorf("the time sent ahead must be more than 0 and at most 3600 seconds, not %v", c.Ahead)
	case c.Window < stream.MaxPiece:
		return fmt.Errorf("the window must be at least %d bytes, not %d", stream.MaxPiece, c.Window)
	case c.WriteTimeout < 0 || c.MaxViewers < 0 || c.MaxViewersPerAddress < 0 || c.MaxConnectionsPerAddress < 0 || !(c.MaxRequestsPerSecond >= 0):
		return fmt.Errorf("a limit can't be negative")
	case c.UploadLimit < 0:
		return fmt.Errorf("the limit for uploads can't be negative")
	case c.AllowUpload && (c.Door == nil || !c.Door.HasUsers()):
		return fmt.Errorf("uploads are for users: name them with --users-file")
	case c.AllowUpload && !c.Library.OnDisk():
		return fmt.Errorf("files can't be uploaded into a store: put them there, and they are listed")
	case c.AllowUpload && c.Library.Only() != "":
		return fmt.Errorf("files can't be uploaded where a single film is served")
	case c.BasePath != "" && !strings.HasPrefix(c.BasePath, "/"):
		return fmt.Errorf("the base path must begin with a slash: %q", c.BasePath)
	}
	return nil
}

// Handler is the whole of the server: a time for bodies, the request log, the
// guard, what other origins may read, limits, the routes.
func (s *Server) Handler() http.Handler {
	return s.hastened(s.metrics.metered(s.logged(s.guarded(s.shared(s.limited(http.HandlerFunc(s.route)))))))
}

// Shutdown tells all viewers that the server stops, and waits until they are
// gone: a few seconds at most, or until ctx is done. Then it drops them.
func (s *Server) Shutdown(ctx context.Context) {
	if !s.stopping.Swap(true) {
		close(s.leave)
	}
	ctx, cancel := context.WithTimeout(ctx, shutdownGrace)
	defer cancel()
	s.viewers.shutdown(ctx)
}
