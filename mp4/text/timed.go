package text

import (
	"encoding/binary"
	"math"
	"strings"

	"vodsrv/mp4/box"
)

// face is how letters look: flags of a style record (3GPP TS 26.245, section
// 5.16).
type face uint8

// faceTags are the faces that WebVTT has tags for.
var faceTags = []struct {
	flag face
	tag  string
}{{1, "b"}, {2, "i"}, {4, "u"}}

// run is a span of letters, numbered from 0, with a face.
type run struct {
	from, to uint16
	face     face
}

// defaultFaceAt is where in a whole sample entry of tx3g its default face
// stands: behind the entry's own head, display flags, justification, background
// and box, and four fields of the style record.
const defaultFaceAt = 8 + 8 + 4 + 2 + 4 + 8 + 6

func defaultFace(entry []byte) face {
	if len(entry) <= defaultFaceAt {
		return 0
	}
	return face(entry[defaultFaceAt])
}

// timedText makes cue text of a sample of tx3g or of QuickTime's text.
func timedText(sample []byte, plain face) string {
	text, boxes := split(sample)
	return Lines(styled(text, styles(boxes), plain))
}

// styles reads the styl box behind a sample's text: records of 3GPP, or the
// longer ones of QuickTime, which go up to the next.
func styles(boxes []byte) (runs []run) {
	_ = box.Each("", boxes, 0, func(t box.Type, body []byte) error { // what can't be read is plain
		if t != box.T("styl") || len(body) < 2 {
			return nil
		}
		const size, longSize = 12, 20
		count := int(binary.BigEndian.Uint16(body))
		body = body[2:]
		if len(body) == count*longSize {
			for ; len(body) > 0; body = body[longSize:] {
				from := uint16(min(binary.BigEndian.Uint32(body), math.MaxUint16))
				if n := len(runs); n > 0 {
					runs[n-1].to = from
				}
				runs = append(runs, run{from, math.MaxUint16, face(body[10])})
			}
			return nil
		}
		for ; count > 0 && len(body) >= size; count, body = count-1, body[size:] {
			runs = append(runs, run{binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:]), face(body[6])})
		}
		return nil
	})
	return runs
}

// styled puts tags around letters. Lines each have tags of their own, since
// they may turn out to be empty.
func styled(text string, runs []run, plain face) string {
	var b strings.Builder
	now := face(0)
	n := 0
	for _, r := range text {
		want := plain
		for len(runs) > 0 && int(runs[0].to) <= n {
			runs = runs[1:]
		}
		if len(runs) > 0 && int(runs[0].from) <= n {
			want = runs[0].face
		}
		if breaksLine(r) {
			want = 0
		}
		if want != now {
			writeTags(&b, now, true)
			writeTags(&b, want, false)
			now = want
		}
		b.WriteString(Escape(string(r)))
		n++
	}
	writeTags(&b, now, true)
	return b.String()
}

// writeTags opens the tags of a face, or closes them in turn.
func writeTags(b *strings.Builder, f face, closing bool) {
	for k := range faceTags {
		if closing {
			k = len(faceTags) - 1 - k
		}
		switch t := faceTags[k]; {
		case f&t.flag == 0:
		case closing:
			b.WriteString("</" + t.tag + ">")
		default:
			b.WriteString("<" + t.tag + ">")
		}
	}
}
