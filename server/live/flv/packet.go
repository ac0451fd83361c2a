package flv

// Kind is what a packet belongs to.
type Kind string

// The kinds of packets.
const (
	Video  Kind = "video"
	Audio  Kind = "audio"
	Script Kind = "script"
)

// Type is what a packet of video or audio holds.
type Type int

// The types of packets.
const (
	Frame  Type = iota // a coded frame, or packets of sound
	Config             // how to decode what follows: a sequence header
	End                // the end of the sequence
)

// Packet is what one tag carries.
type Packet struct {
	Kind   Kind
	Type   Type
	Offset int64 // of the tag in the stream, in bytes

	// Codec is the FourCC of Enhanced RTMP, for legacy tags too: "avc1", "mp4a";
	// where there is none, what people call it: "Speex". It is "" for a script.
	Codec string
	Known bool // the codec has a FourCC

	Time        int64 // of decoding, in ms; goes on beyond 32 bits, but may jump
	Nanos       int32 // to be added to Time, 0 to 999,999
	Composition int32 // presentation minus decode time, in ms
	Key         bool  // decoding can start here; always so for sound
	Data        []byte

	// Meta is what onMetaData tells of a script; nil for any other.
	Meta Metadata
}

// Metadata is what onMetaData says of the stream, as far as it is numbers, texts
// and truth values: float64, string, bool.
type Metadata map[string]any

// Number is the value of that name, 0 if there is none.
func (m Metadata) Number(name string) float64 {
	n, _ := m[name].(float64)
	return n
}
