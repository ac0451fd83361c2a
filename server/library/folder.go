package library

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// folder opens what lies below one folder. Names are local paths, "." for the
// folder itself.
type folder interface {
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

// openFolder opens a folder; os.Root holds paths inside it unless symbolic
// links may lead out.
func openFolder(path string, followSymlinks bool) (folder, error) {
	if followSymlinks {
		return wide(path), nil
	}
	return openHome(path)
}

// open opens a file or folder for reading. A pipe must not make it wait.
func open(dir folder, p Path) (*os.File, fs.FileInfo, error) {
	f, err := dir.OpenFile(p.local(), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, pathError(err)
	}
	stat, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, stat, nil
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
