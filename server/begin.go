package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"vodsrv/server/library"
	"vodsrv/server/stream"
)

// serveBeginning sends what a WebSocket with the same query would send first. A
// page has it one round trip after it knows the film; a WebSocket is connected
// after two.
//
// Why a film that is there can't be watched is told as it is over a WebSocket:
// the page has asked before anybody looked at the film, and to the browser all
// is well.
func (s *Server) serveBeginning(w http.ResponseWriter, r *http.Request, p library.Path) error {
	q, err := stream.ParseQuery(r.URL.Query())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	// It is played once.
	w.Header().Set("Cache-Control", "no-store")
	shared, err := s.watchable(r.Context(), p)
	if err != nil {
		return refuseBeginning(w, err)
	}
	defer func() { _ = shared.Close() }()
	parts, err := stream.Beginning(film{shared}, q)
	if err != nil {
		return refuseBeginning(w, err)
	}
	var size int64
	for _, part := range parts {
		size += part.Size
	}
	// What there is of a film that grows has the same ETag when it is more.
	etag := fmt.Sprintf("%s.begin.%d", shared.ETag(), size)
	return serveContent(w, r, shared, etag, single(parts, size))
}

func refuseBeginning(w http.ResponseWriter, why error) error {
	if f := public(why); f.status == http.StatusNotFound || f == errInside {
		return why
	}
	text, _ := stream.Refusal(tell(why))
	_, err := w.Write(append(text, '\n'))
	return sent(err)
}

// watchable opens a film that there is something to be seen of.
func (s *Server) watchable(ctx context.Context, p library.Path) (*library.Film, error) {
	shared, err := s.config.Library.Film(ctx, p)
	if err != nil {
		return nil, err
	}
	if more, _ := shared.Growth(); more && shared.Plan().Len() == 0 {
		return nil, errors.Join(errTooSoon, shared.Close())
	}
	return shared, nil
}
