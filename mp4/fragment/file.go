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
	if out == "-" {
		err = mayStream(info, stdout)
	} else {
		err = mayWrite(info, out, o.Overwrite)
	}
	if err != nil {
		return err
	}
	m, err := mp4.Open(src, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	if m.Truncated != nil {
		return fmt.Errorf("%s: the file is not whole: %w", in, m.Truncated)
	}
	whole := func() error { return unchanged(src, info) }
	if out == "-" {
		return named(in, errors.Join(toStream(ctx, stdout, src, m, o.Options), whole()))
	}
	return named(in, toFile(ctx, out, src, m, o, whole))
}

// unchanged fails if a file is not what it was: what was read of it may be of
// two kinds.
func unchanged(f *os.File, was os.FileInfo) error {
	is, err := f.Stat()
	if err == nil && (is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime())) {
		err = errors.New("the file changed while it was read; convert it when it is complete")
	}
	return err
}

// mayStream refuses to write to the input by way of stdout.
func mayStream(in os.FileInfo, stdout io.Writer) error {
	f, ok := stdout.(*os.File)
	if !ok {
		return nil
	}
	if there, err := f.Stat(); err == nil && os.SameFile(in, there) {
		return errors.New("the output goes to the input; choose another file")
	}
	return nil
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
		return taken(out)
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
// it is whole, and the source still what it was.
func toFile(ctx context.Context, out string, src *os.File, m *mp4.Movie, o FileOptions, unchanged func() error) (err error) {
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
	if err := unchanged(); err != nil {
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

// publish moves a finished file to its name, for good. Without leave to
// overwrite it is linked there, which fails if a file has come up in the
// meantime.
func publish(tmp, out string, overwrite bool) error {
	defer syncFolder(filepath.Dir(out))
	if overwrite {
		return os.Rename(tmp, out)
	}
	switch err := os.Link(tmp, out); {
	case err == nil:
		return os.Remove(tmp)
	case errors.Is(err, os.ErrExist):
		return taken(out)
	}
	return renameAnew(tmp, out)
}

// renameAnew is for file systems without links: the name is taken first, by an
// empty file, unless a file has come up there.
func renameAnew(tmp, out string) error {
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, os.ErrExist) {
		return taken(out)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, out); err != nil {
		return errors.Join(err, os.Remove(out))
	}
	return nil
}

func taken(out string) error { return fmt.Errorf("%s: is there already; -y overwrites it", out) }

// syncFolder brings the names in a folder to the disk, where that can be done.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}
