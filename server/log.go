package server

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// record is what the request log says of one answer. It also keeps caches that
// serve several people from keeping it, where not everyone may have it.
type record struct {
	http.ResponseWriter
	private bool
	status  int
	bytes   int64
}

// Unwrap lets http.ResponseController reach Hijack, Flush and deadlines.
func (r *record) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *record) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		if status >= http.StatusBadRequest {
			// What was meant to be kept is not this: http.ServeContent leaves that in a 412.
			r.Header().Set("Cache-Control", "no-store")
		}
		if h := r.Header(); r.private && !strings.Contains(h.Get("Cache-Control"), "no-store") {
			h.Set("Cache-Control", private(h.Get("Cache-Control")))
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

func private(policy string) string {
	var kept []string
	for directive := range strings.SplitSeq(policy, ",") {
		if directive = strings.TrimSpace(directive); directive != "" && directive != "public" && directive != "private" {
			kept = append(kept, directive)
		}
	}
	return strings.Join(append([]string{"private"}, kept...), ", ")
}

func (r *record) Write(p []byte) (int, error) {
	r.begin()
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the door open through which files go to the socket without
// passing through the program.
func (r *record) ReadFrom(src io.Reader) (int64, error) {
	r.begin()
	n, err := io.Copy(r.ResponseWriter, src)
	r.bytes += n
	return n, err
}

func (r *record) begin() {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
}

// logged writes a line for each request when it is answered: for those that
// fetch a film, and where something went wrong inside, always. Queries are
// left out, since they may carry what lets their bearer in.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		r, v := s.visited(r)
		rec := &record{ResponseWriter: &patient{ResponseWriter: w, control: http.NewResponseController(w), timeout: s.config.WriteTimeout, secure: r.TLS != nil}, private: s.config.Door != nil}
		cut := survived(next, rec, r)
		countBytes(r, rec.bytes)
		level, what := slog.LevelDebug, "request"
		if fetches(strings.TrimPrefix(r.URL.EscapedPath(), s.config.BasePath)) && rec.bytes > 0 && rec.status/100 == 2 {
			level, what = slog.LevelInfo, "fetched"
		}
		attrs := []slog.Attr{
			slog.String("method", r.Method), slog.String("path", r.URL.EscapedPath()), slog.String("who", v.who.String()), slog.String("from", v.client.String()),
			slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", time.Since(began)),
		}
		if v.err != nil {
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", v.err.Error()))
		}
		s.config.Log.LogAttrs(r.Context(), level, what, attrs...)
		if cut {
			panic(http.ErrAbortHandler)
		}
	})
}

// fetches tells whether a path is that of a whole film.
func fetches(path string) bool {
	return strings.HasPrefix(path, "/media/") || strings.HasPrefix(path, "/fmp4/")
}

// survived answers a request, and notes a fault of the program. It returns
// whether the answer is to be cut off, since it has begun and won't be whole.
func survived(next http.Handler, rec *record, r *http.Request) (cut bool) {
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		if fault == http.ErrAbortHandler {
			cut = true
			return
		}
		err := fmt.Errorf("internal fault: %v\n%s", fault, debug.Stack())
		if rec.status != 0 {
			note(r, err)
			cut = true
			return
		}
		for _, name := range []string{"Content-Length", "ETag", "Last-Modified"} {
			rec.Header().Del(name)
		}
		writeError(rec, r, err)
	}()
	next.ServeHTTP(rec, r)
	return false
}

// serverLog logs what net/http itself complains of, but for handshakes that
// fail, of TLS and of HTTP/2: anyone can bring those about, as often as they like.
type serverLog struct{ *slog.Logger }

var (
	failedTLS   = []byte("http: TLS handshake error")
	failedHTTP2 = []byte("http2: server: error reading preface from client")
)

func (l serverLog) Write(line []byte) (int, error) {
	if !bytes.HasPrefix(line, failedTLS) && !bytes.HasPrefix(line, failedHTTP2) {
		l.Warn("the HTTP server complains", slog.String("error", string(bytes.TrimSpace(line))))
	}
	return len(line), nil
}
