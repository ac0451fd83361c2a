// Package mp4test builds tiny files for tests, right or wrong on purpose. Box
// and its kin put single boxes together, whose sizes may lie; File and
// Fragments put whole films together, with sample tables and payload that a
// test can know again by Payload.
package mp4test

import (
	"bytes"
	"encoding/binary"
)

// Box is a box of that type around its parts.
func Box(name string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 8+len(body)), uint32(8+len(body)))
	return append(append(b, name...), body...)
}

// Full is a FullBox: version and flags stand before the parts.
func Full(name string, version uint8, flags uint32, parts ...[]byte) []byte {
	return Box(name, append([][]byte{U32(uint32(version)<<24 | flags)}, parts...)...)
}

// Large is a box with a 64-bit size.
func Large(name string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	b := append(U32(1), name...)
	b = binary.BigEndian.AppendUint64(b, uint64(16+len(body)))
	return append(b, body...)
}

// ToEnd is a box whose size is given as 0: to the end of the file.
func ToEnd(name string, parts ...[]byte) []byte { return Lie(Box(name, parts...), 0) }

// Lie returns a box that claims another size than it has.
func Lie(b []byte, size uint32) []byte {
	b = bytes.Clone(b)
	binary.BigEndian.PutUint32(b, size)
	return b
}

// Join puts boxes one behind the other.
func Join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// U8 is one byte for each value.
func U8(values ...uint8) []byte { return values }

// U16 is two bytes for each value.
func U16(values ...uint16) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

// U32 is four bytes for each value.
func U32(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// U64 is eight bytes for each value.
func U64(values ...uint64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return b
}

// Table is a FullBox of version 0 with an entry count before its 32-bit fields.
func Table(name string, count uint32, fields ...uint32) []byte {
	return Full(name, 0, 0, U32(count), U32(fields...))
}

// Find returns the places of all boxes of a type in a file, by their name
// alone: what a test wants to damage or cut. It panics if there is none.
func Find(file []byte, name string) []int {
	var places []int
	for from := 4; ; {
		at := bytes.Index(file[min(from, len(file)):], []byte(name))
		if at < 0 {
			break
		}
		places = append(places, from+at-4)
		from += at + 4
	}
	if len(places) == 0 {
		panic("there is no box " + name)
	}
	return places
}

// PutU32 returns a copy of a file with 32 bits at an offset replaced.
func PutU32(file []byte, at int, v uint32) []byte {
	file = bytes.Clone(file)
	binary.BigEndian.PutUint32(file[at:], v)
	return file
}
