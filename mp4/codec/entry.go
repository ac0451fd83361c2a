package codec

import (
	"bytes"
	"fmt"
	"strings"

	"vodsrv/mp4/box"
)

// Sizes in bytes of the fixed fields that sample entries begin with.
const (
	sampleEntrySize = 8
	visualSize      = sampleEntrySize + 70
)

// child is a box within a sample entry.
type child struct {
	box.Header
	raw []byte // with the header
}

func (c child) body() []byte { return c.raw[c.HeadSize:] }

// parser holds a sample entry while it is read.
type parser struct {
	Entry
	path     string
	format   box.Type // to write, like Original
	body     []byte   // the entry without its header
	at       int64    // offset of body in the file
	fixed    int      // bytes of body before the first child
	children []child
	broken   error // ended the walk over the children
	rewrite  bool  // MSE needs a plain sound description around config
	config   child // the codec's configuration, if found

	sampleSize uint16 // of a sound entry, in bits
}

func (p *parser) parse() {
	switch p.Kind {
	case Video:
		p.visual()
	case Audio:
		p.sound()
	default:
		p.fixed = len(p.body)
	}
	p.protection()
	p.codec()
	if p.Encrypted {
		p.Playable, p.Reason = false, ""
	}
	if !p.Playable && p.Reason == "" {
		p.Reason = p.reason()
	}
	if p.Playable {
		p.MSE = p.mse()
	}
}

// visual reads the fields of a VisualSampleEntry (section 12.1.3).
func (p *parser) visual() {
	c := box.NewCursor(p.body)
	c.Skip(sampleEntrySize + 16)
	p.Width, p.Height = int(c.U16()), int(c.U16())
	p.walk(visualSize)
	if pasp, ok := p.child("pasp"); ok {
		c := box.NewCursor(pasp.body())
		if w, h := c.U32(), c.U32(); w > 0 && h > 0 {
			d := divisor(w, h)
			p.PixelAspect = [2]uint32{w / d, h / d}
		}
	}
	p.Colour, _ = p.colr()
}

// divisor is the greatest that both have in common.
func divisor(a, b uint32) uint32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// walk finds the children after the fixed fields.
func (p *parser) walk(fixed int) {
	if len(p.body) < fixed {
		p.fixed = len(p.body)
		p.broken = box.Errorf(p.path, p.at, "is too short for its fields")
		return
	}
	p.fixed = fixed
	p.children, p.broken = children(p.path, p.body[fixed:], p.at+int64(fixed))
}

// children lists the boxes in b up to the first that is broken. QuickTime ends
// some lists with a box of no type.
func children(path string, b []byte, offset int64) ([]child, error) {
	var list []child
	end := offset + int64(len(b))
	for len(b) >= 8 {
		h, err := box.ParseHeader(b, offset, end)
		if h.Type == (box.Type{}) {
			break
		}
		if err != nil {
			return list, err
		}
		if h.End() > end {
			return list, box.Errorf(path+"/"+h.Type.String(), offset, "does not fit into its container")
		}
		list = append(list, child{h, b[:h.Size:h.Size]})
		b, offset = b[h.Size:], h.End()
	}
	return list, nil
}

func find(list []child, t string) (child, bool) {
	for _, c := range list {
		if c.Type == box.T(t) {
			return c, true
		}
	}
	return child{}, false
}

func (p *parser) child(t string) (child, bool) { return find(p.children, t) }

// piffTenc is the user type of PIFF's tenc, whose fields stand where those of
// tenc stand.
var piffTenc = [16]byte{0x89, 0x74, 0xdb, 0xce, 0x7b, 0xe7, 0x4c, 0x51, 0x84, 0xf9, 0x71, 0x48, 0xf9, 0x88, 0x25, 0x54}

