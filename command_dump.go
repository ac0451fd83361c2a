package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/urfave/cli/v2"

	"vodsrv/mp4/dump"
)

func dumpCommand() *cli.Command {
	return &cli.Command{
		Name:      "dump",
		Usage:     "show what a film's boxes hold, or its samples",
		ArgsUsage: "[BOX-PATH] FILE",
		Description: "vodsrv dump moov/trak[2]/mdia film.mp4\n" +
			"   shows one part of a film: trak[2] is the second trak of its container, trak all of\n" +
			"   them; a path may begin at any box, and with a slash in front at the top\n\n" +
			"vodsrv dump --samples 1 film.mp4\n" +
			"   shows the samples of the track with id 1: where they lie, and their times",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", EnvVars: []string{"VODSRV_JSON"}, Usage: "print JSON: one document, or with --samples one object a line"},
			&cli.Uint64Flag{Name: "samples", Usage: "show the samples of the `TRACK` with that id"},
			&cli.BoolFlag{Name: "full", Usage: "show all entries of tables and all bytes of unknown boxes"},
		},
		Action: dumpFile,
	}
}

func dumpFile(c *cli.Context) error {
	args := c.Args().Slice()
	samples := c.IsSet("samples")
	switch {
	case len(args) == 0 || len(args) > 2:
		return usagef("dump takes the name of one file, and before it the path of a box; see vodsrv dump --help")
	case samples && len(args) == 2:
		return usagef("--samples takes no path of a box")
	case samples && (c.Uint64("samples") == 0 || c.Uint64("samples") > math.MaxUint32):
		return usagef("there is no track with id %d", c.Uint64("samples"))
	}
	o := dump.Options{JSON: c.Bool("json"), Full: c.Bool("full")}
	if len(args) == 2 {
		var err error
		if o.Path, err = dump.ParsePath(args[0]); err != nil {
			return usageError{err}
		}
	}
	return withFile(args[len(args)-1], func(file *os.File, size int64) error {
		r := untilDone{c.Context, file}
		if samples {
			return dump.Samples(c.App.Writer, r, size, uint32(c.Uint64("samples")), o.JSON)
		}
		return dump.Boxes(c.App.Writer, r, size, o)
	})
}

// withFile opens a file for use, whose errors then name it.
func withFile(path string, use func(*os.File, int64) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	if !stat.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	if err := use(file, stat.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// untilDone reads until the program is to end.
type untilDone struct {
	ctx context.Context
	io.ReaderAt
}

// ReadAt reads like the io.ReaderAt within.
func (r untilDone) ReadAt(p []byte, offset int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.ReaderAt.ReadAt(p, offset)
}
