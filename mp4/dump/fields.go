package dump

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf16"

	"vodsrv/mp4/box"
)

// fields reads the payload of a box in order, and tells each field as it
// goes. Reading past the end of the payload tells nothing and is remembered.
type fields struct {
	d *dumper
	*place
	pos, end int64
	full     bool // version and flags were there
	version  uint8
	flags    uint32
	children bool // what is left of the payload is boxes
	short    bool // a field went past the end
	mute     bool // fields are read, but not told
	faults   []string
}

func (f *fields) left() int64 { return f.end - f.pos }

// fault notes what is wrong with the fields.
func (f *fields) fault(format string, args ...any) {
	if len(f.faults) < manyProblems {
		f.faults = append(f.faults, fmt.Sprintf(format, args...))
	}
}

// readHead reads a FullBox's version and flags.
func (f *fields) readHead(k kind) {
	if !k.full || k.plain != nil && k.plain(f) {
		return
	}
	v := f.uint(4)
	f.full, f.version, f.flags = !f.short, uint8(v>>24), uint32(v&0xffffff)
}

// bytes returns the next bytes, good until the next read; nil if there are not
// so many.
func (f *fields) bytes(n int) []byte {
	if f.short || int64(n) > f.left() {
		f.short = true
		return nil
	}
	b, err := f.d.src.Bytes(f.pos, n)
	if err != nil {
		f.short = true
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			f.d.fail(err)
		}
		return nil
	}
	f.pos += int64(n)
	return b
}

// uint reads a number of up to 8 bytes.
func (f *fields) uint(size int) uint64 {
	var v uint64
	for _, c := range f.bytes(size) {
		v = v<<8 | uint64(c)
	}
	return v
}

// int reads a signed number of up to 8 bytes.
func (f *fields) int(size int) int64 {
	shift := 64 - 8*size
	return int64(f.uint(size)<<shift) >> shift
}

func (f *fields) code() box.Type {
	var t box.Type
	copy(t[:], f.bytes(4))
	return t
}

func (f *fields) skip(n int64) {
	if n > f.left() {
		f.short = true
		return
	}
	f.pos += n
}

// put tells a field, unless reading it went past the end.
func (f *fields) put(name string, v value) {
	if !f.short && !f.mute {
		f.d.out.field(name, v)
	}
}

// The following read a field of that many bytes and tell it.

func (f *fields) num(name string, size int) uint64 {
	v := f.uint(size)
	f.put(name, number(v))
	return v
}

func (f *fields) signed(name string, size int) int64 {
	v := f.int(size)
	f.put(name, signed(v))
	return v
}

// legacy is a field that QuickTime has and ISO reserves: told if it is used.
func (f *fields) legacy(name string, size int) {
	if v := f.uint(size); v != 0 {
		f.put(name, number(v))
	}
}

func (f *fields) legacyType(name string) {
	if t := f.code(); t != (box.Type{}) {
		f.put(name, code(t))
	}
}

func (f *fields) hexNum(name string, size int) uint64 {
	v := f.uint(size)
	f.put(name, hexNumber(v, 2*size))
	return v
}

func (f *fields) named(name string, size int, names map[uint64]string) uint64 {
	v := f.uint(size)
	f.put(name, number(v).named(names[v]))
	return v
}

func (f *fields) fixed(name string, size, bits int) {
	f.put(name, fixed(f.int(size), bits))
}

func (f *fields) ufixed(name string, size, bits int) {
	f.put(name, fixed(int64(f.uint(size)), bits))
}

func (f *fields) float64(name string) {
	f.put(name, decimal(math.Float64frombits(f.uint(8))))
}

func (f *fields) float32(name string) {
	f.put(name, decimal(float64(math.Float32frombits(uint32(f.uint(4))))))
}

func (f *fields) date(name string, size int) { f.put(name, date(f.uint(size))) }

func (f *fields) ticks(name string, size int, scale uint32) {
	f.put(name, ticks(f.int(size), scale))
}

func (f *fields) span(name string, size int, scale uint32) {
	f.put(name, span(f.uint(size), size, scale))
}

func (f *fields) type4(name string) box.Type {
	t := f.code()
	f.put(name, code(t))
	return t
}

func (f *fields) uuid(name string, names map[string]string) {
	b := f.bytes(16)
	if b == nil {
		return
	}
	text := uuidText([16]byte(b))
	f.put(name, word(text).named(names[text]))
}

// size is 4 bytes, or 8 in the long form of a box.
func size(long bool) int {
	if long {
		return 8
	}
	return 4
}

// bit is a field of some bits; one without a name is reserved.
type bit struct {
	name string
	bits int
}

// bits reads so many bytes and tells the fields in them, highest bit first.
func (f *fields) bits(size int, parts ...bit) []uint64 {
	v, at := f.uint(size), 8*size
	values := make([]uint64, len(parts))
	for i, p := range parts {
		at -= p.bits
		values[i] = v >> at & (1<<p.bits - 1)
		if p.name != "" {
			f.put(p.name, number(values[i]))
		}
	}
	return values
}

