package server

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"vodsrv/server/access"
)

// visitor is what is known of a request besides what it asks for.
type visitor struct {
	client netip.Addr // whom it comes from, through trusted proxies
	secure bool       // it came over TLS, as far as the trusted proxies tell
	who    access.Who
	err    error // what went wrong inside
}

type visitorKey struct{}

// visitorOf is what is known of a request, which came through Handler.
func visitorOf(r *http.Request) *visitor {
	v, _ := r.Context().Value(visitorKey{}).(*visitor)
	if v == nil {
		v = &visitor{}
	}
	return v
}

// visited notes where a request comes from.
func (s *Server) visited(r *http.Request) (*http.Request, *visitor) {
	v := &visitor{secure: r.TLS != nil}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		v.client = s.config.Proxies.Client(peer.Addr(), r.Header.Values("X-Forwarded-For"))
		if s.config.Proxies.Trusts(peer.Addr()) {
			v.secure = v.secure || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
		}
	}
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)), v
}

// note adds an error that is not for the client to the line of the request.
func note(r *http.Request, err error) { visitorOf(r).err = err }
