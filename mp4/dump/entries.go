package dump

import "vodsrv/mp4/codec"

// entryReaders read sample entries that are not those of their handler's kind,
// and those that can be known without a handler.
var entryReaders = map[string]func(*fields){
	"encv": readVisual, "resv": readVisual, "avc1": readVisual, "hvc1": readVisual, "hev1": readVisual, "av01": readVisual, "mp4v": readVisual,
	"enca": readSound, "mp4a": readSound,
	"tx3g": readTx3g,
	"text": readQuickTimeText,
	"tmcd": readTimecode,
	"wvtt": func(*fields) {},
	"stpp": func(f *fields) {
		f.cstring("namespace")
		f.cstring("schema_location")
		f.cstring("auxiliary_mime_types")
	},
	"sbtt": readTextEntry, "stxt": readTextEntry, "mett": readTextEntry,
	"metx": func(f *fields) { f.cstring("content_encoding"); f.cstring("namespace"); f.cstring("schema_location") },
	"urim": func(*fields) {},
	"mp4s": func(*fields) {},
	"evte": func(*fields) {},
	"mebx": func(*fields) {},
	"c608": readCaptions, "c708": readCaptions,
	"rtp ": readHint, "srtp": readHint, "sm2t": readHint, "rrtp": readHint,
}

func entryKind(p *place) kind {
	read := entryReaders[string(p.box.Type[:])]
	if read == nil && p.track != nil {
		switch codec.KindOf(p.track.handler) {
		case codec.Video:
			read = readVisual
		case codec.Audio:
			read = readSound
		}
	}
	if read == nil {
		read = readUnknownEntry
	}
	return kind{children: true, read: func(f *fields) {
		f.codec()
		f.skip(6)
		f.num("data_reference_index", 2)
		read(f)
	}}
}

const longEntry = 64 << 10 // bytes; longer ones are dumped without a codec string

// codec tells the RFC 6381 string of the entry, if it can be given one.
func (f *fields) codec() {
	if f.mute || f.track == nil || f.box.Size > longEntry {
		return
	}
	raw, err := f.d.src.Bytes(f.box.Offset, int(f.box.Size))
	if err != nil {
		return
	}
	if entry, err := codec.Parse(f.track.handler, raw, f.box.Offset); err == nil && entry.Codec != "" {
		f.put("codec", word(entry.Codec))
	}
}

// readVisual reads a VisualSampleEntry (ISO/IEC 14496-12, 12.1.3).
func readVisual(f *fields) {
	f.legacy("version", 2)
	f.legacy("revision_level", 2)
	f.legacyType("vendor")
	f.legacy("temporal_quality", 4)
	f.legacy("spatial_quality", 4)
	f.num("width", 2)
	f.num("height", 2)
	f.ufixed("horizresolution", 4, 16)
	f.ufixed("vertresolution", 4, 16)
	f.skip(4)
	f.num("frame_count", 2)
	f.pascal("compressorname", 32)
	f.hexNum("depth", 2)
	f.signed("color_table_id", 2)
}

// readSound reads an AudioSampleEntry (ISO/IEC 14496-12, 12.2.3) or
// QuickTime's sound description.
func readSound(f *fields) {
	version := f.num("version", 2)
	f.legacy("revision_level", 2)
	f.legacyType("vendor")
	f.num("channelcount", 2)
	f.num("samplesize", 2)
	if id := f.int(2); id != 0 {
		f.put("compression_id", signed(id))
	}
	f.legacy("packet_size", 2)
	f.ufixed("samplerate", 4, 16)
	switch {
	case version == 1 && !f.boxesFollow():
		f.num("samples_per_packet", 4)
		f.num("bytes_per_packet", 4)
		f.num("bytes_per_frame", 4)
		f.num("bytes_per_sample", 4)
	case version == 2:
		f.num("size_of_struct_only", 4)
		f.float64("audio_sample_rate")
		f.num("num_audio_channels", 4)
		f.skip(4)
		f.num("const_bits_per_channel", 4)
		f.hexNum("format_specific_flags", 4)
		f.num("const_bytes_per_audio_packet", 4)
		f.num("const_LPCM_frames_per_audio_packet", 4)
	}
}

// boxesFollow tells whether the rest of the payload is nothing but boxes: the
// fields of QuickTime's version 1 are what ISO's does not have.
func (f *fields) boxesFollow() bool { return f.boxesFrom(f.pos) }

func (f *fields) boxesFrom(from int64) bool {
	at := from
	for f.end-at >= 8 {
		h, err := f.d.src.Header(at, f.end)
		if err != nil || h.End() > f.end || h.ToEnd {
			return false
		}
		at = h.End()
	}
	return at > from && f.end == at
}

const tx3gSize = 30 // bytes before the boxes of a tx3g entry

// readTx3g reads 3GPP timed text (TS 26.245, 5.16).
func readTx3g(f *fields) {
	f.hexNum("displayFlags", 4)
	f.signed("horizontal_justification", 1)
	f.signed("vertical_justification", 1)
	f.hexNum("background_color_rgba", 4)
	for _, side := range []string{"top", "left", "bottom", "right"} {
		f.signed(side, 2)
	}
	f.num("startChar", 2)
	f.num("endChar", 2)
	f.num("font_ID", 2)
	f.num("face_style_flags", 1)
	f.num("font_size", 1)
	f.hexNum("text_color_rgba", 4)
}

// readQuickTimeText reads QuickTime's text, which chapters are written in.
// Some writers put tx3g's fields there.
func readQuickTimeText(f *fields) {
	if f.boxesFrom(f.pos + tx3gSize) {
		readTx3g(f)
		return
	}
	f.hexNum("display_flags", 4)
	f.signed("text_justification", 4)
	f.colour("background_color")
	for _, side := range []string{"top", "left", "bottom", "right"} {
		f.signed(side, 2)
	}
	f.skip(8)
	f.num("font_number", 2)
	f.num("font_face", 2)
	f.skip(1 + 2)
	f.colour("foreground_color")
	if f.left() > 0 {
		f.pascal("font_name", 0)
	}
}

func readTimecode(f *fields) {
	f.skip(4)
	flags := f.uint(4)
	f.put("flags", hexNumber(flags, 8).named(timecodeFlags(flags)))
	scale := uint32(f.num("timescale", 4))
	f.span("frame_duration", 4, scale)
	f.num("number_of_frames", 1)
	f.skip(1)
}

func timecodeFlags(flags uint64) string {
	if flags&1 == 1 {
		return "drop frame"
	}
	return ""
}

// readTextEntry reads text and metadata of a MIME type.
func readTextEntry(f *fields) {
	f.cstring("content_encoding")
	f.cstring("mime_format")
}

// readCaptions reads QuickTime's closed captions, whose entry has nothing, or
// an extra 8 bytes that some writers put in.
func readCaptions(f *fields) {
	if f.left() == 8 {
		f.hex("reserved", 8)
	}
}

func readHint(f *fields) {
	f.num("hinttrackversion", 2)
	f.num("highestcompatibleversion", 2)
	f.num("maxpacketsize", 4)
}

// readUnknownEntry shows the boxes of an entry of unknown kind, if it has
// nothing else.
func readUnknownEntry(f *fields) {
	f.children = f.boxesFollow()
}
