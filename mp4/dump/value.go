package dump

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"vodsrv/mp4/box"
)

// value is a field's value in both forms.
type value struct {
	text      string
	json      string // if it is not the text
	note      string // in text, behind it in parentheses
	extra     string // in JSON, what a second member's name ends in; "" if there is none
	extraJSON string
}

func (v value) inJSON() string {
	if v.json != "" {
		return v.json
	}
	return v.text
}

// quote is a JSON string.
func quote(s string) string {
	if plain(s) {
		return `"` + s + `"`
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic("internal: " + err.Error())
	}
	return string(b)
}

// plain tells whether a string stands for itself in JSON.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

func number(v uint64) value { return value{text: strconv.FormatUint(v, 10)} }

func signed(v int64) value { return value{text: strconv.FormatInt(v, 10)} }

// decimal is a floating-point number. JSON has none for infinity.
func decimal(v float64) value {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if math.IsInf(v, 0) || math.IsNaN(v) || math.Abs(v) > 1e18 {
		return value{text: strconv.FormatFloat(v, 'g', -1, 64), json: quote(strconv.FormatFloat(v, 'g', -1, 64))}
	}
	return value{text: text}
}

// fixed is a fixed-point number with so many bits behind the point.
func fixed(v int64, bits int) value { return decimal(float64(v) / float64(uint64(1)<<bits)) }

// hexNumber is a number that people write in base 16, with so many digits.
func hexNumber(v uint64, digits int) value {
	var b [16]byte
	text := strconv.AppendUint(b[:0], v, 16)
	return value{text: "0x" + zeros[:max(0, digits-len(text))] + string(text), json: strconv.FormatUint(v, 10)}
}

const zeros = "0000000000000000"

func code(t box.Type) value {
	name := typeName(t)
	return value{text: name, json: quote(name)}
}

func str(s string) value { return value{text: strconv.Quote(s), json: quote(s)} }

// word is a string that needs no quotes.
func word(s string) value { return value{text: s, json: quote(s)} }

// named is a number with its meaning, if that is known.
func (v value) named(name string) value {
	if name != "" {
		v.note, v.extra, v.extraJSON = name, "_name", quote(name)
	}
	return v
}

// ticks is a time, told in seconds, too, where the timescale is known.
func ticks(v int64, scale uint32) value { return signed(v).seconds(float64(v), scale) }

// span is a duration. All bits set means that it is not known.
func span(v uint64, size int, scale uint32) value {
	if v == math.MaxUint64>>(64-8*size) {
		return number(v).named("unknown")
	}
	return number(v).seconds(float64(v), scale)
}

func (v value) seconds(ticks float64, scale uint32) value {
	if scale == 0 {
		return v
	}
	s := secondsText(ticks / float64(scale))
	v.note, v.extra, v.extraJSON = s+" s", "_seconds", s
	return v
}

// secondsText has microseconds, but no zeros at the end.
func secondsText(s float64) string {
	return string(appendSeconds(nil, s))
}

func appendSeconds(b []byte, s float64) []byte {
	b = strconv.AppendFloat(b, s, 'f', 6, 64)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	if string(b) == "-0" {
		return []byte("0")
	}
	return b
}

const (
	epoch1904   = 2082844800 // seconds from 1904 to 1970
	endOfYears  = 253402300800
	ntpFraction = 1 << 32
)

// date is a time in seconds since 1904; 0 means that none was set.
func date(v uint64) value {
	if v == 0 || v >= epoch1904+endOfYears {
		return number(v)
	}
	return number(v).utc(time.Unix(int64(v)-epoch1904, 0))
}

func (v value) utc(t time.Time) value {
	text := t.UTC().Format(time.RFC3339Nano)
	v.note, v.extra, v.extraJSON = text, "_utc", quote(text)
	return v
}

// ntp is a time in NTP's form: 32 bits of seconds since 1900 and as many of
// fractions.
func ntp(v uint64) value {
	const epoch1900 = 2208988800
	nanos := (v % ntpFraction) * 1e9 / ntpFraction
	return number(v).utc(time.Unix(int64(v/ntpFraction)-epoch1900, int64(nanos)))
}

// language is an ISO 639-2 code in three times five bits, or QuickTime's
// number of a Macintosh language.
func language(v uint64) value {
	if v < 0x400 || v == 0x7fff {
		return number(v)
	}
	letters := []byte{byte(v>>10&31) + 0x60, byte(v>>5&31) + 0x60, byte(v&31) + 0x60}
	for _, c := range letters {
		if c < 'a' || c > 'z' {
			return number(v)
		}
	}
	return word(string(letters))
}
