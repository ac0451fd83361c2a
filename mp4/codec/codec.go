// Package codec turns the sample entries of a track (ISO/IEC 14496-12, section
// 8.5.2) into facts: which codec, its string after RFC 6381, and whether Media
// Source Extensions (MSE) can carry it.
package codec

import (
	"strings"

	"vodsrv/mp4/box"
)

// Kind is what a track is for.
type Kind string

// The kinds of tracks that are told apart; all others are Data.
const (
	Video    Kind = "video"
	Audio    Kind = "audio"
	Text     Kind = "text"
	Timecode Kind = "timecode"
	Hint     Kind = "hint"
	Meta     Kind = "meta"
	Data     Kind = "data"
)

// KindOf tells the kind of a track with that handler type (section 8.4.3).
func KindOf(handler box.Type) Kind {
	switch handler.String() {
	case "vide":
		return Video
	case "soun":
		return Audio
	case "text", "sbtl", "subt", "subp", "clcp":
		return Text
	case "tmcd":
		return Timecode
	case "hint":
		return Hint
	case "meta":
		return Meta
	}
	return Data
}

// Entry says what a sample entry describes.
type Entry struct {
	Format      string    // four-character code of the entry as it stands in the file: "avc1", "encv"
	Original    string    // the code without encryption, equal to Format where there is none
	Codec       string    // element of the codecs parameter of RFC 6381; the bare code where none is defined
	Name        string    // what people call it: "H.264", "AAC-LC"
	Kind        Kind      // by the track's handler
	Width       int       // of video, in pixels of the coded picture; 0 otherwise
	Height      int       // of video, in pixels of the coded picture; 0 otherwise
	PixelAspect [2]uint32 // width and height of a pixel, {1, 1} where the file does not say
	Channels    int       // of audio; 0 otherwise, or where unknown
	Colour      Colour    // of video, as a colr box tells it; zero where the file does not say
	SampleRate  int       // of audio, in Hz; 0 otherwise, or where unknown
	Packet      Packet    // of QuickTime's sound; zero where each sample is a packet
	Encrypted   bool      // by Common Encryption or another scheme
	Scheme      string    // of the encryption: "cenc", "cbcs"; "" where the file does not say
	KID         []byte    // default key id, 16 bytes; nil where the file does not say
	VectorSize  uint8     // bytes of the initialization vector that each sample has by default; 0 where it has none
	Playable    bool      // the ISO BMFF byte stream of MSE can carry it as browsers know it
	Reason      string    // why it is not playable, one sentence; "" where it is
	Raw         []byte    // the whole box with its header, as it stands in the file
	MSE         []byte    // the whole box as MSE wants it; Raw where nothing has to change
}

// dependent are the codes of sound of which some frames can't be decoded without
// those before them. Of mp4a, xHE-AAC is such, too.
var dependent = map[string]bool{
	"ac-4": true, "iamf": true, "mha1": true, "mha2": true, "mhm1": true, "mhm2": true, "mlpa": true,
}

// Independent tells whether decoding can start at each sample, whatever the
// file says of them, as it can of most sound.
func (e Entry) Independent() bool {
	return e.Kind == Audio && !dependent[e.Original] && e.Name != xHEAAC
}

// Packet is the unit in which sound is stored whose sample tables may count
// PCM frames instead (QuickTime File Format, "Sound Sample Descriptions").
type Packet struct {
	Frames uint32 // PCM frames it decodes to
	Bytes  uint32 // of all channels
}

// Parse reads a sample entry, raw with its header, that stands at offset in
// the file, of a track with that handler type. Only what is too short to be a
// sample entry is an error, a *box.FormatError; an entry with a codec
// configuration that can't be read is not playable, and its Reason says why.
func Parse(handler box.Type, raw []byte, offset int64) (Entry, error) {
	h, err := box.ParseHeader(raw, offset, offset+int64(len(raw)))
	if err != nil {
		return Entry{}, err
	}
	path := "stsd/" + h.Type.String()
	if h.Size > int64(len(raw)) {
		return Entry{}, box.Errorf(path, offset, "says it is %d bytes long, but there are %d", h.Size, len(raw))
	}
	if h.BodySize() < sampleEntrySize {
		return Entry{}, box.Errorf(path, offset, "is too short for a sample entry")
	}
	raw = raw[:h.Size:h.Size]
	p := &parser{path: path, format: h.Type, body: raw[h.HeadSize:], at: h.Body()}
	p.Entry = Entry{
		Format: h.Type.String(), Original: h.Type.String(), Kind: KindOf(handler),
		PixelAspect: [2]uint32{1, 1}, Raw: raw, MSE: raw,
	}
	p.parse()
	return p.Entry, nil
}

// MIME builds the type that MediaSource.isTypeSupported takes for a stream of
// these entries: video/mp4, or audio/mp4 when none is video. MP3 is called
// "mp3": no browser takes RFC 6381's mp4a.6b and mp4a.69, Firefox takes this.
func MIME(entries ...Entry) string {
	mime := "audio/mp4"
	var codecs []string
	seen := make(map[string]bool)
	for _, e := range entries {
		if e.Kind == Video {
			mime = "video/mp4"
		}
		codec := e.Codec
		if codec == "mp4a.69" || codec == "mp4a.6b" {
			codec = "mp3"
		}
		if !seen[codec] {
			seen[codec] = true
			codecs = append(codecs, codec)
		}
	}
	if len(codecs) == 0 {
		return mime
	}
	return mime + `; codecs="` + strings.Join(codecs, ",") + `"`
}
