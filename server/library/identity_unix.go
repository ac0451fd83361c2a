//go:build unix

package library

import (
	"io/fs"
	"os"
	"syscall"
)

func inode(stat fs.FileInfo) uint64 {
	if s, ok := stat.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}

// sizeOf is the size of an open file in bytes. It is asked for with each piece
// that is sent, which os.File.Stat is too dear for.
func sizeOf(f *os.File) (int64, error) {
	var stat syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &stat); err != nil {
		return 0, os.NewSyscallError("fstat", err)
	}
	return stat.Size, nil
}
