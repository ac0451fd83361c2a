package codec

import "vodsrv/mp4/box"

// leaf makes a box with that payload.
func leaf(t string, body ...byte) []byte {
	b := box.NewBuilder(8 + len(body))
	b.Start(t)
	b.Bytes(body)
	b.End()
	return b.Done()
}

// visual makes a video entry of 64 x 32 pixels.
func visual(format string, children ...[]byte) []byte {
	b := box.NewBuilder(0)
	b.Start(format)
	b.Bytes(make([]byte, sampleEntrySize+16))
	b.U16(64)
	b.U16(32)
	b.Bytes(make([]byte, visualSize-sampleEntrySize-20))
	for _, c := range children {
		b.Bytes(c)
	}
	b.End()
	return b.Done()
}

// sound makes an audio entry of 2 channels and 44,100 Hz, with that version
// and the bytes that follow the fields of version 0.
func sound(format string, version uint16, rest ...[]byte) []byte {
	b := box.NewBuilder(0)
	b.Start(format)
	b.Bytes(make([]byte, sampleEntrySize-1))
	b.U8(1)
	b.U16(version)
	b.Bytes(make([]byte, 6))
	b.U16(2)
	b.U16(16)
	b.U32(0)
	b.U32(44100 << 16)
	for _, r := range rest {
		b.Bytes(r)
	}
	b.End()
	return b.Done()
}

// esdsBox makes an esds box of that object type and DecoderSpecificInfo.
func esdsBox(object uint8, specific ...byte) []byte {
	d := append([]byte{decoderSpecificTag, byte(len(specific))}, specific...)
	config := append([]byte{object, audioStream, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, d...)
	es := append([]byte{0, 0, 0, decoderConfigTag, byte(len(config))}, config...)
	return leaf("esds", append([]byte{0, 0, 0, 0, esTag, byte(len(es))}, es...)...)
}
