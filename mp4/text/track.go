package text

import (
	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

// Supported tells whether a track's text can be read.
func Supported(t *mp4.Track) bool {
	if t.Kind != codec.Text || t.Broken != nil || t.Index.Len() == 0 || t.Entries[0].Encrypted {
		return false
	}
	switch t.Entries[0].Format {
	case "tx3g", "text", "wvtt":
		return true
	}
	return false
}