// protection reads what the entry says about encryption (section 8.12).
func (p *parser) protection() {
	switch p.Format {
	case "encv", "enca", "enct", "encs", "encm", "drms", "drmi":
		p.Encrypted = true
	}
	sinf, ok := p.child("sinf")
	if !ok {
		return
	}
	p.Encrypted = true
	// What is broken below only leaves facts unknown: the entry can't be
	// played anyway.
	list, _ := children(p.path+"/sinf", sinf.body(), sinf.Body())
	if frma, ok := find(list, "frma"); ok && len(frma.body()) >= 4 {
		p.format = box.Type(frma.body()[:4])
		p.Original = p.format.String()
	}
	if schm, ok := find(list, "schm"); ok && len(schm.body()) >= 8 {
		p.Scheme = box.Type(schm.body()[4:8]).String()
	}
	schi, _ := find(list, "schi")
	if schi.raw == nil {
		return
	}
	list, _ = children(p.path+"/sinf/schi", schi.body(), schi.Body())
	for _, c := range list {
		if isTenc := c.Type == box.T("tenc") || c.UserType == piffTenc; isTenc && len(c.body()) >= 24 {
			p.VectorSize = c.body()[7]
			p.KID = bytes.Clone(c.body()[8:24])
		}
	}
}

// codec reads the configuration of the entry's format.
func (p *parser) codec() {
	p.Codec, p.Name = escape(p.format), p.Original
	f, ok := formats[p.Original]
	if !ok {
		return
	}
	p.Name = f.name
	if f.kind != p.Kind {
		return
	}
	p.Playable = f.playable
	if f.read == nil {
		return
	}
	var err error
	if f.config == "" {
		err = f.read(p, child{})
	} else if p.config, ok = p.configuration(f.config); ok {
		err = f.read(p, p.config)
	} else if err = p.broken; err == nil {
		err = box.Errorf(p.path, p.start(), "has no %s box, which says how to decode it", f.config)
	}
	if err != nil && p.Playable {
		p.Playable = false
		p.Reason = fmt.Sprintf("The configuration of this %s track can't be read: %v.", p.Name, err)
	}
}

// start is the offset of the entry in the file, in bytes.
func (p *parser) start() int64 { return p.at - int64(len(p.Raw)-len(p.body)) }

// configuration finds the box of the codec's configuration, in QuickTime's
// wave box too.
func (p *parser) configuration(t string) (child, bool) {
	if c, ok := p.child(t); ok {
		return c, true
	}
	wave, ok := p.child("wave")
	if !ok || p.Kind != Audio {
		return child{}, false
	}
	p.rewrite = true
	list, err := children(p.path+"/wave", wave.body(), wave.Body())
	if p.broken == nil {
		p.broken = err
	}
	return find(list, t)
}

func (p *parser) short(c *box.Cursor, config child) error {
	return c.Err(p.path+"/"+config.Type.String(), config.Header.Offset)
}

func (p *parser) wrong(config child, format string, args ...any) error {
	return box.Errorf(p.path+"/"+config.Type.String(), config.Header.Offset, format, args...)
}

// escape writes a code as an element of the codecs parameter, whose other
// characters RFC 6381 has percent-encoded.
func escape(t box.Type) string {
	var s strings.Builder
	for _, c := range t {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', strings.IndexByte("-_.+", c) >= 0:
			s.WriteByte(c)
		default:
			fmt.Fprintf(&s, "%%%02X", c)
		}
	}
	return s.String()
}

// reason is why the entry is not playable although it is as it should be.
func (p *parser) reason() string {
	code := p.Codec
	if strings.Contains(code, "%") {
		code = strings.TrimSpace(p.Original)
	}
	switch {
	case p.Encrypted && p.Original != p.Format:
		return fmt.Sprintf("This %s track is encrypted%s, and vodsrv has no keys.", p.Name, p.scheme())
	case p.Encrypted:
		return fmt.Sprintf("This track is encrypted%s, and vodsrv has no keys.", p.scheme())
	case p.Name == p.Original:
		return fmt.Sprintf("Browsers do not play %s tracks of type %q.", p.Kind, code)
	case p.Kind != Video && p.Kind != Audio, strings.HasSuffix(strings.ToLower(p.Name), string(p.Kind)):
		return fmt.Sprintf("Browsers do not play %s (%s).", p.Name, code)
	}
	return fmt.Sprintf("Browsers do not play %s %s (%s).", p.Name, p.Kind, code)
}

func (p *parser) scheme() string {
	if p.Scheme == "" {
		return ""
	}
	return " (" + p.Scheme + ")"
}
