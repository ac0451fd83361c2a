package box

// Flags of tfhd (section 8.8.7).
const (
	TfhdBaseDataOffset    = 0x000001
	TfhdDescriptionIndex  = 0x000002
	TfhdDefaultDuration   = 0x000008
	TfhdDefaultSize       = 0x000010
	TfhdDefaultFlags      = 0x000020
	TfhdDefaultBaseIsMoof = 0x020000
)

// Flags of trun (section 8.8.8).
const (
	TrunDataOffset        = 0x000001
	TrunFirstSampleFlags  = 0x000004
	TrunSampleDuration    = 0x000100
	TrunSampleSize        = 0x000200
	TrunSampleFlags       = 0x000400
	TrunCompositionOffset = 0x000800
)

// SampleIsNonSync is the bit of sample flags (section 8.8.3.1) that says that
// decoding can't start at a sample.
const SampleIsNonSync = 0x00010000
