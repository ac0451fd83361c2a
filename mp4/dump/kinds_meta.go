package dump

import (
	"math"

	"vodsrv/mp4/box"
)

// metaKinds are boxes of descriptions: iTunes', QuickTime's, 3GPP's
// (ISO/IEC 14496-12, 8.11; 3GPP TS 26.244, 8).
var metaKinds = map[string]kind{
	"meta": {full: true, plain: plainMeta, children: true},
	"keys": {full: true, read: func(f *fields) {
		f.counted("keys", f.num("entry_count", 4), func() {
			n := int64(f.uint(4)) - 8
			f.type4("namespace")
			f.text("value", n)
		})
	}},
	"data":      {read: readData},
	"ilst":      container,
	"----/mean": {full: true, read: readAllText},
	"----/name": {full: true, read: readAllText},
	"ID32": {full: true, read: func(f *fields) {
		f.put("language", language(f.uint(2)))
		f.hex("ID3v2_data", f.left())
	}},
	"xml ": {full: true, read: func(f *fields) { f.cstring("xml") }},
	"bxml": {full: true},
	"idat": {},
	"cprt": {full: true, read: readNotice}, "titl": {full: true, read: readNotice}, "dscp": {full: true, read: readNotice},
	"perf": {full: true, read: readNotice}, "auth": {full: true, read: readNotice}, "gnre": {full: true, read: readNotice},
	"albm": {full: true, read: func(f *fields) {
		readNotice(f)
		if f.left() > 0 {
			f.num("track_number", 1)
		}
	}},
	"yrrc": {full: true, read: func(f *fields) { f.num("recording_year", 2) }},
	"rtng": {full: true, read: func(f *fields) { f.type4("rating_entity"); f.type4("rating_criteria"); readNotice(f) }},
	"loci": {full: true, read: func(f *fields) {
		readNotice(f)
		f.num("role", 1)
		f.fixed("longitude", 4, 16)
		f.fixed("latitude", 4, 16)
		f.fixed("altitude", 4, 16)
		f.cstring("astronomical_body")
		f.cstring("additional_notes")
	}},
}

// plainMeta tells whether a meta box is QuickTime's, which is no FullBox: its
// first child stands where version and flags would.
func plainMeta(f *fields) bool {
	b, err := f.d.src.Bytes(f.pos, 8)
	if err != nil || f.left() < 8 {
		return false
	}
	first := box.Type(b[4:])
	return first == box.T("hdlr") || first == box.T("mhdr") || first == box.T("keys")
}

// readNotice reads a text behind its language.
func readNotice(f *fields) {
	f.put("language", language(f.uint(2)))
	f.cstring("text")
}

// dataTypes are the well-known types of metadata values (QuickTime File Format,
// "Well-known types").
var dataTypes = map[uint64]string{
	0: "reserved", 1: "UTF-8", 2: "UTF-16", 3: "S/JIS", 13: "JPEG", 14: "PNG", 21: "signed integer", 22: "unsigned integer",
	23: "32-bit float", 24: "64-bit float", 27: "BMP", 65: "8-bit signed", 66: "16-bit signed", 67: "32-bit signed", 74: "64-bit signed",
	75: "8-bit unsigned", 76: "16-bit unsigned", 77: "32-bit unsigned", 78: "64-bit unsigned",
}

// readData reads a value of an item.
func readData(f *fields) {
	kind := f.named("type", 4, dataTypes)
	f.hexNum("locale", 4)
	n := f.left()
	switch {
	case kind == 1 || kind == 2:
		f.text("value", n)
	case isSigned(kind) && n >= 1 && n <= 8:
		f.signed("value", int(n))
	case isUnsigned(kind) && n >= 1 && n <= 8:
		f.num("value", int(n))
	case kind == 23 && n == 4:
		f.put("value", decimal(float64(math.Float32frombits(uint32(f.uint(4))))))
	case kind == 24 && n == 8:
		f.float64("value")
	case kind == 0 && (f.container() == box.T("trkn") || f.container() == box.T("disk")) && n >= 6:
		f.skip(2)
		f.num("number", 2)
		f.num("total", 2)
		f.skip(f.left())
	default:
		f.hex("value", n)
	}
}

func isSigned(kind uint64) bool { return kind == 21 || kind >= 65 && kind <= 67 || kind == 74 }

func isUnsigned(kind uint64) bool { return kind == 22 || kind >= 75 && kind <= 78 }
