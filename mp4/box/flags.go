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

// Fields of sample flags (section 8.8.3.1).
const (
	sampleIsNonSync       = 0x00010000 // decoding can't start at the sample
	sampleDependsOn       = 0x03000000
	sampleDependsOnOthers = 0x01000000 // the sample is no I-picture
)

// IsSync tells whether decoding can start at a sample with these flags. Some
// writers say of a P-picture that it depends on others, and no more: started
// there, decoders show nothing.
func IsSync(flags uint32) bool {
	return flags&sampleIsNonSync == 0 && flags&sampleDependsOn != sampleDependsOnOthers
}
