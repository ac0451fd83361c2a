package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// configured runs serve up to where it would begin, and hands over its flags.
func configured(t *testing.T, take func(*cli.Context), args ...string) error {
	t.Helper()
	c := withConfig(serveCommand())
	c.Action = func(ctx *cli.Context) error {
		take(ctx)
		return nil
	}
	app := &cli.App{Commands: []*cli.Command{c}, DisableSliceFlagSeparator: true, ExitErrHandler: func(*cli.Context, error) {}}
	return app.Run(append([]string{"vodsrv", "serve"}, args...))
}

func TestConfig(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "vodsrv.yaml"), `# films
addr: 127.0.0.1:1
media: /films
ahead: 7
max-requests-per-second: 2.5
allow-origin: https://films.example
write-timeout: 9s
follow-symlinks: true
window: 1048576
max-viewers: 12
identity: size+mtime
allow-host: [one.example, two.example]
`)
	t.Setenv("VODSRV_MEDIA", "/from/variable")
	err := configured(t, func(c *cli.Context) {
		for name, want := range map[string]string{
			"addr":     "127.0.0.1:2",    // the command line goes first
			"media":    "/from/variable", // then the environment
			"identity": "size+mtime",
		} {
			if got := c.String(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if c.Float64("ahead") != 7 || c.Float64("max-requests-per-second") != 2.5 || c.Duration("write-timeout") != 9*time.Second || !c.Bool("follow-symlinks") ||
			c.Int64("window") != 1<<20 || c.Int("max-viewers") != 12 {
			t.Errorf("the file gave ahead %v, write-timeout %v, follow-symlinks %v, window %v, max-viewers %v", c.Float64("ahead"),
				c.Duration("write-timeout"), c.Bool("follow-symlinks"), c.Int64("window"), c.Int("max-viewers"))
		}
		if got := list(c, "allow-host"); !slices.Equal(got, []string{"one.example", "two.example"}) {
			t.Errorf("allow-host is %q", got)
		}
		if got := list(c, "allow-origin"); !slices.Equal(got, []string{"https://films.example"}) {
			t.Errorf("allow-origin is %q", got)
		}
		if got := c.String("log-level"); got != "info" {
			t.Errorf("what nobody gave is %q", got)
		}
	}, "--config", path, "--addr", "127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for content, want := range map[string]string{
		"addr: localhost:0\nahaed: 5\n": `line 2: there is no flag "ahaed"`,
		"- addr\n":                      "NAME: VALUE",
		"addr: [\n":                     "vodsrv.yaml",
		"ahead: soon\n":                 "line 1: ahead",
		"max-viewers: [1, 2]\n":         "max-viewers",
		"addr: [a, b]\n":                "line 1: addr",
		"write-timeout: soon\n":         "soon",
		"config: other.yaml\n":          `no flag "config"`,
	} {
		path := write(t, filepath.Join(t.TempDir(), "vodsrv.yaml"), content)
		err := configured(t, func(*cli.Context) { t.Errorf("%q is taken", content) }, "--config", path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, want the path and %q", content, err, want)
		}
	}
	if err := configured(t, func(*cli.Context) {}, "--config", "nowhere.yaml"); err == nil {
		t.Error("a file that is not there is no error")
	}
	empty := write(t, filepath.Join(t.TempDir(), "empty.yaml"), "# nothing yet\n")
	if err := configured(t, func(*cli.Context) {}, "--config", empty); err != nil {
		t.Error(err)
	}
}
