package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// guard holds the rules for Host and Origin.
//
// The Host must be a name that the server goes by: with DNS rebinding a page
// gets a browser to ask this server under a name of the page's own, and then
// reads all answers. IP addresses are safe, since no name was looked up.
type guard struct {
	hosts   []string // in lower case, without a port
	origins []string // in the form that normalOrigin gives
}

func newGuard(hosts, origins []string) (guard, error) {
	g := guard{hosts: []string{"localhost"}}
	if name, err := os.Hostname(); err == nil && name != "" {
		short, _, _ := strings.Cut(name, ".")
		for _, n := range []string{name, short} {
			g.hosts = append(g.hosts, normalHost(n), normalHost(n)+".local")
		}
	}
	for _, h := range hosts {
		name := normalHost(h)
		if name == "" || strings.ContainsAny(h, "/*@ ") {
			return g, fmt.Errorf("an allowed host must be a name such as films.example, not %q", h)
		}
		g.hosts = append(g.hosts, name)
	}
	for _, o := range origins {
		_, origin, ok := normalOrigin(o)
		if !ok {
			return g, fmt.Errorf("an allowed origin must be like https://films.example, not %q", o)
		}
		g.origins = append(g.origins, origin)
	}
	return g, nil
}

// guarded refuses requests before any route sees them.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		switch {
		case !s.guard.hostAllowed(r.Host):
			writeError(w, r, s.hostFailure(r))
		case needsOrigin(r) && !s.guard.originAllowed(r, visitorOf(r).secure):
			writeError(w, r, errOrigin)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hostFailure refuses a request under a foreign name. nginx takes no more than
// 401 and 403 for a refusal of those whom it asks about, and makes 500 of all
// else.
func (s *Server) hostFailure(r *http.Request) error {
	if r.URL.EscapedPath() == s.config.BasePath+authPath {
		return errHostAsked
	}
	return errHost
}

func (g guard) hostAllowed(host string) bool {
	name := normalHost(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.Contains(g.hosts, name)
}

// normalHost leaves out a port, brackets, and the dot of a rooted name.
func normalHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// needsOrigin tells whether a request does more than read: it opens a
// WebSocket, whose answers browsers let any page read, or changes something.
func needsOrigin(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return wantsUpgrade(r)
	}
	return true
}

func wantsUpgrade(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }

// originAllowed compares the Origin with the request's own host. A request
// without Origin comes from no browser. A page that came in the clear may be
// anyone's on the way: it may not speak for one that came over TLS. The other
// way round TLS ends at a proxy.
func (g guard) originAllowed(r *http.Request, secure bool) bool {
	given := r.Header.Values("Origin")
	if len(given) == 0 {
		return true
	}
	if len(given) > 1 {
		return false
	}
	scheme, origin, ok := normalOrigin(given[0])
	if !ok {
		return false
	}
	_, own, ok := normalOrigin(scheme + "://" + r.Host)
	return ok && origin == own && (scheme == "https" || !secure) || slices.Contains(g.origins, origin)
}

// readable are the headers of answers that pages of the allowed origins may read
// besides those that any may: a dynamic MPD has players take the time from Date.
const readable = "Date, ETag, Content-Range, Accept-Ranges, Retry-After"

// shared lets pages of the allowed origins read the answers of some routes, also
// those that tell of an error.
func (s *Server) shared(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, inside := strings.CutPrefix(r.URL.EscapedPath(), s.config.BasePath); inside {
			if at, rest := s.find(path); at != nil && at.shares(rest) {
				s.guard.share(w, r)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// share lets pages of the allowed origins read an answer. Cookies of this server
// stay out of it: the request that carries them needs a permission that is not
// given here.
func (g guard) share(w http.ResponseWriter, r *http.Request) {
	if len(g.origins) == 0 {
		return
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	if !g.listed(r) {
		return
	}
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Access-Control-Expose-Headers", readable)
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// listed tells whether a request comes from a page of an allowed origin.
func (g guard) listed(r *http.Request) bool {
	_, origin, ok := normalOrigin(r.Header.Get("Origin"))
	return ok && slices.Contains(g.origins, origin)
}

// preflight answers browsers that ask, without any credentials, whether a page of
// an allowed origin may ask for ranges, or whether something is what it was. It
// returns whether this was such a request.
func (g guard) preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" || !g.listed(r) {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Range, If-Range, If-None-Match")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// normalOrigin reads scheme://host[:port], and leaves out a port that the
// scheme implies. The slash that some clients end it with, though none that is
// a browser, is passed over.
func normalOrigin(s string) (scheme, origin string, ok bool) {
	u, err := url.Parse(strings.ToLower(s))
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return "", "", false
	}
	port := u.Port()
	switch {
	case u.Scheme == "http" && port == "80", u.Scheme == "https" && port == "443":
		port = ""
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", false
	}
	return u.Scheme, u.Scheme + "://" + net.JoinHostPort(u.Hostname(), port), true
}
