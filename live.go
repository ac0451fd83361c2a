package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"vodsrv/server/library"
	"vodsrv/server/live"
)

// Values of --live-latency.
const (
	latencyLow    = "low"
	latencyNormal = "normal"
)

// relays are the live streams that are asked for; media is what films are, as it
// was named.
func relays(c *cli.Context, films *library.Library, media string, log *slog.Logger) ([]*live.Stream, error) {
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
	var err error
	if o.Record, err = archive(c, films, media); err != nil {
		return nil, err
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

// archive is the folder that live streams are recorded into, which is made if it
// is not there; nil if they are not.
func archive(c *cli.Context, films *library.Library, media string) (*live.Archive, error) {
	asked := c.String("live-record")
	if asked == "" {
		return nil, nil
	}
	switch {
	case len(list(c, "live")) == 0:
		return nil, usagef("--live-record is for live streams: name them with --live")
	case !films.OnDisk() || films.Only() != "":
		return nil, usagef("--live-record is for a media folder on a disk, where recordings are films at once; %s is none", media)
	}
	inside, err := within(media, asked)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(media, inside), 0o755); err != nil {
		return nil, fmt.Errorf("the folder for recordings can't be made: %w", err)
	}
	a := &live.Archive{}
	var folder library.Path
	if inside != "." {
		folder = library.Path(filepath.ToSlash(inside))
		a.Path = folder.Escaped() + "/"
	}
	a.Open = func() (*os.Root, error) { return films.Folder(folder) }
	dir, err := a.Open()
	if err != nil {
		return nil, fmt.Errorf("--live-record %s: the folder can't be opened: %w", asked, err)
	}
	return a, dir.Close()
}

// within is the path from one folder to another that is the same or lies in it.
// The other may be named from here, or from the first.
func within(folder, other string) (string, error) {
	from, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(other)
	if err != nil {
		return "", err
	}
	inside, err := filepath.Rel(from, to)
	if err != nil || !filepath.IsLocal(inside) {
		inside = filepath.Clean(other)
	}
	if !filepath.IsLocal(inside) {
		return "", usagef("--live-record %s lies outside of the media folder %s: recordings are films, name a folder in it, such as %s", other, folder, filepath.Join(folder, "recordings"))
	}
	for name := range strings.SplitSeq(filepath.ToSlash(inside), "/") {
		if strings.HasPrefix(name, ".") && name != "." {
			return "", usagef("--live-record %s is hidden: what lies in folders whose names begin with a dot is not listed", other)
		}
	}
	return inside, nil
}
