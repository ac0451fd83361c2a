package main

import (
	"encoding/json"
	"time"

	"github.com/urfave/cli/v2"

	"vodsrv/server/load"
)

func loadCommand() *cli.Command {
	return &cli.Command{
		Name:      "load",
		Usage:     "watch a film with many viewers at once, and tell whether any had to wait",
		ArgsUsage: "URL",
		Description: "vodsrv load --viewers 1000 http://localhost:8327/watch/film.mp4\n" +
			"   lets a thousand viewers take the film in at the pace of playing it, for a minute",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "viewers", Value: 100, EnvVars: []string{"VODSRV_LOAD_VIEWERS"}, Usage: "let `N` watch"},
			&cli.IntFlag{Name: "deaf", EnvVars: []string{"VODSRV_LOAD_DEAF"}, Usage: "let `N` more connect and never read"},
			&cli.DurationFlag{Name: "ramp", Value: 5 * time.Second, EnvVars: []string{"VODSRV_LOAD_RAMP"}, Usage: "let them come evenly within `TIME`"},
			&cli.DurationFlag{Name: "time", Value: time.Minute, EnvVars: []string{"VODSRV_LOAD_TIME"}, Usage: "watch for `TIME` from then on"},
			&cli.BoolFlag{Name: "json", EnvVars: []string{"VODSRV_JSON"}, Usage: "print JSON"},
		},
		Action: runLoad,
	}
}

func runLoad(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("load takes the address of one film; see vodsrv load --help")
	}
	o := load.Options{URL: c.Args().First(), Viewers: c.Int("viewers"), Deaf: c.Int("deaf"), Ramp: c.Duration("ramp"), Time: c.Duration("time")}
	if o.Viewers < 1 || o.Deaf < 0 || o.Ramp < 0 || o.Time <= 0 {
		return usagef("load needs at least one viewer and some time")
	}
	report, err := load.Run(c.Context, o)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return json.NewEncoder(c.App.Writer).Encode(report)
	}
	return report.Print(c.App.Writer)
}
