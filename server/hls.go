package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vodsrv/mp4/codec"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/playlist"
)

// Below a film in URLs of HLS stands master.m3u8, or else the film's ETag, the
// id of a track or textFolder, and one of these. All but playlists may be kept
// for ever.
const (
	masterName = "master.m3u8"
	mediaName  = "media.m3u8"
	framesName = "iframes.m3u8"
	initName   = "init.mp4"
	pieceName  = ".m4s"  // behind the name of a piece
	framePart  = "i"     // before that of a picture
	textFolder = "text"  // holds playlists of subtitles
	listSuffix = ".m3u8" // behind the name of one
	listType   = "application/vnd.apple.mpegurl"
)

// hls is a request for something of HLS.
type hls struct {
	server *Server
	path   library.Path // of the film
	film   *library.Film
	token  string // to carry on to URLs; "" for none
}

func (s *Server) serveHLS(w http.ResponseWriter, r *http.Request, p library.Path) error {
	path, below := p.Film()
	at := strings.Split(string(below), "/")
	if path == "" || len(at) != 3 && string(below) != masterName {
		return errNoRoute
	}
	film, err := s.config.Library.Film(r.Context(), path)
	if err != nil {
		return err
	}
	defer func() { _ = film.Close() }()
	h := hls{s, path, film, r.URL.Query().Get(access.TokenParameter)}
	if len(at) == 1 {
		return h.serveMaster(w, r)
	}
	if at[0] != film.ETag() {
		return library.ErrChanged
	}
	if at[1] == textFolder {
		return h.serveText(w, r, at[2])
	}
	id, err := strconv.ParseUint(at[1], 10, 32)
	if err != nil {
		return errNoRoute
	}
	stream, err := film.Stream([]uint32{uint32(id)})
	if err != nil {
		return errNoRoute
	}
	return h.serveTrack(w, r, stream, at[2])
}

// serveTrack sends what there is of one track.
func (h hls) serveTrack(w http.ResponseWriter, r *http.Request, s *library.Stream, name string) error {
	switch name {
	case mediaName:
		return h.serveMedia(w, r, s)
	case framesName:
		return h.serveFrames(w, r, s)
	case initName:
		init := s.Init()
		return h.serveFixed(w, r, s, name, single([]fragment.Part{{Data: init, Size: int64(len(init))}}, int64(len(init))))
	}
	piece, ok := strings.CutSuffix(name, pieceName)
	if !ok {
		return errNoRoute
	}
	frame, isFrame := strings.CutPrefix(piece, framePart)
	first, last, ok := playlist.ParseName(frame)
	at := playlist.At
	if isFrame {
		at = playlist.FrameAt
	}
	// Were other pieces answered, too, caches would fill with them.
	if due, there := at(h.film.Plan(), first); !ok || !there || due.Last != last {
		return errNoRoute
	}
	l, err := h.piece(s, first, last, isFrame)
	if err != nil {
		return err
	}
	return h.serveFixed(w, r, s, name, l)
}

// piece lays out one media segment, or one picture.
func (h hls) piece(s *library.Stream, first, last int, frame bool) (layout, error) {
	if frame {
		g, err := s.IFrame(first, last)
		if err != nil {
			return layout{}, errNoRoute
		}
		return single(g.Parts, g.Size()), nil
	}
	var parts []fragment.Part
	size := int64(0)
	for k := first; k <= last; k++ {
		g, err := s.Segment(k)
		if err != nil {
			return layout{}, err
		}
		if g != nil {
			parts = append(parts, g.Parts...)
			size += g.Size()
		}
	}
	if size == 0 {
		return layout{}, errNoRoute
	}
	return single(parts, size), nil
}

// serveFixed sends what never changes at its URL.
func (h hls) serveFixed(w http.ResponseWriter, r *http.Request, s *library.Stream, name string, l layout) error {
	mime, _, _ := strings.Cut(s.MIME(), ";")
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Cache-Control", forEver)
	return serveContent(w, r, h.film, fmt.Sprintf("%s.%d.%s", h.film.ETag(), s.Tracks()[0], name), l)
}

