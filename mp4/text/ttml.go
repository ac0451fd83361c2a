package text

import (
	"bytes"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// maxDepth is how deep the elements of a TTML document may nest.
const maxDepth = 64

// ttmlCue is a paragraph of a TTML document, with times in seconds of the
// track's media.
type ttmlCue struct {
	from, to float64
	text     string
}

// ttml reads the paragraphs of a TTML document (W3C TTML2), which a sample of
// stpp is: their times, line breaks, and what is italic, bold or underlined.
// Regions and colours go.
type ttml struct {
	scales ttmlScales
	styles map[string]face
	open   []element // the elements around
	cues   []ttmlCue

	paragraph int // how many elements are open around and in the paragraph; 0 outside
	text      strings.Builder
}

// ttmlScales are the units of times.
type ttmlScales struct{ frames, ticks float64 } // a second

// element is an open element, with what it hands down.
type element struct {
	from, to float64
	face     face
}

// forever is when an element ends that does not say when.
const forever = 1e9 // seconds

// readTTML reads a document as far as it can be read.
func readTTML(document []byte) []ttmlCue {
	if bytes.HasPrefix(document, []byte{0xfe, 0xff}) || bytes.HasPrefix(document, []byte{0xff, 0xfe}) {
		document = []byte(Decode(document))
	}
	r := ttml{scales: ttmlScales{frames: 30, ticks: 1}, styles: map[string]face{}, open: []element{{to: forever}}}
	d := xml.NewDecoder(bytes.NewReader(document))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := d.Token()
		if err != nil {
			return r.cues
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(r.open) == maxDepth {
				return r.cues
			}
			r.start(t)
		case xml.EndElement:
			r.end()
		case xml.CharData:
			if r.paragraph > 0 {
				r.write(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(string(t)))
			}
		}
	}
}

func (r *ttml) write(s string) {
	if s != "" {
		r.text.WriteString(styled(s, nil, r.open[len(r.open)-1].face))
	}
}

func (r *ttml) start(t xml.StartElement) {
	outer := r.open[len(r.open)-1]
	inner := r.within(outer, t)
	r.open = append(r.open, inner)
	switch t.Name.Local {
	case "tt":
		r.scales = scalesOf(t)
	case "style":
		if id := attribute(t, "id"); id != "" {
			r.styles[id] = inner.face
		}
	case "p":
		if r.paragraph == 0 {
			r.paragraph = len(r.open)
			r.text.Reset()
		}
	case "br":
		if r.paragraph > 0 {
			r.text.WriteByte('\n')
		}
	}
}

func (r *ttml) end() {
	if len(r.open) == 1 {
		return
	}
	if r.paragraph == len(r.open) {
		p := r.open[len(r.open)-1]
		var lines []string
		for line := range strings.SplitSeq(r.text.String(), "\n") {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		if text := Lines(strings.Join(lines, "\n")); text != "" && p.to > p.from {
			r.cues = append(r.cues, ttmlCue{p.from, p.to, text})
		}
		r.paragraph = 0
	}
	r.open = r.open[:len(r.open)-1]
}

// within is an element inside another: times count from where that begins, and
// don't go beyond its end.
func (r *ttml) within(outer element, t xml.StartElement) element {
	e := outer
	if begin, ok := r.scales.time(attribute(t, "begin")); ok {
		e.from = outer.from + begin
	}
	if end, ok := r.scales.time(attribute(t, "end")); ok {
		e.to = min(e.to, outer.from+end)
	}
	if length, ok := r.scales.time(attribute(t, "dur")); ok {
		e.to = min(e.to, e.from+length)
	}
	for name := range strings.FieldsSeq(attribute(t, "style")) {
		e.face |= r.styles[name]
	}
	e.face = turned(e.face, 1, attribute(t, "fontWeight"), "bold", "normal")
	e.face = turned(e.face, 2, attribute(t, "fontStyle"), "italic", "normal")
	e.face = turned(e.face, 4, attribute(t, "textDecoration"), "underline", "noUnderline")
	return e
}

// turned turns a flag on or off, if a value says so.
func turned(f, flag face, value, on, off string) face {
	switch value {
	case on:
		return f | flag
	case off, "none":
		return f &^ flag
	}
	return f
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func scalesOf(t xml.StartElement) ttmlScales {
	s := ttmlScales{frames: 30, ticks: 1}
	if f, err := strconv.ParseFloat(attribute(t, "frameRate"), 64); err == nil && f > 0 && f < 1e4 {
		s.frames = f
		s.ticks = f
	}
	var over, under float64
	if m := strings.Fields(attribute(t, "frameRateMultiplier")); len(m) == 2 {
		over, _ = strconv.ParseFloat(m[0], 64)
		under, _ = strconv.ParseFloat(m[1], 64)
	}
	if over > 0 && under > 0 && over < 1e6 && under < 1e6 {
		s.frames *= over / under
	}
	if f, err := strconv.ParseFloat(attribute(t, "tickRate"), 64); err == nil && f > 0 && f < 1e12 {
		s.ticks = f
	}
	return s
}

// time reads a time expression, in seconds: 00:01:02.5, 00:01:02:12 with frames,
// or 2.5s, 10ms, 3m, 1h, 12f, 900t.
func (s ttmlScales) time(text string) (seconds float64, ok bool) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, ":") {
		return s.clock(strings.Split(text, ":"))
	}
	for _, unit := range []struct {
		name    string
		seconds float64
	}{{"ms", 0.001}, {"h", 3600}, {"m", 60}, {"s", 1}, {"f", 1 / s.frames}, {"t", 1 / s.ticks}} {
		if number, found := strings.CutSuffix(text, unit.name); found {
			n, ok := decimal(number)
			return n * unit.seconds, ok
		}
	}
	return 0, false
}

func (s ttmlScales) clock(fields []string) (seconds float64, ok bool) {
	units := []float64{3600, 60, 1, 1 / s.frames}
	if len(fields) < 3 || len(fields) > len(units) {
		return 0, false
	}
	for i, f := range fields {
		n, ok := decimal(f)
		if !ok {
			return 0, false
		}
		seconds += n * units[i]
	}
	return seconds, true
}

// decimal reads a number of digits and a point, below forever.
func decimal(s string) (float64, bool) {
	if strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n < forever
}
