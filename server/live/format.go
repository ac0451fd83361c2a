package live

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/ac3"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg1audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/opus"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/vp9"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
	"vodsrv/server/live/flv"
)

// Tracks of a live stream keep their ids whatever becomes of them.
const (
	videoID = 1
	audioID = 2
)

// videoScale is the timescale of video: milliseconds are whole in it, and most
// rates of frames.
const videoScale = 90000

// format is how the packets of one kind are to be decoded.
type format struct {
	track *mp4.Track
	// length is how many ticks a packet of sound lasts, 0 if it is none; nil for
	// video, whose frames last until the next.
	length func(data []byte) int64
}

// newFormat finds out how to decode what a sequence header, nil if there was
// none, and the first frame behind it belong to.
func newFormat(name string, config, frame []byte, meta flv.Metadata) (*format, error) {
	read, ok := formats[name]
	if !ok {
		return nil, fmt.Errorf("%s is not relayed", name)
	}
	return read(config, frame, meta)
}

var formats = map[string]func(config, frame []byte, meta flv.Metadata) (*format, error){
	"avc1": func(config, _ []byte, meta flv.Metadata) (*format, error) {
		return newVideo("avc1", "avcC", config, avcSize, meta)
	},
	"hvc1": func(config, _ []byte, meta flv.Metadata) (*format, error) {
		return newVideo("hvc1", "hvcC", config, hevcSize, meta)
	},
	"av01": func(config, _ []byte, meta flv.Metadata) (*format, error) {
		return newVideo("av01", "av1C", config, av1Size, meta)
	},
	"vp09": func(config, frame []byte, meta flv.Metadata) (*format, error) {
		return newVideo("vp09", "vpcC", vpcC(config), func([]byte) (int, int) { return vp9Size(frame) }, meta)
	},
	"mp4a": newAAC,
	".mp3": newMP3,
	"Opus": newOpus,
	"fLaC": newFLAC,
	"ac-3": newAC3,
}

// needsConfig tells whether packets of a codec mean nothing without a sequence
// header.
func needsConfig(name string) bool { return name != ".mp3" && name != "ac-3" }

// newVideo makes a track of video. What its configuration does not tell of the
// size of the picture the metadata does.
func newVideo(name, box string, config []byte, size func(config []byte) (width, height int), meta flv.Metadata) (*format, error) {
	width, height := size(config)
	if width <= 0 || height <= 0 {
		width, height = int(meta.Number("width")), int(meta.Number("height"))
	}
	if width <= 0 || height <= 0 {
		return nil, fmt.Errorf("the size of the %s picture can't be told", name)
	}
	entry, err := codec.NewVideo(name, width, height, box, config)
	return trackOf(entry, err, videoScale)
}

// trackOf makes a track of one sample entry.
func trackOf(entry codec.Entry, err error, scale uint32) (*format, error) {
	if err != nil {
		return nil, err
	}
	if !entry.Playable {
		return nil, errors.New(entry.Reason)
	}
	if scale == 0 {
		return nil, fmt.Errorf("%s has no sample rate", entry.Name)
	}
	t := &mp4.Track{ID: audioID, Kind: entry.Kind, Handler: box.T("soun"), Timescale: scale, Language: "und", Enabled: true, Entries: []codec.Entry{entry}}
	if entry.Kind == codec.Video {
		t.ID, t.Handler = videoID, box.T("vide")
		t.Width, t.Height = uint32(entry.Width)<<16, uint32(entry.Height)<<16
	}
	return &format{track: t}, nil
}

// soundOf makes a track of sound whose packets last so long.
func soundOf(entry codec.Entry, err error, scale int, length func([]byte) int64) (*format, error) {
	f, err := trackOf(entry, err, uint32(scale))
	if err != nil {
		return nil, err
	}
	f.length = length
	return f, nil
}

