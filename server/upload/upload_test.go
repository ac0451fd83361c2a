package upload

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func open(t *testing.T) (*os.Root, string) {
	t.Helper()
	folder := t.TempDir()
	dir, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return dir, folder
}

func create(t *testing.T, s *Store, dir *os.Root, name string, size int64) Upload {
	t.Helper()
	u, err := s.Create(dir, Upload{Name: name, Size: size, User: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCreateFails(t *testing.T) {
	dir, folder := open(t)
	if err := os.WriteFile(filepath.Join(folder, "there"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	s := New(1)
	for name, c := range map[string]struct {
		u    Upload
		want error
	}{
		"a file of that name": {Upload{Name: "there", Size: 1}, ErrExists},
		"a long name":         {Upload{Name: strings.Repeat("x", 300), Size: 1}, ErrName},
		"a small disk":        {Upload{Name: "huge", Size: math.MaxInt64}, ErrFull},
	} {
		if _, err := s.Create(dir, c.u); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	create(t, s, dir, "one", 1)
	if _, err := s.Create(dir, Upload{Name: "two", Size: 1, User: "anna"}); !errors.Is(err, ErrTooMany) {
		t.Errorf("two of one: %v", err)
	}
	if _, err := s.Create(dir, Upload{Name: "two", Size: 1, User: "bert"}); err != nil {
		t.Errorf("one of another: %v", err)
	}
	// What is on the disk counts after a restart, too.
	again := New(1)
	names, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if removed, err := again.Sweep(dir, names, time.Hour, time.Now()); removed != 0 || err != nil {
		t.Errorf("%d removed, %v", removed, err)
	}
	if _, err := again.Create(dir, Upload{Name: "two", Size: 1, User: "anna"}); !errors.Is(err, ErrTooMany) {
		t.Errorf("after a restart: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if err := full(&fs.PathError{Op: "write", Path: "x", Err: errno}); !errors.Is(err, ErrFull) {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if err := full(syscall.EIO); errors.Is(err, ErrFull) {
		t.Error(err)
	}
}

// Where the system can't rename without overwriting, a second name does.
func TestLink(t *testing.T) {
	dir, folder := open(t)
	for _, name := range []string{"from", "there"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []func(*os.Root, string, string) error{link, place} {
		if err := f(dir, "from", "there"); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%v", err)
		}
	}
	if err := link(dir, "from", "to"); err != nil {
		t.Error(err)
	}
	if err := place(dir, "to", "last"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"there": "there", "last": "from"} {
		if b, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestSweep(t *testing.T) {
	dir, folder := open(t)
	s := New(9)
	old, busy, fresh := create(t, s, dir, "old", 5), create(t, s, dir, "busy", 5), create(t, s, dir, "fresh", 5)
	w, err := s.Open(dir, busy.ID, "anna")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, noteName(old.ID)), []byte("no note"), 0o666); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-2 * time.Hour)
	lonely := newID()
	others := []string{dataName(lonely), ".hidden", "film.mp4", "." + lonely, ".x.upload"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range append(others, dataName(old.ID), noteName(old.ID), dataName(busy.ID), noteName(busy.ID), noteName(fresh.ID)) {
		if err := os.Chtimes(filepath.Join(folder, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	names, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if removed, err := s.Sweep(dir, names, time.Hour, time.Now()); removed != 2 || err != nil {
		t.Errorf("%d removed, %v", removed, err)
	}
	if n := len(s.users["anna"]); n != 2 {
		t.Errorf("%d are counted", n)
	}
	if left, _ := os.ReadDir(folder); len(left) != len(names)-3 {
		t.Errorf("left: %v", left)
	}
	for id, want := range map[string]error{old.ID: ErrNotFound, lonely: ErrNotFound, fresh.ID: nil, busy.ID: nil} {
		if _, err := s.Look(dir, id, "anna"); !errors.Is(err, want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// What stands beside the bytes may be cut short, or anything.
func TestDamagedNotes(t *testing.T) {
	dir, folder := open(t)
	s := New(9)
	for _, content := range []string{"", "{", "[]", `{"name":"x"`, strings.Repeat("x", 10_000)} {
		u := create(t, s, dir, "film", 5)
		if err := os.WriteFile(filepath.Join(folder, noteName(u.ID)), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(dir, u.ID, "anna"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", content, err)
		}
		if err := remove(dir, u.ID); err != nil {
			t.Error(err)
		}
		s.forget(u.ID)
	}
	for _, id := range []string{"", "x", "../../etc/passwd", strings.Repeat("A", 32), strings.Repeat("a", 31)} {
		if _, err := s.Look(dir, id, "anna"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// Memory of those that are whole is bounded.
func TestDoneIsBounded(t *testing.T) {
	s := New(1)
	for i := range maxDone + 100 {
		s.finished(Upload{ID: fmt.Sprint(i)})
	}
	if len(s.done) != maxDone {
		t.Errorf("%d", len(s.done))
	}
	if _, ok := s.done[fmt.Sprint(maxDone+99)]; !ok {
		t.Error("the latest is forgotten")
	}
}
