package server

import (
	"net/http"

	"vodsrv/server/library"
)

// serveMedia sends a file as it is. Each request opens it anew: with a file of
// its own, net/http has the kernel send it.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request, p library.Path) error {
	raw, err := s.config.Library.Raw(p)
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	h := w.Header()
	h.Set("Content-Type", p.ContentType())
	h.Set("ETag", `"`+raw.ETag+`"`)
	h.Set("Cache-Control", "no-cache")
	// Should a browser take it for a page after all, it can do nothing.
	h.Set("Content-Security-Policy", "sandbox")
	http.ServeContent(w, r, "", raw.Info.ModTime(), raw.Content())
	return nil
}
