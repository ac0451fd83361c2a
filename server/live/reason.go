package live

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
)

// errFault is a fault of the program that a stream brought to light.
var errFault = errors.New("internal fault")

// reason is what viewers are told of why a stream is interrupted: where the
// source is, and what the program is like inside, is for the log.
func reason(err error) string {
	var unknown *net.DNSError
	var network *net.OpError
	var untrusted *tls.CertificateVerificationError
	var file *fs.PathError
	switch {
	case errors.Is(err, errFault):
		return "something went wrong in the server"
	case errors.As(err, &unknown):
		return "the source can't be found: " + unknown.Err
	case errors.As(err, &network):
		return "the source can't be reached: " + network.Err.Error()
	case errors.As(err, &untrusted):
		return "the source can't be trusted: its certificate is not valid"
	case errors.As(err, &file):
		return "the source can't be read: " + file.Err.Error()
	}
	return err.Error()
}
