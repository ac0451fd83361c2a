package fragment

import (
	"fmt"
	"strconv"
	"strings"
)

// Movflags are ffmpeg's -movflags, by the bits ffmpeg has for them.
type Movflags uint32

// The flags that are known.
const (
	EmptyMoov       Movflags = 1 << 2
	FragKeyframe    Movflags = 1 << 3
	DefaultBaseMoof Movflags = 1 << 10
	DelayMoov       Movflags = 1 << 13
	SkipTrailer     Movflags = 1 << 18
	FragEveryFrame  Movflags = 1 << 20
)

// DefaultMovflags keep all times exactly.
const DefaultMovflags = FragKeyframe | DelayMoov | DefaultBaseMoof

var movflagNames = map[string]Movflags{
	"empty_moov":        EmptyMoov,
	"frag_keyframe":     FragKeyframe,
	"frag_every_frame":  FragEveryFrame,
	"default_base_moof": DefaultBaseMoof,
	"delay_moov":        DelayMoov,
	"skip_trailer":      SkipTrailer,
}

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
	n, err := strconv.ParseUint(name, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("movflags: there is no flag %q here; there are %s", name, movflagList())
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
	return "frag_keyframe, empty_moov, delay_moov, default_base_moof, frag_every_frame and skip_trailer"
}

// implied adds the flags that others bring along (libavformat's mov muxer).
func (f Movflags) implied(o Options) Movflags {
	if f&DelayMoov != 0 {
		f |= EmptyMoov
	}
	if f&EmptyMoov != 0 && f&(FragKeyframe|FragEveryFrame) == 0 && o.FragDuration == 0 && o.FragSize == 0 {
		f |= FragKeyframe
	}
	return f
}

// fragments tells whether the flags and options ask for fragments at all.
func (f Movflags) fragments(o Options) bool {
	return f&(FragKeyframe|FragEveryFrame|EmptyMoov) != 0 || o.FragDuration > 0 || o.FragSize > 0
}
