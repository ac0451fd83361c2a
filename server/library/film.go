package library

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"sync/atomic"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
)

// ErrChanged says that a film is not what it was when it was opened.
var ErrChanged = errors.New("library: the file has changed")

// Film is an open film, shared by all who watch it. It is read-only and safe
// for any number of goroutines; each who got it calls Close once.
type Film struct {
	Movie *mp4.Movie
	Plan  *fragment.Plan
	Info  info.File

	path Path
	dir  folder
	file *os.File
	id   identity
	refs atomic.Int64

	memory int64     // roughly what the index takes, in bytes
	made   *segments // shared by all films
}

// ETag names the bytes of the film and of its segments; it goes into URLs as
// it is.
func (f *Film) ETag() string { return f.id.etag() }

// ReadAt reads from the file.
func (f *Film) ReadAt(p []byte, offset int64) (int, error) { return f.file.ReadAt(p, offset) }

// Unchanged looks at the file again and returns ErrChanged if it is another,
// or no longer holds the bytes that were indexed. One that was removed goes on
// for those who have it open.
func (f *Film) Unchanged() error {
	stat, err := f.dir.Stat(f.path.local())
	if err != nil {
		stat, err = f.file.Stat()
	}
	if err != nil {
		return err
	}
	if identify(stat) != f.id {
		return ErrChanged
	}
	return nil
}

// File is the file, for the kernel to send from.
func (f *Film) File() *os.File { return f.file }

// Whole looks whether the file was cut since it was opened, which costs less
// than Unchanged, and returns ErrChanged if it was.
func (f *Film) Whole() error {
	size, err := sizeOf(f.file)
	if err == nil && size < f.id.size {
		err = ErrChanged
	}
	return err
}

// Close gives the film back. The file is closed when nobody has it any more.
func (f *Film) Close() error {
	if f.refs.Add(-1) == 0 {
		return f.file.Close()
	}
	return nil
}

// acquire takes a share of the film; false if it was closed meanwhile.
func (f *Film) acquire() bool {
	for {
		n := f.refs.Load()
		if n == 0 {
			return false
		}
		if f.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// openFilm indexes a film, all but the plan. A file that is no film gives
// *BadFileError, with the description in it. A fault of ours that a file brings
// to light ends nothing but the use of that file.
func openFilm(dir folder, p Path) (film *Film, err error) {
	file, stat, err := openRegular(dir, p)
	if err != nil {
		return nil, err
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("internal fault in %q: %v\n%s", p, fault, debug.Stack())
		}
		if err != nil {
			_ = file.Close()
		}
	}()
	film = &Film{path: p, dir: dir, file: file, id: identify(stat)}
	film.refs.Store(1)
	film.Movie, err = mp4.Open(file, stat.Size())
	var format *mp4.FormatError
	var unsupported *mp4.UnsupportedError
	if errors.As(err, &format) || errors.As(err, &unsupported) {
		err = &BadFileError{id: film.id, Info: unreadable(p, stat.Size(), err), err: err}
	}
	if err != nil {
		return nil, err
	}
	film.Info = info.Describe(film.Movie)
	film.Info.Path = p.Escaped()
	film.memory = indexSize(film.Movie)
	return film, nil
}

// indexSize is the most that an index takes, in bytes.
func indexSize(m *mp4.Movie) int64 {
	const around, sample = 64 << 10, 12
	size := int64(around)
	for _, t := range m.Tracks {
		size += sample * int64(t.Index.Len())
	}
	return size
}

// plan readies the film for being watched.
func (f *Film) plan() (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("internal fault in %q: %v\n%s", f.path, fault, debug.Stack())
		}
	}()
	f.Plan = fragment.NewPlan(f.Movie)
	return nil
}

func unreadable(p Path, size int64, err error) info.File {
	f := info.Unreadable(size, err)
	f.Path = p.Escaped()
	return f
}

// openRegular opens a file that is neither folder nor device.
func openRegular(dir folder, p Path) (*os.File, fs.FileInfo, error) {
	file, stat, err := open(dir, p)
	if err != nil {
		return nil, nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, nil, errors.Join(fs.ErrNotExist, file.Close())
	}
	return file, stat, nil
}

// BadFileError says that a file is there, but can't be shown.
type BadFileError struct {
	Info info.File // State is Invalid, and Reason says why
	id   identity
	err  error
}

// Error is the reason, one sentence.
func (e *BadFileError) Error() string { return e.Info.Reason }

// Unwrap is what mp4.Open returned.
func (e *BadFileError) Unwrap() error { return e.err }

// Raw is a file as it is, opened for one reader. It is an *os.File, which the
// kernel can send without the bytes passing through the program.
type Raw struct {
	*os.File
	Info fs.FileInfo
	ETag string
}
