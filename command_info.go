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
	"vodsrv/server/library"
)

func infoCommand() *cli.Command {
	return &cli.Command{
		Name:      "info",
		Usage:     "describe films: tracks, codecs, and whether they will play",
		ArgsUsage: "FILE…",
		Description: "vodsrv info --json film.mp4\n" +
			"   prints one JSON object a line, the same as /api/info; of files that can't be read, too.\n" +
			"   A film of more than 256 fragments that has an index of them (mfra, sidx) is described by a few reads: its samples\n" +
			"   are not counted, and \"samples\", \"bitrate\" and \"fps\" are null. --full reads all of its fragments",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", EnvVars: []string{"VODSRV_JSON"}, Usage: "print JSON, one object a line"},
			&cli.BoolFlag{Name: "full", EnvVars: []string{"VODSRV_FULL"}, Usage: "count the samples of every film, however many fragments it has"},
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
		f, err := describeFile(path, c.Bool("full"))
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

// describeFile describes one file, also one that is no film; nil if it can't
// even be looked at. One that is cut off has both a description and an error.
func describeFile(path string, full bool) (*info.File, error) {
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
	m, err := read(file, stat.Size(), full)
	if err != nil {
		f := info.Unreadable(stat.Size(), err)
		f.Path = filepath.ToSlash(path)
		return &f, err
	}
	f := info.Describe(m)
	f.Path = filepath.ToSlash(path)
	if f.Extras, err = info.ReadExtras(file, m); err != nil {
		return nil, reasonAlone(err)
	}
	beside, err := library.Beside(path)
	if err != nil {
		return nil, reasonAlone(err)
	}
	f.Subtitles = append(f.Subtitles, beside...)
	if library.MayGrow(m, stat.ModTime()) {
		f.State, f.Reason = info.Growing, ""
		return &f, nil
	}
	if m.Truncated != nil {
		return &f, errors.New(f.Reason)
	}
	return &f, nil
}

// fewFragments is how many fragments are read whether or not there is an index
// of them: that takes no longer than a millisecond.
const fewFragments = 256

// read opens a film, or glances at it if it has so many fragments that reading
// all of them would take long on a disk or a network.
func read(file io.ReaderAt, size int64, full bool) (*mp4.Movie, error) {
	if full {
		return mp4.Open(file, size)
	}
	m, err := mp4.Glance(file, size)
	if err == nil && m.Listed > fewFragments {
		return m, nil
	}
	if err != nil && !errors.Is(err, mp4.ErrNoGlance) {
		return nil, err
	}
	return mp4.Open(file, size)
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
