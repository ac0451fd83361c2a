package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/urfave/cli/v2"
	"github.com/urfave/cli/v2/altsrc"
	"gopkg.in/yaml.v3"
)

// withConfig lets a command's flags be given in a YAML file as well. A flag on
// the command line goes before its environment variable, that before the file,
// that before the default.
func withConfig(c *cli.Command) *cli.Command {
	const name = "config"
	for i, f := range c.Flags {
		c.Flags[i] = fromFile(f)
	}
	known := slices.Clone(c.Flags)
	c.Flags = append(c.Flags, &cli.StringFlag{Name: name, EnvVars: []string{"VODSRV_CONFIG"},
		Usage: "read flags from the `FILE`, in YAML: a line each, such as addr: :8327"})
	c.Before = func(ctx *cli.Context) error {
		path := ctx.String(name)
		if path == "" {
			return nil
		}
		if err := checkConfig(path, known); err != nil {
			return err
		}
		source, err := altsrc.NewYamlSourceFromFile(path)
		if err == nil {
			err = altsrc.ApplyInputSourceValues(ctx, source, known)
		}
		if err != nil {
			return fmt.Errorf("the configuration %s: %w", path, err)
		}
		return nil
	}
	return c
}

// fromFile makes a flag that takes its value from a file, too.
func fromFile(f cli.Flag) cli.Flag {
	switch f := f.(type) {
	case *cli.StringFlag:
		return altsrc.NewStringFlag(f)
	case *cli.StringSliceFlag:
		return altsrc.NewStringSliceFlag(f)
	case *cli.BoolFlag:
		return altsrc.NewBoolFlag(f)
	case *cli.IntFlag:
		return altsrc.NewIntFlag(f)
	case *cli.Int64Flag:
		return altsrc.NewInt64Flag(f)
	case *cli.Float64Flag:
		return altsrc.NewFloat64Flag(f)
	case *cli.DurationFlag:
		return altsrc.NewDurationFlag(f)
	}
	panic(fmt.Sprintf("internal: a flag of the kind %T can't be read from a file", f))
}

// checkConfig refuses what would be passed over without a word: names that are
// no flag's.
func checkConfig(path string, flags []cli.Flag) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all yaml.Node
	if err := yaml.Unmarshal(content, &all); err != nil {
		return fmt.Errorf("the configuration %s: %w", path, err)
	}
	if len(all.Content) == 0 {
		return nil // nothing but comments
	}
	top := all.Content[0]
	if top.Kind != yaml.MappingNode {
		return fmt.Errorf("the configuration %s: should be lines of NAME: VALUE", path)
	}
	for i := 0; i < len(top.Content); i += 2 {
		key := top.Content[i]
		if !slices.ContainsFunc(flags, func(f cli.Flag) bool { return f.Names()[0] == key.Value }) {
			return fmt.Errorf("the configuration %s, line %d: there is no flag %q; see vodsrv serve --help", path, key.Line, key.Value)
		}
	}
	return nil
}
