package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"vodsrv/server/library"
)

const (
	// heartbeat tells listeners, and proxies between, that the line stands.
	heartbeat = 15 * time.Second
	// retryMillis is how long browsers wait before they listen anew.
	retryMillis = "2000"
)

// serveEvents tells of what happens in the folder, as server-sent events: with
// ?folder= only of what lies in that folder.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request, _ library.Path) error {
	t := teller{w: w, control: http.NewResponseController(w), timeout: s.config.WriteTimeout}
	if q := r.URL.Query(); q.Has("folder") {
		folder, err := library.ParsePath(q.Get("folder"))
		if err != nil {
			return err
		}
		t.folder, t.one = folder, true
	}
	news, err := s.config.Library.Listen()
	if err != nil {
		return errFull
	}
	defer news.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would gather events until there are many
	if r.Method == http.MethodHead {
		return nil
	}
	return sent(t.tell(news.C, r.Context().Done(), s.leave))
}

// teller writes events to one listener.
type teller struct {
	w       io.Writer
	control *http.ResponseController
	timeout time.Duration // for one write
	folder  library.Path
	one     bool // only folder matters
}

func (t *teller) tell(news <-chan library.Changes, gone, leave <-chan struct{}) error {
	if err := t.write([]byte("retry: " + retryMillis + "\n\n")); err != nil {
		return err
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var text []byte
		select {
		case <-gone:
			return nil
		case <-leave:
			return nil
		case <-beat.C:
			text = []byte(": still here\n\n")
		case c := <-news:
			var err error
			if text, err = t.events(c); err != nil {
				return err
			}
		}
		if err := t.write(text); err != nil {
			return err
		}
	}
}

func (t *teller) write(text []byte) error {
	if err := t.control.SetWriteDeadline(time.Now().Add(t.timeout)); err != nil {
		return err
	}
	if _, err := t.w.Write(text); err != nil {
		return err
	}
	return t.control.Flush()
}

// events are changes as text: one event for each kind.
func (t *teller) events(c library.Changes) ([]byte, error) {
	var text bytes.Buffer
	removed := []string{}
	for _, p := range c.Removed {
		if !t.one || p.Parent() == t.folder {
			removed = append(removed, p.Escaped())
		}
	}
	added, changed := t.mine(c.Added), t.mine(c.Changed)
	for _, e := range []struct {
		name string
		some bool
		data any
	}{
		{"reload", c.Lost, struct{}{}}, {"removed", len(removed) > 0, removed},
		{"added", len(added) > 0, added}, {"changed", len(changed) > 0, changed},
		{"progress", true, c.Progress},
	} {
		if !e.some {
			continue
		}
		data, err := json.Marshal(e.data)
		if err != nil {
			return nil, err
		}
		text.WriteString("event: " + e.name + "\ndata: ")
		text.Write(data)
		text.WriteString("\n\n")
	}
	return text.Bytes(), nil
}

// mine are the entries that the listener asked for.
func (t *teller) mine(entries []library.Entry) []library.Entry {
	if !t.one {
		return entries
	}
	var list []library.Entry
	for _, e := range entries {
		if e.Folder() == t.folder {
			list = append(list, e)
		}
	}
	return list
}
