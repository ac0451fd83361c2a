//go:build !unix

package library

import (
	"io/fs"
	"os"
)

// inode is not known here: size and time have to do.
func inode(fs.FileInfo) uint64 { return 0 }

// sizeOf is the size of an open file in bytes.
func sizeOf(f *os.File) (int64, error) {
	stat, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return stat.Size(), nil
}
