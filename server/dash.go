package server

import (
	"context"
	"fmt"
	"net/http"

	"vodsrv/server/library"
	"vodsrv/server/playlist"
)

const (
	manifestName = "manifest.mpd"
	manifestType = "application/dash+xml"
)

func (s *Server) serveDASH(w http.ResponseWriter, r *http.Request, p library.Path) error {
	return s.deliver(w, r, p, manifestName, func(d delivery) error {
		if d.folder == "" {
			return d.serveMPD()
		}
		return d.serveTrack(d.findTimed)
	})
}

// findTimed finds a piece by the time that it begins at.
func (d delivery) findTimed(s *library.Stream, name string, frame bool) (playlist.Piece, bool) {
	at, ok := playlist.ParseTimeName(name)
	if !ok {
		return playlist.Piece{}, false
	}
	times, err := d.times(d.r.Context(), s, frame)
	if err != nil {
		return playlist.Piece{}, false
	}
	return times.Find(at)
}

func (d delivery) serveMPD() error {
	about, err := d.server.config.Library.Info(d.r.Context(), d.path)
	if err != nil {
		return err
	}
	var growing *playlist.Growing
	if d.plan.Open() {
		start, changed := d.film.Recorded()
		growing = &playlist.Growing{Start: start, Published: changed, Clock: link(manifestName)}
	}
	others, closeAll := d.others()
	defer closeAll()
	key := fmt.Sprint("mpd ", growing, about.Subtitles, addresses(others))
	return d.serveManifest(manifestType, key, func(ctx context.Context) ([]byte, error) {
		film, err := d.describe(ctx, about, others)
		if err != nil {
			return nil, err
		}
		return film.MPD(d.plan.Duration(), growing)
	})
}