// serveList sends a playlist.
func (h hls) serveList(w http.ResponseWriter, r *http.Request, list []byte) error {
	sum := sha256.Sum256(list)
	w.Header().Set("Content-Type", listType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(list))
	return nil
}

// link adds the token of a link to a URL.
func (h hls) link(to string) string {
	if h.token == "" {
		return to
	}
	return to + "?" + url.Values{access.TokenParameter: {h.token}}.Encode()
}

func (h hls) serveMedia(w http.ResponseWriter, r *http.Request, s *library.Stream) error {
	return h.serveMediaList(w, r, func(plan *fragment.Plan) playlist.Media {
		return playlist.Media{
			Init: h.link(initName), Pieces: playlist.Pieces(plan, s.Has),
			URL: func(p playlist.Piece) string { return h.link(p.Name() + pieceName) },
		}
	})
}

func (h hls) serveFrames(w http.ResponseWriter, r *http.Request, s *library.Stream) error {
	if !s.Frames() {
		return errNoRoute
	}
	return h.serveMediaList(w, r, func(plan *fragment.Plan) playlist.Media {
		return playlist.Media{
			Init: h.link(initName), Pieces: playlist.Frames(plan, s.Has), Frames: true,
			URL: func(p playlist.Piece) string { return h.link(framePart + p.Name() + pieceName) },
		}
	})
}

// serveMediaList sends a media playlist, made of one plan: the film may be whole
// a moment later, and its last pieces missing from what says that it has ended.
func (h hls) serveMediaList(w http.ResponseWriter, r *http.Request, describe func(*fragment.Plan) playlist.Media) error {
	_, err := h.film.Growth()
	if err != nil {
		return err
	}
	plan := h.film.Plan()
	m, more := describe(plan), plan.Open()
	if len(m.Pieces) == 0 {
		return cmp.Or(tooSoon(more), error(errNoRoute))
	}
	m.Event, m.Ended = plan.Endless(), !more
	list, err := m.Encode()
	if err != nil {
		return err
	}
	return h.serveList(w, r, list)
}

// tooSoon is for a film that has nothing to show yet, if more will come.
func tooSoon(more bool) error {
	if more {
		return errTooSoon
	}
	return nil
}

// serveText sends the playlist of a text, which is one file.
func (h hls) serveText(w http.ResponseWriter, r *http.Request, name string) error {
	description, err := h.server.config.Library.Info(r.Context(), h.path)
	if err != nil {
		return err
	}
	for _, text := range description.Subtitles {
		if id, err := url.PathUnescape(text.ID); err != nil || id+listSuffix != name {
			continue
		}
		vtt := h.server.config.BasePath + "/subs/" + h.path.Escaped() + "/" + text.ID + ".vtt"
		return h.serveMediaList(w, r, func(plan *fragment.Plan) playlist.Media {
			return playlist.Media{
				Pieces: []playlist.Piece{{End: plan.Duration()}}, URL: func(playlist.Piece) string { return h.link(vtt) },
			}
		})
	}
	return errNoRoute
}

