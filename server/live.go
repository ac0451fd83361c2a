package server

import (
	"io"
	"net/http"
	"os"

	"vodsrv/server/library"
	"vodsrv/server/live"
)

// serveLive is for those who watch a live stream.
func (s *Server) serveLive(w http.ResponseWriter, r *http.Request, p library.Path) error {
	return s.shakeHands(w, r, visit{path: p, live: true})
}

// relays is what /api/live answers.
type relays struct {
	Streams []live.Status `json:"streams"`
}

func (s *Server) serveRelays(w http.ResponseWriter, _ *http.Request, _ library.Path) error {
	all := relays{Streams: []live.Status{}}
	for _, r := range s.config.Live {
		all.Streams = append(all.Streams, r.Status())
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, all)
}

// relayed finds a live stream by its name.
func (s *Server) relayed(name library.Path) (*live.Stream, error) {
	for _, r := range s.config.Live {
		if r.Name() == string(name) {
			return r, nil
		}
	}
	return nil, errNoRelay
}

// relay shows a live stream to a viewer: all its bytes are in memory, and stay
// what they are.
type relay struct{ *live.Stream }

func (relay) File() *os.File                    { return nil }
func (relay) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }
func (relay) Unchanged() error                  { return nil }
func (relay) Whole() error                      { return nil }
func (relay) Unwritten() error                  { return nil }
func (relay) Close() error                      { return nil }
