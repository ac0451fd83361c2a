package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

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
		values, err := readConfig(path, known)
		if err != nil {
			return usageError{err}
		}
		if err := altsrc.ApplyInputSourceValues(ctx, altsrc.NewMapInputSource(path, values), known); err != nil {
			return usagef("the configuration %s: %w", path, err)
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

// readConfig reads a file's values, each of the kind that its flag wants. It
// refuses what would be passed over without a word: names that are no flag's.
func readConfig(path string, flags []cli.Flag) (map[any]any, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all yaml.Node
	if err := yaml.Unmarshal(content, &all); err != nil {
		return nil, fmt.Errorf("the configuration %s: %w", path, err)
	}
	values := map[any]any{}
	if len(all.Content) == 0 {
		return values, nil // nothing but comments
	}
	top := all.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("the configuration %s: should be lines of NAME: VALUE", path)
	}
	for i := 0; i < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		k := slices.IndexFunc(flags, func(f cli.Flag) bool { return f.Names()[0] == key.Value })
		if k < 0 {
			return nil, fmt.Errorf("the configuration %s, line %d: there is no flag %q; see vodsrv serve --help", path, key.Line, key.Value)
		}
		if values[key.Value], err = valueFor(flags[k], value); err != nil {
			return nil, fmt.Errorf("the configuration %s, line %d: %s: %w", path, value.Line, key.Value, err)
		}
	}
	return values, nil
}

// valueFor reads a value as a flag's: 20 is a good value for one that takes
// 2.5, and one name for one that takes several.
func valueFor(f cli.Flag, value *yaml.Node) (any, error) {
	switch f.(type) {
	case *altsrc.Float64Flag:
		var v float64
		err := value.Decode(&v)
		return v, err
	case *altsrc.StringSliceFlag:
		var list []string
		if value.Kind == yaml.ScalarNode {
			list = []string{value.Value}
		} else if err := value.Decode(&list); err != nil {
			return nil, err
		}
		all := make([]any, len(list))
		for i, s := range list {
			all[i] = s
		}
		return all, nil
	case *altsrc.DurationFlag:
		return time.ParseDuration(value.Value)
	case *altsrc.StringFlag:
		if value.Kind != yaml.ScalarNode {
			return nil, errors.New("one value is wanted")
		}
		return value.Value, nil
	}
	var v any
	err := value.Decode(&v)
	return v, err
}
