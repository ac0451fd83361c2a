package codec

import (
	"bytes"
	"math"

	"vodsrv/mp4/box"
)

// mse writes the entry as MSE wants it, Raw if that is the same.
func (p *parser) mse() []byte {
	b := box.NewBuilder(len(p.Raw))
	if p.Kind == Audio && p.rewrite {
		p.plainSound(b)
	} else {
		p.plain(b)
	}
	if bytes.Equal(b.Done(), p.Raw) {
		return p.Raw
	}
	return b.Done()
}

// plain leaves out what is no box behind the children, such as the four zero
// bytes that end QuickTime's lists.
func (p *parser) plain(b *box.Builder) {
	b.Start(string(p.format[:]))
	b.Bytes(p.body[:p.fixed])
	for _, c := range p.children {
		copyChild(b, c)
	}
	b.End()
}

// plainSound writes a version 0 AudioSampleEntry with the configuration right
// in it: what browsers read of QuickTime's sound descriptions differs. ISO's
// version 1 would need a version 1 stsd.
func (p *parser) plainSound(b *box.Builder) {
	b.Start(string(p.format[:]))
	b.Bytes(p.body[:sampleEntrySize])
	b.U64(0)
	b.U16(uint16(min(p.Channels, math.MaxUint16)))
	b.U16(p.sampleSize)
	b.U32(0)
	b.U16(expressible(p.SampleRate))
	b.U16(0)
	copyChild(b, p.config)
	if btrt, ok := p.child("btrt"); ok {
		copyChild(b, btrt)
	}
	b.End()
}

// expressible is the greatest regular division of the rate that 16 bits can
// hold (Encapsulation of FLAC in ISOBMFF, 3.3.1): Firefox refuses FLAC with 0.
func expressible(rate int) uint16 {
	for rate > math.MaxUint16 {
		rate /= 2
	}
	return uint16(rate)
}

func copyChild(b *box.Builder, c child) {
	if !c.ToEnd {
		b.Bytes(c.raw)
		return
	}
	b.Start(string(c.Type[:]))
	if c.Type == box.T("uuid") {
		b.Bytes(c.UserType[:])
	}
	b.Bytes(c.body())
	b.End()
}

// mp3Config makes the esds box of MPEG audio, which QuickTime describes
// without one: it says nothing but the object type.
func mp3Config(object uint8) child {
	b := box.NewBuilder(35)
	b.StartFull("esds", 0, 0)
	b.Bytes(esDescriptor(object, nil))
	b.End()
	return child{box.Header{Type: box.T("esds"), Size: int64(b.Len()), HeadSize: 8}, b.Done()}
}
