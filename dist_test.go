package main

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

func TestVersion(t *testing.T) {
	version = "v1.2.3"
	defer func() { version = "" }()
	if status, out, errs := vodsrv(t, "--version"); status != 0 || out != "vodsrv version v1.2.3\n" || errs != "" {
		t.Errorf("%d, %q, %q", status, out, errs)
	}
	version = ""
	if got := versionText(); got == "" {
		t.Error("a build says nothing of its version")
	}
}

// What make dist makes runs on any Linux of its kind, by itself. It is built if
// VODSRV_LONG is set.
func TestDist(t *testing.T) {
	if os.Getenv("VODSRV_LONG") == "" {
		t.Skip("VODSRV_LONG is not set")
	}
	dist := filepath.Join(t.TempDir(), "dist")
	if out, err := exec.Command("make", "dist", "DIST="+dist, "VERSION=v1.2.3").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = dist
	if out, err := check.CombinedOutput(); err != nil || bytes.Count(out, []byte(": OK\n")) != 3 {
		t.Errorf("%v\n%s", err, out)
	}
	for name, machine := range map[string]elf.Machine{"vodsrv-linux-amd64": elf.EM_X86_64, "vodsrv-linux-arm64": elf.EM_AARCH64} {
		f, err := elf.Open(filepath.Join(dist, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
				t.Errorf("%s is not static: it has %v", name, p.Type)
			}
		}
		if f.Machine != machine || f.Section(".symtab") != nil {
			t.Errorf("%s: %v, symbols %v", name, f.Machine, f.Section(".symtab") != nil)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	tryDist(t, filepath.Join(dist, "vodsrv-linux-"+runtime.GOARCH))
}

// What is linked in and what is in the page stands with its terms in what make
// dist makes.
func TestLicenses(t *testing.T) {
	var errs bytes.Buffer
	list := exec.Command("internal/tools/licenses.sh")
	list.Stderr = &errs
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.Bytes())
	}
	for _, heading := range []string{
		"vodsrv: LICENSE", "The Go programming language: LICENSE", "golang.org/x/net v", "github.com/prometheus/client_golang v", "gddo: LICENSE",
		"media-chrome (in the page): LICENSE",
	} {
		if !bytes.Contains(out, []byte("==== "+heading)) && !bytes.Contains(out, []byte(heading+" ====")) {
			t.Errorf("no %q", heading)
		}
	}
}

// tryDist serves a film from an empty folder, with nothing else around.
func tryDist(t *testing.T, program string) {
	folder := t.TempDir()
	film, err := os.ReadFile("media/sample.mp4")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "film.mp4"), string(film))
	if out, err := exec.Command(program, "--version").Output(); err != nil || string(out) != "vodsrv version v1.2.3\n" {
		t.Errorf("%q, %v", out, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	serve := exec.CommandContext(ctx, program, "serve", "--addr", "localhost:0", "--cache-dir", "none", "film.mp4")
	serve.Dir, serve.Env = folder, []string{}
	serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
	out, said := lines(t)
	serve.Stdout = out
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	url := <-said
	answers(t, url, map[string]string{"": "<vod-player", "static/watch.js": "import", "media/film.mp4": string(film)})
	stop()
	if err := serve.Wait(); err != nil && ctx.Err() == nil {
		t.Error(err)
	}
}
