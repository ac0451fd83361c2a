package dump

import "vodsrv/mp4/box"

// movieKinds are the boxes of a moov but its tables (ISO/IEC 14496-12, 8.2 to
// 8.8).
var movieKinds = map[string]kind{
	"moov": container, "trak": container, "mdia": container, "minf": container, "stbl": container,
	"dinf": container, "edts": container, "mvex": container, "udta": container, "tref": container, "trgr": container,
	"strk": container, "strd": container,
	"mvhd": {full: true, read: readMvhd, facts: true},
	"tkhd": {full: true, read: readTkhd, facts: true, flags: []flagName{
		{1, "track_enabled"}, {2, "track_in_movie"}, {4, "track_in_preview"}, {8, "track_size_is_aspect_ratio"},
	}},
	"mdhd": {full: true, read: readMdhd, facts: true},
	"hdlr": {full: true, read: readHdlr, facts: true},
	"elng": {full: true, read: func(f *fields) { f.cstring("extended_language") }},
	"elst": {full: true, flags: []flagName{{1, "repeat"}}, read: readElst},
	"vmhd": {full: true, read: func(f *fields) {
		f.named("graphicsmode", 2, graphicsModes)
		f.row("opcolor", 3, 2, func() { f.num("", 2) })
	}},
	"smhd": {full: true, read: func(f *fields) { f.fixed("balance", 2, 8); f.skip(2) }},
	"hmhd": {full: true, read: func(f *fields) {
		f.num("maxPDUsize", 2)
		f.num("avgPDUsize", 2)
		f.num("maxbitrate", 4)
		f.num("avgbitrate", 4)
		f.skip(4)
	}},
	"nmhd": emptyFull, "sthd": emptyFull,
	"dref": {full: true, children: true, read: func(f *fields) { f.num("entry_count", 4) }},
	"url ": {full: true, flags: selfContained, read: func(f *fields) { f.location("location") }},
	"urn ": {full: true, flags: selfContained, read: func(f *fields) { f.cstring("name"); f.location("location") }},
	"alis": {full: true, flags: selfContained},
	"imdt": {full: true, flags: selfContained, read: func(f *fields) { f.num("imda_ref_identifier", 4) }},
	"mehd": {full: true, read: func(f *fields) { f.span("fragment_duration", size(f.version > 0), f.d.scale) }},
	"trex": {full: true, read: readTrex},
	"leva": {full: true, read: readLeva},
	"trep": {full: true, children: true, read: func(f *fields) { f.num("track_ID", 4) }},
	"kind": {full: true, read: func(f *fields) { f.cstring("schemeURI"); f.cstring("value") }},
	"tsel": {full: true, read: func(f *fields) { f.signed("switch_group", 4); f.types("attributes") }},
	"chpl": {full: true, read: readChpl},
	"iods": {full: true, read: readDescriptors},
	"stri": {full: true, read: readStri},
	"stsg": {full: true, read: func(f *fields) {
		f.type4("grouping_type")
		f.list("group_description_indexes", f.num("item_count", 2), 4, func() { f.num("", 4) })
	}},
	"hnti":      container,
	"hinf":      container,
	"hnti/rtp ": {read: func(f *fields) { f.type4("descriptionformat"); f.text("sdptext", f.left()) }},
	"hnti/sdp ": {read: func(f *fields) { f.text("sdptext", f.left()) }},
}

var selfContained = []flagName{{1, "in this file"}}

var graphicsModes = map[uint64]string{0: "copy", 0x20: "blend", 0x24: "transparent", 0x40: "dither copy", 0x100: "straight alpha"}

// location is a string that may be missing.
func (f *fields) location(name string) {
	if f.left() > 0 {
		f.cstring(name)
	}
}

func (f *fields) created(long bool) {
	f.date("creation_time", size(long))
	f.date("modification_time", size(long))
}

func (f *fields) matrix() {
	i := 0
	f.row("matrix", 9, 4, func() {
		bits := 16
		if i%3 == 2 {
			bits = 30
		}
		i++
		f.fixed("", 4, bits)
	})
}

