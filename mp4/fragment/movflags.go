package fragment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Movflags are ffmpeg's -movflags, by the bits ffmpeg has for them.
type Movflags uint32

// The flags that are known.
const (
	EmptyMoov          Movflags = 1 << 2
	FragKeyframe       Movflags = 1 << 3
	SeparateMoof       Movflags = 1 << 4
	Faststart          Movflags = 1 << 7
	OmitTfhdOffset     Movflags = 1 << 8
	DefaultBaseMoof    Movflags = 1 << 10
	Dash               Movflags = 1 << 11
	DelayMoov          Movflags = 1 << 13
	GlobalSidx         Movflags = 1 << 14
	SkipTrailer        Movflags = 1 << 18
	NegativeCTSOffsets Movflags = 1 << 19
	FragEveryFrame     Movflags = 1 << 20
	SkipSidx           Movflags = 1 << 21
	CMAF               Movflags = 1 << 22
	HybridFragmented   Movflags = 1 << 24
)

// DefaultMovflags keep all times exactly.
const DefaultMovflags = FragKeyframe | DelayMoov | DefaultBaseMoof

var movflagNames = map[string]Movflags{
	"empty_moov":           EmptyMoov,
	"frag_keyframe":        FragKeyframe,
	"separate_moof":        SeparateMoof,
	"faststart":            Faststart,
	"omit_tfhd_offset":     OmitTfhdOffset,
	"default_base_moof":    DefaultBaseMoof,
	"dash":                 Dash,
	"delay_moov":           DelayMoov,
	"global_sidx":          GlobalSidx,
	"skip_trailer":         SkipTrailer,
	"negative_cts_offsets": NegativeCTSOffsets,
	"frag_every_frame":     FragEveryFrame,
	"skip_sidx":            SkipSidx,
	"cmaf":                 CMAF,
	"hybrid_fragmented":    HybridFragmented,
}

// refused are flags of ffmpeg's that are not taken, and why.
var refused = map[string]string{
	"frag_custom":  "only a program that calls libavformat can use it",
	"frag_discont": "it is for joining parts of a film, and writes times that are not valid for a whole one",
	"isml":         "Smooth Streaming is not written",
	"rtphint":      "hint tracks are not written",
}

// harmless are flags of ffmpeg's that change nothing of what is written here.
var harmless = []string{"disable_chpl", "write_colr", "prefer_icc", "write_gama", "use_metadata_tags"}

// ParseMovflags reads a value in ffmpeg's syntax: names or integers, each set
// with + or cleared with -. A value that begins with a sign changes before;
// others start from nothing.
func ParseMovflags(value string, before Movflags) (Movflags, error) {
	flags := before
	if value == "" {
		return 0, fmt.Errorf("movflags: the value is empty")
	}
	if value[0] != '+' && value[0] != '-' {
		flags, value = 0, "+"+value
	}
	for value != "" {
		sign := value[0]
		name := value[1:]
		if i := strings.IndexAny(name, "+-"); i >= 0 {
			name = name[:i]
		}
		value = value[1+len(name):]
		bits, err := parseMovflag(name)
		if err != nil {
			return 0, err
		}
		if sign == '+' {
			flags |= bits
		} else {
			flags &^= bits
		}
	}
	return flags, nil
}

func parseMovflag(name string) (Movflags, error) {
	if bits, ok := movflagNames[name]; ok {
		return bits, nil
	}
	if slices.Contains(harmless, name) {
		return 0, nil
	}
	if why, ok := refused[name]; ok {
		return 0, fmt.Errorf("movflags: %q is not supported: %s", name, why)
	}
	n, err := strconv.ParseUint(name, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("movflags: there is no flag %q; there are %s", name, movflagList())
	}
	known := Movflags(0)
	for _, bits := range movflagNames {
		known |= bits
	}
	if rest := Movflags(n) &^ known; rest != 0 {
		return 0, fmt.Errorf("movflags: the bits %#x of %q are not supported", uint32(rest), name)
	}
	return Movflags(n), nil
}

func movflagList() string {
	var names []string
	for name := range movflagNames {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// with adds the flags that others bring along, and drops those that have no
// effect, as libavformat's mov muxer does.
func (f Movflags) with(o Options) Movflags {
	if f&DelayMoov != 0 {
		f |= EmptyMoov
	}
	if f&(Dash|CMAF) != 0 {
		f |= EmptyMoov | DefaultBaseMoof
	}
	if f&CMAF != 0 && (o.EditList == nil || !*o.EditList) {
		f |= NegativeCTSOffsets
	}
	if f&DefaultBaseMoof != 0 {
		f &^= OmitTfhdOffset
	}
	if f&HybridFragmented != 0 {
		// Once the file is whole there are no fragments that an index could list.
		f &^= GlobalSidx
	}
	if f&GlobalSidx != 0 {
		f &^= SkipSidx
	}
	if f&(EmptyMoov|HybridFragmented) != 0 && f&(FragKeyframe|FragEveryFrame) == 0 && o.FragDuration == 0 && o.FragSize == 0 {
		f |= FragKeyframe
	}
	return f
}

// fragments tells whether the flags and options ask for fragments at all.
func (f Movflags) fragments(o Options) bool {
	return f&(FragKeyframe|FragEveryFrame|EmptyMoov|HybridFragmented) != 0 || o.FragDuration > 0 || o.FragSize > 0
}

// check refuses combinations that contradict each other.
func (f Movflags) check(o Options) error {
	if o.FragInterleave > 0 && f&(SeparateMoof|OmitTfhdOffset) != 0 {
		return fmt.Errorf("movflags: frag_interleave can't be combined with separate_moof or omit_tfhd_offset")
	}
	if f&HybridFragmented != 0 && f&Faststart != 0 {
		return fmt.Errorf("movflags: hybrid_fragmented has its moov at the end, so it can't be combined with faststart; leave one of them out")
	}
	return nil
}
