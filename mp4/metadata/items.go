package metadata

import (
	"bytes"
	"encoding/binary"

	"vodsrv/mp4/box"
	"vodsrv/mp4/text"
)

// Names that QuickTime's keys have; ffmpeg uses its own short ones as well.
const (
	keyTitle   = "com.apple.quicktime.title"
	keyShown   = "com.apple.quicktime.displayname"
	keyArtist  = "com.apple.quicktime.artist"
	keyArtwork = "com.apple.quicktime.artwork"
)

const (
	maxKeys = 256
	// dataHead is what stands before the value in a data box: its type and a
	// locale (QuickTime File Format, "Value Atom").
	dataHead  = 8
	utf16Data = 2 // the type of a value in UTF-16
)

// inMeta reads a box of metadata (section 8.11.1), of iTunes or with QuickTime's
// keys.
func (r *reader) inMeta(path string, h box.Header) error {
	head, err := r.metaHead(h)
	if err != nil {
		return trouble(err)
	}
	var keys []string
	return r.children(path, h.Body()+head, h.End(), func(h box.Header) error {
		switch h.Type {
		case box.T("keys"):
			keys, err = r.readKeys(h)
			return trouble(err)
		case box.T("ilst"):
			return r.children(path+"/ilst", h.Body(), h.End(), func(h box.Header) error { return r.inItem(keys, h) })
		}
		return nil
	})
}

// metaHead is 4 if a meta box begins with a version, as ISO's does, and 0 if
// its children begin at once, as QuickTime's do.
func (r *reader) metaHead(h box.Header) (int64, error) {
	b, err := r.begin(h, 8)
	if err == nil && len(b) == 8 && box.Type(b[4:8]) == box.T("hdlr") {
		return 0, nil
	}
	return 4, err
}

// readKeys reads the names that items go by (QuickTime File Format, "Metadata
// Item Keys Atom").
func (r *reader) readKeys(h box.Header) ([]string, error) {
	var keys []string
	if h.BodySize() < 8 {
		return nil, nil
	}
	at := h.Body() + 8
	for end := h.End(); len(keys) < maxKeys && end-at >= 8; {
		entry, err := r.src.Bytes(at, 8)
		if err != nil {
			return keys, err
		}
		size := int64(binary.BigEndian.Uint32(entry))
		if size < 8 || size > end-at {
			break
		}
		name, err := r.src.Bytes(at+8, int(min(size-8, maxText)))
		if err != nil {
			return keys, err
		}
		keys = append(keys, string(name))
		at += size
	}
	return keys, nil
}

// inItem reads one item of ilst: its first value.
func (r *reader) inItem(keys []string, item box.Header) error {
	name := ""
	if k := int64(binary.BigEndian.Uint32(item.Type[:])); k >= 1 && k <= int64(len(keys)) {
		name = keys[k-1]
	}
	var to *string
	switch {
	case item.Type == box.T("\xa9nam"):
		to = &r.items.title
	case item.Type == box.T("\xa9ART"):
		to = &r.items.artist
	case name == keyTitle || name == keyShown || name == "title":
		to = &r.keys.title
	case name == keyArtist || name == "artist":
		to = &r.keys.artist
	case item.Type != box.T("covr") && name != keyArtwork:
		return nil
	}
	return r.children("ilst", item.Body(), item.End(), func(h box.Header) (err error) {
		switch {
		case h.Type != box.T("data") || h.BodySize() <= dataHead:
		case to == nil && r.cover == nil:
			r.cover, err = r.readCover(h)
		case to != nil && *to == "":
			*to, err = r.value(h)
		}
		return trouble(err)
	})
}

// value reads a data box that holds text.
func (r *reader) value(h box.Header) (string, error) {
	b, err := r.begin(h, dataHead+maxText)
	if err != nil {
		return "", err
	}
	kind, b := binary.BigEndian.Uint32(b), b[dataHead:]
	if kind == utf16Data && !bytes.HasPrefix(b, []byte{0xff, 0xfe}) && !bytes.HasPrefix(b, []byte{0xfe, 0xff}) {
		return text.Line(text.DecodeUTF16(b), maxText), nil
	}
	return text.Line(text.Decode(b), maxText), nil
}
