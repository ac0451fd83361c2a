package server

import (
	"encoding/json"
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
	// defaultLinkLife is how long a link is good for if nothing is said, and
	// maxLinkLife how long at most: it can't be taken back.
	defaultLinkLife = 24 * time.Hour
	maxLinkLife     = 30 * 24 * time.Hour
	// linksPerSecond is how many links a user may have signed in the long run,
	// and linksAtOnce how many at once.
	linksPerSecond = 1
	linksAtOnce    = 30
	maxUsers       = 10_000 // whose links are counted
)

// linkRequest is what is asked for.
type linkRequest struct {
	Scope   access.Scope `json:"scope"`
	Expires string       `json:"expires"` // in how much time: "24h"
}

// signedLink is the answer.
type signedLink struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// canSign tells whether links to films are signed for a visitor.
func (s *Server) canSign(v *visitor) bool {
	return v.who.User != "" && s.config.Door.CanSign()
}

// sign makes a link to a film for a user, to hand on.
func (s *Server) sign(w http.ResponseWriter, r *http.Request, p library.Path) error {
	v := visitorOf(r)
	if !s.canSign(v) {
		return errNoSigning
	}
	if wait := s.links.Take(v.who.User, time.Now()); wait > 0 {
		return errTooOften(wait)
	}
	scope, life, err := readLinkRequest(w, r)
	if err != nil {
		return err
	}
	if err := s.config.Library.Has(p); err != nil {
		return err
	}
	page := "/watch/"
	if scope == access.Download {
		page = "/media/"
	}
	until := time.Now().Add(life).Truncate(time.Second)
	link := url.URL{Scheme: "http", Host: r.Host}
	if v.secure {
		link.Scheme = "https"
	}
	query := url.Values{access.TokenParameter: {s.config.Door.Sign(string(p), scope, until)}}
	s.config.Log.Info("signed a link", slog.String("film", string(p)), slog.String("scope", string(scope)), slog.Time("expires", until),
		slog.String("who", v.who.String()), slog.String("from", v.client.String()))
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, signedLink{link.String() + s.config.BasePath + page + p.Escaped() + "?" + query.Encode(), until.UTC()})
}

// readLinkRequest reads what is asked for, and checks it.
func readLinkRequest(w http.ResponseWriter, r *http.Request) (access.Scope, time.Duration, error) {
	asked := linkRequest{Scope: access.Watch, Expires: defaultLinkLife.String()}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm))
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !strings.EqualFold(kind, "application/json") || d.Decode(&asked) != nil || d.Decode(&struct{}{}) != io.EOF {
		return "", 0, errLink
	}
	scope, err := access.ParseScope(string(asked.Scope))
	if err != nil {
		return "", 0, errLink
	}
	life, err := time.ParseDuration(asked.Expires)
	if err != nil || life < time.Second || life > maxLinkLife {
		return "", 0, errLink
	}
	return scope, life, nil
}
