package main

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/urfave/cli/v2"
)

// What is set for containers are variables that serve reads.
func TestVariablesOfContainers(t *testing.T) {
	var known []string
	for _, f := range serveCommand().Flags {
		known = append(known, f.(cli.DocGenerationFlag).GetEnvVars()...)
	}
	for _, path := range []string{"docs/deploy/Dockerfile", "docs/deploy/kubernetes.yaml"} {
		names := regexp.MustCompile(`VODSRV_[A-Z_]+`).FindAllString(string(must(os.ReadFile(path))(t)), -1)
		for _, name := range names {
			if !slices.Contains(known, name) {
				t.Errorf("%s sets %s, which is no flag's", path, name)
			}
		}
		if len(names) < 3 {
			t.Errorf("%s sets only %q", path, names)
		}
	}
}
