package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"

	"vodsrv/mp4/fragment"
	"vodsrv/server/library"
	"vodsrv/server/stream"
)

const (
	// layoutsAtOnce is how many of a kind may be laid out at once, films, clips,
	// and manifests, and layoutsWaiting how many more are waited for.
	layoutsAtOnce  = 2
	layoutsWaiting = 64
)

// serveFragmented sends a film as one fragmented file, or a clip of it, whose
// size is known though it is never built.
func (s *Server) serveFragmented(w http.ResponseWriter, r *http.Request, p library.Path) error {
	ask, err := readWhole(r.URL.Query())
	if err != nil {
		return err
	}
	film, err := s.config.Library.Film(r.Context(), p)
	if err != nil {
		return err
	}
	defer func() { _ = film.Close() }()
	made, err := s.layOut(r.Context(), ask, film)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", made.mime)
	h.Set("Cache-Control", "no-cache")
	if ask.download {
		h.Set("Content-Disposition", attachment(ask.fileName(p, made.mime)))
	}
	return serveContent(w, r, film, made.etag, made.layout)
}

// layOut lays a film out. Only what was not laid out before waits for its turn:
// a film as a whole with all who want it, each clip by itself.
func (s *Server) layOut(ctx context.Context, ask whole, film *library.Film) (made, error) {
	if !ask.clip {
		return ask.of(ctx, film, s.wholes.enter)
	}
	leave, err := s.clips.enter(ctx)
	if err != nil {
		return made{}, err
	}
	defer leave() // also after a fault: nobody could lay out anything after two of them
	return ask.of(ctx, film, nil)
}

// whole is what is asked of a film as one file.
type whole struct {
	tracks   []uint32 // nil for the default ones
	clip     bool
	from, to float64 // presentation seconds; to 0 is the end
	download bool
}

func readWhole(query url.Values) (whole, error) {
	ask := whole{clip: query.Has("from") || query.Has("to"), download: query.Get("download") == "1"}
	q, err := stream.ParseQuery(only(query, "tracks"))
	if err != nil {
		return ask, err
	}
	ask.tracks = q.Tracks
	for name, to := range map[string]*float64{"from": &ask.from, "to": &ask.to} {
		if query.Has(name) {
			t, err := seconds(query, name)
			if err != nil {
				return ask, err
			}
			*to = t
		}
	}
	if query.Has("to") && ask.to <= ask.from {
		return ask, stream.Errorf(stream.BadRequest, "There is nothing from %g to %g seconds.", ask.from, ask.to)
	}
	return ask, nil
}

// only are the values of one parameter.
func only(query url.Values, name string) url.Values {
	if !query.Has(name) {
		return nil
	}
	return url.Values{name: query[name]}
}

// made is a film as one file.
type made struct {
	layout
	mime string
	etag string
}

// of lays a film out; for turn see Stream.Starts.
func (ask whole) of(ctx context.Context, film *library.Film, turn func(context.Context) (func(), error)) (made, error) {
	ids := ask.tracks
	if ids == nil {
		ids = fragment.DefaultTracks(film.Movie())
	}
	if len(ids) == 0 {
		return made{}, unplayable(film)
	}
	tracks, version, err := ask.stream(film, ids)
	if err != nil {
		return made{}, err
	}
	starts, err := tracks.Starts(ctx, turn)
	if err != nil {
		return made{}, err
	}
	mime, _, _ := strings.Cut(tracks.MIME(), ";")
	names := strings.Trim(strings.ReplaceAll(fmt.Sprint(tracks.Tracks()), " ", "."), "[]")
	return made{segments(tracks, starts), mime, fmt.Sprintf("%s.%s%s.%d", film.ETag(), names, version, len(starts)-1)}, nil
}

// stream is the tracks of the film or the clip, and what its ETag has to tell
// besides them.
func (ask whole) stream(film *library.Film, ids []uint32) (tracks *library.Stream, version string, err error) {
	length := film.Plan().Duration()
	switch {
	case !ask.clip:
		tracks, err = film.Stream(ids)
	case ask.from >= length:
		return nil, "", stream.Errorf(stream.BadRequest, "There is nothing from %g seconds on: the film ends at %g.", ask.from, length)
	default:
		var size int64
		tracks, size, err = film.Clip(ids, ask.from, ask.to)
		version = fmt.Sprintf(".%g-%g.%d", ask.from, ask.to, size)
	}
	if err != nil {
		return nil, "", stream.Errorf(stream.Unsupported, "These tracks can't be played: %v.", err)
	}
	return tracks, version, nil
}

// segments lays out the init segment and all segments behind it.
func segments(s *library.Stream, starts []int64) layout {
	return layout{append([]int64{0}, starts...), func(k int) ([]fragment.Part, error) {
		if k == 0 {
			return []fragment.Part{{Data: s.Init(), Size: int64(len(s.Init()))}}, nil
		}
		segment, err := s.Segment(k - 1)
		if err != nil || segment == nil {
			return nil, err
		}
		return segment.Parts, nil
	}}
}

// unplayable says why a film has no track that can be played.
func unplayable(film *library.Film) error {
	return stream.Errorf(stream.Unsupported, "%s", cmp.Or(film.Info().Reason, "No track of the film can be played."))
}

// fileName is the name to save a film under.
func (ask whole) fileName(p library.Path, mime string) string {
	name := p.Name()
	name = strings.TrimSuffix(name, path.Ext(name))
	if ask.clip {
		name += " from " + strconv.FormatFloat(ask.from, 'f', -1, 64) + " s"
		if ask.to > 0 {
			name += " to " + strconv.FormatFloat(ask.to, 'f', -1, 64) + " s"
		}
	}
	if strings.HasPrefix(mime, "audio/") {
		return name + ".m4a"
	}
	return name + ".mp4"
}

// attachment is a Content-Disposition with a name of any characters (RFC 6266,
// section 4.3): one for clients that know ASCII alone, and the real one.
func attachment(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
	plain := strings.Map(func(r rune) rune {
		if r > '~' || strings.ContainsRune(`"\%/`, r) {
			return '_'
		}
		return r
	}, name)
	var b strings.Builder
	for _, c := range []byte(name) {
		// attr-char of RFC 8187, section 3.2.1
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, b.String())
}
