package library

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folder opens what lies below one folder. Names are local paths, "." for the
// folder itself.
type folder interface {
	OpenFile(name string, flag int, perm os.FileMode) (*os.File, error)
	Stat(name string) (fs.FileInfo, error)
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

func (w wide) Close() error { return nil }

// openFolder opens a folder; os.Root holds paths inside it unless symbolic
// links may lead out.
func openFolder(path string, followSymlinks bool) (folder, error) {
	if followSymlinks {
		return wide(path), nil
	}
	return os.OpenRoot(path)
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
