// Package text reads tracks of text: subtitles and chapters, as samples of
// 3GPP timed text (tx3g), QuickTime text and WebVTT (wvtt).
package text

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"vodsrv/mp4/box"
)

// Decode reads text that does not say how it is encoded: UTF-16 by its byte
// order mark, UTF-8 if it is valid, else the Macintosh's Roman encoding, which
// QuickTime's text is in.
func Decode(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return utf16String(b[2:], binary.BigEndian)
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return utf16String(b[2:], binary.LittleEndian)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if utf8.Valid(b) {
		return string(b)
	}
	roman, _ := charmap.Macintosh.NewDecoder().Bytes(b) // every byte is a letter of it
	return string(roman)
}

// DecodeUTF16 reads big-endian UTF-16, which text is that is marked so.
func DecodeUTF16(b []byte) string { return utf16String(b, binary.BigEndian) }

func utf16String(b []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// Line makes text one line of at most so many bytes: what is no letter of any
// kind becomes a space.
func Line(s string, most int) string {
	s, _, _ = strings.Cut(s, "\x00")
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.TrimRight(s[:most], " ")
}

// unicodeText is how an encd box marks UTF-16 (QuickTime File Format, "Text
// Sample Data"). ffmpeg marks UTF-8 so, too.
const unicodeText = 0x0100

// split takes a sample apart that has the length of its text before it, and
// boxes behind it (3GPP TS 26.245, section 5.17; QuickTime's text is alike).
func split(sample []byte) (text string, boxes []byte) {
	c := box.NewCursor(sample)
	b := c.Bytes(min(int(c.U16()), c.Left()))
	boxes = c.Bytes(c.Left())
	if bytes.IndexByte(b, 0) >= 0 && !bytes.HasPrefix(b, []byte{0xff, 0xfe}) && !bytes.HasPrefix(b, []byte{0xfe, 0xff}) && encodedAs(boxes) == unicodeText {
		return DecodeUTF16(b), boxes
	}
	return Decode(b), boxes
}

// Plain is the text of a sample of tx3g or of QuickTime's text; "" for one
// that is too short to have any.
func Plain(sample []byte) string {
	text, _ := split(sample)
	return text
}

func encodedAs(boxes []byte) (encoding uint32) {
	_ = box.Each("", boxes, 0, func(t box.Type, body []byte) error { // what can't be read tells nothing
		if t == box.T("encd") && len(body) >= 4 {
			encoding = binary.BigEndian.Uint32(body)
		}
		return nil
	})
	return encoding
}
