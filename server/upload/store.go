// Package upload keeps files that come in pieces, over several connections and
// restarts, until they are whole. It knows no network.
//
// A file that is on its way lies in the folder that it is for, under a hidden
// name, with another hidden file beside it that says what it is to be. How much
// of it is there is the size of it: nothing else has to be kept in step. When it
// is whole it gets its name, unless something has that name already.
package upload

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Errors of a Store, besides trouble with the disk.
var (
	ErrNotFound = errors.New("upload: there is no such upload")
	ErrExists   = errors.New("upload: there is a file of that name already")
	ErrName     = errors.New("upload: no file can have this name")
	ErrBusy     = errors.New("upload: someone else is writing to it")
	ErrTooMany  = errors.New("upload: the user has too many unfinished uploads")
	ErrFull     = errors.New("upload: there is no room on the disk")
)

const (
	// idBytes is how many random bytes name an upload.
	idBytes = 16
	// maxNote is how long the description of an upload may be.
	maxNote = 4 << 10
	// maxDone is how many uploads are remembered after they are whole, for those
	// who did not hear of it.
	maxDone = 1024
)

// Upload is a file that is on its way.
type Upload struct {
	ID     string
	Name   string // that it is to get
	Size   int64  // bytes it is to have
	Offset int64  // bytes that are there
	User   string // whose it is
}

// note is what stands beside the bytes of an upload.
type note struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	User string `json:"user"`
}

// Store knows which uploads are being written to. It is safe for any number of
// goroutines.
type Store struct {
	perUser int

	mu    sync.Mutex
	busy  map[string]bool
	users map[string]map[string]bool // the unfinished uploads of each
	done  map[string]Upload
}

// New makes a Store in which each user may have so many unfinished uploads.
func New(perUser int) *Store {
	return &Store{perUser: perUser, busy: map[string]bool{}, users: map[string]map[string]bool{}, done: map[string]Upload{}}
}

// Create begins an upload into a folder. Errors are ErrExists, ErrName,
// ErrTooMany, ErrFull, or trouble with the disk.
func (s *Store) Create(dir *os.Root, u Upload) (Upload, error) {
	switch _, err := dir.Lstat(u.Name); {
	case err == nil:
		return u, ErrExists
	case errors.Is(err, syscall.ENAMETOOLONG):
		return u, ErrName
	case !errors.Is(err, fs.ErrNotExist):
		return u, err
	}
	if free, ok := freeSpace(dir); ok && free < u.Size {
		return u, ErrFull
	}
	u.ID, u.Offset = newID(), 0
	if !s.add(u) {
		return u, ErrTooMany
	}
	text, err := json.Marshal(note{u.Name, u.Size, u.User})
	if err == nil {
		err = writeNew(dir, noteName(u.ID), text)
	}
	if err == nil {
		err = writeNew(dir, dataName(u.ID), nil)
	}
	if err != nil {
		s.forget(u.ID)
		return u, errors.Join(full(err), remove(dir, u.ID))
	}
	return u, nil
}

// add counts an upload, unless its user has enough.
func (s *Store) add(u Upload) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.users[u.User]
	if len(mine) >= s.perUser && !mine[u.ID] {
		return false
	}
	if mine == nil {
		mine = map[string]bool{}
		s.users[u.User] = mine
	}
	mine[u.ID] = true
	return true
}

// forget counts an upload no more.
func (s *Store) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for user, mine := range s.users {
		if delete(mine, id); len(mine) == 0 {
			delete(s.users, user)
		}
	}
}

// lock takes an upload for one writer.
func (s *Store) lock(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	s.busy[id] = true
	return true
}

func (s *Store) unlock(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
}

// Look tells how far an upload is, also for a while after it is whole. Errors
// are ErrNotFound, or trouble with the disk.
func (s *Store) Look(dir *os.Root, id, user string) (Upload, error) {
	s.mu.Lock()
	u, ok := s.done[id]
	s.mu.Unlock()
	if ok && u.User == user {
		return u, nil
	}
	u, err := read(dir, id)
	if err == nil && u.User != user {
		err = ErrNotFound
	}
	return u, err
}

