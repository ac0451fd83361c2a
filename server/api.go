package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
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
	return writeListing(w, listing)
}

// listAtOnce is how many bytes of a list are made before they are sent.
const listAtOnce = 16 << 10

// writeListing writes a list entry by entry: all of a large folder would be held
// for as long as its reader takes.
func writeListing(w http.ResponseWriter, l library.Listing) error {
	entries := l.Entries
	l.Entries = []library.Entry{}
	var around bytes.Buffer
	if err := jsonEncoder(&around).Encode(l); err != nil {
		return err
	}
	const list = `"entries":[`
	head, tail, _ := bytes.Cut(around.Bytes(), []byte(list))
	beJSON(w)
	b := bufio.NewWriterSize(w, listAtOnce)
	_, _ = b.Write(head) // what fails is told by Flush
	_, _ = b.WriteString(list)
	var entry bytes.Buffer
	e := jsonEncoder(&entry)
	for i := range entries {
		entry.Reset()
		if i > 0 {
			_ = b.WriteByte(',')
		}
		if err := e.Encode(&entries[i]); err != nil {
			return err
		}
		if _, err := b.Write(bytes.TrimSuffix(entry.Bytes(), []byte("\n"))); err != nil {
			return sent(err)
		}
	}
	_, _ = b.Write(tail)
	return sent(b.Flush())
}

func (s *Server) serveInfo(w http.ResponseWriter, r *http.Request, p library.Path) error {
	description, err := s.config.Library.Info(r.Context(), p)
	if err != nil {
		return err
	}
	return writeJSON(w, description)
}

func jsonEncoder(to io.Writer) *json.Encoder {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e
}

func beJSON(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
}

func writeJSON(w http.ResponseWriter, v any) error {
	var body bytes.Buffer
	if err := jsonEncoder(&body).Encode(v); err != nil {
		return err
	}
	beJSON(w)
	_, err := w.Write(body.Bytes())
	return sent(err)
}
