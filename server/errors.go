package server

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"vodsrv/mp4/fragment"
	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/stream"
)

// failure is an error with its status.
type failure struct {
	status  int
	code    stream.Code
	message string
	retry   time.Duration // after which to try again; 0 if that is of no use
}

func (f *failure) Error() string { return f.message }

var (
	errNoRoute   = &failure{status: http.StatusNotFound, code: stream.NotFound, message: "There is nothing here."}
	errNoFile    = &failure{status: http.StatusNotFound, code: stream.NotFound, message: "There is no such file."}
	errNoRelay   = &failure{status: http.StatusNotFound, code: stream.NotFound, message: "There is no live stream of that name."}
	errLiveSoon  = &failure{status: http.StatusServiceUnavailable, code: stream.Busy, message: "The stream has not begun.", retry: time.Second}
	errNoCover   = &failure{status: http.StatusNotFound, code: stream.NotFound, message: "This film has no cover art."}
	errStopping  = &failure{status: http.StatusServiceUnavailable, code: stream.Busy, message: "The server is stopping.", retry: retryBusy}
	errFull      = &failure{status: http.StatusServiceUnavailable, code: stream.Busy, message: "The server has as many viewers as it may have. Try again later.", retry: retryBusy}
	errTooSoon   = &failure{status: http.StatusServiceUnavailable, code: stream.Busy, message: "The recording has only just begun.", retry: retryBusy}
	errBusy      = &failure{status: http.StatusServiceUnavailable, code: stream.Busy, message: "The server has too much of this to do. Try again later.", retry: time.Second}
	errUpgrade   = &failure{status: http.StatusUpgradeRequired, code: stream.BadRequest, message: "This address is for WebSockets."}
	errHost      = &failure{status: http.StatusMisdirectedRequest, code: stream.Forbidden, message: "This server does not go by the name in the Host header. Name it with --allow-host if it should."}
	errHostAsked = &failure{status: http.StatusForbidden, code: stream.Forbidden, message: "This server does not go by the name in the Host header. Name it with --allow-host if it should."}
	errOrigin    = &failure{status: http.StatusForbidden, code: stream.Forbidden, message: "Pages from this origin may not use this server. Name it with --allow-origin if they should."}
	errPath      = &failure{status: http.StatusBadRequest, code: stream.BadRequest, message: "This can't be the path of a file."}
	errQuery     = &failure{status: http.StatusBadRequest, code: stream.BadRequest, message: "The query is not understood."}
	errDenied    = &failure{status: http.StatusForbidden, code: stream.Forbidden, message: "The server may not read this."}
	errInside    = &failure{status: http.StatusInternalServerError, code: stream.Internal, message: "Something went wrong in the server."}

	errNoSubtitles   = &failure{status: http.StatusNotFound, code: stream.NotFound, message: "There are no such subtitles."}
	errBadSubtitles  = &failure{status: http.StatusUnprocessableEntity, code: stream.BadFile, message: "There are no subtitles in this file."}
	errLongSubtitles = &failure{status: http.StatusUnprocessableEntity, code: stream.Unsupported, message: "These subtitles are too long to be shown."}

	errNoUpload      = &failure{status: http.StatusNotFound, code: stream.NotFound, message: "There is no such upload, or not any more."}
	errUploadExists  = &failure{status: http.StatusConflict, code: stream.BadRequest, message: "There is a file of that name already."}
	errUploadOffset  = &failure{status: http.StatusConflict, code: stream.BadRequest, message: "The upload goes on at another offset: ask for it with HEAD."}
	errUploadBusy    = &failure{status: http.StatusLocked, code: stream.Busy, message: "Someone else is writing to this upload.", retry: retryBusy}
	errNoWriting     = &failure{status: http.StatusForbidden, code: stream.Forbidden, message: "The server may not write into this folder."}
	errUploads       = &failure{status: http.StatusTooManyRequests, code: stream.RateLimited, message: "You have too many unfinished uploads. Finish some of them, or give them up."}
	errUploadSize    = &failure{status: http.StatusRequestEntityTooLarge, code: stream.BadRequest, message: "The file is larger than it may be, or than it was to be."}
	errUploadName    = &failure{status: http.StatusBadRequest, code: stream.BadRequest, message: "No file can be uploaded under this name."}
	errUploadKind    = &failure{status: http.StatusUnsupportedMediaType, code: stream.Unsupported, message: "Only films (.mp4 and the like) and subtitles (.srt, .vtt) can be uploaded."}
	errUploadContent = &failure{status: http.StatusUnprocessableEntity, code: stream.BadFile, message: "The file is not what its name says."}
	errUploadType    = &failure{status: http.StatusUnsupportedMediaType, code: stream.BadRequest, message: "The body must have the type application/offset+octet-stream."}
	errUploadHeader  = &failure{status: http.StatusBadRequest, code: stream.BadRequest, message: "The headers of the upload are not understood: see tus.io."}
	errUploadStalled = &failure{status: http.StatusRequestTimeout, code: stream.SlowReader, message: "Nothing came for too long. The upload can be gone on with."}
	errTusVersion    = &failure{status: http.StatusPreconditionFailed, code: stream.BadRequest, message: "Uploads speak tus 1.0.0."}
	errDiskFull      = &failure{status: http.StatusInsufficientStorage, code: stream.Busy, message: "There is no room on the disk."}

	errBody         = &failure{status: http.StatusBadRequest, code: stream.BadRequest, message: "This request may have no body."}
	errNoSigning    = &failure{status: http.StatusNotFound, code: stream.NotFound, message: "No links are signed here: that takes a user, and a server with --key-file."}
	errLink         = &failure{status: http.StatusBadRequest, code: stream.BadRequest, message: "Ask for a link with the JSON fields scope, watch or download, and expires, such as 24h: from 1s to 720h."}
	errForm         = &failure{status: http.StatusBadRequest, code: stream.BadRequest, message: "Log in with the fields user and password, as a form or JSON."}
	errUnauthorized = &failure{status: http.StatusUnauthorized, code: stream.Unauthorized, message: "Log in, or use a link that is valid for this."}
	errPassword     = &failure{status: http.StatusUnauthorized, code: stream.Unauthorized, message: "The name or the password is wrong."}
	errViewers      = &failure{status: http.StatusTooManyRequests, code: stream.RateLimited, message: "Too many films are being watched from your address. Try again later.", retry: retryBusy}
	errConnections  = &failure{status: http.StatusTooManyRequests, code: stream.RateLimited, message: "There are too many connections from your address. Try again later.", retry: retryBusy}

	// errSent says that there is nobody to tell: the answer has begun, or the
	// client has left.
	errSent = errors.New("server: the answer was cut off")
)

