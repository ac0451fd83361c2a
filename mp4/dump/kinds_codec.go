package dump

// codecKinds are the configurations of video codecs and of codecs described by
// MPEG-4's descriptors.
var codecKinds = map[string]kind{
	"avcC": {read: readAvcC},
	"hvcC": {read: readHvcC},
	"lhvC": {read: readLhvC},
	"vvcC": {full: true},
	"av1C": {read: func(f *fields) {
		f.bits(4, bit{"marker", 1}, bit{"version", 7}, bit{"seq_profile", 3}, bit{"seq_level_idx_0", 5},
			bit{"seq_tier_0", 1}, bit{"high_bitdepth", 1}, bit{"twelve_bit", 1}, bit{"monochrome", 1},
			bit{"chroma_subsampling_x", 1}, bit{"chroma_subsampling_y", 1}, bit{"chroma_sample_position", 2},
			bit{"", 3}, bit{"initial_presentation_delay_present", 1}, bit{"initial_presentation_delay_minus_one", 4})
		f.hex("configOBUs", f.left())
	}},
	"vpcC": {full: true, read: func(f *fields) {
		f.num("profile", 1)
		f.num("level", 1)
		f.bits(1, bit{"bitDepth", 4}, bit{"chromaSubsampling", 3}, bit{"videoFullRangeFlag", 1})
		f.named("colourPrimaries", 1, primaries)
		f.named("transferCharacteristics", 1, transfers)
		f.named("matrixCoefficients", 1, matrices)
		f.hex("codecInitializationData", int64(f.num("codecInitializationDataSize", 2)))
	}},
	"dvcC": {read: readDolbyVision}, "dvvC": {read: readDolbyVision}, "dvwC": {read: readDolbyVision},
	"esds": {full: true, read: readDescriptors},
	"btrt": {read: func(f *fields) { f.num("bufferSizeDB", 4); f.num("maxBitrate", 4); f.num("avgBitrate", 4) }},
	"m4ds": {read: readDescriptors},
	"d263": {read: func(f *fields) {
		f.type4("vendor")
		f.num("decoder_version", 1)
		f.num("H263_Level", 1)
		f.num("H263_Profile", 1)
	}},
	"bitr": {read: func(f *fields) { f.num("avg_bitrate", 4); f.num("max_bitrate", 4) }},
}

// readAvcC reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1).
func readAvcC(f *fields) {
	f.num("configurationVersion", 1)
	profile := f.named("AVCProfileIndication", 1, avcProfiles)
	f.hexNum("profile_compatibility", 1)
	f.num("AVCLevelIndication", 1)
	f.bits(1, bit{"", 6}, bit{"lengthSizeMinusOne", 2})
	f.units("sequenceParameterSets", f.uint(1)&31)
	f.units("pictureParameterSets", f.uint(1))
	if f.left() >= 4 && profile != 66 && profile != 77 && profile != 88 {
		f.bits(1, bit{"", 6}, bit{"chroma_format", 2})
		f.bits(1, bit{"", 5}, bit{"bit_depth_luma_minus8", 3})
		f.bits(1, bit{"", 5}, bit{"bit_depth_chroma_minus8", 3})
		f.units("sequenceParameterSetExts", f.uint(1))
	}
}

var avcProfiles = map[uint64]string{
	66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2", 244: "High 4:4:4 Predictive", 44: "CAVLC 4:4:4",
}

// units is a list of NAL units behind their lengths.
func (f *fields) units(name string, count uint64) {
	f.counted(name, count, func() { f.hex("", int64(f.uint(2))) })
}

// readHvcC reads an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15,
// 8.3.3.1).
func readHvcC(f *fields) {
	f.num("configurationVersion", 1)
	f.bits(1, bit{"general_profile_space", 2}, bit{"general_tier_flag", 1}, bit{"general_profile_idc", 5})
	f.hexNum("general_profile_compatibility_flags", 4)
	f.hexNum("general_constraint_indicator_flags", 6)
	f.num("general_level_idc", 1)
	f.bits(2, bit{"", 4}, bit{"min_spatial_segmentation_idc", 12})
	f.bits(1, bit{"", 6}, bit{"parallelismType", 2})
	f.bits(1, bit{"", 6}, bit{"chroma_format_idc", 2})
	f.bits(1, bit{"", 5}, bit{"bit_depth_luma_minus8", 3})
	f.bits(1, bit{"", 5}, bit{"bit_depth_chroma_minus8", 3})
	f.num("avgFrameRate", 2)
	f.bits(1, bit{"constantFrameRate", 2}, bit{"numTemporalLayers", 3}, bit{"temporalIdNested", 1}, bit{"lengthSizeMinusOne", 2})
	f.unitArrays()
}

