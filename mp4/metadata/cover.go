package metadata

import (
	"bytes"
	"io"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
)

// MaxCover is how many bytes cover art has at most.
const MaxCover = 16 << 20

// Cover is where in a film its cover art lies.
type Cover struct {
	Offset, Size int64
	MIME         string // "image/jpeg", …
}

// ReadCover finds a film's cover art; nil if there is none. Errors are those
// of r.
func ReadCover(r io.ReaderAt, m *mp4.Movie) (*Cover, error) {
	rd, err := read(r, m)
	if err != nil {
		return nil, err
	}
	return rd.cover, nil
}

// pictures by what they begin with. What a file says itself of the kind is
// often wrong.
var pictures = []struct{ begin, mime string }{
	{"\xff\xd8\xff", "image/jpeg"},
	{"\x89PNG\r\n\x1a\n", "image/png"},
	{"GIF8", "image/gif"},
	{"BM", "image/bmp"},
}

// readCover looks at a data box; nil if it holds no picture that browsers show.
func (r *reader) readCover(h box.Header) (*Cover, error) {
	begin, err := r.begin(h, dataHead+12)
	if err != nil || h.BodySize()-dataHead > MaxCover {
		return nil, err
	}
	c := &Cover{Offset: h.Body() + dataHead, Size: h.BodySize() - dataHead, MIME: pictureType(begin[dataHead:])}
	if c.MIME == "" {
		return nil, nil
	}
	return c, nil
}

func pictureType(begin []byte) string {
	for _, p := range pictures {
		if bytes.HasPrefix(begin, []byte(p.begin)) {
			return p.mime
		}
	}
	if len(begin) == 12 && bytes.HasPrefix(begin, []byte("RIFF")) && string(begin[8:]) == "WEBP" {
		return "image/webp"
	}
	return ""
}
