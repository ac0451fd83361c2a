package stream

import (
	"bytes"
	"strconv"
)

// reportStart is how clients begin a report that parseReport understands.
var reportStart = []byte(`{"type":"report",`)

// parseReport reads a report as clients write it: numbers by name, without
// spaces. Each viewer sends one a second, and encoding/json would leave each
// with 4 KiB more of stack. What it does not understand, which is no fault of
// the message, is left to encoding/json.
func parseReport(text []byte) (m clientMessage, ok bool) {
	rest, found := bytes.CutPrefix(text, reportStart)
	if !found {
		return m, false
	}
	m.Type = typeReport
	for {
		name, after, found := bytes.Cut(rest, []byte(`":`))
		if !found || len(name) == 0 || name[0] != '"' {
			return m, false
		}
		size := bytes.IndexAny(after, ",}")
		if size < 0 || !m.number(string(name[1:]), after[:size]) {
			return m, false
		}
		if after[size] == '}' {
			return m, size == len(after)-1
		}
		rest = after[size+1:]
	}
}

// number sets a field of a report.
func (m *clientMessage) number(name string, digits []byte) bool {
	if !plainNumber(digits) {
		return false
	}
	switch name {
	case "epoch":
		n, err := strconv.Atoi(string(digits))
		m.Epoch = n
		return err == nil
	case "bytes":
		n, err := strconv.ParseInt(string(digits), 10, 64)
		m.Bytes = &n
		return err == nil
	case "time", "buffered":
		f, err := strconv.ParseFloat(string(digits), 64)
		if name == "time" {
			m.Time = &f
		} else {
			m.Buffered = &f
		}
		return err == nil
	}
	return false
}

// plainNumber tells whether a number is one of JSON's without an exponent.
func plainNumber(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("-"))
	whole, part, point := bytes.Cut(b, []byte("."))
	return digits(whole) && (len(whole) == 1 || whole[0] != '0') && (!point || digits(part))
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}