// Open takes an upload for writing, until it is closed. Errors are ErrNotFound,
// ErrBusy, or trouble with the disk.
func (s *Store) Open(dir *os.Root, id, user string) (*Writer, error) {
	if !validID(id) {
		return nil, ErrNotFound
	}
	if !s.lock(id) {
		return nil, ErrBusy
	}
	u, err := read(dir, id)
	if err == nil && u.User != user {
		err = ErrNotFound
	}
	var file *os.File
	if err == nil {
		file, err = dir.OpenFile(dataName(id), os.O_RDWR|os.O_APPEND, 0)
	}
	if err != nil {
		s.unlock(id)
		return nil, notFound(err)
	}
	s.add(u) // of before a restart; whatever the limit is, it is there
	return &Writer{Upload: u, store: s, dir: dir, file: file}, nil
}

// read looks at an upload on the disk.
func read(dir *os.Root, id string) (Upload, error) {
	if !validID(id) {
		return Upload{}, ErrNotFound
	}
	f, err := dir.Open(noteName(id))
	if err != nil {
		return Upload{}, notFound(err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxNote))
	if err = errors.Join(err, f.Close()); err != nil {
		return Upload{}, err
	}
	var n note
	if json.NewDecoder(bytes.NewReader(text)).Decode(&n) != nil {
		return Upload{}, ErrNotFound // it was cut short when it was made
	}
	stat, err := dir.Lstat(dataName(id))
	if err != nil {
		return Upload{}, notFound(err)
	}
	return Upload{ID: id, Name: n.Name, Size: n.Size, Offset: stat.Size(), User: n.User}, nil
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return err
}

const (
	dataEnd = ".upload"
	noteEnd = ".upload.json"
)

func dataName(id string) string { return "." + id + dataEnd }
func noteName(id string) string { return "." + id + noteEnd }

// idOf is the upload that a hidden file belongs to; "" for none.
func idOf(name string) string {
	id, ok := strings.CutPrefix(name, ".")
	if !ok {
		return ""
	}
	for _, end := range []string{noteEnd, dataEnd} {
		if id, ok := strings.CutSuffix(id, end); ok && validID(id) {
			return id
		}
	}
	return ""
}

// IsPart tells whether a name is that of a file that belongs to an upload.
func IsPart(name string) bool { return idOf(name) != "" }

func newID() string {
	b := make([]byte, idBytes)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

func validID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == idBytes && strings.ToLower(id) == id
}

func writeNew(dir *os.Root, name string, content []byte) error {
	f, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// remove removes what there is of an upload.
func remove(dir *os.Root, id string) error {
	var all error
	for _, name := range []string{dataName(id), noteName(id)} {
		if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// Sweep removes those uploads in a folder that nobody has written to for so
// long, and counts the others. The names are of what lies in the folder.
func (s *Store) Sweep(dir *os.Root, names []fs.DirEntry, idle time.Duration, now time.Time) (removed int, err error) {
	seen := map[string]bool{}
	for _, d := range names {
		id := idOf(d.Name())
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		if gone, one := s.sweepOne(dir, id, idle, now); gone {
			removed++
			err = errors.Join(err, one)
		}
	}
	return removed, err
}

func (s *Store) sweepOne(dir *os.Root, id string, idle time.Duration, now time.Time) (gone bool, err error) {
	if !s.lock(id) {
		return false, nil
	}
	defer s.unlock(id)
	u, err := read(dir, id)
	for _, name := range []string{dataName(id), noteName(id)} {
		if stat, err := dir.Lstat(name); err == nil && now.Sub(stat.ModTime()) < idle {
			if u.ID != "" {
				s.add(u)
			}
			return false, nil
		}
	}
	s.forget(id)
	return true, remove(dir, id)
}
