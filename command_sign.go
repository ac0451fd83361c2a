package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vodsrv/server/access"
	"vodsrv/server/library"
)

func signCommand() *cli.Command {
	return &cli.Command{
		Name:      "sign",
		Usage:     "make a link to one film, good for a while, for someone who can't log in",
		ArgsUsage: "PATH",
		Description: "vodsrv sign --key-file key --expires 72h --base https://films.example holidays/beach.mp4\n" +
			"   prints a link to the film holidays/beach.mp4 in the folder that is served with the same key",
		Flags: []cli.Flag{
			keyFileFlag(),
			&cli.StringFlag{Name: "scope", Value: string(access.Watch), EnvVars: []string{"VODSRV_SCOPE"}, Usage: "what the link is good for: `SCOPE` watch, or download, which is the file itself, too"},
			&cli.DurationFlag{Name: "expires", Value: 24 * time.Hour, EnvVars: []string{"VODSRV_EXPIRES"}, Usage: "how long the link is good for: `TIME` such as 30m or 72h"},
			&cli.StringFlag{Name: "base", Value: "http://localhost:8327", EnvVars: []string{"VODSRV_BASE"}, Usage: "the `URL` that the server is reached at, with its base path"},
		},
		Action: sign,
	}
}

func sign(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("sign takes one film, not %d; see vodsrv sign --help", c.NArg())
	}
	film, err := filmPath(c.Args().First())
	if err != nil {
		return usageError{err}
	}
	scope, err := access.ParseScope(c.String("scope"))
	if err != nil {
		return usageError{err}
	}
	if c.Duration("expires") <= 0 {
		return usagef("a link must be good for some time, not %v", c.Duration("expires"))
	}
	base, err := url.Parse(c.String("base"))
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return usagef("the base must be like https://films.example/films, not %q", c.String("base"))
	}
	key, err := signingKey(c)
	if err != nil {
		return err
	}
	token := key.Sign(string(film), scope, time.Now().Add(c.Duration("expires")))
	page := "/watch/"
	if scope == access.Download {
		page = "/media/"
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s%s%s?%s=%s\n", strings.TrimRight(base.String(), "/"), page, film.Escaped(), access.TokenParameter, token)
	return err
}

// filmPath reads a path in the served folder as a person writes it.
func filmPath(given string) (library.Path, error) {
	p := strings.TrimPrefix(filepath.ToSlash(given), "/")
	parsed, err := library.ParsePath(library.Path(p).Escaped())
	if err != nil || string(parsed) != p {
		return "", fmt.Errorf("%q is not the path of a film in the folder that is served", given)
	}
	if !parsed.IsFilm() {
		return "", fmt.Errorf("%q is not a film by its name, which should end with .mp4 or the like", given)
	}
	return parsed, nil
}
