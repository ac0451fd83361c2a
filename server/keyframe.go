package server

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"vodsrv/mp4/fragment"
	"vodsrv/server/library"
	"vodsrv/server/stream"
)

const (
	// stillsAtOnce is how many films may be indexed at once for nothing but a
	// picture of them, and stillsWaiting how many more are waited for: viewers
	// come first.
	stillsAtOnce  = 1
	stillsWaiting = 64
	// stillAge is for how many seconds a picture may be shown without asking
	// whether it still is that of the film.
	stillAge = 60
)

// serveKeyframe sends one key frame as a film by itself: the one at or before
// t, or else one that stands for the film. What names its film's ETag as v in
// the URL may be kept for ever, unless the film grows.
func (s *Server) serveKeyframe(w http.ResponseWriter, r *http.Request, p library.Path) error {
	query := r.URL.Query()
	t, err := stillTime(query)
	if err != nil {
		return err
	}
	film, etag, err := s.config.Library.Look(p)
	if err != nil {
		return err
	}
	if film == nil {
		if known := stillKnown(r.Header.Get("If-None-Match"), etag, t); known != "" {
			keepStill(w, query.Get("v") == etag)
			w.Header().Set("ETag", known)
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		if film, err = s.filmForStill(r.Context(), p); err != nil {
			return err
		}
	}
	defer func() { _ = film.Close() }()
	still, err := t.of(film.Plan())
	if err != nil {
		return err
	}
	more, err := film.Growth()
	if err != nil {
		return err
	}
	keepStill(w, query.Get("v") == film.ETag() && !more)
	w.Header().Set("Content-Type", "video/mp4")
	return serveContent(w, r, film, stillETag(film.ETag(), t)+strconv.Itoa(still.Number), single(still.Parts, still.Size()))
}

// filmForStill indexes a film for a picture of it.
func (s *Server) filmForStill(ctx context.Context, p library.Path) (*library.Film, error) {
	leave, err := s.stills.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.config.Library.Film(ctx, p)
}

// moment is the presentation time of a picture, in seconds; negative for one
// that stands for the film.
type moment float64

func stillTime(query url.Values) (moment, error) {
	if !query.Has("t") {
		return -1, nil
	}
	t, err := seconds(query, "t")
	return moment(t), err
}

// seconds reads a parameter that is a presentation time.
func seconds(query url.Values, name string) (float64, error) {
	t, err := strconv.ParseFloat(query.Get(name), 64)
	if err != nil || !(t >= 0) || math.IsInf(t, 0) {
		return 0, stream.Errorf(stream.BadRequest, "The parameter %s=%q is not understood.", name, query.Get(name))
	}
	return t, nil
}

func (t moment) of(plan *fragment.Plan) (*fragment.KeyFrame, error) {
	if t < 0 {
		return plan.Cover()
	}
	return plan.KeyFrame(float64(t))
}

// stillETag is what the ETags of a film's pictures at a time begin with. The
// number of the sample follows: which one it is may change while a film grows.
func stillETag(etag string, t moment) string {
	return fmt.Sprintf("%s.%g.", etag, float64(t))
}

// stillKnown is the ETag of a picture that a client has, if it is that of the
// film as it is; else "".
func stillKnown(offered, etag string, t moment) string {
	rest, ok := strings.CutPrefix(offered, `"`+stillETag(etag, t))
	number, quoted := strings.CutSuffix(rest, `"`)
	if _, err := strconv.ParseUint(number, 10, 32); !ok || !quoted || err != nil {
		return ""
	}
	return offered
}

// keepStill tells for how long a picture may be kept. A film that grows has the
// same ETag for others: at times that it had not come to, and for its cover.
func keepStill(w http.ResponseWriter, always bool) {
	policy := fmt.Sprintf("public, max-age=%d", stillAge)
	if always {
		policy = forEver
	}
	w.Header().Set("Cache-Control", policy)
}

// forEver is the Cache-Control of what is at a URL that names all it depends
// on.
const forEver = "public, max-age=31536000, immutable"
