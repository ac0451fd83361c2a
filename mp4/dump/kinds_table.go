package dump

import (
	"vodsrv/mp4/box"
)

// tableKinds are the sample tables (ISO/IEC 14496-12, 8.5 to 8.7 and 8.9).
var tableKinds = map[string]kind{
	"stsd": {full: true, children: true, read: func(f *fields) { f.num("entry_count", 4) }},
	"stts": {full: true, read: func(f *fields) {
		f.list("entries", f.num("entry_count", 4), 8, func() {
			f.num("sample_count", 4)
			f.span("sample_delta", 4, f.track.timescale())
		})
	}},
	"ctts": {full: true, read: readCtts},
	"cslg": {full: true, read: readCslg},
	"stsc": {full: true, read: func(f *fields) {
		f.list("entries", f.num("entry_count", 4), 12, func() {
			f.num("first_chunk", 4)
			f.num("samples_per_chunk", 4)
			f.num("sample_description_index", 4)
		})
	}},
	"stsz": {full: true, read: func(f *fields) {
		constant := f.num("sample_size", 4)
		if n := f.num("sample_count", 4); constant == 0 {
			f.numbers("sizes", n, 4)
		}
	}},
	"stz2": {full: true, read: readStz2},
	"stco": {full: true, read: func(f *fields) { f.numbers("chunk_offsets", f.num("entry_count", 4), 4) }},
	"co64": {full: true, read: func(f *fields) { f.numbers("chunk_offsets", f.num("entry_count", 4), 8) }},
	"stss": {full: true, read: func(f *fields) { f.numbers("sample_numbers", f.num("entry_count", 4), 4) }},
	"stps": {full: true, read: func(f *fields) { f.numbers("sample_numbers", f.num("entry_count", 4), 4) }},
	"stsh": {full: true, read: func(f *fields) {
		f.list("entries", f.num("entry_count", 4), 8, func() { f.num("shadowed_sample_number", 4); f.num("sync_sample_number", 4) })
	}},
	"stdp": {full: true, read: func(f *fields) { f.rest("priorities", 2, func() { f.num("", 2) }) }},
	"sdtp": {full: true, read: func(f *fields) {
		f.rest("samples", 1, func() {
			f.bits(1, bit{"is_leading", 2}, bit{"sample_depends_on", 2}, bit{"sample_is_depended_on", 2}, bit{"sample_has_redundancy", 2})
		})
	}},
	"padb": {full: true, read: func(f *fields) {
		f.list("pads", (f.num("sample_count", 4)+1)/2, 1, func() { f.bits(1, bit{"", 1}, bit{"pad1", 3}, bit{"", 1}, bit{"pad2", 3}) })
	}},
	"sbgp": {full: true, read: func(f *fields) {
		f.type4("grouping_type")
		if f.version > 0 {
			f.hexNum("grouping_type_parameter", 4)
		}
		f.list("entries", f.num("entry_count", 4), 8, func() { f.num("sample_count", 4); f.num("group_description_index", 4) })
	}},
	"sgpd": {full: true, read: readSgpd},
	"subs": {full: true, read: readSubs},
	"saiz": {full: true, flags: auxInfo, read: func(f *fields) {
		f.auxInfo()
		constant := f.num("default_sample_info_size", 1)
		if n := f.num("sample_count", 4); constant == 0 {
			f.numbers("sample_info_sizes", n, 1)
		}
	}},
	"saio": {full: true, flags: auxInfo, read: func(f *fields) {
		f.auxInfo()
		f.numbers("offsets", f.num("entry_count", 4), size(f.version > 0))
	}},
}

var auxInfo = []flagName{{1, "aux_info_type-present"}}

func (f *fields) auxInfo() {
	if f.flags&1 != 0 {
		f.type4("aux_info_type")
		f.num("aux_info_type_parameter", 4)
	}
}

// numbers is a list of plain numbers.
func (f *fields) numbers(name string, count uint64, size int) {
	f.list(name, count, int64(size), func() { f.num("", size) })
}

// readCtts takes offsets for signed in version 0, too, as all writers of
// negative ones mean them.
func readCtts(f *fields) {
	f.list("entries", f.num("entry_count", 4), 8, func() {
		f.num("sample_count", 4)
		f.ticks("sample_offset", 4, f.track.timescale())
	})
}

func readCslg(f *fields) {
	for _, name := range []string{
		"compositionToDTSShift", "leastDecodeToDisplayDelta", "greatestDecodeToDisplayDelta", "compositionStartTime", "compositionEndTime",
	} {
		f.ticks(name, size(f.version > 0), f.track.timescale())
	}
}

func readStz2(f *fields) {
	f.skip(3)
	bits := f.num("field_size", 1)
	n := f.num("sample_count", 4)
	switch bits {
	case 4:
		f.list("size_pairs", (n+1)/2, 1, func() { f.bits(1, bit{"first", 4}, bit{"second", 4}) })
	case 8, 16:
		f.numbers("sizes", n, int(bits/8))
	default:
		f.fault("has a field size of %d bits, where there are only 4, 8 and 16", bits)
	}
}

// readSgpd reads descriptions of groups of samples.
func readSgpd(f *fields) {
	group := f.type4("grouping_type")
	var length uint64
	if f.version > 0 {
		length = f.num("default_length", 4)
	}
	if f.version > 1 {
		f.num("default_group_description_index", 4)
	}
	f.counted("entries", f.num("entry_count", 4), func() {
		n := int64(length)
		switch {
		case f.version == 0:
			n = groupSize(group, f.left())
		case n == 0:
			n = int64(f.num("description_length", 4))
		}
		f.within(n, func() { f.group(group) })
	})
}

// groupSize is the size of a description of which the box does not tell it.
func groupSize(group box.Type, left int64) int64 {
	switch string(group[:]) {
	case "roll", "prol":
		return 2
	case "rap ", "tele", "sap ", "sync":
		return 1
	}
	return left
}

// group reads one description.
func (f *fields) group(group box.Type) {
	switch string(group[:]) {
	case "roll", "prol":
		f.signed("roll_distance", 2)
	case "rap ":
		f.bits(1, bit{"num_leading_samples_known", 1}, bit{"num_leading_samples", 7})
	case "tele":
		f.bits(1, bit{"level_independently_decodable", 1}, bit{"", 7})
	case "sync":
		f.bits(1, bit{"", 2}, bit{"NAL_unit_type", 6})
	case "sap ":
		f.bits(1, bit{"dependent_flag", 1}, bit{"", 3}, bit{"SAP_type", 4})
	case "seig":
		f.skip(1)
		f.protection("", true)
	}
	if f.left() > 0 && !f.short {
		f.hex("data", f.left())
	}
}

// within reads fields that must fit into so many bytes.
func (f *fields) within(n int64, read func()) {
	if n < 0 || n > f.left() {
		f.short = true
		return
	}
	end := f.end
	f.end = f.pos + n
	read()
	if f.short {
		return
	}
	f.pos, f.end = f.end, end
}

// readSubs reads sub-samples (8.7.7).
func readSubs(f *fields) {
	f.counted("entries", f.num("entry_count", 4), func() {
		f.num("sample_delta", 4)
		sizes := 2
		if f.version > 0 {
			sizes = 4
		}
		f.list("subsamples", f.num("subsample_count", 2), int64(sizes+6), func() {
			f.num("subsample_size", sizes)
			f.num("subsample_priority", 1)
			f.num("discardable", 1)
			f.hexNum("codec_specific_parameters", 4)
		})
	})
}