func (h hls) serveMaster(w http.ResponseWriter, r *http.Request) error {
	description, err := h.server.config.Library.Info(r.Context(), h.path)
	if err != nil {
		return err
	}
	leave, err := h.server.layouts.enter(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	m, err := h.master(r.Context(), description)
	if err != nil {
		return err
	}
	return h.serveList(w, r, m.Encode())
}

// master describes the default video, all sound and all text.
func (h hls) master(ctx context.Context, about info.File) (m playlist.Master, err error) {
	more, err := h.film.Growth()
	if err != nil {
		return m, err
	}
	chosen := map[uint32]bool{}
	for _, id := range fragment.DefaultTracks(h.film.Movie()) {
		chosen[id] = true
	}
	for _, t := range about.Tracks {
		if !t.Playable || t.Kind != codec.Audio && !chosen[t.ID] {
			continue
		}
		rendition, frames, err := h.rendition(t, chosen[t.ID])
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return m, err
		case rendition == nil:
		case t.Kind == codec.Audio:
			m.Audio = append(m.Audio, *rendition)
		default:
			m.Video, m.Frames, m.Picture = rendition, frames, pictureOf(t)
		}
	}
	if m.Video == nil && len(m.Audio) == 0 {
		return m, cmp.Or(tooSoon(more), unplayable(h.film))
	}
	if !h.film.Plan().Endless() {
		m.Text = h.texts(about.Subtitles)
	}
	return m, nil
}

// rendition describes a track, and its I-frame playlist if it has one; nil for
// a track of which there is nothing yet.
func (h hls) rendition(t info.Track, isDefault bool) (all, frames *playlist.Rendition, err error) {
	s, err := h.film.Stream([]uint32{t.ID})
	if err != nil {
		return nil, nil, err
	}
	pieces := playlist.Pieces(h.film.Plan(), s.Has)
	if len(pieces) == 0 {
		return nil, nil, nil
	}
	starts, err := s.Starts()
	if err != nil {
		return nil, nil, err
	}
	var sizes []int64
	for _, p := range pieces {
		sizes = append(sizes, starts[p.Last+1]-starts[p.First])
	}
	folder := fmt.Sprintf("%s/%d/", h.film.ETag(), t.ID)
	all = &playlist.Rendition{
		URL: h.link(folder + mediaName), Name: t.Label, Language: t.Lang, Default: isDefault, Codec: hlsCodec(t.Codec), Channels: t.Channels,
	}
	all.Peak, all.Average = playlist.Rates(pieces, sizes)
	if !s.Frames() {
		return all, nil, nil
	}
	pictures := playlist.Frames(h.film.Plan(), s.Has)
	sizes = sizes[:0]
	for _, p := range pictures {
		g, err := s.IFrame(p.First, p.Last)
		if err != nil {
			return nil, nil, err
		}
		sizes = append(sizes, g.Size())
	}
	frames = &playlist.Rendition{URL: h.link(folder + framesName), Codec: all.Codec}
	frames.Peak, frames.Average = playlist.Rates(pictures, sizes)
	return all, frames, nil
}

// hlsCodec is a codec as players of HLS know it: MP3 by what Apple's want.
func hlsCodec(codec string) string {
	if strings.EqualFold(codec, "mp4a.6b") || codec == "mp4a.69" {
		return "mp4a.40.34"
	}
	return codec
}

// pictureOf is how video is shown.
func pictureOf(t info.Track) playlist.Picture {
	p := playlist.Picture{Width: t.Width, Height: t.Height, FPS: t.FPS}
	if w, h, ok := strings.Cut(t.PixelAspect, ":"); ok {
		a, errA := strconv.Atoi(w)
		b, errB := strconv.Atoi(h)
		if errA == nil && errB == nil && b > 0 {
			p.Width = int(int64(p.Width) * int64(a) / int64(b))
		}
	}
	if t.Rotation%180 != 0 {
		p.Width, p.Height = p.Height, p.Width
	}
	const pq, hlg = 16, 18 // ISO/IEC 23091-2
	if t.Colour != nil {
		p.Range = map[uint16]string{pq: "PQ", hlg: "HLG"}[t.Colour.Transfer]
	}
	return p
}

func (h hls) texts(list []info.Subtitle) (texts []playlist.Rendition) {
	for _, text := range list {
		texts = append(texts, playlist.Rendition{
			URL:  h.link(fmt.Sprintf("%s/%s/%s%s", h.film.ETag(), textFolder, text.ID, listSuffix)),
			Name: text.Label, Language: text.Lang, Default: text.Default, Captions: text.Kind == info.Captions,
		})
	}
	return texts
}
