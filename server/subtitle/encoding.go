package subtitle

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// codePages are what files that are not in Unicode are mostly encoded in, by
// language. In all others it is Windows-1252.
var codePages = map[string]*charmap.Charmap{
	"cs": charmap.Windows1250, "hr": charmap.Windows1250, "hu": charmap.Windows1250, "pl": charmap.Windows1250,
	"ro": charmap.Windows1250, "sk": charmap.Windows1250, "sl": charmap.Windows1250, "sq": charmap.Windows1250,
	"be": charmap.Windows1251, "bg": charmap.Windows1251, "mk": charmap.Windows1251, "ru": charmap.Windows1251,
	"sr": charmap.Windows1251, "uk": charmap.Windows1251,
	"el": charmap.Windows1253, "tr": charmap.Windows1254, "az": charmap.Windows1254, "he": charmap.Windows1255,
	"ar": charmap.Windows1256, "fa": charmap.Windows1256, "et": charmap.Windows1257, "lt": charmap.Windows1257,
	"lv": charmap.Windows1257, "vi": charmap.Windows1258, "th": charmap.Windows874,
}

// decode reads a file's text: Unicode by its byte order mark, by being UTF-8, or
// by the zeros that UTF-16 has in it, and else by its language. Bytes that stand
// for nothing become replacement characters.
func decode(file []byte, language string) string {
	var from encoding.Encoding
	switch {
	case bytes.HasPrefix(file, []byte("\xef\xbb\xbf")):
		return strings.ToValidUTF8(string(file[3:]), "\uFFFD")
	case bytes.HasPrefix(file, []byte("\xff\xfe")), bytes.HasPrefix(file, []byte("\xfe\xff")):
		from = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	case len(file) >= 4 && file[0] == 0 && file[1] != 0 && file[2] == 0:
		from = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case len(file) >= 4 && file[0] != 0 && file[1] == 0 && file[3] == 0:
		from = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case utf8.Valid(file):
		return string(file)
	default:
		from = charmap.Windows1252
		base, _, _ := strings.Cut(language, "-")
		if page, ok := codePages[base]; ok {
			from = page
		}
	}
	decoded, err := from.NewDecoder().Bytes(file)
	if err != nil {
		return strings.ToValidUTF8(string(file), "\uFFFD")
	}
	return string(decoded)
}
