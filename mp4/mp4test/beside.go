package mp4test

// Protected is a sample entry for H.264 that is encrypted with AES in counter
// mode, each sample with a vector of 8 bytes.
func Protected(scheme string) []byte {
	tenc := Full("tenc", 0, 0, U8(0, 0, 1, 8), []byte("0123456789abcdef"))
	sinf := Box("sinf", Box("frma", []byte("avc1")), Full("schm", 0, 0, []byte(scheme), U32(0x10000)), Box("schi", tenc))
	return Visual("encv", 320, 180, AVC(320, 180)[86:], sinf)
}

// Sgpd is an sgpd box of version 1 with descriptions of one length.
func Sgpd(kind string, descriptions ...string) []byte {
	body := Join([]byte(kind), U32(uint32(len(descriptions[0])), uint32(len(descriptions))))
	for _, d := range descriptions {
		body = append(body, d...)
	}
	return Full("sgpd", 1, 0, body)
}

// Sbgp is an sbgp box with pairs of a count and an index.
func Sbgp(kind string, pairs ...uint32) []byte {
	return Full("sbgp", 0, 0, []byte(kind), U32(uint32(len(pairs)/2)), U32(pairs...))
}

// Saiz is a saiz box with a size for each sample.
func Saiz(sizes ...uint8) []byte {
	return Full("saiz", 0, 0, U8(0), U32(uint32(len(sizes))), sizes)
}

// Saio is a saio box with 32-bit offsets.
func Saio(offsets ...uint32) []byte {
	return Full("saio", 0, 0, U32(uint32(len(offsets))), U32(offsets...))
}

// Senc is a senc box with an entry for each sample.
func Senc(flags uint32, entries ...[]byte) []byte {
	return Full("senc", 0, flags, U32(uint32(len(entries))), Join(entries...))
}
