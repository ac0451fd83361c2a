package dump

import "bytes"

// fileKinds are boxes of the file as a whole, and those of segments
// (ISO/IEC 14496-12, 4.3, 8.1 and 8.16; DASH, 5.10.3.3).
var fileKinds = map[string]kind{
	"ftyp": {read: readBrands},
	"styp": {read: readBrands},
	"mdat": {media: true},
	"free": {read: readPadding}, "skip": {read: readPadding}, "wide": {read: readPadding},
	"pdin": {full: true, read: func(f *fields) {
		f.rest("entries", 8, func() { f.num("rate", 4); f.num("initial_delay", 4) })
	}},
	"sidx": {full: true, read: readSidx},
	"ssix": {full: true, read: readSsix},
	"prft": {full: true, read: readPrft, flags: []flagName{
		{1, "encoder input"}, {2, "output of the encoder"}, {4, "finalized"}, {8, "written to file"}, {16, "arbitrary"}, {24, "captured"},
	}},
	"emsg": {full: true, read: readEmsg},
	"mfra": container,
	"tfra": {full: true, read: readTfra},
	"mfro": {full: true, read: func(f *fields) { f.num("size", 4) }},
	"pnot": {read: func(f *fields) {
		f.date("modification_date", 4)
		f.num("version_number", 2)
		f.type4("atom_type")
		f.num("atom_index", 2)
	}},
}

// uuidKinds are boxes with a type of 16 bytes: PIFF's, Smooth Streaming's and
// those for metadata.
var uuidKinds = map[string]kind{
	"6d1d9b05-42d5-44e6-80e2-141daff757b2": {name: "tfxd", full: true, read: readTfxd},
	"d4807ef2-ca39-4695-8e54-26cb9e46a79f": {name: "tfrf", full: true, read: readTfrf},
	"a2394f52-5a9b-4f14-a244-6c427c648df4": {name: "senc", full: true, flags: sencFlags, read: readSenc},
	"8974dbce-7be7-4c51-84f9-7148f9882554": {name: "tenc", full: true, read: readPIFFTenc, facts: true},
	"d08a4f18-10f3-4a82-b6c8-32d8aba183d3": {name: "pssh", full: true, read: readPssh},
	"a5d40b30-e814-11dd-ba2f-0800200c9a66": {name: "manifest", full: true},
	"be7acfcb-97a9-42e8-9c71-999491e3afac": {name: "XMP", read: readAllText},
	"ffcc8263-f855-4a93-8814-587a02521fdd": {name: "spherical video", read: readAllText},
	"55534d54-21d2-4fce-bb88-695cfac9c740": {name: "USMT", children: true},
	"50524f46-21d2-4fce-bb88-695cfac9c740": {name: "PROF"},
}

func readAllText(f *fields) { f.text("text", f.left()) }

// readPadding shows what stands where something else was, unless it is zeros.
func readPadding(f *fields) {
	b, err := f.d.src.Bytes(f.pos, int(min(f.left(), someBytes)))
	if err == nil && len(bytes.Trim(b, "\x00")) > 0 {
		f.hex("data", f.left())
	}
	f.skip(f.left())
}

func readBrands(f *fields) {
	f.type4("major_brand")
	f.num("minor_version", 4)
	f.types("compatible_brands")
}

func readSidx(f *fields) {
	f.num("reference_ID", 4)
	scale := uint32(f.num("timescale", 4))
	f.span("earliest_presentation_time", size(f.version > 0), scale)
	f.num("first_offset", size(f.version > 0))
	f.skip(2)
	f.list("references", f.num("reference_count", 2), 12, func() {
		f.bits(4, bit{"reference_type", 1}, bit{"referenced_size", 31})
		f.span("subsegment_duration", 4, scale)
		f.bits(4, bit{"starts_with_SAP", 1}, bit{"SAP_type", 3}, bit{"SAP_delta_time", 28})
	})
}

func readSsix(f *fields) {
	f.counted("subsegments", f.num("subsegment_count", 4), func() {
		f.list("ranges", f.num("range_count", 4), 4, func() { f.num("level", 1); f.num("range_size", 3) })
	})
}

func readPrft(f *fields) {
	id := uint32(f.num("reference_track_ID", 4))
	f.put("ntp_timestamp", ntp(f.uint(8)))
	f.span("media_time", size(f.version > 0), f.d.tracks.id[id].timescale())
}

func readEmsg(f *fields) {
	if f.version == 0 {
		f.cstring("scheme_id_uri")
		f.cstring("value")
	}
	scale := uint32(f.num("timescale", 4))
	if f.version == 0 {
		f.span("presentation_time_delta", 4, scale)
	} else {
		f.span("presentation_time", 8, scale)
	}
	f.span("event_duration", 4, scale)
	f.num("id", 4)
	if f.version > 0 {
		f.cstring("scheme_id_uri")
		f.cstring("value")
	}
	f.hex("message_data", f.left())
}

func readTfra(f *fields) {
	scale := f.d.tracks.id[uint32(f.num("track_ID", 4))].timescale()
	lengths := f.bits(4, bit{"", 26}, bit{"length_size_of_traf_num", 2}, bit{"length_size_of_trun_num", 2}, bit{"length_size_of_sample_num", 2})
	traf, trun, sample := int(lengths[1])+1, int(lengths[2])+1, int(lengths[3])+1
	long := size(f.version > 0)
	f.list("entries", f.num("number_of_entries", 4), int64(2*long+traf+trun+sample), func() {
		f.span("time", long, scale)
		f.num("moof_offset", long)
		f.num("traf_number", traf)
		f.num("trun_number", trun)
		f.num("sample_number", sample)
	})
}

func readTfxd(f *fields) {
	f.span("fragment_absolute_time", size(f.version > 0), f.track.timescale())
	f.span("fragment_duration", size(f.version > 0), f.track.timescale())
}

func readTfrf(f *fields) {
	long := size(f.version > 0)
	f.list("fragments", f.num("fragment_count", 1), int64(2*long), func() {
		f.span("fragment_absolute_time", long, f.track.timescale())
		f.span("fragment_duration", long, f.track.timescale())
	})
}

func readTrackReference(f *fields) {
	f.row("track_IDs", uint64(f.left()/4), 4, func() { f.num("", 4) })
}

func readTrackGroup(f *fields) { f.num("track_group_id", 4) }

func readEntityGroup(f *fields) {
	f.num("group_id", 4)
	f.list("entity_ids", f.num("num_entities_in_group", 4), 4, func() { f.num("", 4) })
}
