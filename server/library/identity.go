package library

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"

	"vodsrv/mp4/fragment"
)

// identity tells the contents of a file from those it had before, or from
// another's.
type identity struct {
	inode uint64 // or what the ETag makes one
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

// etag names the bytes of a file and of the segments made of it.
func (id identity) etag() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %d", id.inode, id.size, id.mtime, fragment.Version))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
