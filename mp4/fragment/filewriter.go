package fragment

import (
	"bufio"
	"context"
	"io"
	"os"

	"vodsrv/mp4"
)

// fileWriter is a file that is written from its start on, not at once, and can
// be changed before its end.
type fileWriter interface {
	io.Writer
	// WriteAt changes bytes, also of those that were not written yet.
	io.WriterAt
	Flush() error
	Close() error // what was not flushed is lost; the file stays open
}

// newFileWriter writes what is made from src to out by the cheapest way the
// system has.
func newFileWriter(ctx context.Context, src, out *os.File) fileWriter {
	if s, err := newSplicer(ctx, src, out); err == nil {
		return s
	}
	return buffered{bufio.NewWriterSize(stoppable{ctx, out}, writeSize), out}
}

// fill writes a conversion, all of it.
func fill(w fileWriter, src io.ReaderAt, m *mp4.Movie, o Options) error {
	defer func() { _ = w.Close() }()
	if err := Convert(w, src, m, o); err != nil {
		return err
	}
	return w.Flush()
}

// buffered writes by way of the program's memory.
type buffered struct {
	*bufio.Writer
	file *os.File
}

func (b buffered) WriteAt(p []byte, at int64) (int, error) {
	if err := b.Flush(); err != nil {
		return 0, err
	}
	return b.file.WriteAt(p, at)
}

func (b buffered) Close() error { return nil }
