// Command vodsrv serves a folder of MP4 files to browsers as fragmented MP4
// over WebSocket, and makes fragmented MP4 files.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/urfave/cli/v2"

	"vodsrv/public"
	"vodsrv/server"
	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/live"
	"vodsrv/server/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	status := run(ctx, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// commands are what vodsrv can do.
func commands() []*cli.Command {
	return []*cli.Command{withConfig(serveCommand()), signCommand(), fragmentCommand(), infoCommand(), dumpCommand(), loadCommand()}
}

// usageError is a command line that can't be meant.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run is the whole program: args begin with the program's name. It returns the
// exit status: 1 for an error, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := &cli.App{
		Name:    "vodsrv",
		Version: versionText(),
		Usage:   "put MP4 files into a folder and watch them in a browser",
		Description: "vodsrv serve\n" +
			"   serves the folder media at http://localhost:8327",
		Writer:                    stdout,
		ErrWriter:                 stderr,
		Commands:                  commands(),
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("there is no command %q; see vodsrv help", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = onUsageError
	}
	err := app.RunContext(ctx, sortArgs(app.Commands, args))
	if err == nil {
		return 0
	}
	complain(stderr, err)
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

// complain writes an error in one line: names of files may hold anything.
// Where that can't be written, there is nobody left to tell.
func complain(stderr io.Writer, err error) {
	_, _ = fmt.Fprintf(stderr, "vodsrv: %s\n", strings.Join(strings.Fields(err.Error()), " "))
}

func onUsageError(c *cli.Context, err error, _ bool) error {
	name := c.App.Name
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != name {
		name += " " + c.Command.Name
	}
	return usagef("%w; see %s --help", err, name)
}

