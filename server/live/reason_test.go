package live

import (
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"

	"vodsrv/server/live/flv"
)

// Viewers are told why a stream is interrupted, not where it comes from.
func TestReason(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "read", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 5), Port: 80}, Err: syscall.ECONNRESET}
	for want, err := range map[string]error{
		"no such host":        &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "inner.example"}},
		"connection reset":    &flv.Error{Offset: 12, Reason: "can't be read: " + reset.Error(), Err: reset},
		"no such file":        &fs.PathError{Op: "open", Path: "/inner/clip.flv", Err: syscall.ENOENT},
		"wrong in the server": fmt.Errorf("%w: index out of range\ngoroutine 7 [running]: inner", errFault),
		"sends nothing":       errStalled,
		"is no FLV":           &flv.Error{Reason: "is no FLV"},
	} {
		got := reason(err)
		if !strings.Contains(got, want) || strings.Contains(got, "inner") || strings.Contains(got, "10.0.0.5") {
			t.Errorf("%v is told as %q, want %q in it", err, got, want)
		}
	}
}
