package main

import (
	"encoding/binary"
	"fmt"
	"os"
)

// walk reads the header of each top-level box of a file with one pread each:
// the least that opening a fragmented file can cost. It returns their number.
func walk(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	n := 0
	var head [16]byte
	for at := int64(0); info.Size()-at >= 8; n++ {
		got, err := f.ReadAt(head[:], at)
		if got < 8 {
			return n, err
		}
		size := int64(binary.BigEndian.Uint32(head[:]))
		if size == 1 {
			size = int64(binary.BigEndian.Uint64(head[8:]))
		}
		if size < 8 {
			return n, fmt.Errorf("%s: a box of %d bytes at byte %d", path, size, at)
		}
		at += size
	}
	return n, nil
}
