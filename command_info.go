package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"vodsrv/mp4"
	"vodsrv/mp4/info"
)

func infoCommand() *cli.Command {
	return &cli.Command{
		Name:      "info",
		Usage:     "describe films: tracks, codecs, and whether they will play",
		ArgsUsage: "FILE…",
		Description: "vodsrv info --json film.mp4\n" +
			"   prints one JSON object a line, the same as /api/info; of files that can't be read, too",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", EnvVars: []string{"VODSRV_JSON"}, Usage: "print JSON, one object a line"},
		},
		Action: describe,
	}
}

// describe prints what it can of each file; a bad one does not keep it from
// the others.
func describe(c *cli.Context) error {
	if !c.Args().Present() {
		return usagef("info needs a file; see vodsrv info --help")
	}
	asJSON := c.Bool("json")
	between := ""
	var bad []error
	for _, path := range c.Args().Slice() {
		f, err := describeFile(path)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", path, err))
		}
		if f == nil || f.State == info.Invalid && !asJSON && !info.IsSegment(err) {
			continue // the error says it all
		}
		if err := printInfo(c.App.Writer, *f, asJSON, between); err != nil {
			return err
		}
		between = "\n"
	}
	for _, err := range bad[:max(len(bad)-1, 0)] {
		complain(c.App.ErrWriter, err)
	}
	if len(bad) > 0 {
		return bad[len(bad)-1]
	}
	return nil
}

// describeFile describes a file. One that is cut off has both a description
// and an error.
// describeFile describes one file, also one that is no film; nil if it can't
// even be looked at.
func describeFile(path string) (*info.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, reasonAlone(err)
	}
	defer func() { _ = file.Close() }()
	stat, err := file.Stat()
	if err != nil {
		return nil, reasonAlone(err)
	}
	if !stat.Mode().IsRegular() {
		return nil, errors.New("this is not a file")
	}
	m, err := mp4.Open(file, stat.Size())
	if err != nil {
		f := info.Unreadable(stat.Size(), err)
		f.Path = filepath.ToSlash(path)
		return &f, err
	}
	f := info.Describe(m)
	f.Path = filepath.ToSlash(path)
	if m.Truncated != nil {
		return &f, errors.New(f.Reason)
	}
	return &f, nil
}

// reasonAlone takes the path out of an error of the file system.
func reasonAlone(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// printInfo writes a description; between goes in front of one that is read.
func printInfo(w io.Writer, f info.File, asJSON bool, between string) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(f)
	}
	_, err := io.WriteString(w, between+f.Text())
	return err
}
