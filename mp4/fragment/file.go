package fragment

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"vodsrv/mp4"
)

// FileOptions say how ConvertFile treats the file it writes.
type FileOptions struct {
	Options
	Overwrite bool // replace a file that is there
}

// ConvertFile converts one file to another. The output appears under its name
// only once it is whole and on disk; until then, and if anything fails, there
// is nothing. A name of "-" writes to stdout instead. It stops when ctx is done.
func ConvertFile(ctx context.Context, in, out string, stdout io.Writer, o FileOptions) error {
	src, err := os.Open(in)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: is not a file", in)
	}
	if out != "-" {
		if err := mayWrite(info, out, o.Overwrite); err != nil {
			return err
		}
	}
	m, err := mp4.Open(src, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	if m.Truncated != nil {
		return fmt.Errorf("%s: the file is not whole: %w", in, m.Truncated)
	}
	if out == "-" {
		return named(in, toStream(ctx, stdout, src, m, o.Options))
	}
	return named(in, toFile(ctx, out, src, m, o))
}

// named puts the input's name before errors about its content.
func named(in string, err error) error {
	var path *os.PathError
	var link *os.LinkError
	if err == nil || errors.As(err, &path) || errors.As(err, &link) {
		return err
	}
	return fmt.Errorf("%s: %w", in, err)
}

// mayWrite refuses to write over the input, and over any file unless told to.
func mayWrite(in os.FileInfo, out string, overwrite bool) error {
	there, err := os.Stat(out)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case os.SameFile(in, there):
		return fmt.Errorf("%s: is the input; choose another name for the output", out)
	case !there.Mode().IsRegular():
		return fmt.Errorf("%s: is there and not a file", out)
	case !overwrite:
		return fmt.Errorf("%s: is there already; -y overwrites it", out)
	}
	return nil
}

func toStream(ctx context.Context, w io.Writer, src io.ReaderAt, m *mp4.Movie, o Options) error {
	b := bufio.NewWriterSize(stoppable{ctx, w}, writeSize)
	if err := Convert(b, src, m, o); err != nil {
		return err
	}
	return b.Flush()
}

var errStopped = errors.New("stopped before the end")

// stoppable is a writer that takes nothing more once its context is done.
type stoppable struct {
	ctx context.Context
	io.Writer
}

func (s stoppable) Write(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, errStopped
	}
	return s.Writer.Write(p)
}

// toFile writes beside the output's final place and moves the file there when
// it is whole.
func toFile(ctx context.Context, out string, src *os.File, m *mp4.Movie, o FileOptions) (err error) {
	tmp, err := createBeside(out)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	if err := fill(newFileWriter(ctx, src, tmp), src, m, o.Options); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return publish(tmp.Name(), out, o.Overwrite)
}

// createBeside makes a new file with a name of its own in the output's folder,
// with the permissions that any new file gets.
func createBeside(out string) (*os.File, error) {
	for {
		name := filepath.Join(filepath.Dir(out), fmt.Sprintf(".vodsrv-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

// publish moves a finished file to its name. Without leave to overwrite it is
// linked there, which fails if a file has come up in the meantime.
func publish(tmp, out string, overwrite bool) error {
	if !overwrite {
		err := os.Link(tmp, out)
		if err == nil {
			return os.Remove(tmp)
		}
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s: is there already; -y overwrites it", out)
		}
	}
	return os.Rename(tmp, out)
}
