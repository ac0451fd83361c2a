//go:build !linux

package server

import (
	"net"
	"time"
)

// tune does nothing where the options have no common name.
func tune(net.Conn, time.Duration) {}
