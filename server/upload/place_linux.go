package upload

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// place renames a file, unless something has the new name.
func place(dir *os.Root, from, to string) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	err = unix.Renameat2(int(f.Fd()), from, int(f.Fd()), to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return link(dir, from, to) // some network folders can't do better
	}
	return err
}

// freeSpace is how many bytes there is room for on the disk of a folder.
func freeSpace(dir *os.Root) (bytes int64, ok bool) {
	f, err := dir.Open(".")
	if err != nil {
		return 0, false
	}
	defer func() { _ = f.Close() }()
	var stat unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &stat) != nil || stat.Blocks == 0 {
		return 0, false
	}
	return int64(stat.Bavail) * stat.Bsize, true
}
