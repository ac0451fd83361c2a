package dump

// audioKinds are the configurations of audio codecs.
var audioKinds = map[string]kind{
	"dac3": {read: func(f *fields) {
		rate := f.bits(3, bit{"fscod", 2}, bit{"bsid", 5}, bit{"bsmod", 3}, bit{"acmod", 3}, bit{"lfeon", 1}, bit{"bit_rate_code", 5}, bit{"", 5})[5]
		if rate < uint64(len(ac3Rates)) {
			f.put("bit_rate_kbps", number(ac3Rates[rate]))
		}
	}},
	"dec3": {read: readDec3},
	"dac4": {}, "dmlp": {},
	"dOps": {read: readDOps},
	"dfLa": {full: true, read: readDfLa},
	"alac": {full: true, read: readALAC},
	"pcmC": {full: true, read: func(f *fields) { f.num("format_flags", 1); f.num("PCM_sample_size", 1) }},
	"srat": {full: true, read: func(f *fields) { f.num("sampling_rate", 4) }},
	"damr": {read: func(f *fields) {
		f.type4("vendor")
		f.num("decoder_version", 1)
		f.hexNum("mode_set", 2)
		f.num("mode_change_period", 1)
		f.num("frames_per_sample", 1)
	}},
	"mhaC": {read: func(f *fields) {
		f.num("configurationVersion", 1)
		f.num("mpegh3daProfileLevelIndication", 1)
		f.num("referenceChannelLayout", 1)
		f.hex("mpegh3daConfig", int64(f.num("mpegh3daConfigLength", 2)))
	}},
	"ddts": {read: func(f *fields) {
		f.num("DTSSamplingFrequency", 4)
		f.num("maxBitrate", 4)
		f.num("avgBitrate", 4)
		f.num("pcmSampleDepth", 1)
		f.hex("streamConstruction", f.left())
	}},
	"SA3D": {read: func(f *fields) {
		f.num("version", 1)
		f.num("ambisonic_type", 1)
		f.num("ambisonic_order", 4)
		f.num("ambisonic_channel_ordering", 1)
		f.num("ambisonic_normalization", 1)
		f.numbers("channel_map", f.num("num_channels", 4), 4)
	}},
}

// ac3Rates are nominal rates by bit_rate_code (ETSI TS 102 366, F.4).
var ac3Rates = [...]uint64{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640}

// readDec3 reads ETSI TS 102 366, F.6.
func readDec3(f *fields) {
	n := f.bits(2, bit{"data_rate", 13}, bit{"num_ind_sub", 3})[1] + 1
	f.counted("substreams", n, func() {
		dependent := f.bits(3, bit{"fscod", 2}, bit{"bsid", 5}, bit{"", 1}, bit{"asvc", 1}, bit{"bsmod", 3}, bit{"acmod", 3}, bit{"lfeon", 1},
			bit{"", 3}, bit{"num_dep_sub", 4}, bit{"", 1})[8]
		if dependent > 0 {
			// Nine bits, of which the first is the last of the three bytes before.
			f.pos--
			f.bits(2, bit{"", 7}, bit{"chan_loc", 9})
		}
	})
	if f.left() == 2 {
		f.bits(2, bit{"", 7}, bit{"flag_ec3_extension_type_a", 1}, bit{"complexity_index_type_a", 8})
	}
}

func readDOps(f *fields) {
	f.num("Version", 1)
	channels := f.num("OutputChannelCount", 1)
	f.num("PreSkip", 2)
	f.num("InputSampleRate", 4)
	f.fixed("OutputGain", 2, 8)
	if f.num("ChannelMappingFamily", 1) != 0 {
		f.num("StreamCount", 1)
		f.num("CoupledCount", 1)
		f.numbers("ChannelMapping", channels, 1)
	}
}

var flacBlocks = map[uint64]string{0: "STREAMINFO", 1: "PADDING", 2: "APPLICATION", 3: "SEEKTABLE", 4: "VORBIS_COMMENT", 5: "CUESHEET", 6: "PICTURE"}

func readDfLa(f *fields) {
	last := false
	f.rows("blocks", func(uint64) bool { return !last }, func() {
		v := f.uint(1)
		last = v>>7 == 1
		f.put("type", number(v&0x7f).named(flacBlocks[v&0x7f]))
		n := int64(f.num("length", 3))
		if v&0x7f == 0 && n == 34 {
			f.streamInfo()
			return
		}
		f.hex("data", n)
	})
}

func (f *fields) streamInfo() {
	f.num("minimum_block_size", 2)
	f.num("maximum_block_size", 2)
	f.num("minimum_frame_size", 3)
	f.num("maximum_frame_size", 3)
	v := f.uint(8)
	f.put("sample_rate", number(v>>44))
	f.put("channels", number(v>>41&7+1))
	f.put("bits_per_sample", number(v>>36&31+1))
	f.put("total_samples", number(v&(1<<36-1)))
	f.hex("md5", 16)
}

// readALAC reads an ALACSpecificConfig, of Apple's Lossless Audio Codec.
func readALAC(f *fields) {
	f.num("frameLength", 4)
	f.num("compatibleVersion", 1)
	f.num("bitDepth", 1)
	f.skip(3)
	f.num("numChannels", 1)
	f.num("maxRun", 2)
	f.num("maxFrameBytes", 4)
	f.num("avgBitRate", 4)
	f.num("sampleRate", 4)
}

var audioObjects = map[uint64]string{
	1: "AAC Main", 2: "AAC LC", 3: "AAC SSR", 4: "AAC LTP", 5: "SBR", 6: "AAC Scalable", 17: "ER AAC LC", 23: "ER AAC LD",
	29: "PS", 34: "MPEG-1/2 Layer 3", 36: "ALS", 39: "ER AAC ELD", 42: "USAC",
}

var aacRates = [...]uint64{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// specificInfo reads a DecoderSpecificInfo; of AAC, what an AudioSpecificConfig
// begins with (ISO/IEC 14496-3, 1.6.2.1).
func (f *fields) specificInfo(object uint64) {
	at := f.pos
	if (object == 0x40 || object >= 0x66 && object <= 0x68) && f.left() >= 2 {
		v := f.uint(2)
		if kind, rate := v>>11, v>>7&15; kind != 31 && rate != 15 {
			f.put("audioObjectType", number(kind).named(audioObjects[kind]))
			if rate < uint64(len(aacRates)) {
				f.put("samplingFrequency", number(aacRates[rate]))
			}
			f.put("channelConfiguration", number(v>>3&15))
		}
		f.pos = at
	}
	f.hex("DecoderSpecificInfo", f.left())
}
