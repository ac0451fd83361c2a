package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// live measures the player of a live stream against mpegts.js, which plays the
// same FLV in the same Chromium.
func (b *bench) live() error {
	if missing := missingForBrowser(); missing != "" {
		fmt.Printf("%s is not installed: nothing is measured of live streams\n", missing)
		return nil
	}
	vodsrv, err := filepath.Abs(b.vodsrv)
	if err != nil {
		return err
	}
	cmd := exec.Command("node", "live-speed.mjs")
	cmd.Dir, cmd.Stdout, cmd.Stderr = browserTests, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "VODSRV="+vodsrv)
	return cmd.Run()
}
