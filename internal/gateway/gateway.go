// Package gateway runs a real S3 server for tests: versitygw, over a folder.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// version is that of the server; its module is asked for by it.
const version = "v1.8.0"

// Bucket is the one that there is.
const Bucket = "films"

const (
	key    = "test"
	secret = "a secret of the tests"
	// startTime is how long the server may take to answer.
	startTime = 20 * time.Second
)

// Gateway is a server on loopback, at one address however often it is started.
type Gateway struct {
	t      testing.TB
	path   string // of the program
	folder string // that holds buckets
	at     string // host:port
	client *minio.Client
	run    *exec.Cmd // nil if it does not run
}

// Start starts a server with an empty bucket. The test is skipped where the
// server can't be had: it is on the PATH, or built once from its module.
func Start(t testing.TB) *Gateway {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Skipf("needs versitygw %s, a store to test with: %v; try: go install github.com/versity/versitygw/cmd/versitygw@%s", version, err, version)
	}
	g := &Gateway{t: t, path: path, folder: t.TempDir()}
	if err := os.Mkdir(filepath.Join(g.folder, Bucket), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.at = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if g.client, err = minio.New(g.at, &minio.Options{Creds: credentials.NewStaticV4(key, secret, ""), Region: "us-east-1"}); err != nil {
		t.Fatal(err)
	}
	g.Restart()
	t.Cleanup(g.Kill)
	return g
}

var building sync.Mutex

// program finds the server, or builds it where tests keep what they made.
func program() (string, error) {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path, nil
	}
	building.Lock()
	defer building.Unlock()
	folder := filepath.Join(os.TempDir(), "vodsrv-testmedia", "versitygw-"+version)
	path := filepath.Join(folder, "versitygw")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	install := exec.Command("go", "install", "github.com/versity/versitygw/cmd/versitygw@"+version)
	install.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=")
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %.300s", err, out)
	}
	return path, nil
}

// Restart starts the server, and waits until it answers.
func (g *Gateway) Restart() {
	g.t.Helper()
	g.run = exec.Command(g.path, "--port", g.at, "--access", key, "--secret", secret, "--keep-alive", "--quiet", "posix", g.folder)
	if err := g.run.Start(); err != nil {
		g.t.Fatal(err)
	}
	for late := time.Now().Add(startTime); ; time.Sleep(10 * time.Millisecond) {
		r, err := http.Get("http://" + g.at + "/")
		if err == nil {
			_ = r.Body.Close()
			return
		}
		if time.Now().After(late) {
			g.t.Fatalf("the store does not answer: %v", err)
		}
	}
}

// Kill ends the server at once.
func (g *Gateway) Kill() {
	if g.run == nil {
		return
	}
	if err := g.run.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		g.t.Error(err)
	}
	_ = g.run.Wait() // it was killed
	g.run = nil
}

// Getenv answers for the variables that lead to the bucket.
func (g *Gateway) Getenv(name string) string {
	return map[string]string{"AWS_ENDPOINT_URL": "http://" + g.at, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}[name]
}

// Put copies a file into the bucket.
func (g *Gateway) Put(name, path string) {
	g.t.Helper()
	if _, err := g.client.FPutObject(context.Background(), Bucket, name, path, minio.PutObjectOptions{}); err != nil {
		g.t.Fatal(err)
	}
}

// Path is where an object lies on the disk.
func (g *Gateway) Path(name string) string { return filepath.Join(g.folder, Bucket, name) }
