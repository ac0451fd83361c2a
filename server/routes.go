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
	serve handler
	post  handler // what POST does; nil for nothing. serve may then be nil

	other   handler // what other methods do; they may have a body
	methods []string

	shared bool // pages of allowed origins may read it, too
	below  bool // or only what lies below a name
}

// shares tells whether pages of allowed origins may read what rest names.
func (at *route) shares(rest string) bool {
	return at.shared && (!at.below || strings.Contains(rest, "/"))
}

type handler func(w http.ResponseWriter, r *http.Request, rest library.Path) error

// table is all there is to ask for, by GET and HEAD if nothing else is said.
// Who may ask is in access.RouteFor.
func (s *Server) table() []route {
	return []route{
		{path: "/", serve: s.serveRoot},
		{path: "/browse/", serve: s.serveBrowse},
		{path: "/watch/", serve: s.serveWatch},
		{path: "/vod-player.js", serve: s.servePlayer, shared: true},
		{path: "/static/", serve: s.serveStatic, shared: true},
		{path: "/api/list", serve: s.serveList},
		{path: "/api/list/", serve: s.serveList},
		{path: "/api/info/", serve: s.serveInfo, shared: true},
		{path: "/api/events", serve: s.serveEvents},
		{path: "/media/", serve: s.serveMedia, shared: true},
		{path: "/keyframe/", serve: s.serveKeyframe, shared: true},
		{path: "/cover/", serve: s.serveCover, shared: true},
		{path: "/subs/", serve: s.serveSubtitles, shared: true},
		{path: "/api/sign/", post: s.sign},
		{path: "/hls/", serve: s.serveHLS, shared: true},
		{path: "/dash/", serve: s.serveDASH, shared: true},
		{path: "/fmp4/", serve: s.serveFragmented, shared: true},
		{path: "/api/upload/", other: s.uploading(s.serveUploadFolder), methods: []string{"POST", "OPTIONS"}},
		{path: uploadsPath, other: s.uploading(s.serveUpload), methods: []string{"HEAD", "PATCH", "DELETE", "POST", "OPTIONS"}},
		{path: "/live/", serve: s.serveLive, shared: true, below: true},
		{path: "/api/live", serve: s.serveRelays},
		{path: "/ws/", serve: s.serveWebSocket},
		{path: "/begin/", serve: s.serveBeginning, shared: true},
		{path: "/login", serve: s.serveLogin, post: s.login},
		{path: "/logout", post: s.logout},
		{path: authPath, serve: s.serveAuth},
		{path: "/healthz", serve: s.serveHealth},
		{path: "/readyz", serve: s.serveReady},
		{path: "/metrics", serve: s.serveMetrics},
	}
}

// route finds the line for a request. It works on the path as it was sent:
// once it is decoded, nobody can tell an encoded slash from a real one.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	err := s.dispatch(w, r)
	if err == errUnauthorized && s.sendToLogin(w, r) {
		return
	}
	if err != nil {
		writeError(w, r, err)
	}
}

func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) error {
	path, inside := strings.CutPrefix(r.URL.EscapedPath(), s.config.BasePath)
	if inside && path == "" && s.config.BasePath != "" {
		http.Redirect(w, r, s.config.BasePath+"/", http.StatusPermanentRedirect)
		return nil
	}
	if !inside {
		return errNoRoute
	}
	at, rest := s.find(path)
	if at != nil && at.shares(rest) && s.guard.preflight(w, r) {
		return nil
	}
	if err := s.admit(r, path); err != nil {
		return err
	}
	if at == nil {
		return errNoRoute
	}
	serve, err := at.handler(w, r)
	if err != nil {
		return err
	}
	p, err := library.ParsePath(rest)
	if err != nil {
		return err
	}
	return serve(w, r, p)
}

// handler chooses by method. Nothing that is read may have a body.
func (at *route) handler(w http.ResponseWriter, r *http.Request) (handler, error) {
	allowed := "GET, HEAD"
	switch {
	case at.other != nil:
		allowed = strings.Join(at.methods, ", ")
	case at.serve == nil:
		allowed = "POST"
	case at.post != nil:
		allowed += ", POST"
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if at.serve != nil && r.ContentLength != 0 {
			return nil, errBody
		}
		if at.serve != nil {
			return at.serve, nil
		}
	case http.MethodPost:
		if at.post != nil {
			return at.post, nil
		}
	}
	if slices.Contains(at.methods, r.Method) {
		return at.other, nil
	}
	w.Header().Set("Allow", allowed)
	return nil, errMethod(allowed)
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
