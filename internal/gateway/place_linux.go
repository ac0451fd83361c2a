package gateway

import "golang.org/x/sys/unix"

// Name gives a file that was put where an object lies what makes it one: an
// ETag. So a film of gigabytes need not be sent.
func (g *Gateway) Name(name, etag string) {
	g.t.Helper()
	if err := unix.Setxattr(g.Path(name), "user.etag", []byte(etag), 0); err != nil {
		g.t.Fatal(err)
	}
}
