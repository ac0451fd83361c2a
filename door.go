package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/urfave/cli/v2"

	"vodsrv/server"
	"vodsrv/server/access"
)

// keyVariable holds the key itself. It is no flag's: secrets are not for
// command lines, which everyone on a machine can read.
const keyVariable = "VODSRV_KEY"

const keyFile = "key-file"

// keyFileFlag makes a flag for one command: cli keeps what it finds in the
// environment in the flag itself.
func keyFileFlag() cli.Flag {
	return &cli.StringFlag{
		Name: keyFile, EnvVars: []string{"VODSRV_KEY_FILE"},
		Usage: "sign sessions and links with the key in the `FILE`, or in " + keyVariable + "; make one with: openssl rand -base64 32",
	}
}

// doorFlags say who is let in, and how much one may ask for.
func doorFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "users-file", EnvVars: []string{"VODSRV_USERS_FILE"}, Usage: "let only those in who are in the `FILE`, made with htpasswd -B; it may change at any time"},
		keyFileFlag(),
		&cli.DurationFlag{Name: "session", Value: access.DefaultSession, EnvVars: []string{"VODSRV_SESSION"}, Usage: "let users stay logged in for that `TIME`"},
		&cli.BoolFlag{Name: "allow-upload", EnvVars: []string{"VODSRV_ALLOW_UPLOAD"}, Usage: "let users put films and subtitles into the folder"},
		&cli.Int64Flag{Name: "upload-limit", Value: server.DefaultUploadLimit, EnvVars: []string{"VODSRV_UPLOAD_LIMIT"}, Usage: "take uploads of at most `BYTES`"},
		&cli.StringFlag{Name: "tls-cert", EnvVars: []string{"VODSRV_TLS_CERT"}, Usage: "speak TLS with the certificate in the `FILE` (PEM); it may change at any time"},
		&cli.StringFlag{Name: "tls-key", EnvVars: []string{"VODSRV_TLS_KEY"}, Usage: "the `FILE` with the key of the certificate (PEM)"},
		&cli.StringSliceFlag{Name: "trusted-proxy", EnvVars: []string{"VODSRV_TRUSTED_PROXY"}, Usage: "believe X-Forwarded-For and -Proto of the address or network (`CIDR`); several times, or with commas"},
		&cli.IntFlag{Name: "max-viewers-per-address", EnvVars: []string{"VODSRV_MAX_VIEWERS_PER_ADDRESS"}, Usage: "let at most `N` of one address watch at once; 0 is no limit"},
		&cli.IntFlag{Name: "max-connections-per-address", EnvVars: []string{"VODSRV_MAX_CONNECTIONS_PER_ADDRESS"}, Usage: "take at most `N` connections of one address besides its viewers; 0 is no limit"},
		&cli.Float64Flag{Name: "max-requests-per-second", EnvVars: []string{"VODSRV_MAX_REQUESTS_PER_SECOND"}, Usage: "answer at most `N` requests a second of one address, twice as many at once; 0 is no limit"},
		&cli.StringFlag{Name: "log-format", Value: "text", EnvVars: []string{"VODSRV_LOG_FORMAT"}, Usage: "log as `FORMAT`: text or json"},
		&cli.StringFlag{Name: "log-level", Value: "info", EnvVars: []string{"VODSRV_LOG_LEVEL"}, Usage: "log from `LEVEL` on: debug (each request), info, warn or error"},
	}
}

// newLog is the log that the flags ask for.
func newLog(c *cli.Context, to io.Writer) (*slog.Logger, error) {
	var o slog.HandlerOptions
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.String("log-level"))); err != nil {
		return nil, usagef("the log level must be debug, info, warn or error, not %q", c.String("log-level"))
	}
	o.Level = level
	switch c.String("log-format") {
	case "text":
		return slog.New(slog.NewTextHandler(to, &o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, &o)), nil
	}
	return nil, usagef("the log format must be text or json, not %q", c.String("log-format"))
}

// guardDoor fills in who is let in, and over what.
func guardDoor(c *cli.Context, config *server.Config) error {
	var err error
	if config.Proxies, err = access.ParseProxies(list(c, "trusted-proxy")); err != nil {
		return usageError{err}
	}
	config.MaxViewersPerAddress = c.Int("max-viewers-per-address")
	config.MaxConnectionsPerAddress = c.Int("max-connections-per-address")
	config.MaxRequestsPerSecond = c.Float64("max-requests-per-second")
	if config.TLS, err = certificate(c, config.Log); err != nil {
		return err
	}
	config.AllowUpload, config.UploadLimit = c.Bool("allow-upload"), c.Int64("upload-limit")
	config.Door, err = newDoor(c, config.Log)
	return err
}

func certificate(c *cli.Context, log *slog.Logger) (*tls.Config, error) {
	cert, key := c.String("tls-cert"), c.String("tls-key")
	switch {
	case cert == "" && key == "":
		return nil, nil
	case cert == "" || key == "":
		return nil, usagef("TLS needs both --tls-cert and --tls-key")
	}
	return server.Certificate(cert, key, log)
}

// newDoor makes the door, nil if it stands open: neither users nor links are
// asked for.
func newDoor(c *cli.Context, log *slog.Logger) (*access.Door, error) {
	if c.Duration("session") <= 0 {
		return nil, usagef("a session must last for some time, not %v", c.Duration("session"))
	}
	config := access.Config{Session: c.Duration("session")}
	file := c.String("users-file")
	key, err := signingKey(c)
	switch {
	case errors.Is(err, errNoKey) && file == "":
		return nil, nil
	case errors.Is(err, errNoKey):
		key = access.RandomKey()
		complain(c.App.ErrWriter, errors.New("note: there is no --key-file: who is logged in has to log in again after a restart"))
	case err != nil:
		return nil, err
	}
	config.Key, config.KeyStays = key, err == nil
	if file == "" {
		complain(c.App.ErrWriter, errors.New("note: there is no --users-file: only links made with vodsrv sign let anyone in"))
	} else {
		read := func() (*access.Users, error) { return access.ReadUsers(file) }
		failed := func(err error) {
			log.Error("the new users file is not used, the old one stays", slog.String("error", err.Error()))
		}
		if config.Users, err = access.Reload(read, failed, file); err != nil {
			return nil, fmt.Errorf("the users file: %w", err)
		}
	}
	return access.New(config), nil
}

var errNoKey = errors.New("there is no key: name one with --key-file, or put it into " + keyVariable)

// signingKey reads the key, from a file or the environment.
func signingKey(c *cli.Context) (access.Key, error) {
	file, given := c.String(keyFile), os.Getenv(keyVariable)
	switch {
	case file != "" && given != "":
		return access.Key{}, usagef("there are two keys: leave out --key-file or %s", keyVariable)
	case file != "":
		key, err := access.ReadKey(file)
		if err != nil {
			return key, fmt.Errorf("the key file: %w", err)
		}
		return key, nil
	case given != "":
		key, err := access.ParseKey([]byte(given))
		if err != nil {
			return key, fmt.Errorf("%s: %w", keyVariable, err)
		}
		return key, nil
	}
	return access.Key{}, errNoKey
}

// warnings are what whoever starts a server for others should know.
func warnings(config server.Config, loopback bool) []string {
	switch {
	case loopback:
		return nil
	case config.Door == nil:
		return []string{"warning: there is no login: whoever reaches this machine can watch all films; see --users-file"}
	case config.TLS == nil && len(config.Proxies) == 0:
		return []string{"warning: there is no TLS: passwords and links can be read on the way; see --tls-cert"}
	}
	return nil
}
