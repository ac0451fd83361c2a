// Package flvtest builds FLV streams for tests, right or wrong on purpose.
package flvtest

import (
	"encoding/binary"
	"math"
	"slices"
)

// Types of tags.
const (
	Audio  = 8
	Video  = 9
	Script = 18
)

// Header is a file header with the back-pointer behind it.
func Header() []byte {
	return []byte{'F', 'L', 'V', 1, 5, 0, 0, 0, 9, 0, 0, 0, 0}
}

// Tag is a tag with its back-pointer, decoded at that time in ms.
func Tag(kind byte, time uint32, body ...[]byte) []byte {
	data := slices.Concat(body...)
	b := []byte{kind}
	b = append(b, u24(uint32(len(data)))...)
	b = append(b, u24(time)...)
	b = append(b, byte(time>>24), 0, 0, 0)
	b = append(b, data...)
	return binary.BigEndian.AppendUint32(b, uint32(11+len(data)))
}

func u24(v uint32) []byte { return []byte{byte(v >> 16), byte(v >> 8), byte(v)} }

// Kinds of frames.
const (
	Key   = 1
	Inter = 2
)

// AVC is the body of a legacy tag of H.264; packet is 0 for the configuration,
// 1 for a frame.
func AVC(frame, packet byte, composition int32, data []byte) []byte {
	return legacy(7, frame, packet, composition, data)
}

// LegacyHEVC is what some sent before there was an enhanced tag for it.
func LegacyHEVC(frame, packet byte, composition int32, data []byte) []byte {
	return legacy(12, frame, packet, composition, data)
}

func legacy(codec, frame, packet byte, composition int32, data []byte) []byte {
	return slices.Concat([]byte{frame<<4 | codec, packet}, u24(uint32(composition)), data)
}

// AAC is the body of a tag of AAC; packet is 0 for the configuration, 1 for a
// frame.
func AAC(packet byte, data []byte) []byte { return slices.Concat([]byte{0xaf, packet}, data) }

// MP3 is the body of a legacy tag of MP3.
func MP3(data []byte) []byte { return slices.Concat([]byte{0x2f}, data) }

// Enhanced is the body of an enhanced tag of video. What stands in front of the
// FourCC, made by ModEx, comes first.
func Enhanced(frame, packet byte, extra []byte, fourCC string, data ...[]byte) []byte {
	return enhanced(0x80|frame<<4, packet, extra, fourCC, data)
}

// EnhancedSound is the body of an enhanced tag of sound.
func EnhancedSound(packet byte, extra []byte, fourCC string, data ...[]byte) []byte {
	return enhanced(0x90, packet, extra, fourCC, data)
}

const modEx = 7

func enhanced(head, packet byte, extra []byte, fourCC string, data [][]byte) []byte {
	b := []byte{head | packet}
	if extra != nil {
		b = append([]byte{head | modEx}, extra...)
		b = append(b, packet)
	}
	return slices.Concat(b, []byte(fourCC), slices.Concat(data...))
}

// Nanos is the extra that adds nanoseconds to the time.
func Nanos(n uint32) []byte { return append([]byte{2}, u24(n)...) }

// Composition is what stands before the data of coded frames of AVC and HEVC.
func Composition(ms int32) []byte { return u24(uint32(ms)) }

// ManyTracks are the bodies of several tracks in one tag, of one codec: kind is
// the type of packet of all.
func ManyTracks(kind byte, fourCC string, bodies ...[]byte) []byte {
	b := append([]byte{1<<4 | kind}, fourCC...)
	for id, body := range bodies {
		b = append(b, byte(id))
		b = append(b, u24(uint32(len(body)))...)
		b = append(b, body...)
	}
	return b
}

// OneTrack is the body of one of several tracks.
func OneTrack(kind byte, fourCC string, id byte, body []byte) []byte {
	return slices.Concat([]byte{kind}, []byte(fourCC), []byte{id}, body)
}

// Metadata is the body of a script tag: onMetaData with numbers by name, one
// behind the other.
func Metadata(values map[string]float64) []byte {
	b := append([]byte{2}, text("onMetaData")...)
	b = binary.BigEndian.AppendUint32(append(b, 8), uint32(len(values)))
	for name, v := range values {
		b = append(b, text(name)...)
		b = binary.BigEndian.AppendUint64(append(b, 0), math.Float64bits(v))
	}
	return append(b, 0, 0, 9)
}

func text(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }
