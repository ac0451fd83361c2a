package mp4test

// Visual is a VisualSampleEntry of that size in pixels around its boxes.
func Visual(format string, width, height uint16, boxes ...[]byte) []byte {
	fields := [][]byte{
		make([]byte, 6), U16(1), make([]byte, 16),
		U16(width, height), U32(0x480000, 0x480000, 0), U16(1), make([]byte, 32), U16(24, 0xffff),
	}
	return Box(format, append(fields, boxes...)...)
}

// Sound is an AudioSampleEntry for two channels around its boxes.
func Sound(format string, rate uint16, boxes ...[]byte) []byte {
	fields := [][]byte{make([]byte, 6), U16(1), make([]byte, 8), U16(2, 16), U32(0), U16(rate, 0)}
	return Box(format, append(fields, boxes...)...)
}

// AVC is a sample entry of H.264 High that says so and no more.
func AVC(width, height uint16) []byte {
	sps, pps := U8(0x67, 100, 0, 31, 0xac), U8(0x68, 0xee)
	config := Join(U8(1, 100, 0, 31, 0xff, 0xe1), U16(uint16(len(sps))), sps, U8(1), U16(uint16(len(pps))), pps)
	return Visual("avc1", width, height, Box("avcC", config))
}

// AAC is a sample entry of AAC-LC, stereo at 48 kHz.
func AAC() []byte {
	specific := U8(0x11, 0x90)
	decoder := Join(U8(0x40, 0x15), make([]byte, 11), descriptor(5, specific))
	es := Join(U16(1), U8(0), descriptor(4, decoder), descriptor(6, U8(2)))
	return Sound("mp4a", 48000, Full("esds", 0, 0, descriptor(3, es)))
}

func descriptor(tag uint8, body []byte) []byte { return Join(U8(tag, uint8(len(body))), body) }

// Plain is a sample entry of a kind with nothing in it but the reference to
// the data.
func Plain(format string) []byte { return Box(format, make([]byte, 6), U16(1), make([]byte, 16)) }