// hex tells so many bytes, the first of them only unless all are wanted.
func (f *fields) hex(name string, n int64) {
	if n < 0 || n > f.left() {
		f.short = true
		return
	}
	if f.mute || n == 0 && name != "" {
		f.pos += n
		return
	}
	told := n
	if !f.d.full {
		told = min(n, someBytes)
	}
	f.d.out.hex(name)
	after := f.pos + n
	for told > 0 {
		b := f.bytes(int(min(told, 4<<10)))
		if b == nil {
			break
		}
		f.d.out.hexBytes(b)
		told -= int64(len(b))
	}
	f.d.out.endHex(after - f.pos)
	f.pos = after
}

// text tells a string of so many bytes in UTF-8, or in UTF-16 if it begins
// with a byte order mark.
func (f *fields) text(name string, n int64) {
	if n < 0 || n > f.left() {
		f.short = true
		return
	}
	after := f.pos + n
	b := bytes.Clone(f.bytes(int(min(n, f.textLimit()))))
	v := str(decode(b))
	if cut := n - int64(len(b)); cut > 0 {
		v.note, v.extra, v.extraJSON = quantity(cut, "byte")+" more", "_left_out", number(uint64(cut)).text
	}
	f.pos = after
	f.put(name, v)
}

func (f *fields) textLimit() int64 {
	if f.d.full {
		return fullText
	}
	return someText
}

func decode(b []byte) string {
	b = bytes.TrimRight(b, "\x00")
	if len(b) < 2 || b[0] != 0xfe || b[1] != 0xff {
		return string(b)
	}
	var units []uint16
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, uint16(b[0])<<8|uint16(b[1]))
	}
	return string(utf16.Decode(units))
}

// cstring tells a string that ends with a zero byte, or with the box.
func (f *fields) cstring(name string) {
	if f.short {
		return
	}
	n, zero := f.find0()
	f.text(name, n)
	if zero {
		f.skip(1)
	}
}

// find0 is the number of bytes before the next zero byte, and whether there is
// one.
func (f *fields) find0() (int64, bool) {
	for at := f.pos; at < f.end; {
		b, err := f.d.src.Bytes(at, int(min(f.end-at, 4<<10)))
		if err != nil {
			break
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return at + int64(i) - f.pos, true
		}
		at += int64(len(b))
	}
	return f.left(), false
}

// pascal tells a string behind its length in one byte, in a room of so many
// bytes; 0 if it takes what it needs.
func (f *fields) pascal(name string, room int64) {
	n := int64(f.uint(1))
	if room > 0 {
		n = min(n, room-1)
	}
	f.text(name, n)
	if room > 0 {
		f.skip(room - 1 - n)
	}
}

// list tells a table of entries of one size in bytes. A count for which there
// are too few bytes is a fault.
func (f *fields) list(name string, count uint64, size int64, each func()) {
	f.table(name, count, size, false, each)
}

// row tells a short list of entries of one size in bytes.
func (f *fields) row(name string, count uint64, size int64, each func()) {
	f.table(name, count, size, true, each)
}

func (f *fields) table(name string, count uint64, size int64, short bool, each func()) {
	if f.short {
		return
	}
	if room := uint64(f.left() / size); count > room {
		f.fault("tells of %d %s, but has room for %d", count, name, room)
		count = room
	}
	shown := f.some(count)
	f.startList(name, short || count == 0)
	for i := range shown {
		if f.d.err != nil {
			break
		}
		f.entry(i, each)
	}
	f.skip(int64(count-shown) * size)
	f.endList(count - shown)
}

// rest is a table to the end of the box.
func (f *fields) rest(name string, size int64, each func()) {
	if n := f.left() / size; n > 0 {
		f.list(name, uint64(n), size, each)
	}
}

// types is a short list of four-character codes to the end of the box.
func (f *fields) types(name string) {
	if n := f.left() / 4; n > 0 {
		f.row(name, uint64(n), 4, func() { f.type4("") })
	}
}

// rows tells a list of entries of different sizes, as long as more says so
// and there are bytes.
func (f *fields) rows(name string, more func(told uint64) bool, each func()) {
	if f.short {
		return
	}
	f.startList(name, !more(0) || f.left() <= 0)
	muted, told, n := f.mute, uint64(0), uint64(0)
	for more(n) && f.left() > 0 && !f.short && f.d.err == nil {
		at := f.pos
		if f.mute = muted || n >= someRows && !f.d.full; !f.mute {
			told++
		}
		f.entry(n, each)
		n++
		if f.pos == at {
			break
		}
	}
	f.mute = muted
	f.endList(n - told)
}

// counted is a list of entries of different sizes whose number is known.
func (f *fields) counted(name string, count uint64, each func()) {
	var got uint64
	f.rows(name, func(n uint64) bool { got = n; return n < count }, each)
	if got < count && !f.short {
		f.fault("tells of %d %s, but has room for %d", count, name, got)
	}
}

// some is how many of so many entries are told.
func (f *fields) some(n uint64) uint64 {
	if f.d.full {
		return n
	}
	return min(n, someRows)
}

func (f *fields) startList(name string, short bool) {
	if !f.mute {
		f.d.out.list(name, short)
	}
}

func (f *fields) entry(i uint64, each func()) {
	if f.mute {
		each()
		return
	}
	f.d.out.item(i + 1)
	each()
	f.d.out.endItem()
}

func (f *fields) endList(left uint64) {
	if !f.mute {
		f.d.out.endList(left)
	}
}
