package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vodsrv/mp4/fragment"
	"vodsrv/server/library"
	"vodsrv/server/live"
	"vodsrv/server/playlist"
)

// liveWait is how long who asks for the playlist of a stream waits for it to
// begin: few players try again.
const liveWait = 10 * time.Second

// liveRequest is a request for what HLS has below a live stream: the master
// playlist, the media playlist, or else an init segment or a piece, which may be
// kept for ever, below the stream's ETag.
type liveRequest struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	stream *live.Stream
}

// serveLiveHLS answers for what lies below a live stream.
func (s *Server) serveLiveHLS(w http.ResponseWriter, r *http.Request, name library.Path, below string) error {
	relayed, err := s.relayed(name)
	if err != nil {
		return err
	}
	q := liveRequest{s, w, r, relayed}
	switch below {
	case masterName:
		return q.serveMaster()
	case playlist.MediaName:
		return q.serveMedia()
	}
	folder, file, _ := strings.Cut(below, "/")
	if folder != relayed.ETag() {
		return errNoRoute
	}
	if name, ok := strings.CutSuffix(file, playlist.PieceName); ok {
		return q.servePiece(name)
	}
	return q.serveInit(file)
}

// describe makes the playlist of what there is. Where there is nothing, it waits
// for a while.
func (q liveRequest) describe() (playlist.Live, []live.Piece, error) {
	ctx, cancel := context.WithTimeout(q.r.Context(), liveWait)
	defer cancel()
	go func() {
		select {
		case <-q.server.leave:
			cancel()
		case <-ctx.Done():
		}
	}()
	over := q.stream.Over() // before the pieces are looked at: then there are no others
	pieces := q.stream.AwaitPieces(ctx)
	if len(pieces) == 0 {
		return playlist.Live{}, nil, errLiveSoon
	}
	l := playlist.Live{Target: q.stream.PieceTarget(), First: pieces[0].Number, Run: pieces[0].Run, Ended: over}
	for _, p := range pieces {
		l.Pieces = append(l.Pieces, playlist.LivePiece{
			URL: q.stream.ETag() + "/" + playlist.Piece{First: p.First, Last: p.Last}.Name() + playlist.PieceName, Init: q.stream.ETag() + "/" + initName(p),
			Seconds: p.End - p.Start, Size: p.Size,
		})
	}
	return l, pieces, nil
}

// initName is what the init segment of a piece's run is called.
func initName(p live.Piece) string { return strconv.Itoa(p.RunFirst) + "-" + playlist.InitName }

func (q liveRequest) serveMaster() error {
	l, pieces, err := q.describe()
	if err != nil {
		return err
	}
	newest := q.stream.Film(pieces[len(pieces)-1].First)
	if newest == nil {
		return errLiveSoon // it was forgotten just now
	}
	for _, t := range newest.Tracks() {
		l.Codecs = append(l.Codecs, t.Codec)
		l.Width, l.Height = max(l.Width, t.Width), max(l.Height, t.Height)
	}
	q.sendList(l.Master(playlist.MediaName))
	return nil
}

func (q liveRequest) serveMedia() error {
	l, _, err := q.describe()
	if err != nil {
		return err
	}
	list, err := l.Encode()
	if err != nil {
		return err
	}
	q.sendList(list)
	return nil
}

func (q liveRequest) sendList(list []byte) {
	q.w.Header().Set("Content-Type", listType)
	q.w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(q.w, q.r, "", time.Time{}, bytes.NewReader(list))
}

// servePiece sends fragments that make a piece. Were others answered, too, caches
// would fill with them.
func (q liveRequest) servePiece(name string) error {
	first, last, ok := playlist.ParseName(name)
	if !ok {
		return errNoRoute
	}
	g, ok := q.stream.Piece(first, last)
	if !ok {
		return errNoRoute
	}
	return q.sendFixed(name, "video/mp4", single(g.Parts, g.Size()))
}

func (q liveRequest) serveInit(name string) error {
	number, ok := strings.CutSuffix(name, "-"+playlist.InitName)
	first, err := strconv.Atoi(number)
	if !ok || err != nil || strconv.Itoa(first) != number {
		return errNoRoute
	}
	init, mime := q.stream.PieceInit(first)
	if init == nil {
		return errNoRoute
	}
	mime, _, _ = strings.Cut(mime, ";")
	return q.sendFixed(name, mime, single([]fragment.Part{{Data: init, Size: int64(len(init))}}, int64(len(init))))
}

// sendFixed sends what never changes at its URL.
func (q liveRequest) sendFixed(name, mime string, l layout) error {
	q.w.Header().Set("Content-Type", mime)
	q.w.Header().Set("Cache-Control", forEver)
	return serveContent(q.w, q.r, nil, fmt.Sprintf("%s.%s", q.stream.ETag(), name), l)
}
