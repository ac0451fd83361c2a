package mp4

// languageOf reads mdhd's packed language (section 8.4.2): three letters of
// five bits each, or, below 0x400, a Macintosh language code (QuickTime File
// Format, "Language Code Values").
func languageOf(code uint16) string {
	if code < 0x400 {
		if int(code) < len(macLanguages) {
			return macLanguages[code]
		}
		return "und"
	}
	b := []byte{byte(code>>10&31) + 0x60, byte(code>>5&31) + 0x60, byte(code&31) + 0x60}
	for _, c := range b {
		if c < 'a' || c > 'z' {
			return "und"
		}
	}
	return string(b)
}

// tagOr returns a language tag, or the other one if it is not written as BCP 47
// has it: letters, digits and hyphens.
func tagOr(tag, other string) string {
	for _, c := range []byte(tag) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return other
		}
	}
	if tag == "" {
		return other
	}
	return tag
}

var macLanguages = [...]string{
	"eng", "fra", "ger", "ita", "dut", "swe", "spa", "dan", "por", "nor",
	"heb", "jpn", "ara", "fin", "gre", "ice", "mlt", "tur", "hrv", "chi",
	"urd", "hin", "tha", "kor", "lit", "pol", "hun", "est", "lav", "smi",
	"fao", "per", "rus", "chi", "dut", "gle", "alb", "rum", "cze", "slk",
	"slv", "yid", "srp", "mac", "bul", "ukr", "bel", "uzb", "kaz", "aze",
}
