package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"vodsrv/mp4/text"
	"vodsrv/server/library"
	"vodsrv/server/subtitle"
	"vodsrv/server/upload"
)

// DefaultUploadLimit is how many bytes an upload may have.
const DefaultUploadLimit = 20 << 30

const (
	// uploadsPerUser is how many unfinished uploads a user may have.
	uploadsPerUser = 20
	// uploadIdle is after how long an upload is removed that nobody goes on
	// with, and uploadSweep how often such are looked for.
	uploadIdle  = 24 * time.Hour
	uploadSweep = time.Hour
	// maxName is how many bytes a name may have.
	maxName = 255
	// uploadBuffer is how much of an upload is read at once.
	uploadBuffer = 128 << 10
)

// uploads takes files into the library.
type uploads struct {
	*upload.Store
	library *library.Library
	limit   int64
	stall   time.Duration // how long a client may send nothing; shorter in tests
	metrics *metrics
	log     *slog.Logger
}

func newUploads(c Config, m *metrics) *uploads {
	return &uploads{Store: upload.New(uploadsPerUser), library: c.Library, limit: c.UploadLimit, stall: c.WriteTimeout, metrics: m, log: c.Log}
}

// sweep removes uploads that nobody goes on with, until ctx is done.
func (u *uploads) sweep(ctx context.Context) {
	tick := time.NewTicker(uploadSweep)
	defer tick.Stop()
	for {
		u.sweepOnce(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (u *uploads) sweepOnce(ctx context.Context, now time.Time) {
	u.library.Folders(ctx, func(p library.Path, names []fs.DirEntry) {
		if !slices.ContainsFunc(names, func(d fs.DirEntry) bool { return upload.IsPart(d.Name()) }) {
			return
		}
		dir, err := u.library.Folder(p)
		if err != nil {
			return
		}
		defer func() { _ = dir.Close() }()
		removed, err := u.Sweep(dir, names, uploadIdle, now)
		if removed > 0 || err != nil {
			u.log.Info("unfinished uploads removed", slog.String("folder", string(p)), slog.Int("uploads", removed), slog.Any("error", err))
		}
		u.metrics.uploads.WithLabelValues("expired").Add(float64(removed))
	})
}

// misleading are characters that break lines, or turn the text around so that a
// name looks like another.
var misleading = &unicode.RangeTable{R16: []unicode.Range16{{0x2028, 0x202e, 1}, {0x2066, 0x2069, 1}}}

// uploadName checks the name of a file that is to come: one that would be
// listed, or served beside a film, and that people can read.
func uploadName(name string) error {
	bad := strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) || unicode.Is(misleading, r) })
	switch {
	case bad || !utf8.ValidString(name) || name == "" || len(name) > maxName || strings.HasPrefix(name, ".") || strings.TrimSpace(name) != name:
		return errUploadName
	case library.Path(name).ContentType() == "":
		return errUploadKind
	}
	return nil
}

// checkContent looks at what has come of a file so far: it must begin like a film, or
// be subtitles when it is whole.
func checkContent(w *upload.Writer) error {
	const head = 8
	if library.Path(w.Name).IsFilm() {
		if w.Offset >= head && !library.LooksLikeFilm(w) || w.Whole() && w.Offset < head {
			return errUploadContent
		}
		return nil
	}
	if w.Offset > maxSubtitles {
		return errUploadContent
	}
	if !w.Whole() {
		return nil
	}
	content := make([]byte, w.Offset)
	if _, err := w.ReadAt(content, 0); err != nil {
		return err
	}
	if vtt, err := subtitle.Convert(content, "und"); err != nil || len(vtt) <= len(text.AppendHead(nil, "")) {
		return errUploadContent
	}
	return nil
}

// at opens the folder of an upload, whose path is that of the folder and its ID.
func (u *uploads) at(p library.Path) (dir *os.Root, id string, err error) {
	dir, err = u.library.Folder(p.Parent())
	return dir, path.Base(string(p)), err
}

// finish gives a whole upload its name.
func (u *uploads) finish(w *upload.Writer, p library.Path, v *visitor) error {
	if err := w.Finish(); err != nil {
		return err
	}
	u.metrics.uploads.WithLabelValues("finished").Inc()
	u.log.Info("uploaded", slog.String("path", path.Join(string(p.Parent()), w.Name)), slog.Int64("bytes", w.Size),
		slog.String("who", v.who.String()), slog.String("from", v.client.String()))
	return nil
}

// publicUpload finds the words for what went wrong.
func publicUpload(err error) error {
	for inner, known := range map[error]error{
		upload.ErrNotFound: errNoUpload, upload.ErrExists: errUploadExists, upload.ErrBusy: errUploadBusy, upload.ErrName: errUploadName,
		upload.ErrTooMany: errUploads, upload.ErrFull: errDiskFull, fs.ErrPermission: errNoWriting, syscall.EROFS: errNoWriting,
	} {
		if errors.Is(err, inner) {
			return known
		}
	}
	return err
}

// uploadLength reads a number of bytes in a header.
func uploadLength(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || strings.HasPrefix(value, "+") {
		return 0, errUploadHeader
	}
	return n, nil
}
