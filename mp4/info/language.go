package info

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// undetermined is the tag of a language that is not told.
const undetermined = "und"

// Language is a tag in its shortest form, as BCP 47 wants it: "de" for "deu" and
// "ger". Of what names no language it is "und" and false.
func Language(tag string) (string, bool) {
	t, err := language.Parse(tag)
	if err != nil || t == language.Und {
		return undetermined, false
	}
	return t.String(), true
}

// LanguageName is what speakers call a language themselves, or else what it is
// called in English; "" for what is none, or has no name here.
func LanguageName(tag string) string {
	t, err := language.Parse(tag)
	if err != nil || t == language.Und {
		return ""
	}
	name := display.Self.Name(t)
	if name == "" {
		name = display.English.Tags().Name(t)
	}
	if name == "" {
		return ""
	}
	if region, sure := t.Region(); sure == language.Exact && !isOwnName(t) {
		if places := display.Regions(t); places != nil && places.Name(region) != "" {
			name += " (" + places.Name(region) + ")"
		}
	}
	first, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[n:]
}

// isOwnName tells whether a language's name tells of its region already.
func isOwnName(t language.Tag) bool {
	base, _ := t.Base()
	return display.Self.Name(t) != display.Self.Name(language.Make(base.String()))
}

// lastString is the last of several C strings, of which the last may have no
// end.
func lastString(b []byte) string {
	b = bytes.TrimRight(b, "\x00")
	return string(b[bytes.LastIndexByte(b, 0)+1:])
}
