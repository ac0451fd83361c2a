package main

import (
	"log/slog"
	"strings"

	"github.com/urfave/cli/v2"

	"vodsrv/server/live"
)

// Values of --live-latency.
const (
	latencyLow    = "low"
	latencyNormal = "normal"
)

// relays are the live streams that are asked for.
func relays(c *cli.Context, log *slog.Logger) ([]*live.Stream, error) {
	o := live.Options{Window: c.Duration("live-window"), OnDemand: c.Bool("live-on-demand"), Log: log}
	switch how := c.String("live-latency"); {
	case c.Bool("live-gop"):
	case how == latencyLow:
		o.Cutting.Most = live.Low
	case how == latencyNormal:
		o.Cutting.Most = live.Normal
	default:
		return nil, usagef("--live-latency is low or normal, not %q", how)
	}
	var all []*live.Stream
	names := map[string]bool{}
	for _, asked := range list(c, "live") {
		name, from, ok := strings.Cut(asked, "=")
		if !ok || from == "" {
			return nil, usagef("--live takes NAME=URL, such as camera=http://host/app/stream.flv")
		}
		if names[name] {
			return nil, usagef("two live streams are called %q", name)
		}
		names[name] = true
		s, err := live.New(name, from, o)
		if err != nil {
			return nil, usageError{err}
		}
		all = append(all, s)
	}
	return all, nil
}
