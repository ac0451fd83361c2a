package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"vodsrv/server/access"
)

const (
	headerTimeout = 10 * time.Second // for a TLS handshake, and again for a request's headers
	bodyTimeout   = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
	maxStreams    = 100 // requests at once of one HTTP/2 connection
	// maxSites bounds the addresses whose requests are counted.
	maxSites = 50_000
)

// Certificate serves TLS with a certificate and its key, PEM files that are
// read anew when they change. A pair that can't be used is logged, and the one
// before goes on being used.
func Certificate(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("the certificate %s with the key %s: %w", certFile, keyFile, err)
		}
		return &pair, nil
	}
	failed := func(err error) {
		log.Error("the new certificate is not used, the old one stays", slog.String("error", err.Error()))
	}
	pair, err := access.Reload(load, failed, certFile, keyFile)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.Get(), nil },
	}, nil
}

// Serve answers on a listener until ctx is done, and then lets viewers and
// requests end.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := s.httpServer()
	l = gated{l, s.gate}
	if h.TLSConfig != nil {
		l = tls.NewListener(l, h.TLSConfig)
	}
	if s.uploads != nil {
		sweeping, enough := context.WithCancel(ctx)
		var sweeper sync.WaitGroup
		sweeper.Go(func() { s.uploads.sweep(sweeping) })
		defer sweeper.Wait()
		defer enough()
	}
	relaying, enough := context.WithCancel(ctx)
	var relays sync.WaitGroup
	for _, r := range s.config.Live {
		relays.Go(func() { r.Run(relaying) })
	}
	defer relays.Wait()
	defer enough()
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	s.Shutdown(patience)
	if h.Shutdown(patience) != nil {
		_ = h.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// httpServer has a limit for all that a client could stretch. There is none
// for an answer as a whole, see patient.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		TLSConfig:         s.config.TLS,
		ReadHeaderTimeout: s.headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, WriteByteTimeout: s.config.WriteTimeout},
		ConnContext:       s.gate.enter,
		ConnState:         s.gate.state,
		ErrorLog:          log.New(serverLog{s.config.Log}, "", 0),

		// The general one would read a body without a time for it.
		DisableGeneralOptionsHandler: true,
	}
}

// hastened gives bodies a time to come in. It stands before all that may
// refuse a request: net/http waits for the body of one that was refused, too.
func (s *Server) hastened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.bodyTimeout))
		}
		next.ServeHTTP(w, r)
	})
}

// limited refuses those who have too many connections or ask too often. What a
// proxy asks on behalf of a request is no request by itself.
func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(callerKey{}).(*caller); ok && c.surplus {
			w.Header().Set("Connection", "close")
			writeError(w, r, errConnections)
			return
		}
		if s.requests != nil && r.URL.EscapedPath() != s.config.BasePath+authPath {
			if wait := s.requests.Take(access.Site(visitorOf(r).client), time.Now()); wait > 0 {
				writeError(w, r, errTooOften(wait))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
