package box

import (
	"errors"
	"io"
	"slices"
	"testing"
)

func TestCursorReadsBigEndian(t *testing.T) {
	c := NewCursor([]byte("\x01\x02\x03\x04\x05\x06\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x08mdat\x09\x00\x00\x0aend"))
	if v := c.U8(); v != 1 {
		t.Errorf("U8: %d", v)
	}
	if v := c.U16(); v != 0x0203 {
		t.Errorf("U16: %#x", v)
	}
	if v := c.U24(); v != 0x040506 {
		t.Errorf("U24: %#x", v)
	}
	if v := c.U32(); v != 7 {
		t.Errorf("U32: %d", v)
	}
	if v := c.U64(); v != 8 {
		t.Errorf("U64: %d", v)
	}
	if v := c.Type(); v != T("mdat") {
		t.Errorf("Type: %s", v)
	}
	if version, flags := c.FullBox(); version != 9 || flags != 10 {
		t.Errorf("FullBox: %d, %d", version, flags)
	}
	c.Skip(1)
	if b := c.Bytes(2); string(b) != "nd" || cap(b) != 2 {
		t.Errorf("Bytes: %q, room for %d", b, cap(b))
	}
	if err := c.Err("moov", 4); err != nil || c.Left() != 0 {
		t.Errorf("%d left, %v", c.Left(), err)
	}
}

func TestCursorPastTheEnd(t *testing.T) {
	reads := map[string]func(*Cursor) bool{
		"U16":          func(c *Cursor) bool { return c.U16() == 0 },
		"U24":          func(c *Cursor) bool { c.Skip(1); return c.U24() == 0 },
		"U32":          func(c *Cursor) bool { return c.U32() == 0 },
		"U64":          func(c *Cursor) bool { return c.U64() == 0 },
		"Type":         func(c *Cursor) bool { return c.Type() == Type{} },
		"Bytes":        func(c *Cursor) bool { return c.Bytes(2) == nil },
		"less than no": func(c *Cursor) bool { return c.Bytes(-1) == nil },
		"FullBox":      func(c *Cursor) bool { _, flags := c.FullBox(); return flags == 0 },
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			c := NewCursor([]byte{0xff})
			if !read(c) {
				t.Error("got something that is not there")
			}
			if c.U8() != 0 || c.OK() || c.Left() != 0 {
				t.Error("reading went on after the end")
			}
			var format *FormatError
			if err := c.Err("moov/mvhd", 40); !errors.As(err, &format) || format.Box != "moov/mvhd" || format.Offset != 40 {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEach(t *testing.T) {
	var got []string
	b := []byte("\x00\x00\x00\x0aaaaaAB\x00\x00\x00\x08bbbb\x00\x00\x00\x01cccc\x00\x00\x00\x00\x00\x00\x00\x11C\x00\x00\x00\x00ddddDDD")
	if err := Each("moov", b, 0, func(typ Type, body []byte) error {
		got = append(got, typ.String()+" "+string(body))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"aaaa AB", "bbbb ", "cccc C", "dddd DDD"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEachPassesOverARemainder(t *testing.T) {
	n := 0
	err := Each("moov", []byte("\x00\x00\x00\x08free\x00\x00\x00\x00"), 0, func(Type, []byte) error { n++; return nil })
	if n != 1 || err != nil {
		t.Errorf("%d boxes, %v", n, err)
	}
}

func TestEachErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"too long", "\x00\x00\x00\x08free\x00\x00\x00\x09abcd", "box moov/abcd at byte 108: does not fit into its container"},
		{"too short", "\x00\x00\x00\x08free\x00\x00\x00\x02abcd", "box moov/abcd at byte 108: says it is 2 bytes long, shorter than its own header"},
		{"far too long", "\x00\x00\x00\x01abcd\x40\x00\x00\x00\x00\x00\x00\x00", "box moov/abcd at byte 100: does not fit into its container"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Each("moov", []byte(tt.in), 100, func(Type, []byte) error { return nil })
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestEachStopsWhenTold(t *testing.T) {
	n := 0
	err := Each("moov", []byte("\x00\x00\x00\x08aaaa\x00\x00\x00\x08bbbb"), 0, func(Type, []byte) error { n++; return io.EOF })
	if n != 1 || !errors.Is(err, io.EOF) {
		t.Errorf("%d boxes, %v", n, err)
	}
}