// sortArgs moves a command's flags before its other arguments: the library
// takes those behind them for arguments without a word.
func sortArgs(commands []*cli.Command, args []string) []string {
	if len(args) < 2 {
		return args
	}
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(args[1]) })
	if i < 0 {
		return args
	}
	flags := slices.Clone(args[:2])
	var others []string
	for rest := args[2:]; len(rest) > 0; rest = rest[1:] {
		arg := rest[0]
		if arg == "--" {
			others = append(others, rest[1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			others = append(others, arg)
			continue
		}
		flags = append(flags, arg)
		if takesValue(commands[i], arg) && len(rest) > 1 {
			rest = rest[1:]
			flags = append(flags, rest[0])
		}
	}
	if len(others) > 0 {
		flags = append(flags, "--")
	}
	return append(flags, others...)
}

// takesValue tells whether the argument after a flag is the flag's value.
func takesValue(c *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	for _, f := range c.Flags {
		if slices.Contains(f.Names(), name) {
			d, ok := f.(cli.DocGenerationFlag)
			return ok && d.TakesValue()
		}
	}
	return false
}

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:      "serve",
		Usage:     "serve a folder of films, or one film",
		ArgsUsage: "[FILE|FOLDER|s3://BUCKET/PREFIX]",
		Description: "vodsrv serve --addr :8327 ~/Videos\n" +
			"   serves the folder ~/Videos to everyone on the network\n" +
			"   vodsrv serve film.mp4\n" +
			"   serves just that film, with the subtitles beside it\n" +
			"   AWS_ENDPOINT_URL=https://store.example vodsrv serve s3://films/2024\n" +
			"   serves what is below 2024 in the bucket films",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "localhost:8327", EnvVars: []string{"VODSRV_ADDR"}, Usage: "listen on `HOST:PORT`; :PORT listens on the whole network"},
			&cli.StringFlag{Name: "media", Value: "media", EnvVars: []string{"VODSRV_MEDIA"}, Usage: "serve the `FOLDER`, if none is named; s3://BUCKET/PREFIX for one in a store, see docs/store.md"},
			&cli.StringFlag{Name: "base-path", EnvVars: []string{"VODSRV_BASE_PATH"}, Usage: "`PATH` that a proxy serves vodsrv below, such as /films"},
			&cli.StringSliceFlag{Name: "allow-host", EnvVars: []string{"VODSRV_ALLOW_HOST"}, Usage: "answer to the `NAME` in URLs, too; several times, or with commas"},
			&cli.StringSliceFlag{Name: "allow-origin", EnvVars: []string{"VODSRV_ALLOW_ORIGIN"}, Usage: "let pages of the `ORIGIN` (https://films.example) play films, too; several times, or with commas"},
			&cli.BoolFlag{Name: "follow-symlinks", EnvVars: []string{"VODSRV_FOLLOW_SYMLINKS"}, Usage: "let symbolic links lead out of the folder"},
			&cli.StringFlag{Name: "identity", Value: string(library.InodeSizeMtime), EnvVars: []string{"VODSRV_IDENTITY"}, Usage: "know files by `WHAT`: inode+size+mtime, or size+mtime for replicas over copies of a folder, see docs/scale.md"},
			&cli.Float64Flag{Name: "ahead", Value: server.DefaultAhead, EnvVars: []string{"VODSRV_AHEAD"}, Usage: "send `SECONDS` of film beyond where a viewer is"},
			&cli.Int64Flag{Name: "window", Value: server.DefaultWindow, EnvVars: []string{"VODSRV_WINDOW"}, Usage: "send at most `BYTES` beyond what a viewer's page took in"},
			&cli.DurationFlag{Name: "write-timeout", Value: server.DefaultWriteTimeout, EnvVars: []string{"VODSRV_WRITE_TIMEOUT"}, Usage: "drop a viewer who takes nothing for that `TIME`"},
			&cli.Int64Flag{Name: "cache-bytes", Value: library.DefaultCacheBytes, EnvVars: []string{"VODSRV_CACHE_BYTES"}, Usage: "keep at most `BYTES` of indexes and segment headers in memory"},
			&cli.Int64Flag{Name: "store-bytes", Value: store.DefaultBytes, EnvVars: []string{"VODSRV_STORE_BYTES"}, Usage: "keep at most `BYTES` of films from a store in memory"},
			&cli.DurationFlag{Name: "rescan", Value: library.DefaultRescan, EnvVars: []string{"VODSRV_RESCAN"}, Usage: "look at all of the folder every `TIME`, for changes that nobody tells of"},
			&cli.StringFlag{Name: "cache-dir", EnvVars: []string{"VODSRV_CACHE_DIR"}, Usage: "keep descriptions of films in the `FOLDER` from run to run; none for nowhere (default: vodsrv in the user's cache folder)"},
			&cli.StringFlag{Name: "cache", EnvVars: []string{"VODSRV_CACHE"}, Usage: "share descriptions of films with other servers in a store: `s3://BUCKET/PREFIX`, see docs/scale.md"},
			&cli.StringSliceFlag{Name: "live", EnvVars: []string{"VODSRV_LIVE"}, Usage: "relay the FLV stream `NAME=URL` (http, https, ws, wss, a file, or - for what is piped in); several times, or with commas"},
			&cli.StringFlag{Name: "live-latency", Value: latencyLow, EnvVars: []string{"VODSRV_LIVE_LATENCY"}, Usage: "send live streams in fragments of at most 100 ms (low) or 500 ms (normal): `HOW`"},
			&cli.BoolFlag{Name: "live-gop", EnvVars: []string{"VODSRV_LIVE_GOP"}, Usage: "send live streams in whole groups of pictures"},
			&cli.DurationFlag{Name: "live-window", Value: live.DefaultWindow, EnvVars: []string{"VODSRV_LIVE_WINDOW"}, Usage: "keep the newest `TIME` of each live stream in memory"},
			&cli.BoolFlag{Name: "live-on-demand", EnvVars: []string{"VODSRV_LIVE_ON_DEMAND"}, Usage: "ask the source of a live stream only while someone watches"},
			&cli.StringFlag{Name: "live-record", EnvVars: []string{"VODSRV_LIVE_RECORD"}, Usage: "record live streams into the `FOLDER`, which is the media folder or in it"},
			&cli.IntFlag{Name: "max-viewers", EnvVars: []string{"VODSRV_MAX_VIEWERS"}, Usage: "let at most `N` watch at once; 0 is no limit"},
		}, doorFlags()...),
		Action: serve,
	}
}

