package live

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in the place of a file holds nobody up.
func TestPipeIsNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	s := running(t, path, Options{})
	await(t, s, "refused", func() bool { return strings.Contains(s.Status().Reason, "no file") })
}
