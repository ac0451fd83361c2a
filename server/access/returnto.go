package access

import (
	"net/url"
	"strings"
)

// ReturnTo is where to go after a login: to, if it is a path of our own, else
// the first page. Browsers take a backslash for a slash, and two slashes for
// another host.
func ReturnTo(base, to string) string {
	home := base + "/"
	bad := func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }
	if !strings.HasPrefix(to, home) || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, bad) {
		return home
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.Contains(u.Path, "/../") || strings.HasSuffix(u.Path, "/..") {
		return home
	}
	switch u.Path {
	case base + "/login", base + "/logout":
		return home
	}
	return to
}