func serve(c *cli.Context) error {
	media := c.String("media")
	switch c.NArg() {
	case 0:
	case 1:
		media = c.Args().First()
	default:
		return usagef("serve takes one file or folder, not %d", c.NArg())
	}
	log, err := newLog(c, c.App.ErrWriter)
	if err != nil {
		return err
	}
	if c.Duration("rescan") < time.Second {
		return usagef("--rescan should be at least 1s, not %v", c.Duration("rescan"))
	}
	identity, err := identityOf(c)
	if err != nil {
		return err
	}
	collectLater()
	noCache := func(err error) {
		log.Warn("films are described anew at each start: there is no cache", slog.String("error", err.Error()))
	}
	options := library.Options{
		FollowSymlinks: c.Bool("follow-symlinks"), Identity: identity, CacheBytes: c.Int64("cache-bytes"), Watch: true, Rescan: c.Duration("rescan"),
		CacheDir: cacheDir(c.String("cache-dir"), noCache), NoCache: noCache,
		SharedTrouble: func(err error) {
			log.Warn("descriptions of films are not shared for now: the shared cache fails", slog.String("error", err.Error()))
		},
	}
	told, err := shareCache(c.String("cache"), &options)
	if err != nil {
		return err
	}
	films, toldOfStore, err := openLibrary(c, media, options)
	if err != nil {
		return err
	}
	defer func() { _ = films.Close() }()
	hosts := list(c, "allow-host")
	if host, _, err := net.SplitHostPort(c.String("addr")); err == nil && host != "" {
		hosts = append(hosts, host) // the printed URL has it
	}
	config := server.Config{
		Library: films, Public: public.Files, Log: log,
		BasePath: c.String("base-path"), AllowHosts: hosts, AllowOrigins: list(c, "allow-origin"),
		Ahead: c.Float64("ahead"), Window: c.Int64("window"),
		WriteTimeout: c.Duration("write-timeout"), MaxViewers: c.Int("max-viewers"), Metrics: append(told, toldOfStore...),
	}
	if config.Live, err = relays(c, films, media, log); err != nil {
		return err
	}
	if err := guardDoor(c, &config); err != nil {
		return err
	}
	s, err := server.New(config)
	if err != nil {
		return usageError{err}
	}
	l, err := net.Listen("tcp", c.String("addr"))
	if err != nil {
		return err
	}
	reached := urls(l.Addr(), c.String("addr"), c.String("base-path"), config.TLS != nil)
	said := append(reached, whatAndForWhom(media, c.String("users-file"), config.Door != nil))
	if _, err := fmt.Fprintln(c.App.Writer, strings.Join(said, "\n")); err != nil {
		return errors.Join(err, l.Close())
	}
	for _, w := range warnings(config, l.Addr().(*net.TCPAddr).IP.IsLoopback()) {
		complain(c.App.ErrWriter, errors.New(w))
	}
	return s.Serve(c.Context, l)
}

// identityOf is what files are to be known by.
func identityOf(c *cli.Context) (library.Identity, error) {
	by := library.Identity(c.String("identity"))
	if by != library.InodeSizeMtime && by != library.SizeMtime {
		return "", usagef("--identity is %s or %s, not %q", library.InodeSizeMtime, library.SizeMtime, string(by))
	}
	return by, nil
}

