package server

import (
	"bytes"
	"encoding/json"
	"net/http"

	"vodsrv/server/library"
)

func (s *Server) serveList(w http.ResponseWriter, r *http.Request, p library.Path) error {
	q, err := library.ParseQuery(r.URL.Query())
	if err != nil {
		return err
	}
	listing, err := s.config.Library.List(r.Context(), p, q)
	if err != nil {
		return err
	}
	return writeJSON(w, listing)
}

func (s *Server) serveInfo(w http.ResponseWriter, r *http.Request, p library.Path) error {
	description, err := s.config.Library.Info(r.Context(), p)
	if err != nil {
		return err
	}
	return writeJSON(w, description)
}

func writeJSON(w http.ResponseWriter, v any) error {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	_, err := w.Write(body.Bytes())
	return sent(err)
}
