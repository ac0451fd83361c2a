package dump

import "strings"

// fragmentKinds are the boxes of movie fragments (ISO/IEC 14496-12, 8.8).
var fragmentKinds = map[string]kind{
	"moof": container, "traf": container,
	"mfhd": {full: true, read: func(f *fields) { f.num("sequence_number", 4) }},
	"tfhd": {full: true, read: readTfhd, flags: []flagName{
		{tfhdBase, "base-data-offset-present"}, {tfhdDescription, "sample-description-index-present"},
		{tfhdDuration, "default-sample-duration-present"}, {tfhdSize, "default-sample-size-present"}, {tfhdFlags, "default-sample-flags-present"},
		{0x10000, "duration-is-empty"}, {0x20000, "default-base-is-moof"},
	}},
	"tfdt": {full: true, read: func(f *fields) { f.span("baseMediaDecodeTime", size(f.version > 0), f.track.timescale()) }},
	"trun": {full: true, read: readTrun, flags: []flagName{
		{trunOffset, "data-offset-present"}, {trunFirstFlags, "first-sample-flags-present"},
		{trunDuration, "sample-duration-present"}, {trunSize, "sample-size-present"}, {trunFlags, "sample-flags-present"},
		{trunCTO, "sample-composition-time-offsets-present"},
	}},
}

// Flags of tfhd (8.8.7) and trun (8.8.8).
const (
	tfhdBase        = 0x1
	tfhdDescription = 0x2
	tfhdDuration    = 0x8
	tfhdSize        = 0x10
	tfhdFlags       = 0x20

	trunOffset     = 0x1
	trunFirstFlags = 0x4
	trunDuration   = 0x100
	trunSize       = 0x200
	trunFlags      = 0x400
	trunCTO        = 0x800
)

func readTfhd(f *fields) {
	f.num("track_ID", 4)
	if f.flags&tfhdBase != 0 {
		f.num("base_data_offset", 8)
	}
	if f.flags&tfhdDescription != 0 {
		f.num("sample_description_index", 4)
	}
	if f.flags&tfhdDuration != 0 {
		f.span("default_sample_duration", 4, f.track.timescale())
	}
	if f.flags&tfhdSize != 0 {
		f.num("default_sample_size", 4)
	}
	if f.flags&tfhdFlags != 0 {
		f.sampleFlags("default_sample_flags")
	}
}

func readTrun(f *fields) {
	count := f.num("sample_count", 4)
	if f.flags&trunOffset != 0 {
		f.signed("data_offset", 4)
	}
	if f.flags&trunFirstFlags != 0 {
		f.sampleFlags("first_sample_flags")
	}
	var size int64
	for _, flag := range []uint32{trunDuration, trunSize, trunFlags, trunCTO} {
		if f.flags&flag != 0 {
			size += 4
		}
	}
	if size > 0 {
		f.list("samples", count, size, f.trunSample)
	}
}

func (f *fields) trunSample() {
	if f.flags&trunDuration != 0 {
		f.span("sample_duration", 4, f.track.timescale())
	}
	if f.flags&trunSize != 0 {
		f.num("sample_size", 4)
	}
	if f.flags&trunFlags != 0 {
		f.sampleFlags("sample_flags")
	}
	if f.flags&trunCTO != 0 {
		f.ticks("sample_composition_time_offset", 4, f.track.timescale())
	}
}

// sampleFlags tells a sample's flags (8.8.3.1), and in words what most of them
// are looked at for.
func (f *fields) sampleFlags(name string) {
	v := uint32(f.uint(4))
	// Most samples have the flags of the one before.
	if last := &f.d.lastFlags; last.value.text == "" || last.flags != v {
		*last = flagsValue{v, hexNumber(uint64(v), 8).named(flagWords(v))}
	}
	f.put(name, f.d.lastFlags.value)
}

// flagsValue is what sample flags look like.
type flagsValue struct {
	flags uint32
	value value
}

func flagWords(v uint32) string {
	var words []string
	if v>>16&1 == 1 {
		words = append(words, "non-sync")
	} else {
		words = append(words, "sync")
	}
	words = append(words, meaning(v>>24&3, "", "depends on others", "depends on none", "")...)
	words = append(words, meaning(v>>22&3, "", "is depended on", "is disposable", "")...)
	words = append(words, meaning(v>>26&3, "", "leading", "not leading", "leading, decodable")...)
	words = append(words, meaning(v>>20&3, "", "redundant", "not redundant", "")...)
	return strings.Join(words, ", ")
}

// meaning is the word for a value; none if it is empty.
func meaning(v uint32, words ...string) []string {
	if words[v] == "" {
		return nil
	}
	return words[v : v+1]
}
