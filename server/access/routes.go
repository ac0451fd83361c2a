package access

import "strings"

// Route says what it takes to be let in below a path.
type Route struct {
	Path  string // what ends with a slash covers all below it
	Open  bool   // to everyone
	Link  Scope  // a link with this scope will do, for its film; "" for users only
	Below bool   // films have more paths below their own
}

// routes are all the paths that not only users may ask for. What is not listed
// is for users.
var routes = []Route{
	{Path: "/login", Open: true},
	{Path: "/logout", Open: true},
	{Path: "/auth", Open: true},
	{Path: "/healthz", Open: true},
	{Path: "/readyz", Open: true},
	{Path: "/static/", Open: true},
	{Path: "/vod-player.js", Open: true},

	{Path: "/watch/", Link: Watch},
	{Path: "/api/info/", Link: Watch},
	{Path: "/ws/", Link: Watch},
	{Path: "/begin/", Link: Watch},
	{Path: "/keyframe/", Link: Watch},
	{Path: "/cover/", Link: Watch},
	{Path: "/hls/", Link: Watch, Below: true},
	{Path: "/dash/", Link: Watch, Below: true},
	{Path: "/subs/", Link: Watch, Below: true},
	{Path: "/media/", Link: Download},
	{Path: "/fmp4/", Link: Download},
}

// Open are the paths that anyone may ask for. Those of the login are there only
// where there are users.
func Open(users bool) (paths []string) {
	for _, r := range routes {
		if r.Open && (users || r.Path != "/login" && r.Path != "/logout") {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

// RouteFor finds what it takes for a path, still percent-encoded and without
// the base path, and what follows the route's own.
func RouteFor(path string) (route Route, rest string) {
	for _, r := range routes {
		if path == r.Path || strings.HasSuffix(r.Path, "/") && strings.HasPrefix(path, r.Path) {
			return r, path[len(r.Path):]
		}
	}
	return Route{}, ""
}
