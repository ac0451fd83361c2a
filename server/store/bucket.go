package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/singleflight"

	"vodsrv/server/library"
)

// DefaultBytes is room for the blocks of some hundred viewers who watch
// different films.
const DefaultBytes = 256 << 20

// Bucket is a folder of films in a store: a library.Folder. It is safe for any
// number of goroutines.
type Bucket struct {
	at        Location
	core      *minio.Core
	transport *http.Transport
	blocks    *blocks
	known     known
	once      singleflight.Group // of questions that several ask at once
	counts    counts

	ctx     context.Context // ends all requests
	stop    context.CancelFunc
	readers sync.WaitGroup // of what nobody has asked for yet
}

// Open opens a bucket, or the part of it below a prefix, or one film. It keeps
// at most so many bytes of films in memory, but for those that are being read;
// 0 stands for DefaultBytes. It fails if there is nothing to be had at the
// location; only is the name of the film if it is one.
func Open(at Location, bytes int64) (b *Bucket, only library.Path, err error) {
	if bytes < 0 {
		return nil, "", fmt.Errorf("there can't be %d bytes of films in memory", bytes)
	}
	core, transport, err := newClient(at)
	if err != nil {
		return nil, "", err
	}
	if bytes == 0 {
		bytes = DefaultBytes
	}
	b = &Bucket{at: at, core: core, transport: transport, blocks: newBlocks(bytes)}
	b.ctx, b.stop = context.WithCancel(context.Background())
	if err := b.begin(&only); err != nil {
		return nil, "", errors.Join(fmt.Errorf("%s: %w", at, err), b.Close())
	}
	return b, only, nil
}

// begin looks whether there is a bucket, and what the location names.
func (b *Bucket) begin(only *library.Path) error {
	if b.at.Name != "" {
		whole := b.at
		b.at = b.at.film()
		found, err := b.look(library.Path(whole.Name), openPatience)
		if err == nil && !found.folder {
			*only = library.Path(whole.Name)
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		b.at = whole
	}
	return b.peek("", openPatience, true)
}

// Place names the bucket, to tell it from others.
func (b *Bucket) Place() string { return b.at.String() }

// Open opens an object: as it is now, or as it was a moment ago.
func (b *Bucket) Open(p library.Path) (library.File, error) {
	found, err := b.stat(p)
	if err != nil {
		return nil, err
	}
	if found.folder {
		return nil, fs.ErrNotExist
	}
	if found.etag == "" {
		return nil, library.ErrNoETag
	}
	return &object{bucket: b, path: p, stat: found}, nil
}

// Stat looks at an object or a folder: as it is, or as it was a moment ago.
func (b *Bucket) Stat(p library.Path) (fs.FileInfo, error) {
	found, err := b.stat(p)
	if err != nil {
		return nil, err
	}
	return found, nil
}

// ReadDir lists a folder: as it is, or as it was a moment ago.
func (b *Bucket) ReadDir(ctx context.Context, p library.Path) ([]fs.DirEntry, error) {
	if entries := b.known.list(p); entries != nil {
		return entries, nil
	}
	listed := b.once.DoChan("list "+string(p), func() (any, error) { return b.list(p) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case l := <-listed:
		if l.Err != nil {
			return nil, l.Err
		}
		return l.Val.([]fs.DirEntry), nil
	}
}

// Close ends all that is being read.
func (b *Bucket) Close() error {
	b.stop()
	b.readers.Wait()
	b.transport.CloseIdleConnections()
	return nil
}
