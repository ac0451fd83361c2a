package upload

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Writer is an upload taken for writing by one.
type Writer struct {
	Upload
	store *Store
	dir   *os.Root
	file  *os.File
}

// Write appends to the upload; more than its size is an error of the caller.
// Errors are ErrFull, or trouble with the disk.
func (w *Writer) Write(p []byte) (int, error) {
	if int64(len(p)) > w.Size-w.Offset {
		return 0, fmt.Errorf("internal: %d bytes for an upload that lacks %d", len(p), w.Size-w.Offset)
	}
	n, err := w.file.Write(p)
	w.Offset += int64(n)
	return n, full(err)
}

// ReadAt reads what is there.
func (w *Writer) ReadAt(p []byte, offset int64) (int, error) { return w.file.ReadAt(p, offset) }

// Content is all that is there.
func (w *Writer) Content() *io.SectionReader { return io.NewSectionReader(w.file, 0, w.Offset) }

// Whole tells whether all of it is there.
func (w *Writer) Whole() bool { return w.Offset == w.Size }

// Finish gives a whole upload its name, after all of it is on the disk. Errors
// are ErrExists, with which it stays, ErrFull, or trouble with the disk.
func (w *Writer) Finish() error {
	if !w.Whole() {
		return errors.New("internal: an upload that is not whole was to be finished")
	}
	if err := w.file.Sync(); err != nil {
		return full(err)
	}
	if err := place(w.dir, dataName(w.ID), w.Name); err != nil {
		if errors.Is(err, os.ErrExist) {
			return ErrExists
		}
		return full(err)
	}
	w.store.finished(w.Upload)
	return errors.Join(remove(w.dir, w.ID), flush(w.dir))
}

// finished remembers an upload that is whole.
func (s *Store) finished(u Upload) {
	s.forget(u.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.done {
		if len(s.done) < maxDone {
			break
		}
		delete(s.done, id)
	}
	s.done[u.ID] = u
}

// Remove gives the upload up.
func (w *Writer) Remove() error {
	w.store.forget(w.ID)
	return remove(w.dir, w.ID)
}

// Close lets others write.
func (w *Writer) Close() error {
	defer w.store.unlock(w.ID)
	return w.file.Close()
}

// full tells a full disk from other trouble with it.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return ErrFull
	}
	return err
}

// link gives a file another name, unless something has that, and takes the old
// one away. Where a file can't have two names, it fails.
func link(dir *os.Root, from, to string) error {
	if err := dir.Link(from, to); err != nil {
		return err
	}
	return dir.Remove(from)
}

// flush has the folder's names written to the disk.
func flush(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
