package library

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"

	"vodsrv/mp4/fragment"
)

// Identity is what the files of a folder on a disk are known by.
type Identity string

const (
	// InodeSizeMtime has no two files taken for the same.
	InodeSizeMtime Identity = "inode+size+mtime"
	// SizeMtime has copies of a file be the same, on any machine, if they have the
	// same time of change to the nanosecond.
	SizeMtime Identity = "size+mtime"
)

// identity tells the contents of a file from those it had before, or from
// another's.
type identity struct {
	inode uint64 // or what the ETag makes one; 0 if files are known by SizeMtime
	size  int64
	mtime int64 // nanoseconds since 1970; 0 if there is an ETag
}

// shelf is a folder of which the files are told apart in some way.
type shelf struct {
	Folder
	identify func(fs.FileInfo) identity
}

// byInode tells files apart by all that there is to tell.
func byInode(stat fs.FileInfo) identity {
	if tag, ok := stat.Sys().(ETag); ok {
		sum := sha256.Sum256([]byte(tag))
		return identity{inode: binary.BigEndian.Uint64(sum[:]), size: stat.Size()}
	}
	return identity{inode: inode(stat), size: stat.Size(), mtime: stat.ModTime().UnixNano()}
}

// bySizeAndMtime leaves out what a copy of a film on another machine does not
// have in common. Folders, of which nobody there is told, keep all.
func bySizeAndMtime(stat fs.FileInfo) identity {
	id := byInode(stat)
	if stat.Mode().IsRegular() {
		id.inode = 0
	}
	return id
}

// identifier is how files are known; by default by all there is.
func (by Identity) identifier() (func(fs.FileInfo) identity, error) {
	switch by {
	case InodeSizeMtime, "":
		return byInode, nil
	case SizeMtime:
		return bySizeAndMtime, nil
	}
	return nil, fmt.Errorf("files can't be known by %q", string(by))
}

// etag names the bytes of a file and of the segments made of it.
func (id identity) etag() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %d", id.inode, id.size, id.mtime, fragment.Version))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
