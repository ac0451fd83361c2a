package server

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"vodsrv/server/library"
	"vodsrv/server/upload"
)

// Uploads speak the tus protocol, version 1.0.0, with the extensions creation
// and termination: what was sent before a connection broke stays, and sending
// goes on there.
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,termination"
	tusType       = "application/offset+octet-stream"
)

// uploadsPath is what the addresses of uploads begin with.
const uploadsPath = "/api/uploads/"

// uploading does what all requests about uploads have in common.
func (s *Server) uploading(serve handler) handler {
	return func(w http.ResponseWriter, r *http.Request, p library.Path) error {
		if s.uploads == nil || visitorOf(r).who.User == "" {
			return errNoRoute
		}
		h := w.Header()
		h.Set("Tus-Resumable", tusVersion)
		h.Set("Cache-Control", "no-store")
		method := tusMethod(r)
		if method != http.MethodOptions && r.Header.Get("Tus-Resumable") != tusVersion {
			h.Set("Tus-Version", tusVersion)
			return errTusVersion
		}
		if method != http.MethodPatch && r.ContentLength != 0 {
			return errBody
		}
		return publicUpload(serve(w, r, p))
	}
}

// tusMethod is what a request does: some clients can't but POST.
func tusMethod(r *http.Request) string {
	if instead := r.Header.Get("X-HTTP-Method-Override"); instead != "" && r.Method == http.MethodPost {
		return instead
	}
	return r.Method
}

// serveUploadFolder answers for a folder that files may be put into.
func (s *Server) serveUploadFolder(w http.ResponseWriter, r *http.Request, p library.Path) error {
	if tusMethod(r) == http.MethodOptions {
		return s.tusOptions(w, r, p)
	}
	return s.tusCreate(w, r, p)
}

// serveUpload answers for an upload that was begun.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request, p library.Path) error {
	switch tusMethod(r) {
	case http.MethodHead:
		return s.tusHead(w, r, p)
	case http.MethodPatch:
		return s.tusPatch(w, r, p)
	case http.MethodDelete:
		return s.tusDelete(w, r, p)
	case http.MethodOptions:
		return s.tusOptions(w, r, p)
	}
	return errMethod("HEAD, PATCH, DELETE, OPTIONS")
}

// tusOptions tells what of the protocol is spoken.
func (s *Server) tusOptions(w http.ResponseWriter, _ *http.Request, _ library.Path) error {
	h := w.Header()
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", tusExtensions)
	h.Set("Tus-Max-Size", strconv.FormatInt(s.uploads.limit, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// tusCreate begins an upload into a folder.
func (s *Server) tusCreate(w http.ResponseWriter, r *http.Request, p library.Path) error {
	size, err := uploadLength(r.Header.Get("Upload-Length"))
	if err != nil {
		return err
	}
	name, err := fileName(r.Header.Get("Upload-Metadata"))
	switch {
	case err != nil:
		return err
	case size == 0:
		return errUploadContent
	case size > s.uploads.limit || !library.Path(name).IsFilm() && size > maxSubtitles:
		return errUploadSize
	}
	dir, err := s.config.Library.Folder(p)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	u, err := s.uploads.Create(dir, upload.Upload{Name: name, Size: size, User: visitorOf(r).who.User})
	if err != nil {
		return err
	}
	s.metrics.uploads.WithLabelValues("begun").Inc()
	at := library.Path(u.ID)
	if p != "" {
		at = p + "/" + at
	}
	w.Header().Set("Location", s.config.BasePath+uploadsPath+at.Escaped())
	w.WriteHeader(http.StatusCreated)
	return nil
}

// fileName finds the name in an Upload-Metadata header: pairs of a key and a
// value in base64, with commas between.
func fileName(metadata string) (string, error) {
	for pair := range strings.SplitSeq(metadata, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key != "filename" && key != "name" {
			continue
		}
		name, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		if err != nil {
			return "", errUploadHeader
		}
		return string(name), uploadName(string(name))
	}
	return "", errUploadName
}

// tusHead tells how much of an upload is there. One that is whole, but lacks its
// name, since the server ended just then, gets it now: the client will not send
// any more.
func (s *Server) tusHead(w http.ResponseWriter, r *http.Request, p library.Path) error {
	dir, id, err := s.uploads.at(p)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	u, err := s.uploads.Look(dir, id, visitorOf(r).who.User)
	if err != nil {
		return err
	}
	if u.Offset == u.Size {
		if err := s.tusFinish(r, dir, p, id); err != nil && !errors.Is(err, upload.ErrNotFound) {
			return err
		}
	}
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	h.Set("Upload-Length", strconv.FormatInt(u.Size, 10))
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Server) tusFinish(r *http.Request, dir *os.Root, p library.Path, id string) error {
	v := visitorOf(r)
	to, err := s.uploads.Open(dir, id, v.who.User)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	return s.settle(to, p, v)
}

// settle looks at what has come, and finishes what is whole. What it may not be
// is removed.
func (s *Server) settle(to *upload.Writer, p library.Path, v *visitor) error {
	if err := checkContent(to); err != nil {
		s.metrics.uploads.WithLabelValues("refused").Inc()
		return errors.Join(err, to.Remove())
	}
	if to.Whole() {
		return s.uploads.finish(to, p, v)
	}
	return nil
}

// tusPatch takes what comes next of an upload.
func (s *Server) tusPatch(w http.ResponseWriter, r *http.Request, p library.Path) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != tusType {
		return errUploadType
	}
	offset, err := uploadLength(r.Header.Get("Upload-Offset"))
	if err != nil {
		return err
	}
	dir, id, err := s.uploads.at(p)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	v := visitorOf(r)
	to, err := s.uploads.Open(dir, id, v.who.User)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	if offset != to.Offset {
		return errUploadOffset
	}
	if r.ContentLength > to.Size-offset {
		return errUploadSize
	}
	err = s.receive(w, r, to)
	if settled := s.settle(to, p, v); settled != nil {
		return settled
	}
	if err != nil {
		return err
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(to.Offset, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// receive appends a body to an upload. It may take as long as it likes, as long
// as something comes.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, to *upload.Writer) error {
	control := http.NewResponseController(w)
	began := to.Offset
	defer func() { s.metrics.uploaded.Add(float64(to.Offset - began)) }()
	whole := make(chan struct{})
	defer close(whole)
	go func() {
		select {
		case <-s.leave: // what comes later may come to the server that is started next
			_ = control.SetReadDeadline(time.Now())
		case <-whole:
		}
	}()
	buf := make([]byte, uploadBuffer)
	for {
		_ = control.SetReadDeadline(time.Now().Add(s.uploads.stall))
		if s.stopping.Load() {
			return errStopping
		}
		n, err := r.Body.Read(buf)
		if int64(n) > to.Size-to.Offset {
			return errUploadSize
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return err
		}
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded) && s.stopping.Load():
			return errStopping
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errUploadStalled
		case err != nil:
			return errSent // whoever sent it has gone
		}
	}
}

// tusDelete gives an upload up.
func (s *Server) tusDelete(w http.ResponseWriter, r *http.Request, p library.Path) error {
	dir, id, err := s.uploads.at(p)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	to, err := s.uploads.Open(dir, id, visitorOf(r).who.User)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	if err := to.Remove(); err != nil {
		return err
	}
	s.metrics.uploads.WithLabelValues("given up").Inc()
	w.WriteHeader(http.StatusNoContent)
	return nil
}
