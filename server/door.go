package server

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vodsrv/server/access"
	"vodsrv/server/library"
)

const (
	// cookieName is that of the cookie which carries a session.
	cookieName = "vodsrv_session"
	// maxForm is how many bytes a login may have.
	maxForm = 4 << 10
)

// admit decides whether a request may go on, and notes whose it is. The path
// is percent-encoded, without the base path.
func (s *Server) admit(r *http.Request, path string) error {
	if s.config.Door == nil {
		return nil
	}
	who, err := s.config.Door.Judge(s.credentials(r, path, r.URL.Query()), time.Now())
	if err != nil {
		return public(err)
	}
	visitorOf(r).who = who
	return nil
}

// credentials is what the door is shown: who asks, and for what.
func (s *Server) credentials(r *http.Request, path string, query url.Values) access.Request {
	route, rest := access.RouteFor(path)
	// Proxies read dots and slashes in other ways than we do: what they take for
	// one route must not be let in as another.
	if _, err := library.ParsePath(strings.TrimPrefix(path, "/")); err != nil {
		route = access.Route{}
	}
	a := access.Request{Client: access.Site(visitorOf(r).client), Token: query.Get(access.TokenParameter), Route: route, Film: filmIn(route, rest)}
	for _, c := range r.CookiesNamed(cookieName) {
		a.Cookies = append(a.Cookies, c.Value)
	}
	a.User, a.Password, a.Basic = r.BasicAuth()
	return a
}

// filmIn is the one film that a path is about, "" if there is none.
func filmIn(route access.Route, rest string) string {
	p, err := library.ParsePath(rest)
	switch {
	case err != nil || route.Link == "":
		return ""
	case route.Below:
		p, _ = p.Film()
	case !p.IsFilm():
		return ""
	}
	return string(p)
}

// authPath is where a proxy asks, see serveAuth.
const authPath = "/auth"