func readMvhd(f *fields) {
	long := f.version > 0
	f.created(long)
	f.d.scale = uint32(f.num("timescale", 4))
	f.span("duration", size(long), f.d.scale)
	f.fixed("rate", 4, 16)
	f.fixed("volume", 2, 8)
	f.skip(2 + 8)
	f.matrix()
	f.skip(24)
	f.num("next_track_ID", 4)
}

func readTkhd(f *fields) {
	long := f.version > 0
	f.created(long)
	id := uint32(f.num("track_ID", 4))
	if f.d.silent && f.track != nil {
		f.track.id = id
		if f.d.tracks.id[id] == nil {
			f.d.tracks.id[id] = f.track
		}
	}
	f.skip(4)
	f.span("duration", size(long), f.d.scale)
	f.skip(8)
	f.signed("layer", 2)
	f.signed("alternate_group", 2)
	f.fixed("volume", 2, 8)
	f.skip(2)
	f.matrix()
	f.ufixed("width", 4, 16)
	f.ufixed("height", 4, 16)
}

func readMdhd(f *fields) {
	long := f.version > 0
	f.created(long)
	scale := uint32(f.num("timescale", 4))
	if f.track != nil {
		f.track.scale = scale
	}
	f.span("duration", size(long), scale)
	f.put("language", language(f.uint(2)))
	f.legacy("quality", 2)
}

func readHdlr(f *fields) {
	f.legacyType("component_type")
	handler := f.type4("handler_type")
	if f.container() == box.T("mdia") && f.track != nil {
		f.track.handler = handler
	}
	f.skip(12)
	if f.left() == 0 {
		return
	}
	// QuickTime writes the length of the name before it, ISO a zero behind.
	if n := f.peek(); n > 0 && int64(n) == f.left()-1 {
		f.pascal("name", 0)
		return
	}
	f.cstring("name")
	if f.left() == 1 && f.peek() == 0 {
		f.skip(1) // QuickTime's empty name with ISO's end
	}
}

// peek is the next byte.
func (f *fields) peek() uint8 {
	b, err := f.d.src.Bytes(f.pos, 1)
	if err != nil || f.left() < 1 {
		return 0
	}
	return b[0]
}

func readElst(f *fields) {
	long := size(f.version > 0)
	f.list("entries", f.num("entry_count", 4), int64(2*long+4), func() {
		f.span("segment_duration", long, f.d.scale)
		if media := f.int(long); media == -1 {
			f.put("media_time", signed(media).named("empty edit"))
		} else {
			f.put("media_time", ticks(media, f.track.timescale()))
		}
		f.fixed("media_rate", 4, 16)
	})
}

func readTrex(f *fields) {
	scale := f.d.tracks.id[uint32(f.num("track_ID", 4))].timescale()
	f.num("default_sample_description_index", 4)
	f.span("default_sample_duration", 4, scale)
	f.num("default_sample_size", 4)
	f.sampleFlags("default_sample_flags")
}

func readLeva(f *fields) {
	f.counted("levels", f.num("level_count", 1), func() {
		f.num("track_ID", 4)
		kind := f.bits(1, bit{"padding_flag", 1}, bit{"assignment_type", 7})[1]
		switch kind {
		case 0:
			f.type4("grouping_type")
		case 1:
			f.type4("grouping_type")
			f.num("grouping_type_parameter", 4)
		case 4:
			f.num("sub_track_ID", 4)
		}
	})
}

// readChpl reads Nero's chapters, with times of 100 ns.
func readChpl(f *fields) {
	if f.version > 0 {
		f.skip(4)
	}
	f.counted("chapters", f.num("chapter_count", 1), func() {
		f.span("start", 8, 10_000_000)
		f.pascal("title", 0)
	})
}

func readStri(f *fields) {
	f.signed("switch_group", 2)
	f.signed("alternate_group", 2)
	f.num("sub_track_ID", 4)
	f.types("attributes")
}
