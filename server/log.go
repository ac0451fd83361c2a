package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// record is what the request log says of one request.
type record struct {
	http.ResponseWriter
	status int
	bytes  int64
	err    error // what went wrong inside
}

// Unwrap lets http.ResponseController reach Hijack, Flush and deadlines.
func (r *record) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *record) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *record) Write(p []byte) (int, error) {
	r.began()
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the door open through which files go to the socket without
// passing through the program.
func (r *record) ReadFrom(src io.Reader) (int64, error) {
	r.began()
	n, err := io.Copy(r.ResponseWriter, src)
	r.bytes += n
	return n, err
}

func (r *record) began() {
	if r.status == 0 {
		r.status = http.StatusOK
	}
}

type recordKey struct{}

// note adds an error that is not for the client to the line of the request.
func note(r *http.Request, err error) {
	if rec, ok := r.Context().Value(recordKey{}).(*record); ok {
		rec.err = err
	}
}

// logged writes a line for each request when it is answered. Queries are left
// out, since they may carry what lets their bearer in.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &record{ResponseWriter: w}
		began := time.Now()
		r = r.WithContext(context.WithValue(r.Context(), recordKey{}, rec))
		next.ServeHTTP(rec, r)
		countBytes(r, rec.bytes)
		level := slog.LevelDebug
		attrs := []slog.Attr{
			slog.String("method", r.Method), slog.String("path", r.URL.EscapedPath()), slog.String("from", r.RemoteAddr),
			slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", time.Since(began)),
		}
		if rec.err != nil {
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", rec.err.Error()))
		}
		log.LogAttrs(r.Context(), level, "request", attrs...)
	})
}
