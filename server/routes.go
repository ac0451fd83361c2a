package server

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"vodsrv/server/library"
)

// route is one line of the table. A path that ends with a slash covers all
// that begins with it; the rest, still percent-encoded, names something in the
// library.
type route struct {
	path  string
	serve func(w http.ResponseWriter, r *http.Request, rest library.Path) error
}

// table is all there is to ask for. All of it is for GET and HEAD.
func (s *Server) table() []route {
	return []route{
		{"/", s.serveRoot},
		{"/browse/", s.serveBrowse},
		{"/watch/", s.serveWatch},
		{"/static/", s.serveStatic},
		{"/api/list", s.serveList},
		{"/api/list/", s.serveList},
		{"/api/info/", s.serveInfo},
		{"/media/", s.serveMedia},
		{"/ws/", s.serveWebSocket},
		{"/healthz", s.serveHealth},
		{"/readyz", s.serveReady},
		{"/metrics", s.serveMetrics},
	}
}

// route finds the line for a request. It works on the path as it was sent:
// once it is decoded, nobody can tell an encoded slash from a real one.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if err := s.dispatch(w, r); err != nil {
		writeError(w, r, err)
	}
}

func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) error {
	path, inside := strings.CutPrefix(r.URL.EscapedPath(), s.config.BasePath)
	if inside && path == "" && s.config.BasePath != "" {
		http.Redirect(w, r, s.config.BasePath+"/", http.StatusPermanentRedirect)
		return nil
	}
	at, rest := s.find(path)
	if !inside || at == nil {
		return errNoRoute
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return errMethod
	}
	p, err := library.ParsePath(rest)
	if err != nil {
		return err
	}
	return at.serve(w, r, p)
}

func (s *Server) find(path string) (found *route, rest string) {
	i := slices.IndexFunc(s.routes, func(at route) bool {
		if at.path == "/" || !strings.HasSuffix(at.path, "/") {
			return path == at.path
		}
		return strings.HasPrefix(path, at.path)
	})
	if i < 0 {
		return nil, ""
	}
	return &s.routes[i], strings.TrimPrefix(path, s.routes[i].path)
}

func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request, _ library.Path) error {
	return plain(w, "ok\n")
}

// serveReady answers whether new viewers are welcome.
func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request, _ library.Path) error {
	if s.stopping.Load() {
		return errStopping
	}
	return plain(w, "ready\n")
}

func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request, _ library.Path) error {
	w.Header().Set("Cache-Control", "no-store")
	s.metrics.handler().ServeHTTP(w, r)
	return nil
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err := io.WriteString(w, text)
	return sent(err)
}
