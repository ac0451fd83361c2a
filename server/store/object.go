package store

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"vodsrv/server/library"
)

// object is an object as it was when it was opened: a library.Remote.
type object struct {
	bucket *Bucket
	path   library.Path
	stat   *stat
}

// Stat describes the object.
func (o *object) Stat() (fs.FileInfo, error) { return o.stat, nil }

// Close does nothing: the object has nothing by itself.
func (o *object) Close() error { return nil }

// Indexed is for reading the object's boxes.
func (o *object) Indexed() io.ReaderAt { return &indexReader{object: o} }

// ReadAt reads through the blocks that all readers share, and has the next one
// read when it comes to the middle of one. An object that is no more what it was
// is library.ErrChanged.
func (o *object) ReadAt(p []byte, offset int64) (int, error) {
	n, err := o.readAt(p, offset, readPatience)
	if err == nil || err == io.EOF {
		o.ahead(offset, offset+int64(n))
	}
	return n, err
}

func (o *object) readAt(p []byte, offset int64, patience time.Duration) (n int, err error) {
	if offset < 0 {
		return 0, fmt.Errorf("reading at the offset %d", offset)
	}
	want := min(int64(len(p)), o.stat.size-offset)
	if want <= 0 {
		return 0, io.EOF
	}
	taken, err := o.load(offset, offset+want, patience)
	if err != nil {
		return 0, err
	}
	for k, block := range taken {
		from := max(offset-(offset/blockSize+int64(k))*blockSize, 0)
		n += copy(p[n:want], block.data[from:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// load returns the blocks that hold a range. Those that are not there are read,
// by one request where they lie side by side.
func (o *object) load(from, to int64, patience time.Duration) ([]*block, error) {
	key := blockKey{path: o.path, etag: o.stat.etag}
	for {
		taken, missing := o.bucket.blocks.take(key, from/blockSize, (to-1)/blockSize)
		for _, run := range missing {
			o.fill(run, patience)
		}
		again := false
		for _, block := range taken {
			select {
			case <-block.ready:
			case <-o.bucket.ctx.Done():
				return nil, o.bucket.ctx.Err()
			}
			if block.err != nil && block.patience < patience {
				again = true // whoever read it had less time
			} else if block.err != nil {
				return nil, block.err
			}
		}
		if !again {
			return taken, nil
		}
	}
}

// fill reads blocks that lie side by side.
func (o *object) fill(run []*block, patience time.Duration) {
	b := o.bucket
	end := min((run[len(run)-1].key.number+1)*blockSize, o.stat.size)
	err := b.persist(b.ctx, kindRead, patience, func(ctx context.Context) (progress bool, err error) {
		body, err := o.get(ctx, run[0].key.number*blockSize, end)
		if err != nil {
			return false, err
		}
		defer func() { _ = body.Close() }()
		for len(run) > 0 {
			from := run[0].key.number * blockSize
			data := make([]byte, min(blockSize, end-from))
			if _, err := io.ReadFull(body, data); err != nil {
				return progress, err
			}
			b.counts.bytes.Add(uint64(len(data)))
			b.blocks.fulfil(run[0], data)
			run, progress = run[1:], true
		}
		return true, nil
	})
	for _, block := range run {
		b.blocks.fail(block, err, patience)
	}
}

// direct fills p past the blocks.
func (o *object) direct(p []byte, offset int64) error {
	b := o.bucket
	return b.persist(b.ctx, kindRead, openPatience, func(ctx context.Context) (bool, error) {
		body, err := o.get(ctx, offset, offset+int64(len(p)))
		if err != nil {
			return false, err
		}
		defer func() { _ = body.Close() }()
		if _, err = io.ReadFull(body, p); err == nil {
			b.counts.bytes.Add(uint64(len(p)))
		}
		return false, err
	})
}

// get asks for a range of the object, which has to be what it was.
func (o *object) get(ctx context.Context, from, to int64) (io.ReadCloser, error) {
	b := o.bucket
	var options minio.GetObjectOptions
	if err := options.SetRange(from, to-1); err != nil {
		return nil, err
	}
	if err := options.SetMatchETag(o.stat.etag); err != nil {
		return nil, err
	}
	body, about, header, err := b.core.GetObject(ctx, b.at.Bucket, b.key(o.path), options)
	if err != nil {
		if judged := judge(err); judged == errGone || judged == library.ErrChanged {
			b.known.doubt(o.path)
			err = library.ErrChanged // one that was removed can't be gone on with, either
		}
		return nil, err
	}
	// Not all stores heed If-Match, or ranges.
	got := header.Get("Content-Range")
	switch {
	case about.ETag != o.stat.etag:
		b.known.doubt(o.path)
		err = library.ErrChanged
	case !strings.HasPrefix(got, fmt.Sprintf("bytes %d-%d/", from, to-1)) && (got != "" || from != 0 || to != o.stat.size):
		err = fmt.Errorf("the store answered %q to a request for the bytes from %d to %d", got, from, to)
	}
	if err != nil {
		_ = body.Close()
		return nil, err
	}
	return body, nil
}

// ahead has the block read that follows the one in which a reader is, if he
// went through that from its first half to its second.
func (o *object) ahead(from, to int64) {
	b := o.bucket
	number := (to - 1) / blockSize
	next := (number + 1) * blockSize
	if !b.blocks.passed(blockKey{o.path, o.stat.etag, number}, from, to) || next >= o.stat.size || b.ctx.Err() != nil {
		return
	}
	_, missing := b.blocks.take(blockKey{path: o.path, etag: o.stat.etag}, number+1, number+1)
	for _, run := range missing {
		b.readers.Go(func() { o.fill(run, openPatience) })
	}
}
