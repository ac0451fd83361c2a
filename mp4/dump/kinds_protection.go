package dump

// protectionKinds are the boxes of encrypted media (ISO/IEC 14496-12, 8.12;
// ISO/IEC 23001-7; Microsoft's PIFF).
var protectionKinds = map[string]kind{
	"sinf": container, "rinf": container, "schi": container, "ipro": {full: true, children: true, read: func(f *fields) { f.num("protection_count", 2) }},
	"frma": {read: readFrma},
	"schm": {full: true, flags: []flagName{{1, "scheme_uri-present"}}, read: func(f *fields) {
		f.type4("scheme_type")
		f.hexNum("scheme_version", 4)
		if f.flags&1 != 0 {
			f.cstring("scheme_uri")
		}
	}},
	"tenc": {full: true, read: readTenc, facts: true},
	"pssh": {full: true, read: readPssh},
	"senc": {full: true, flags: sencFlags, read: readSenc},
}

var sencFlags = []flagName{{1, "override-track-encryption"}, {2, "subsamples"}}

var systems = map[string]string{
	"edef8ba9-79d6-4ace-a3c8-27dcd51d21ed": "Widevine",
	"9a04f079-9840-4286-ab92-e65be0885f95": "PlayReady",
	"94ce86fb-07ff-4f43-adb8-93d2fa968ca2": "FairPlay",
	"1077efec-c0b2-4d02-ace3-3c1e52e2fb4b": "W3C common",
	"e2719d58-a985-b3c9-781a-b030af78d30e": "Clear Key",
	"5e629af5-38da-4063-8977-97ffbd9902d4": "Marlin",
	"f239e769-efa3-4850-9c16-a903c6932efb": "Primetime",
	"9a27dd82-fde2-4725-8cbc-4234aa06ec09": "VCAS",
	"3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c": "ChinaDRM",
}

func readFrma(f *fields) { f.type4("data_format") }

func readTenc(f *fields) {
	f.skip(1)
	f.protection("default_", f.version > 0)
}

// protection reads how samples are encrypted, in tenc or in a group of
// samples (ISO/IEC 23001-7, 8.2 and 6).
func (f *fields) protection(prefix string, pattern bool) {
	if pattern {
		f.bits(1, bit{prefix + "crypt_byte_block", 4}, bit{prefix + "skip_byte_block", 4})
	} else {
		f.skip(1)
	}
	protected := f.num(prefix+"isProtected", 1)
	iv := f.ivSize(prefix + "Per_Sample_IV_Size")
	f.uuid(prefix+"KID", nil)
	if protected == 1 && iv == 0 {
		f.hex(prefix+"constant_IV", int64(f.num(prefix+"constant_IV_size", 1)))
	}
}

// ivSize reads the size of initialization vectors, which senc does not repeat.
func (f *fields) ivSize(name string) uint64 {
	n := f.num(name, 1)
	if f.d.silent && f.track != nil && !f.short {
		f.track.ivSize = int(n)
	}
	return n
}

// readSenc reads initialization vectors and sub-samples (ISO/IEC 23001-7,
// 7.2).
func readSenc(f *fields) {
	iv := -1
	if f.track != nil {
		iv = f.track.ivSize
	}
	if f.flags&1 != 0 {
		f.num("AlgorithmID", 3)
		iv = int(f.num("IV_size", 1))
		f.uuid("KID", nil)
	}
	count := f.num("sample_count", 4)
	if f.short {
		return
	}
	if iv < 0 || !f.fits(count, iv) {
		if iv = f.guessIV(count); iv < 0 {
			f.hex("samples_hex", f.left())
			return
		}
	}
	switch {
	case f.flags&2 != 0:
		f.counted("samples", count, func() { f.subsampled(iv) })
	case iv > 0:
		f.list("samples", count, int64(iv), func() { f.hex("IV", int64(iv)) })
	}
}

func (f *fields) subsampled(iv int) {
	if iv > 0 {
		f.hex("IV", int64(iv))
	}
	f.list("subsamples", f.uint(2), 6, func() { f.num("clear", 2); f.num("protected", 4) })
}

// guessIV finds a size of initialization vectors with which the entries fill
// the box, for segments whose tenc is in another file; -1 if none does.
func (f *fields) guessIV(count uint64) int {
	for _, iv := range []int{8, 16, 0} {
		if f.fits(count, iv) {
			return iv
		}
	}
	return -1
}

// fits tells whether entries with such initialization vectors fill the box.
func (f *fields) fits(count uint64, iv int) bool {
	if f.flags&2 == 0 {
		return count <= uint64(f.left()) && int64(count)*int64(iv) == f.left()
	}
	probe := fields{d: f.d, place: f.place, pos: f.pos, end: f.end, mute: true}
	for range count {
		probe.skip(int64(iv))
		probe.skip(6 * int64(probe.uint(2)))
		if probe.short {
			return false
		}
	}
	return probe.left() == 0
}

func readPssh(f *fields) {
	f.uuid("SystemID", systems)
	if f.version > 0 {
		f.list("KIDs", f.num("KID_count", 4), 16, func() { f.uuid("", nil) })
	}
	f.hex("data", int64(f.num("data_size", 4)))
}

func readPIFFTenc(f *fields) {
	f.num("default_AlgorithmID", 3)
	f.ivSize("default_IV_size")
	f.uuid("default_KID", nil)
}