// avcSize reads the size of the picture from the first parameter set of an
// avcC (ISO/IEC 14496-15, 5.3.3.1).
func avcSize(config []byte) (width, height int) {
	c := box.NewCursor(config)
	c.Skip(5)
	if c.U8()&0x1f == 0 {
		return 0, 0
	}
	var sps h264.SPS
	if unit := c.Bytes(int(c.U16())); len(unit) == 0 || sps.Unmarshal(unit) != nil {
		return 0, 0
	}
	return sps.Width(), sps.Height()
}

// hevcSize does the same with an hvcC (8.3.3.1).
func hevcSize(config []byte) (width, height int) {
	c := box.NewCursor(config)
	c.Skip(22)
	for range c.U8() {
		kind := h265.NALUType(c.U8() & 0x3f)
		for range c.U16() {
			unit := c.Bytes(int(c.U16()))
			if !c.OK() {
				return 0, 0
			}
			var sps h265.SPS
			if kind == h265.NALUType_SPS_NUT && len(unit) > 0 && sps.Unmarshal(unit) == nil {
				return sps.Width(), sps.Height()
			}
		}
	}
	return 0, 0
}

// av1Size does the same with an av1C (AV1 Codec ISO Media File Format Binding,
// 2.3), behind whose fields stands the sequence header.
func av1Size(config []byte) (width, height int) {
	const fields = 4
	if len(config) <= fields {
		return 0, 0
	}
	var units av1.Bitstream
	if units.Unmarshal(config[fields:]) != nil {
		return 0, 0
	}
	for _, unit := range units {
		var header av1.SequenceHeader
		if len(unit) > 0 && header.Unmarshal(unit) == nil {
			return header.Width(), header.Height()
		}
	}
	return 0, 0
}

func vp9Size(frame []byte) (width, height int) {
	var header vp9.Header
	if len(frame) == 0 || header.Unmarshal(frame) != nil || header.FrameSize == nil {
		return 0, 0
	}
	return header.Width(), header.Height()
}

// vpcC is the payload of the box for a configuration, before which some leave
// version and flags out.
func vpcC(config []byte) []byte {
	full := []byte{1, 0, 0, 0}
	if len(config) > 4 && [4]byte(config[:4]) == [4]byte(full) {
		return config
	}
	return append(full, config...)
}

func newAAC(config, _ []byte, _ flv.Metadata) (*format, error) {
	var asc mpeg4audio.AudioSpecificConfig
	if err := asc.Unmarshal(config); err != nil {
		return nil, fmt.Errorf("the configuration of AAC can't be read: %w", err)
	}
	// Decoders go by the configuration, not by what the entry says beside it.
	channels := int(asc.ChannelConfig)
	ticks := int64(1024)
	if asc.FrameLengthFlag {
		ticks = 960
	}
	entry, err := codec.NewAudio("mp4a", channels, asc.SampleRate, "esds", codec.ESDS(codec.ObjectAAC, config))
	return soundOf(entry, err, asc.SampleRate, func([]byte) int64 { return ticks })
}

func newMP3(_, frame []byte, _ flv.Metadata) (*format, error) {
	var h mpeg1audio.FrameHeader
	if err := h.Unmarshal(frame); err != nil {
		return nil, fmt.Errorf("MP3 can't be read: %w", err)
	}
	channels := 2
	if h.ChannelMode == mpeg1audio.ChannelModeMono {
		channels = 1
	}
	entry, err := codec.NewAudio("mp4a", channels, h.SampleRate, "esds", codec.ESDS(codec.ObjectMP3, nil))
	return soundOf(entry, err, h.SampleRate, mp3Length)
}

// mp3Length counts the frames of a packet.
func mp3Length(data []byte) (ticks int64) {
	for len(data) > 0 {
		var h mpeg1audio.FrameHeader
		if h.Unmarshal(data) != nil || h.FrameLen() <= 0 {
			break
		}
		ticks += int64(h.SampleCount())
		data = data[min(len(data), h.FrameLen()):]
	}
	return ticks
}

const opusRate = 48000