// openLibrary opens what is to be served: a folder, a film, or what is in a
// store, of which there are metrics.
func openLibrary(c *cli.Context, media string, o library.Options) (*library.Library, []prometheus.Collector, error) {
	if !store.IsURL(media) {
		films, err := library.Open(media, o)
		return films, nil, err
	}
	if o.FollowSymlinks {
		return nil, nil, usagef("there are no symbolic links in a store to follow")
	}
	if o.Identity != library.InodeSizeMtime {
		return nil, nil, usagef("films in a store are known by its ETags: --identity is for folders on a disk")
	}
	at, err := store.Locate(media, os.Getenv)
	if err != nil {
		return nil, nil, usageError{err}
	}
	bucket, only, err := store.Open(at, c.Int64("store-bytes"))
	if err != nil {
		return nil, nil, err
	}
	films, err := library.OpenStore(bucket, bucket.Place(), only, o)
	if err != nil {
		return nil, nil, errors.Join(err, bucket.Close())
	}
	return films, []prometheus.Collector{bucket}, nil
}

// shareCache has descriptions of films kept in a store, if a place is named, of
// which there are metrics.
func shareCache(place string, o *library.Options) ([]prometheus.Collector, error) {
	if place == "" {
		return nil, nil
	}
	at, err := store.Locate(place, os.Getenv)
	if err != nil {
		return nil, usagef("--cache: %w", err)
	}
	shared, err := store.OpenCache(at)
	if err != nil {
		return nil, err
	}
	o.Shared = shared
	return []prometheus.Collector{shared}, nil
}

// cacheDir is where descriptions of films are kept; "" for nowhere.
func cacheDir(asked string, trouble func(error)) string {
	switch asked {
	case "none":
		return ""
	case "":
	default:
		return asked
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		trouble(err)
		return ""
	}
	return filepath.Join(dir, "vodsrv")
}

// list is a flag that may be given several times, or once with commas, which
// is all that an environment variable can do.
func list(c *cli.Context, name string) []string {
	var all []string
	for _, value := range c.StringSlice(name) {
		for field := range strings.SplitSeq(value, ",") {
			if field = strings.TrimSpace(field); field != "" {
				all = append(all, field)
			}
		}
	}
	return all
}

// whatAndForWhom says in a line what is served, and who may have it.
func whatAndForWhom(media, users string, door bool) string {
	if full, err := filepath.Abs(media); err == nil && !store.IsURL(media) {
		media = full
	}
	whom := "everyone who can connect"
	if door {
		whom = "whoever has a signed link; open to anyone are only " + strings.Join(access.Open(users != ""), ", ")
		if users != "" {
			whom = "the users in " + users + " and " + whom
		}
	}
	return "serves " + media + " to " + whom
}

// gcPercent makes the garbage collector come earlier than by default: what
// viewers have is mostly stacks, and for each byte of these as much garbage
// would be left lying. It is measured to save 6 KiB a viewer.
const gcPercent = 50

// collectLater chooses when garbage is collected: first at 16 MiB, since else
// the index of the first film, which somebody waits for, would be gone through
// several times while it is read; then by gcPercent. GOGC overrules it.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	const first = 400 // of 4 MiB
	debug.SetGCPercent(first)
	collected := new(*byte)
	runtime.AddCleanup(collected, func(percent int) { debug.SetGCPercent(percent) }, gcPercent)
}

// urls are the addresses at which a listener can be reached. The name that was
// asked for stands for itself.
func urls(addr net.Addr, asked, base string, secure bool) []string {
	tcp := addr.(*net.TCPAddr)
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	url := func(host string) string {
		return scheme + net.JoinHostPort(host, fmt.Sprint(tcp.Port)) + strings.TrimRight(base, "/") + "/"
	}
	if !tcp.IP.IsUnspecified() {
		if host, _, err := net.SplitHostPort(asked); err == nil && host != "" {
			return []string{url(host)}
		}
		return []string{url(tcp.IP.String())}
	}
	all := []string{url("localhost")}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return all
	}
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if ip := prefix.Addr(); err == nil && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			all = append(all, url(ip.String()))
		}
	}
	return all
}
