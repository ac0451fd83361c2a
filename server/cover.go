package server

import (
	"net/http"

	"vodsrv/mp4/fragment"
	"vodsrv/mp4/metadata"
	"vodsrv/server/library"
)

// serveCover sends the cover art that a film has in it.
func (s *Server) serveCover(w http.ResponseWriter, r *http.Request, p library.Path) error {
	film, _, err := s.config.Library.Look(p)
	if err == nil && film == nil {
		film, err = s.filmForStill(r.Context(), p)
	}
	if err != nil {
		return err
	}
	defer func() { _ = film.Close() }()
	cover, err := metadata.ReadCover(film, film.Movie())
	if err != nil {
		return err
	}
	if cover == nil {
		return errNoCover
	}
	h := w.Header()
	h.Set("Content-Type", cover.MIME)
	h.Set("Cache-Control", "no-cache")
	part := fragment.Part{Offset: cover.Offset, Size: cover.Size}
	return serveContent(w, r, film, film.ETag()+".cover", single([]fragment.Part{part}, cover.Size))
}
