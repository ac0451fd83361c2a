package server

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/text"
	"vodsrv/server/library"
	"vodsrv/server/subtitle"
)

const (
	// maxSubtitles is how many bytes a file with subtitles has at most, and
	// what is made of a track.
	maxSubtitles = 16 << 20
	// textVersion is raised when other WebVTT would be made of the same.
	textVersion = 1
	// textsAtOnce is how many texts are read at once, and textsWaiting how many
	// more are waited for.
	textsAtOnce  = 4
	textsWaiting = 256
)

// webVTT is a text as WebVTT, with its ETag.
type webVTT struct {
	content []byte
	etag    string
}

// Memory is what it takes.
func (v webVTT) Memory() int64 { return int64(len(v.content) + len(v.etag)) }

// header is the ETag as HTTP has it.
func (v webVTT) header() string { return fmt.Sprintf(`"%s.%d"`, v.etag, textVersion) }

// serveSubtitles sends subtitles as WebVTT: of a track of the film, or of a file
// beside it. Below the film stands which, as its description has it, and .vtt.
func (s *Server) serveSubtitles(w http.ResponseWriter, r *http.Request, p library.Path) error {
	vtt, err := s.subtitles(r.Context(), p, r.Header.Get("If-None-Match"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/vtt; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", vtt.header())
	// Should a browser take it for a page after all, it can do nothing.
	h.Set("Content-Security-Policy", "sandbox")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(vtt.content))
	return nil
}

// subtitles reads what a path names; not if that is what the client knows
// already, by its ETag.
func (s *Server) subtitles(ctx context.Context, p library.Path, client string) (webVTT, error) {
	film, below := p.Film()
	id, ok := strings.CutSuffix(string(below), ".vtt")
	if film == "" || !ok {
		return webVTT{}, errNoSubtitles
	}
	if n, err := strconv.ParseUint(id, 10, 32); err == nil {
		return s.textTrack(ctx, film, uint32(n), client)
	}
	return s.sidecar(ctx, film, id)
}

// textTrack tells what there is of a track now. The text of a film in a store
// costs many reads: it is kept.
func (s *Server) textTrack(ctx context.Context, p library.Path, id uint32, client string) (webVTT, error) {
	film, err := s.config.Library.Film(ctx, p)
	if err != nil {
		return webVTT{}, err
	}
	defer func() { _ = film.Close() }()
	movie, edition := film.Edition()
	track := movie.Track(id)
	if track == nil || !text.Supported(track) {
		return webVTT{}, errNoSubtitles
	}
	vtt := webVTT{etag: fmt.Sprintf("%s.%d", edition, id)}
	if client != vtt.header() {
		vtt, err = library.Keep(ctx, film, film.Plan(), "text "+vtt.etag, func() (webVTT, error) {
			vtt.content, err = s.readText(ctx, film, movie, track)
			return vtt, err
		})
	}
	return vtt, cmp.Or(err, film.Unchanged())
}

// readText reads a track when it is its turn. Only some are read at once: each
// may take as much memory as the longest text.
func (s *Server) readText(ctx context.Context, film *library.Film, movie *mp4.Movie, track *mp4.Track) ([]byte, error) {
	leave, err := s.texts.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	vtt := text.AppendHead(nil, text.Head(track))
	for cue, err := range text.Cues(film, movie, track) {
		if err == nil && len(vtt) > maxSubtitles {
			err = errLongSubtitles
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, err
		}
		vtt = cue.AppendVTT(vtt)
	}
	return vtt, nil
}

// sidecar reads a file beside a film.
func (s *Server) sidecar(ctx context.Context, film library.Path, rest string) (webVTT, error) {
	leave, err := s.texts.enter(ctx)
	if err != nil {
		return webVTT{}, err
	}
	defer leave()
	raw, about, err := s.config.Library.Subtitle(ctx, film, rest)
	if err != nil {
		return webVTT{}, err
	}
	defer func() { _ = raw.Close() }()
	if raw.Info.Size() > maxSubtitles {
		return webVTT{}, errLongSubtitles
	}
	file, err := io.ReadAll(io.LimitReader(raw.Content(), maxSubtitles))
	if err != nil {
		return webVTT{}, err
	}
	vtt, err := subtitle.Convert(file, about.Lang)
	if errors.Is(err, subtitle.ErrNone) {
		err = errBadSubtitles
	}
	return webVTT{vtt, raw.ETag}, err
}
