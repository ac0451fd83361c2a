package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram has the test binary be vodsrv.
const asProgram = "VODSRV_TEST_AS_PROGRAM"

// process is a server in a process of its own.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	errs bytes.Buffer
}

// startProcess starts one that complains to errs, or keeps it if that is nil.
func startProcess(t *testing.T, errs io.Writer, args ...string) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(program, append([]string{"serve", "--addr", "localhost:0"}, args...)...)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	if p.cmd.Stderr = errs; errs == nil {
		p.cmd.Stderr = &p.errs
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it does not start: %v", err)
	}
	p.url = strings.TrimSpace(line)
	return p
}

// kill ends the process as kill -9 does, and returns what it complained of.
func (p *process) kill() string {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	return p.errs.String()
}

func (p *process) get(path string) string {
	p.t.Helper()
	client := http.Client{Timeout: 20 * time.Second}
	r, err := client.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(body)
}

// Whenever the server is killed, the next one lists all films, without a
// complaint; and at last none has to be read again.
func TestKilledServerStartsAgain(t *testing.T) {
	folder, cache := t.TempDir(), t.TempDir()
	content, err := os.ReadFile("media/sample.mp4")
	if err != nil {
		t.Fatal(err)
	}
	const films = 8
	for i := range films {
		age(t, write(t, filepath.Join(folder, fmt.Sprintf("%d.mp4", i)), string(content)))
	}
	const rounds = 12
	for round := range rounds {
		p := startProcess(t, nil, "--cache-dir", cache, folder)
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			list := p.get("api/list/")
			if strings.Count(list, `"state":"ready"`) == films {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("round %d: listed is %s", round, list)
			}
		}
		kept := strings.Contains(p.get("metrics"), "vodsrv_index_seconds_count 0\n")
		// Each round dies a little later: before, while and after it writes.
		time.Sleep(time.Duration(round) * 100 * time.Millisecond)
		if said := p.kill(); strings.Contains(said, "level=WARN") || strings.Contains(said, "level=ERROR") {
			t.Fatalf("round %d: the server says %s", round, said)
		}
		if kept {
			return
		}
	}
	t.Errorf("after %d rounds films are read again still", rounds)
}

// Where the log goes there is no room: that stops nobody.
func TestLogOnAFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("there is no device that is always full: %v", err)
	}
	defer func() { _ = full.Close() }()
	p := startProcess(t, full, "--addr", ":0", "media") // which it warns of
	for range 3 {
		if film := p.get("media/sample.mp4"); len(film) < 1000 { // which it logs
			t.Fatalf("got %q", film)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}