// readLhvC reads the record of further layers (ISO/IEC 14496-15, 9.5.3).
func readLhvC(f *fields) {
	f.num("configurationVersion", 1)
	f.bits(2, bit{"", 4}, bit{"min_spatial_segmentation_idc", 12})
	f.bits(1, bit{"", 6}, bit{"parallelismType", 2})
	f.bits(1, bit{"", 2}, bit{"numTemporalLayers", 3}, bit{"temporalIdNested", 1}, bit{"lengthSizeMinusOne", 2})
	f.unitArrays()
}

func (f *fields) unitArrays() {
	f.counted("arrays", f.num("numOfArrays", 1), func() {
		f.bits(1, bit{"array_completeness", 1}, bit{"", 1}, bit{"NAL_unit_type", 6})
		f.units("nalUnits", f.uint(2))
	})
}

// readDolbyVision reads a DOVIDecoderConfigurationRecord.
func readDolbyVision(f *fields) {
	f.num("dv_version_major", 1)
	f.num("dv_version_minor", 1)
	f.bits(2, bit{"dv_profile", 7}, bit{"dv_level", 6}, bit{"rpu_present_flag", 1}, bit{"el_present_flag", 1}, bit{"bl_present_flag", 1})
	f.bits(1, bit{"dv_bl_signal_compatibility_id", 4}, bit{"dv_md_compression", 2}, bit{"", 2})
	f.skip(f.left())
}

// Tags of descriptors (ISO/IEC 14496-1, table 1).
const (
	tagES       = 3
	tagDecoder  = 4
	tagSpecific = 5
	tagSync     = 6
	tagIODMP4   = 16
)

// readDescriptors reads descriptors within one another as one row of fields.
// Each tag is told once.
func readDescriptors(f *fields) {
	var seen [256]bool
	var object uint64
	for f.left() >= 2 && !f.short {
		at := f.pos
		tag, n := f.descriptor()
		if n > f.left() || seen[tag] {
			f.pos = at
			return
		}
		seen[tag] = true
		switch tag {
		case tagES:
			f.esDescriptor()
		case tagDecoder:
			object = f.named("objectTypeIndication", 1, objectTypes)
			f.bits(1, bit{"streamType", 6}, bit{"upStream", 1}, bit{"", 1})
			f.num("bufferSizeDB", 3)
			f.num("maxBitrate", 4)
			f.num("avgBitrate", 4)
		case tagSpecific:
			f.within(n, func() { f.specificInfo(object) })
		case tagSync:
			f.within(n, func() { f.slConfig() })
		case tagIODMP4:
			f.iod()
		default:
			f.pos = at
			return
		}
	}
}

// descriptor reads a tag and a size of up to four times 7 bits.
func (f *fields) descriptor() (tag uint8, n int64) {
	tag = uint8(f.uint(1))
	for range 4 {
		c := f.uint(1)
		n = n<<7 | int64(c&0x7f)
		if c&0x80 == 0 {
			break
		}
	}
	return tag, n
}

func (f *fields) esDescriptor() {
	f.num("ES_ID", 2)
	flags := f.bits(1, bit{"", 1}, bit{"", 1}, bit{"", 1}, bit{"streamPriority", 5})
	if flags[0] == 1 {
		f.num("dependsOn_ES_ID", 2)
	}
	if flags[1] == 1 {
		f.pascal("URL", 0)
	}
	if flags[2] == 1 {
		f.num("OCR_ES_ID", 2)
	}
}

func (f *fields) slConfig() {
	f.num("SLConfig_predefined", 1)
	if f.left() > 0 {
		f.hex("SLConfig", f.left())
	}
}

func (f *fields) iod() {
	f.bits(2, bit{"objectDescriptorID", 10}, bit{"URL_Flag", 1}, bit{"includeInlineProfileLevelFlag", 1}, bit{"", 4})
	for _, name := range []string{"OD", "scene", "audio", "visual", "graphics"} {
		f.hexNum(name+"ProfileLevelIndication", 1)
	}
	if f.left() > 0 {
		f.hex("descriptors", f.left())
	}
}

var objectTypes = map[uint64]string{
	0x20: "MPEG-4 Visual", 0x21: "H.264", 0x23: "HEVC", 0x40: "MPEG-4 Audio", 0x60: "MPEG-2 Simple", 0x61: "MPEG-2 Main",
	0x66: "AAC Main", 0x67: "AAC LC", 0x68: "AAC SSR", 0x69: "MPEG-2 Audio", 0x6a: "MPEG-1 Visual", 0x6b: "MPEG-1 Audio", 0x6c: "JPEG",
	0x6d: "PNG", 0xa5: "AC-3", 0xa6: "E-AC-3", 0xa9: "DTS", 0xad: "Opus", 0xdd: "Vorbis", 0xe0: "VobSub", 0xe1: "QCELP",
}
