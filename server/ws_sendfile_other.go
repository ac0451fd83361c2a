//go:build !linux

package server

import (
	"errors"
	"net"
	"os"

	"vodsrv/server/stream"
)

// direct tells whether the kernel can send files over a connection; see the
// one for Linux.
func direct(net.Conn) bool { return false }

func (c *wsConn) sendMessage(stream.Step, source, *os.File) error { return errors.ErrUnsupported }
