// Package public holds the page: the list, the player, and what they load.
package public

import (
	"embed"
	"io/fs"
)

// The patterns name file kinds of this folder alone, so that neither the tests below test/ nor Go files are served.
//
//go:embed *.html *.css *.js *.svg vendor/*/*.js vendor/*/LICENSE vendor/versions.txt
var files embed.FS

// Files holds the pages, *.html, which are html/template sources that the server renders, and beside them the static
// assets, which it serves unchanged below static/. vendor/ holds what others made, with its licences.
var Files fs.FS = files
