package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"vodsrv/mp4/fragment"
)

func fragmentCommand() *cli.Command {
	return &cli.Command{
		Name:      "fragment",
		Usage:     "write a fragmented copy of a film, with the meaning of ffmpeg's -movflags",
		ArgsUsage: "IN OUT",
		Description: "vodsrv fragment --movflags frag_keyframe+empty_moov in.mp4 out.mp4\n" +
			"   makes a fragment of each group of pictures; - as OUT writes to standard output",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "movflags", Usage: "ffmpeg's `FLAGS` (default: frag_keyframe+delay_moov+default_base_moof)"},
			&cli.Int64Flag{Name: "frag-duration", Aliases: []string{"frag_duration"}, Usage: "begin a fragment after so many `MICROSECONDS`"},
			&cli.Int64Flag{Name: "frag-size", Aliases: []string{"frag_size"}, Usage: "begin a fragment before it has more than so many `BYTES`"},
			&cli.Int64Flag{Name: "min-frag-duration", Aliases: []string{"min_frag_duration"}, Usage: "begin no fragment before so many `MICROSECONDS`"},
			&cli.StringFlag{Name: "profile", Usage: "`NAME` of a set of choices; mse writes what the server streams"},
			&cli.BoolFlag{Name: "y", Usage: "replace OUT if it is there"},
		},
		Action: convert,
	}
}

func convert(c *cli.Context) error {
	if c.NArg() != 2 {
		return usagef("fragment takes two names, IN and OUT, not %d; see vodsrv fragment --help", c.NArg())
	}
	in, out := c.Args().Get(0), c.Args().Get(1)
	o, err := convertOptions(c)
	if err != nil {
		return err
	}
	var finish func()
	o.Progress, finish = progress(c.App.ErrWriter)
	defer finish()
	return fragment.ConvertFile(c.Context, in, out, c.App.Writer, o)
}

func convertOptions(c *cli.Context) (fragment.FileOptions, error) {
	o := fragment.FileOptions{Overwrite: c.Bool("y"), Options: fragment.Options{
		Movflags:     fragment.DefaultMovflags,
		FragDuration: c.Int64("frag-duration"), FragSize: c.Int64("frag-size"), MinFragDuration: c.Int64("min-frag-duration"),
	}}
	if o.FragDuration < 0 || o.FragSize < 0 || o.MinFragDuration < 0 {
		return o, usagef("a duration or size can't be negative")
	}
	switch profile := c.String("profile"); profile {
	case "":
	case "mse":
		o.MSE = true
	default:
		return o, usagef("there is no profile %q; there is mse", profile)
	}
	// As with ffmpeg, a later value that begins with a sign changes the one
	// before, and the first starts from nothing.
	var flags fragment.Movflags
	for _, value := range c.StringSlice("movflags") {
		var err error
		if flags, err = fragment.ParseMovflags(value, flags); err != nil {
			return o, err
		}
		o.Movflags = flags
	}
	return o, nil
}

// progress draws a bar where a person sees it.
func progress(w io.Writer) (update func(done, total int64), finish func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, func() {}
	}
	var bar *progressbar.ProgressBar
	update = func(done, total int64) {
		if bar == nil {
			bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
		}
		_ = bar.Set64(done)
	}
	return update, func() {
		if bar != nil {
			_ = bar.Clear()
		}
	}
}
