package mp4

// Sample is one sample of a track, in decode order.
type Sample struct {
	Offset      int64  // in the file, in bytes
	Size        uint32 // bytes
	Duration    uint32 // ticks
	DTS         int64  // decode time in media ticks
	CTO         int32  // composition offset: presentation minus decode time, in ticks
	Description uint32 // sample description index, from 1
	Sync        bool   // decoding can start here
}

// PTS is the composition time in media ticks, before edit lists.
func (s Sample) PTS() int64 { return s.DTS + int64(s.CTO) }

// End is the offset of the first byte after the sample.
func (s Sample) End() int64 { return s.Offset + int64(s.Size) }
