package server

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"vodsrv/server/library"
	"vodsrv/server/stream"
)

// failure is an error with its status.
type failure struct {
	status  int
	code    stream.Code
	message string
}

func (f *failure) Error() string { return f.message }

var (
	errNoRoute  = &failure{http.StatusNotFound, stream.NotFound, "There is nothing here."}
	errNoFile   = &failure{http.StatusNotFound, stream.NotFound, "There is no such file."}
	errMethod   = &failure{http.StatusMethodNotAllowed, stream.BadRequest, "Only GET and HEAD are answered here."}
	errStopping = &failure{http.StatusServiceUnavailable, stream.Busy, "The server is stopping."}
	errFull     = &failure{http.StatusServiceUnavailable, stream.Busy, "The server has as many viewers as it may have. Try again later."}
	errUpgrade  = &failure{http.StatusUpgradeRequired, stream.BadRequest, "This address is for WebSockets."}
	errHost     = &failure{http.StatusMisdirectedRequest, stream.Forbidden, "This server does not go by the name in the Host header. Name it with --allow-host if it should."}
	errOrigin   = &failure{http.StatusForbidden, stream.Forbidden, "Pages from this origin may not use this server. Name it with --allow-origin if they should."}
	errPath     = &failure{http.StatusBadRequest, stream.BadRequest, "This can't be the path of a file."}
	errQuery    = &failure{http.StatusBadRequest, stream.BadRequest, "The query is not understood."}
	errDenied   = &failure{http.StatusForbidden, stream.Forbidden, "The server may not read this."}
	errInside   = &failure{http.StatusInternalServerError, stream.Internal, "Something went wrong in the server."}

	// errSent says that there is nobody to tell: the answer has begun, or the
	// client has left.
	errSent = errors.New("server: the answer was cut off")
)

// sent is for errors of writing an answer that has begun.
func sent(err error) error {
	if err != nil {
		return errSent
	}
	return nil
}

// public finds the status and the public words for any error. What is not
// known stays inside.
func public(err error) *failure {
	var known *failure
	var bad *library.BadFileError
	var told *stream.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &told):
		return &failure{http.StatusBadRequest, told.Code, told.Message}
	case errors.Is(err, fs.ErrNotExist):
		return errNoFile
	case errors.Is(err, fs.ErrPermission):
		return errDenied
	case errors.As(err, &bad):
		return &failure{http.StatusUnprocessableEntity, stream.BadFile, bad.Error()}
	case errors.Is(err, library.ErrBadPath):
		return errPath
	case errors.Is(err, library.ErrBadQuery):
		return errQuery
	case errors.Is(err, library.ErrChanged):
		return &failure{http.StatusConflict, stream.FileChanged, "The file has changed."}
	}
	return errInside
}

// tell is what a viewer on a WebSocket is told of an error.
func tell(err error) *stream.Error {
	var e *stream.Error
	if errors.As(err, &e) {
		return e
	}
	f := public(err)
	return &stream.Error{Code: f.code, Message: f.message}
}

// errorPage is what people see; it needs nothing else to be there.
var errorPage = template.Must(template.New("error").Parse(
	`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{{.}}</title><h1>{{.}}</h1></html>` + "\n"))

type errorBody struct {
	Error struct {
		Code    stream.Code `json:"code"`
		Message string      `json:"message"`
	} `json:"error"`
}

// writeError answers with an error: a page for people, JSON for programs.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errSent) || errors.Is(err, context.Canceled) {
		return
	}
	f := public(err)
	countError(r, f.code)
	if f == errInside {
		note(r, err)
	}
	if f.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.status)
		_ = errorPage.Execute(w, f.message)
		return
	}
	var body errorBody
	body.Error.Code, body.Error.Message = f.code, f.message
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(body)
}
