package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vodsrv/mp4/fragment"
	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/playlist"
)

// delivery is a request for what HLS or DASH have below a film: a manifest, or
// else something in a folder, of a track by its id or of text, below the film's
// ETag. All but manifests and playlists may be kept for ever.
type delivery struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	path   library.Path // of the film
	film   *library.Film
	plan   *fragment.Plan // one for all of an answer: the film may be whole a moment later
	folder string         // "" for the manifest
	name   string
}

// deliver opens the film and has the request answered.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, p library.Path, manifest string, serve func(delivery) error) error {
	path, below := p.Film()
	at := strings.Split(string(below), "/")
	if path == "" || len(at) != 3 && string(below) != manifest {
		return errNoRoute
	}
	film, err := s.config.Library.Film(r.Context(), path)
	if err != nil {
		return err
	}
	defer func() { _ = film.Close() }()
	d := delivery{server: s, w: w, r: r, path: path, film: film, plan: film.Plan(), name: at[0]}
	if len(at) == 3 {
		if at[0] != film.ETag() {
			return library.ErrChanged
		}
		d.folder, d.name = at[1], at[2]
	}
	return serve(d)
}

// stream is the track that the folder is called after. Were other ways to write
// its id answered, too, caches would fill with them.
func (d delivery) stream() (*library.Stream, error) {
	id, err := strconv.ParseUint(d.folder, 10, 32)
	if err != nil || d.folder != strconv.FormatUint(id, 10) {
		return nil, errNoRoute
	}
	s, err := d.film.Stream([]uint32{uint32(id)})
	if err != nil {
		return nil, errNoRoute
	}
	return s, nil
}

// serveTrack sends the init segment of a track, or a piece of it that find knows
// by name, without what tells its kind.
func (d delivery) serveTrack(find func(s *library.Stream, name string, frame bool) (playlist.Piece, bool)) error {
	s, err := d.stream()
	if err != nil {
		return err
	}
	if d.name == playlist.InitName {
		init := s.Init()
		return d.serveFixed(s, single([]fragment.Part{{Data: init, Size: int64(len(init))}}, int64(len(init))))
	}
	name, ok := strings.CutSuffix(d.name, playlist.PieceName)
	if !ok {
		return errNoRoute
	}
	name, frame := strings.CutPrefix(name, playlist.FramePart)
	piece, ok := find(s, name, frame)
	if !ok {
		return errNoRoute
	}
	l, err := layPiece(s, piece, frame)
	if err != nil {
		return err
	}
	return d.serveFixed(s, l)
}

// layPiece lays out one media segment, or one picture.
func layPiece(s *library.Stream, p playlist.Piece, frame bool) (layout, error) {
	if frame {
		now, err := s.Now()
		if err != nil {
			return layout{}, err
		}
		g, err := now.IFrame(p.First, p.Last)
		if err != nil {
			return layout{}, errNoRoute
		}
		return single(g.Parts, g.Size()), nil
	}
	var parts []fragment.Part
	size := int64(0)
	for k := p.First; k <= p.Last; k++ {
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
func (d delivery) serveFixed(s *library.Stream, l layout) error {
	d.w.Header().Set("Content-Type", plainMIME(s))
	d.w.Header().Set("Cache-Control", forEver)
	return serveContent(d.w, d.r, d.film, fmt.Sprintf("%s.%d.%s", d.film.ETag(), s.Tracks()[0], d.name), l)
}

// plainMIME is the type of a stream without its codecs.
func plainMIME(s *library.Stream) string {
	mime, _, _ := strings.Cut(s.MIME(), ";")
	return mime
}

// tokenPlace stands, in manifests that are kept, where a link's token goes on to
// a URL. Nobody can put it there, as nobody can guess it.
var tokenPlace = "?" + rand.Text()

// token is what goes on to all URLs: that of a link by which the visitor is in.
// Any other would only make manifests long.
func (d delivery) token() string {
	if visitorOf(d.r).who.Link == "" {
		return ""
	}
	return d.r.URL.Query().Get(access.TokenParameter)
}

// link is a URL that a token goes on to.
func link(to string) string { return to + tokenPlace }

// manifest is one that is kept for all who come for it.
type manifest struct {
	text []byte
	etag string
}

func newManifest(text []byte) manifest {
	sum := sha256.Sum256(text)
	return manifest{text, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// Memory is what it takes.
func (m manifest) Memory() int64 { return int64(len(m.text) + len(m.etag)) }

// serveManifest sends a manifest or a playlist, which depends on the film and
// what else its key tells. Caches ask again and again whether it is what it was.
func (d delivery) serveManifest(mime, key string, encode func(context.Context) ([]byte, error)) error {
	ctx := d.r.Context()
	query := ""
	if token := d.token(); token != "" {
		query = "?" + url.Values{access.TokenParameter: {token}}.Encode()
	}
	m, err := library.Keep(ctx, d.film, d.plan, fmt.Sprint(key, " for links: ", query != ""), func() (manifest, error) {
		leave, err := d.server.manifests.enter(ctx)
		if err != nil {
			return manifest{}, err
		}
		defer leave()
		text, err := encode(ctx)
		if query == "" {
			text = bytes.ReplaceAll(text, []byte(tokenPlace), nil)
		}
		return newManifest(text), err
	})
	if err != nil {
		return err
	}
	if query != "" {
		m = newManifest(bytes.ReplaceAll(m.text, []byte(tokenPlace), []byte(query)))
	}
	h := d.w.Header()
	h.Set("Content-Type", mime)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", m.etag)
	http.ServeContent(d.w, d.r, "", time.Time{}, bytes.NewReader(m.text))
	return nil
}

// tooSoon is for a film that has nothing to show yet, if more will come.
func tooSoon(more bool) error {
	if more {
		return errTooSoon
	}
	return nil
}
