package server

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tune keeps the unsent queue short, and has the kernel drop a peer that
// acknowledges nothing for twice as long as a write may take: a laptop that
// went to sleep says no goodbye, and pings alone never fail. Where it can't be
// done, serving goes on without.
func tune(conn net.Conn, timeout time.Duration) {
	c, ok := under(conn).(syscall.Conn)
	if !ok {
		return
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		limitUnsent(fd, unsentShort)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(2*timeout.Milliseconds()))
	})
}

// limitUnsent is how many bytes may wait in the kernel that were not sent yet.
func limitUnsent(fd uintptr, bytes int) {
	_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, bytes)
}
