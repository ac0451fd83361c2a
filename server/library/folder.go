package library

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// Folder is where films lie. It is safe for any number of goroutines. Where a
// path names nothing, or leads out of it, errors are fs.ErrNotExist.
type Folder interface {
	// Open opens a file for reading; what it opens may turn out to be none.
	Open(p Path) (File, error)
	// Stat looks at what a path names. Sys of what it returns is an ETag if
	// there is one; else inode, size and time tell files apart.
	Stat(p Path) (fs.FileInfo, error)
	// ReadDir lists a folder, in any order. It gives up when ctx is done.
	ReadDir(ctx context.Context, p Path) ([]fs.DirEntry, error)
	Close() error
}

// File is an open file. It stays what it was when it was opened, or reading it
// fails.
type File interface {
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
}

// Remote is a File of which reading a little takes as long as reading much.
type Remote interface {
	File
	// Indexed is for reading the boxes of a film, by few requests, and by one
	// goroutine.
	Indexed() io.ReaderAt
}

// ErrNoETag says that a file would be known by its ETag, but has none.
var ErrNoETag = errors.New("the store gives this object no ETag, without which parts of two objects could be mixed: put it there by the store's own interface")

// ETag names the contents of a file, by which alone it is known (RFC 9110,
// section 8.8.3). It is without quotes.
type ETag string

// disk is a Folder of this machine.
type disk struct{ tree }

// Open opens a file or a folder. A pipe must not make it wait.
func (d disk) Open(p Path) (File, error) {
	f, err := d.open(p)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d disk) open(p Path) (*os.File, error) {
	f, err := d.OpenFile(p.local(), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return f, pathError(err)
}

// Stat follows symbolic links.
func (d disk) Stat(p Path) (fs.FileInfo, error) {
	stat, err := d.tree.Stat(p.local())
	return stat, pathError(err)
}

// ReadDir reads in batches.
func (d disk) ReadDir(ctx context.Context, p Path) ([]fs.DirEntry, error) {
	dir, err := d.open(p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	stat, err := dir.Stat()
	if err != nil {
		return nil, err
	}
	if !stat.IsDir() {
		return nil, fs.ErrNotExist
	}
	var all []fs.DirEntry
	for ctx.Err() == nil {
		some, err := dir.ReadDir(1024)
		all = append(all, some...)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// isFolder tells a folder from a symbolic link to one.
func (d disk) isFolder(p Path) bool {
	stat, err := d.Lstat(p.local())
	return err == nil && stat.IsDir()
}

// tree opens what lies below one folder. Names are local paths, "." for the
// folder itself.
type tree interface {
	OpenFile(name string, flag int, perm os.FileMode) (*os.File, error)
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	OpenRoot(name string) (*os.Root, error)
	// renew looks whether another folder has taken the place of the one that
	// was opened, and goes on with that. It fails where there is none.
	renew() error
	Close() error
}

// wide is a folder whose symbolic links may lead out of it.
type wide string

func (w wide) OpenFile(name string, flag int, perm os.FileMode) (*os.File, error) {
	return os.OpenFile(filepath.Join(string(w), name), flag, perm)
}

func (w wide) Stat(name string) (fs.FileInfo, error) {
	return os.Stat(filepath.Join(string(w), name))
}

func (w wide) Lstat(name string) (fs.FileInfo, error) {
	return os.Lstat(filepath.Join(string(w), name))
}

func (w wide) OpenRoot(name string) (*os.Root, error) {
	return os.OpenRoot(filepath.Join(string(w), name))
}

func (w wide) renew() error {
	_, err := os.Stat(string(w))
	return err
}

func (w wide) Close() error { return nil }

// home is a folder that nothing leads out of. One that was moved away, or
// unmounted, stays in use until there is another in its place.
type home struct {
	path string

	mu   sync.RWMutex
	root *os.Root
}

func openHome(path string) (*home, error) {
	root, err := os.OpenRoot(path)
	return &home{path: path, root: root}, err
}

func (h *home) OpenFile(name string, flag int, perm os.FileMode) (*os.File, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.root.OpenFile(name, flag, perm)
}

func (h *home) Stat(name string) (fs.FileInfo, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.root.Stat(name)
}

func (h *home) Lstat(name string) (fs.FileInfo, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.root.Lstat(name)
}

func (h *home) OpenRoot(name string) (*os.Root, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.root.OpenRoot(name)
}

func (h *home) renew() error {
	there, err := os.Stat(h.path)
	if err != nil {
		return err
	}
	if held, err := h.Stat("."); err == nil && os.SameFile(there, held) {
		return nil
	}
	root, err := os.OpenRoot(h.path)
	if err != nil {
		return err
	}
	h.mu.Lock()
	old := h.root
	h.root = root
	h.mu.Unlock()
	return old.Close()
}

func (h *home) Close() error { return h.root.Close() }

// openDisk opens a folder; os.Root holds paths inside it unless symbolic links
// may lead out.
func openDisk(path string, followSymlinks bool) (Folder, error) {
	if followSymlinks {
		return disk{wide(path)}, nil
	}
	h, err := openHome(path)
	if err != nil {
		return nil, err
	}
	return disk{h}, nil
}

func (p Path) local() string {
	if p == "" {
		return "."
	}
	return filepath.FromSlash(string(p))
}

// pathError turns all the ways in which a path names nothing into
// fs.ErrNotExist. What carries no errno is os.Root's refusal to leave the
// folder.
func pathError(err error) error {
	if err == nil {
		return nil
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return fs.ErrNotExist
	}
	switch errno {
	case syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ENXIO:
		return fs.ErrNotExist
	}
	return err
}
