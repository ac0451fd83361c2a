package store

import (
	"io/fs"
	"strings"
	"time"

	"vodsrv/server/library"
)

// key is that of the object that a path names.
func (b *Bucket) key(p library.Path) string { return b.at.Prefix + string(p) }

// below is the prefix of all that lies in a folder.
func (b *Bucket) below(p library.Path) string {
	if p == "" {
		return b.at.Prefix
	}
	return b.key(p) + "/"
}

// plain tells whether a key's last name could be that of a file: only such can
// be asked for.
func plain(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// stat describes an object, or a folder, as fs.FileInfo.
type stat struct {
	name     string
	size     int64
	modified time.Time // zero for a folder
	etag     string
	folder   bool
}

func (s *stat) Name() string       { return s.name }
func (s *stat) Size() int64        { return s.size }
func (s *stat) ModTime() time.Time { return s.modified }
func (s *stat) IsDir() bool        { return s.folder }
func (s *stat) Sys() any           { return library.ETag(s.etag) }

func (s *stat) Mode() fs.FileMode {
	if s.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
