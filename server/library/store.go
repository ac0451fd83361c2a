package library

import (
	"context"
	"io/fs"
	"os"
)

// Folder opens a folder that is listed, for files to be put into. Errors are
// fs.ErrNotExist, also where one film is served alone or the library is not on a
// disk, fs.ErrPermission, or trouble with the disk.
func (l *Library) Folder(p Path) (*os.Root, error) {
	d, ok := l.dir.Folder.(disk)
	if !ok || !l.visible(p) || l.only != "" {
		return nil, fs.ErrNotExist
	}
	root, err := d.OpenRoot(p.local())
	return root, pathError(err)
}

// Folders calls visit with each folder and all that lies in it, hidden files,
// too. Folders that can't be read, and those behind symbolic links, are passed
// over. It ends when ctx is done.
func (l *Library) Folders(ctx context.Context, visit func(p Path, names []fs.DirEntry)) {
	folders := []Path{""}
	for looked := 0; len(folders) > 0 && ctx.Err() == nil && looked < maxSearched; {
		p := folders[0]
		folders = folders[1:]
		names, err := l.names(ctx, p)
		if err != nil {
			continue
		}
		looked += len(names)
		visit(p, names)
		for _, d := range names {
			if at := p.join(d.Name()); d.IsDir() && l.visible(at) {
				folders = append(folders, at)
			}
		}
	}
}
