//go:build unix

package library

import (
	"io/fs"
	"syscall"
)

func inode(stat fs.FileInfo) uint64 {
	if s, ok := stat.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}