// retryBusy is when to try again where nobody knows.
const retryBusy = 5 * time.Second

func errMethod(allowed string) *failure {
	return &failure{status: http.StatusMethodNotAllowed, code: stream.BadRequest, message: "Only " + allowed + " is answered here."}
}

func errTooOften(wait time.Duration) *failure {
	return &failure{status: http.StatusTooManyRequests, code: stream.RateLimited, message: "That was too often. Try again later.", retry: wait}
}

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
	var wait *access.WaitError
	var noPicture *fragment.NoKeyFrameError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &wait):
		return errTooOften(wait.Wait)
	case errors.Is(err, access.ErrUnauthorized):
		return errUnauthorized
	case errors.As(err, &told):
		return &failure{status: http.StatusBadRequest, code: told.Code, message: told.Message}
	case errors.Is(err, fs.ErrNotExist):
		return errNoFile
	case errors.Is(err, fs.ErrPermission):
		return errDenied
	case errors.As(err, &bad):
		return &failure{status: http.StatusUnprocessableEntity, code: stream.BadFile, message: bad.Error()}
	case errors.As(err, &noPicture) && noPicture.Video:
		return &failure{status: http.StatusUnprocessableEntity, code: stream.Unsupported, message: noPicture.Reason}
	case errors.As(err, &noPicture):
		return &failure{status: http.StatusNotFound, code: stream.Unsupported, message: noPicture.Reason}
	case errors.Is(err, library.ErrBadPath):
		return errPath
	case errors.Is(err, library.ErrBadQuery):
		return errQuery
	case errors.Is(err, library.ErrChanged):
		return &failure{status: http.StatusConflict, code: stream.FileChanged, message: "The file has changed."}
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
var errorPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("error").Parse(
		`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
			`<meta name="color-scheme" content="light dark"><title>{{.}}</title><main><h1>{{.}}</h1></main></html>` + "\n"))
})

func setRetry(w http.ResponseWriter, f *failure) {
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.retry.Seconds()))))
	}
}

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
	setRetry(w, f)
	if f.status == http.StatusUnauthorized && !fromPage(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="vodsrv", charset="UTF-8"`)
	}
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close") // else the answer waits for the body
	}
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.status)
		_ = errorPage().Execute(w, f.message)
		return
	}
	var body errorBody
	body.Error.Code, body.Error.Message = f.code, f.message
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(body)
}