// newOpus makes dOps of the head that Ogg has (RFC 7845, 5.1), whose numbers
// are the other way round (Encapsulation of Opus in ISOBMFF, 4.3.2).
func newOpus(config, _ []byte, _ flv.Metadata) (*format, error) {
	const magic, fields = "OpusHead", 19
	if len(config) < fields || string(config[:len(magic)]) != magic {
		return nil, fmt.Errorf("the configuration of Opus is no OpusHead")
	}
	channels := config[9]
	b := []byte{0, channels}
	b = binary.BigEndian.AppendUint16(b, binary.LittleEndian.Uint16(config[10:]))
	b = binary.BigEndian.AppendUint32(b, binary.LittleEndian.Uint32(config[12:]))
	b = binary.BigEndian.AppendUint16(b, binary.LittleEndian.Uint16(config[16:]))
	b = append(b, config[18:]...)
	entry, err := codec.NewAudio("Opus", int(channels), opusRate, "dOps", b)
	return soundOf(entry, err, opusRate, opus.PacketDuration2)
}

// newFLAC makes dfLa of what a FLAC file begins with: a mark, and blocks of
// metadata.
func newFLAC(config, _ []byte, _ flv.Metadata) (*format, error) {
	const magic, streamInfo = "fLaC", 4 + 34
	if len(config) < len(magic)+streamInfo || string(config[:len(magic)]) != magic {
		return nil, fmt.Errorf("the configuration of FLAC does not begin with its mark and STREAMINFO")
	}
	blocks := config[len(magic):]
	info := blocks[4:streamInfo]
	usual := int64(binary.BigEndian.Uint16(info[2:]))
	rate := int(binary.BigEndian.Uint32(info[10:]) >> 12)
	channels := int(info[12]>>1&7) + 1
	if rate == 0 {
		return nil, fmt.Errorf("the configuration of FLAC has no sample rate")
	}
	entry, err := codec.NewAudio("fLaC", channels, rate, "dfLa", append(make([]byte, 4), blocks...))
	return soundOf(entry, err, rate, func(data []byte) int64 { return flacLength(data, usual) })
}

// flacLength reads the size of the block from a frame's header (RFC 9639,
// 9.1.1); where it is not said there, it is the usual one.
func flacLength(data []byte, usual int64) int64 {
	if len(data) < 4 || data[0] != 0xff || data[1]&0xfc != 0xf8 {
		return 0
	}
	switch code := data[2] >> 4; {
	case code == 1:
		return 192
	case code >= 2 && code <= 5:
		return 576 << (code - 2)
	case code >= 8:
		return 256 << (code - 8)
	}
	return usual
}

// newAC3 makes dac3 (ETSI TS 102 366, F.4) of the first frame.
func newAC3(_, frame []byte, _ flv.Metadata) (*format, error) {
	var sync ac3.SyncInfo
	var bsi ac3.BSI
	const most = 12 // bytes that the fields may take
	if len(frame) < most {
		return nil, fmt.Errorf("AC-3 can't be read: a frame has %d bytes", len(frame))
	}
	if err := sync.Unmarshal(frame); err != nil {
		return nil, fmt.Errorf("AC-3 can't be read: %w", err)
	}
	if err := bsi.Unmarshal(frame[5:]); err != nil {
		return nil, fmt.Errorf("AC-3 can't be read: %w", err)
	}
	lfe := uint32(0)
	if bsi.LfeOn {
		lfe = 1
	}
	fields := uint32(sync.Fscod)<<22 | uint32(bsi.Bsid)<<17 | uint32(bsi.Bsmod)<<14 | uint32(bsi.Acmod)<<11 | lfe<<10 | uint32(sync.Frmsizecod>>1)<<5
	entry, err := codec.NewAudio("ac-3", bsi.ChannelCount(), sync.SampleRate(), "dac3", []byte{byte(fields >> 16), byte(fields >> 8), byte(fields)})
	return soundOf(entry, err, sync.SampleRate(), func([]byte) int64 { return ac3.SamplesPerFrame })
}