// serveAuth answers a proxy that asks whether a request of its own may go on.
// Nothing but 204 and 401 means anything to it: it would take the way to the
// login for a fault.
func (s *Server) serveAuth(w http.ResponseWriter, r *http.Request, _ library.Path) error {
	w.Header().Set("Cache-Control", "no-store")
	if s.config.Door != nil {
		a, err := s.asked(r)
		if err == nil {
			visitorOf(r).who, err = s.config.Door.Judge(a, time.Now())
		}
		if err != nil {
			writeError(w, r, errUnauthorized)
			return nil
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// asked is what a proxy was asked for; without X-Original-URI anything, which
// only users may have.
func (s *Server) asked(r *http.Request) (access.Request, error) {
	original := r.Header.Get("X-Original-URI")
	if original == "" {
		return s.credentials(r, "", nil), nil
	}
	u, err := url.ParseRequestURI(original)
	if err != nil || !strings.HasPrefix(original, "/") {
		return access.Request{}, errUnauthorized
	}
	path, inside := strings.CutPrefix(u.EscapedPath(), s.config.BasePath)
	if !inside {
		path = ""
	}
	return s.credentials(r, path, u.Query()), nil
}

// sendToLogin sends people who want a page to where they can log in, and back
// from there. It does nothing for scripts and tools.
func (s *Server) sendToLogin(w http.ResponseWriter, r *http.Request) bool {
	if !s.config.Door.HasUsers() || !navigates(r) {
		return false
	}
	query := r.URL.Query()
	back := url.Values{}
	if query.Has(access.TokenParameter) {
		back.Set("link", "1")
		query.Del(access.TokenParameter)
	}
	to := r.URL.EscapedPath()
	if len(query) > 0 {
		to += "?" + query.Encode()
	}
	back.Set("to", to)
	w.Header().Set("Location", s.config.BasePath+"/login?"+back.Encode())
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
	return true
}

// navigates tells whether a person opens a page, not a script or a tool.
func navigates(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && !wantsUpgrade(r) &&
		(mode == "" || mode == "navigate") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// fromPage tells whether a browser asks: told of Basic, it would ask for a
// password by itself in the middle of a film.
func fromPage(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") != "" || strings.HasPrefix(r.UserAgent(), "Mozilla/")
}

// loginData is what login.html is given.
type loginData struct {
	Base, Title string
	To          string // where to go then, a path of ours
	User        string // as it was typed
	Message     string
}

func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request, _ library.Path) error {
	if s.config.Door == nil || !s.config.Door.HasUsers() {
		return errNoRoute
	}
	query := r.URL.Query()
	data := loginData{To: query.Get("to")}
	if query.Has("link") {
		data.Message = "This link is not valid, or not any more. Log in, or ask for a new one."
	}
	return s.renderLogin(w, http.StatusOK, data)
}

func (s *Server) renderLogin(w http.ResponseWriter, status int, data loginData) error {
	data.Base, data.Title = s.config.BasePath, "Log in – "+title
	data.To = access.ReturnTo(s.config.BasePath, data.To)
	return renderForm(w, s.pages.login, status, data)
}

// form is what a login is made of.
type form struct {
	User     string `json:"user"`
	Password string `json:"password"`
	to       string
	json     bool // it came as JSON, and is answered alike
}

// readForm reads a login, from a form or a script.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/json":
		f := form{json: true}
		d := json.NewDecoder(r.Body)
		if d.Decode(&f) != nil || d.Decode(&struct{}{}) != io.EOF {
			return f, errForm
		}
		return f, nil
	case err == nil && kind == "application/x-www-form-urlencoded":
		if r.ParseForm() != nil {
			return form{}, errForm
		}
		return form{User: r.PostForm.Get("user"), Password: r.PostForm.Get("password"), to: r.PostForm.Get("to")}, nil
	}
	return form{}, errForm
}

func (s *Server) login(w http.ResponseWriter, r *http.Request, _ library.Path) error {
	if s.config.Door == nil || !s.config.Door.HasUsers() {
		return errNoRoute
	}
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	v := visitorOf(r)
	session, err := s.config.Door.Login(access.Site(v.client), f.User, f.Password, time.Now())
	if err != nil {
		return s.refuseLogin(w, r, f, err)
	}
	v.who = access.Who{User: f.User}
	s.config.Log.Info("logged in", slog.String("user", f.User), slog.String("from", v.client.String()))
	s.setCookie(w, v, session.Cookie, time.Until(session.Expires))
	w.Header().Set("Cache-Control", "no-store")
	if f.json {
		return writeJSON(w, struct {
			User    string    `json:"user"`
			Expires time.Time `json:"expires"`
		}{f.User, session.Expires.UTC().Truncate(time.Second)})
	}
	w.Header().Set("Location", access.ReturnTo(s.config.BasePath, f.to))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// refuseLogin shows people the form again, with their name in it.
func (s *Server) refuseLogin(w http.ResponseWriter, r *http.Request, f form, err error) error {
	known := public(err)
	if errors.Is(err, access.ErrUnauthorized) {
		known = errPassword
	}
	name := f.User[:min(len(f.User), 255)]
	s.config.Log.Warn("login refused", slog.String("user", name), slog.String("from", visitorOf(r).client.String()), slog.String("why", known.message))
	if f.json || !navigates(&http.Request{Method: http.MethodGet, Header: r.Header}) {
		return known
	}
	setRetry(w, known)
	return s.renderLogin(w, known.status, loginData{To: f.to, User: name, Message: known.message})
}

// logout takes the cookie back. Sessions everywhere end with the password.
func (s *Server) logout(w http.ResponseWriter, r *http.Request, _ library.Path) error {
	if s.config.Door == nil || !s.config.Door.HasUsers() {
		return errNoRoute
	}
	s.setCookie(w, visitorOf(r), "", -time.Second)
	w.Header().Set("Cache-Control", "no-store")
	if !navigates(&http.Request{Method: http.MethodGet, Header: r.Header}) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Location", s.config.BasePath+"/login")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (s *Server) setCookie(w http.ResponseWriter, v *visitor, value string, lasts time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: s.config.BasePath + "/", MaxAge: int(lasts.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure,
	})
}
