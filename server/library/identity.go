package library

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"

	"vodsrv/mp4/fragment"
)

// identity tells the contents of a file from those it had before, or from
// another's.
type identity struct {
	inode uint64
	size  int64
	mtime int64 // nanoseconds since 1970
}

func identify(stat fs.FileInfo) identity {
	return identity{inode: inode(stat), size: stat.Size(), mtime: stat.ModTime().UnixNano()}
}

// etag names the bytes of a file and of the segments made of it.
func (id identity) etag() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %d", id.inode, id.size, id.mtime, fragment.Version))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
