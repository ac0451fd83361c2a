package server

import (
	"io"
	"net/http"
	"os"
	"strings"

	"vodsrv/server/library"
	"vodsrv/server/live"
)

// liveData is what live.html is given.
type liveData struct {
	Base, Title, Name string
	HasList           bool
}

// serveLive is for those who watch a live stream; people get a page for it, and
// players of HLS what lies below it.
func (s *Server) serveLive(w http.ResponseWriter, r *http.Request, p library.Path) error {
	if name, below, ok := strings.Cut(string(p), "/"); ok {
		return s.serveLiveHLS(w, r, library.Path(name), below)
	}
	w.Header().Add("Vary", "Accept")
	if wantsUpgrade(r) || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return s.shakeHands(w, r, visit{path: p, live: true})
	}
	relayed, err := s.relayed(p)
	if err != nil {
		return err
	}
	return render(w, s.pages.live, http.StatusOK, watchPolicy, liveData{
		Base: s.config.BasePath, Title: relayed.Name() + " – " + title, Name: relayed.Name(), HasList: s.config.Library.Only() == "",
	})
}

// relays is what /api/live answers.
type relays struct {
	Streams []live.Status `json:"streams"`
}

func (s *Server) serveRelays(w http.ResponseWriter, _ *http.Request, _ library.Path) error {
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, relays{Streams: s.statuses()})
}

// statuses is how all live streams do.
func (s *Server) statuses() []live.Status {
	all := []live.Status{}
	for _, r := range s.config.Live {
		all = append(all, r.Status())
	}
	return all
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
