package library

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
)

// ErrChanged says that a film is not what it was when it was opened.
var ErrChanged = errors.New("library: the file has changed")

// Film is an open film, shared by all who watch it. It is safe for any number
// of goroutines; each who got it calls Close once.
type Film struct {
	path Path
	dir  shelf
	file File
	// inode is which file of this machine it is, whatever it is known by: another
	// of that name can't be gone on with.
	inode uint64
	etag  string
	now   atomic.Pointer[edition]
	refs  atomic.Int64

	made   *segments // shared by all films
	growth *growth   // nil for a film that stays what it is
}

// edition is a film as it is at some time. One that grows has many.
type edition struct {
	id    identity
	movie *mp4.Movie
	plan  *fragment.Plan
	info  info.File
	err   error // why the film can't be gone on with; nil if it can

	mu      sync.Mutex
	streams map[string]*fragment.Stream // of a film that grows
}

// Movie is the film's index.
func (f *Film) Movie() *mp4.Movie { return f.now.Load().movie }

// Plan is the list of the film's segments.
func (f *Film) Plan() *fragment.Plan { return f.now.Load().plan }

// Info describes the film.
func (f *Film) Info() info.File { return f.now.Load().info }

// Edition is the film's index as it is now, and a name for that, which changes
// with all that is written to the file.
func (f *Film) Edition() (m *mp4.Movie, name string) {
	e := f.now.Load()
	return e.movie, e.id.etag()
}

// ETag names the bytes of the film's segments; it goes into URLs as it is.
func (f *Film) ETag() string { return f.etag }

// ReadAt reads from the file.
func (f *Film) ReadAt(p []byte, offset int64) (int, error) { return f.file.ReadAt(p, offset) }

// Unchanged looks at the file again and returns ErrChanged if it is another,
// or no longer holds the bytes that were indexed. One that was removed goes on
// for those who have it open.
func (f *Film) Unchanged() error {
	before := f.now.Load()
	stat, err := f.look()
	if err == nil && !f.was(before, stat) {
		err = ErrChanged
	}
	return err
}

// Unwritten looks at the file that is open, wherever its name leads by now, and
// returns ErrChanged if it was written to, other than to make a recording
// longer. What is no file of this machine tells when it is read.
func (f *Film) Unwritten() error {
	file := f.File()
	if file == nil {
		return nil
	}
	before := f.now.Load()
	stat, err := file.Stat()
	if err == nil && !f.was(before, stat) {
		err = ErrChanged
	}
	return err
}

// look looks at the file.
func (f *Film) look() (fs.FileInfo, error) {
	stat, err := f.dir.Stat(f.path)
	if err != nil {
		stat, err = f.file.Stat()
	}
	return stat, err
}

// was tells whether a file still is what an edition describes that was loaded
// before the file was looked at. One that grows may have become longer.
func (f *Film) was(e *edition, stat fs.FileInfo) bool {
	id := f.dir.identify(stat)
	if f.growth == nil {
		return id == e.id
	}
	return e.err == nil && inode(stat) == f.inode && (id.size == e.id.size || id.size > e.id.size && e.plan.Open())
}

// File is the file, for the kernel to send from; nil if it is none of this
// machine.
func (f *Film) File() *os.File {
	file, _ := f.file.(*os.File)
	return file
}

// Reopen opens the film's file once more, for one reader with a position of its
// own; fs.ErrNotExist if another lies there by now, errors.ErrUnsupported if it
// is none of this machine.
func (f *Film) Reopen() (*os.File, error) {
	if f.File() == nil {
		return nil, errors.ErrUnsupported
	}
	before := f.now.Load()
	file, stat, err := f.dir.openRegular(f.path)
	if err == nil && !f.was(before, stat) {
		err = errors.Join(fs.ErrNotExist, file.Close())
	}
	if err != nil {
		return nil, err
	}
	return file.(*os.File), nil
}

// Whole looks whether the file was cut since it was opened, which costs less
// than Unchanged, and returns ErrChanged if it was. What is no file of this
// machine tells when it is read.
func (f *Film) Whole() error {
	file := f.File()
	if file == nil {
		return nil
	}
	before := f.now.Load()
	size, err := sizeOf(file)
	if err == nil && size < before.id.size {
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

// reading is how a film is read that is being indexed.
type reading struct {
	through  func(io.ReaderAt) io.ReaderAt // makes of the file what is read
	together func(n int, do func(k int))   // see mp4.Together
}

// openFilm indexes a film, all but the plan. A file that is no film gives *BadFileError, with the description in
// it. A fault of ours that a file brings to light ends nothing but the use of
// that file.
func openFilm(dir shelf, p Path, how reading) (film *Film, err error) {
	file, stat, err := dir.openRegular(p)
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
	film = &Film{path: p, dir: dir, file: file, inode: inode(stat)}
	film.refs.Store(1)
	e := &edition{id: dir.identify(stat)}
	boxes, together := io.ReaderAt(file), how.together
	if r, ok := file.(Remote); ok {
		boxes, together = r.Indexed(), nil
	}
	e.movie, err = mp4.Open(how.through(boxes), stat.Size(), mp4.Together(together))
	var format *mp4.FormatError
	var unsupported *mp4.UnsupportedError
	if errors.As(err, &format) || errors.As(err, &unsupported) {
		err = &BadFileError{id: e.id, Info: unreadable(p, stat.Size(), err), err: err}
	}
	if err != nil {
		return nil, err
	}
	e.info = describe(e.movie, p)
	film.etag = e.id.etag()
	film.now.Store(e)
	return film, nil
}

func describe(m *mp4.Movie, p Path) info.File {
	f := info.Describe(m)
	f.Path = p.Escaped()
	return f
}

// memory is roughly what the film's index takes, in bytes.
func (f *Film) memory() int64 { return indexSize(f.Movie()) }

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
	e := f.now.Load()
	if f.growth == nil {
		e.plan = fragment.NewPlan(e.movie)
	} else {
		e.plan = fragment.NewGrowing(e.movie, !f.growth.begun)
	}
	return nil
}

func unreadable(p Path, size int64, err error) info.File {
	f := info.Unreadable(size, err)
	f.Path = p.Escaped()
	return f
}

// openRegular opens a file that is neither folder nor device.
func (dir shelf) openRegular(p Path) (File, fs.FileInfo, error) {
	file, err := dir.Open(p)
	if errors.Is(err, ErrNoETag) {
		stat, gone := dir.Stat(p)
		if gone != nil {
			return nil, nil, gone
		}
		return nil, nil, &BadFileError{Info: unreadable(p, stat.Size(), ErrNoETag), id: dir.identify(stat), err: err}
	}
	if err != nil {
		return nil, nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
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

// Raw is a file as it is, opened for one reader.
type Raw struct {
	File
	Info fs.FileInfo
	ETag string
}

// Content is all of the file. Where that is an *os.File, the kernel can send it
// without the bytes passing through the program.
func (r *Raw) Content() io.ReadSeeker {
	if file, ok := r.File.(*os.File); ok {
		return file
	}
	return io.NewSectionReader(r.File, 0, r.Info.Size())
}
