package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"vodsrv/server/library"
	"vodsrv/server/playlist"
)

const (
	masterName = "master.m3u8"
	listType   = "application/vnd.apple.mpegurl"
)

func (s *Server) serveHLS(w http.ResponseWriter, r *http.Request, p library.Path) error {
	return s.deliver(w, r, p, masterName, func(d delivery) error {
		switch {
		case d.folder == "":
			return d.serveMaster()
		case d.folder == textFolder:
			return d.serveText()
		case d.name == playlist.MediaName:
			return d.serveTimes(false)
		case d.name == playlist.FramesName:
			return d.serveTimes(true)
		}
		return d.serveTrack(d.findNumbered)
	})
}

// findNumbered finds a piece by the segments that it is made of. Were other
// pieces answered, too, caches would fill with them.
func (d delivery) findNumbered(_ *library.Stream, name string, frame bool) (playlist.Piece, bool) {
	at := playlist.At
	if frame {
		at = playlist.FrameAt
	}
	first, last, ok := playlist.ParseName(name)
	if !ok {
		return playlist.Piece{}, false
	}
	piece, ok := at(d.plan, first)
	return piece, ok && piece.Last == last
}

func (d delivery) serveMaster() error {
	about, err := d.server.config.Library.Info(d.r.Context(), d.path)
	if err != nil {
		return err
	}
	others, closeAll := d.others()
	defer closeAll()
	key := fmt.Sprint("master ", about.Subtitles, addresses(others))
	return d.serveManifest(listType, key, func(ctx context.Context) ([]byte, error) {
		film, err := d.describe(ctx, about, others)
		if err != nil {
			return nil, err
		}
		return film.Master(), nil
	})
}

// serveTimes sends the playlist of a track, or of its pictures.
func (d delivery) serveTimes(frames bool) error {
	s, err := d.stream()
	if err != nil {
		return err
	}
	now, err := s.Now()
	if err != nil {
		return err
	}
	times, err := d.times(d.r.Context(), s, frames)
	if err != nil {
		return err
	}
	part := ""
	if frames {
		part = playlist.FramePart
	}
	return d.serveMediaList(len(times), func() playlist.Media {
		return playlist.Media{
			Init: link(playlist.InitName), Pieces: times.Playlist(now.Timescale()), Frames: frames,
			URL: func(p playlist.Piece) string { return link(part + p.Name() + playlist.PieceName) },
		}
	})
}

// serveMediaList sends a media playlist of so many pieces.
func (d delivery) serveMediaList(pieces int, list func() playlist.Media) error {
	if _, err := d.film.Growth(); err != nil {
		return err
	}
	more := d.plan.Open()
	if pieces == 0 {
		return cmp.Or(tooSoon(more), error(errNoRoute))
	}
	return d.serveManifest(listType, "list "+d.folder+"/"+d.name, func(context.Context) ([]byte, error) {
		m := list()
		m.Event, m.Ended = d.plan.Endless(), !more
		return m.Encode()
	})
}

// serveText sends the playlist of a text, which is one file.
func (d delivery) serveText() error {
	about, err := d.server.config.Library.Info(d.r.Context(), d.path)
	if err != nil {
		return err
	}
	for _, text := range about.Subtitles {
		if id, err := url.PathUnescape(text.ID); err == nil && id+listSuffix == d.name {
			vtt := d.webVTT(text)
			return d.serveMediaList(1, func() playlist.Media {
				return playlist.Media{Pieces: []playlist.Piece{{End: d.plan.Duration()}}, URL: func(playlist.Piece) string { return link(vtt) }}
			})
		}
	}
	return errNoRoute
}
