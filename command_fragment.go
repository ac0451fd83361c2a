package main

import (
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
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
			&cli.IntFlag{Name: "frag-interleave", Aliases: []string{"frag_interleave"}, Usage: "put so many `SAMPLES` of each track in turn into a fragment"},
			&cli.UintFlag{Name: "fragment-index", Aliases: []string{"fragment_index"}, Usage: "`NUMBER` of the first fragment"},
			&cli.StringFlag{Name: "use-editlist", Aliases: []string{"use_editlist"}, Usage: "write edit lists: `1` or 0 (default: by the flags)"},
			&cli.StringFlag{Name: "write-prft", Aliases: []string{"write_prft"}, Usage: "write the time before each fragment: `pts` or wallclock"},
			&cli.StringFlag{Name: "brand", Usage: "write the major `BRAND`"},
			&cli.StringFlag{Name: "tracks", Usage: "copy the tracks with these `IDS`, with commas (default: all video and sound)"},
			&cli.Float64Flag{Name: "from", Usage: "begin at so many `SECONDS` of the film"},
			&cli.Float64Flag{Name: "to", Usage: "end at so many `SECONDS` of the film"},
			&cli.BoolFlag{Name: "defragment", Usage: "write a file without fragments, its moov first"},
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
	o.Warn = func(s string) { complain(c.App.ErrWriter, errors.New(s)) }
	return fragment.ConvertFile(c.Context, in, out, c.App.Writer, o)
}

func convertOptions(c *cli.Context) (fragment.FileOptions, error) {
	o := fragment.FileOptions{Overwrite: c.Bool("y"), Options: fragment.Options{
		Movflags:     fragment.DefaultMovflags,
		FragDuration: c.Int64("frag-duration"), FragSize: c.Int64("frag-size"), MinFragDuration: c.Int64("min-frag-duration"),
		FragInterleave: c.Int("frag-interleave"), FirstSequence: uint32(c.Uint("fragment-index")),
		Brand: c.String("brand"), ReferenceTime: fragment.ReferenceTime(c.String("write-prft")),
		From: c.Float64("from"), To: c.Float64("to"), Defragment: c.Bool("defragment"),
	}}
	if err := checkOptions(c, &o.Options); err != nil {
		return o, err
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

// checkOptions refuses values that can't be meant, and reads those that need
// reading.
func checkOptions(c *cli.Context, o *fragment.Options) error {
	switch {
	case o.FragDuration < 0, o.FragSize < 0, o.MinFragDuration < 0, o.FragInterleave < 0:
		return usagef("a duration, size or number of samples can't be negative")
	case o.From < 0, o.To < 0, o.To > 0 && o.To <= o.From:
		return usagef("there is nothing from %g to %g seconds", o.From, o.To)
	case o.Brand != "" && len(o.Brand) != 4:
		return usagef("a brand has four characters, not %q", o.Brand)
	case c.Uint("fragment-index") > math.MaxUint32:
		return usagef("the number %d of the first fragment is too large", c.Uint("fragment-index"))
	}
	switch o.ReferenceTime {
	case fragment.NoReferenceTime, fragment.MediaTime, fragment.WallClock:
	default:
		return usagef("write-prft takes pts or wallclock, not %q", o.ReferenceTime)
	}
	switch value := c.String("use-editlist"); value {
	case "", "-1":
	case "0", "1":
		on := value == "1"
		o.EditList = &on
	default:
		return usagef("use-editlist takes 1 or 0, not %q", value)
	}
	for field := range strings.SplitSeq(c.String("tracks"), ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		id, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return usagef("tracks takes the ids of tracks, such as 1,2, not %q", field)
		}
		o.Tracks = append(o.Tracks, uint32(id))
	}
	return nil
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
