package mp4

import "strings"

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

// macLanguages by code, as ISO 639-2/T; "und" stands for codes without a
// language, or with none of three letters.
var macLanguages = strings.Fields(
	"eng fra deu ita nld swe spa dan por nor heb jpn ara fin ell isl mlt tur hrv zho " +
		"urd hin tha kor lit pol hun est lav smi fao fas rus zho nld gle sqi ron ces slk " +
		"slv yid srp mkd bul ukr bel uzb kaz aze aze hye kat ron kir tgk tuk mon mon pus " +
		"kur kas snd bod nep san mar ben asm guj pan ori mal kan tam tel sin mya khm lao " +
		"vie ind tgl msa msa amh tir orm som swa kin run nya mlg epo und und und und und " +
		"und und und und und und und und und und und und und und und und und und und und " +
		"und und und und und und und und cym eus cat lat que grn aym tat uig dzo jav")
