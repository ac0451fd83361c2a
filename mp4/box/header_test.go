package box

import (
	"errors"
	"strings"
	"testing"
)

func TestTypeString(t *testing.T) {
	tests := map[Type]string{
		{'m', 'o', 'o', 'v'}:  "moov",
		{'r', 'a', 'w', ' '}:  "raw ",
		{0xa9, 't', 'o', 'o'}: `\xa9too`,
		{0, 0, 0, 0}:          `\x00\x00\x00\x00`,
		{'"', '\\', 'a', 'b'}: `"\ab`,
	}
	for code, want := range tests {
		if got := code.String(); got != want {
			t.Errorf("% x: got %q, want %q", code[:], got, want)
		}
	}
}

func TestParseHeader(t *testing.T) {
	user := "0123456789abcdef"
	tests := []struct {
		name, in string
		limit    int64
		want     Header
	}{
		{"32-bit size", "\x00\x00\x00\x10moov", 200, Header{Type: T("moov"), Size: 16, HeadSize: 8}},
		{"no payload", "\x00\x00\x00\x08free", 200, Header{Type: T("free"), Size: 8, HeadSize: 8}},
		{"to the end", "\x00\x00\x00\x00mdat", 200, Header{Type: T("mdat"), Size: 100, HeadSize: 8, ToEnd: true}},
		{"64-bit size", "\x00\x00\x00\x01mdat\x00\x00\x00\x01\x00\x00\x00\x00", 200, Header{Type: T("mdat"), Size: 1 << 32, HeadSize: 16}},
		{"64-bit size that is small", "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x10", 200, Header{Type: T("mdat"), Size: 16, HeadSize: 16}},
		{"the largest size", "\x00\x00\x00\x01mdat\x40\x00\x00\x00\x00\x00\x00\x00", 200, Header{Type: T("mdat"), Size: 1 << 62, HeadSize: 16}},
		{"past the limit", "\x7f\xff\xff\xffmoov", 200, Header{Type: T("moov"), Size: 1<<31 - 1, HeadSize: 8}},
		{"user type", "\x00\x00\x00\x18uuid" + user, 200, Header{Type: T("uuid"), UserType: [16]byte([]byte(user)), Size: 24, HeadSize: 24}},
		{"user type and 64-bit size", "\x00\x00\x00\x01uuid\x00\x00\x00\x00\x00\x00\x00\x20" + user, 200,
			Header{Type: T("uuid"), UserType: [16]byte([]byte(user)), Size: 32, HeadSize: 32}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Offset = 100
			got, err := ParseHeader([]byte(tt.in), 100, tt.limit)
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
			if got.Body() != 100+got.HeadSize || got.End() != 100+got.Size || got.BodySize() != got.Size-got.HeadSize {
				t.Errorf("body at %d, %d bytes, end at %d", got.Body(), got.BodySize(), got.End())
			}
		})
	}
}

func TestParseHeaderErrors(t *testing.T) {
	tests := []struct {
		name, in string
		limit    int64
		want     string
	}{
		{"nothing", "", 100, "byte 100: 0 bytes left, too few for a box header"},
		{"seven bytes", "\x00\x00\x00\x08moo", 107, "byte 100: 7 bytes left, too few for a box header"},
		{"size 7", "\x00\x00\x00\x07moov", 200, "box moov at byte 100: says it is 7 bytes long, shorter than its own header"},
		{"64-bit size below the header", "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x0f", 200, "box mdat at byte 100: says it is 15 bytes long, shorter"},
		{"64-bit size cut off", "\x00\x00\x00\x01mdat\x00\x00\x00\x00", 112, "box mdat at byte 100: the 64-bit size is cut off"},
		{"64-bit size that overflows", "\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff", 200, "box mdat at byte 100: says it is 18446744073709551615 bytes long"},
		{"user type cut off", "\x00\x00\x00\x18uuid0123456", 115, "box uuid at byte 100: the user type is cut off"},
		{"size without the user type", "\x00\x00\x00\x17uuid0123456789abcdef", 200, "box uuid at byte 100: says it is 23 bytes long, shorter"},
		{"to an end before its beginning", "\x00\x00\x00\x00mdat", 50, "box mdat at byte 100: says it is -50 bytes long, shorter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseHeader([]byte(tt.in), 100, tt.limit)
			var format *FormatError
			if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestTypeOfWrongLengthIsABug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("T took a code of three characters")
		}
	}()
	T("avc")
}
