package flv

import (
	"fmt"

	"vodsrv/mp4/box"
)

// Codecs of legacy tags by the names of Enhanced RTMP where it has one (annex
// E.4.3.1). 12 and 13 are no part of the standard, but common where HEVC was
// sent before it had any.
var (
	videoCodecs = map[uint8]string{7: "avc1", 12: "hvc1", 13: "av01"}
	videoNames  = map[uint8]string{2: "Sorenson H.263", 3: "Screen video", 4: "VP6", 5: "VP6 with alpha", 6: "Screen video 2"}
	audioCodecs = map[uint8]string{2: ".mp3", 10: "mp4a", 14: ".mp3"}
	audioNames  = map[uint8]string{0: "PCM", 1: "ADPCM", 3: "PCM", 4: "Nellymoser", 5: "Nellymoser", 6: "Nellymoser", 7: "PCM A-law", 8: "PCM µ-law", 11: "Speex"}
)

// Kinds of frames (annex E.4.3.1).
const (
	keyFrame          = 1
	generatedKeyFrame = 4
	commandFrame      = 5 // for the player, without a picture
)

// Types of packets (Enhanced RTMP v2, "Enhanced Video" and "Enhanced Audio").
const (
	sequenceStart = 0
	codedFrames   = 1
	sequenceEnd   = 2
	codedFramesX  = 3 // video without composition time
	colours       = 4 // and other metadata of video
	multitrack    = 5 // of sound; of video it is 6
	videoTracks   = 6
	modEx         = 7 // something more about the packet goes before it

	nanoOffset = 0 // the only kind of ModEx there is
	oneTrack   = 0
	manyCodecs = 2 // each track has its own FourCC

	enhancedVideo = 0x80
	enhancedAudio = 9 // sound format
)

// track is the one track of a kind that is read where there are several: the
// first that comes.
type track struct {
	chosen bool
	id     uint8
}

func (t *track) is(id uint8) bool {
	if !t.chosen {
		t.chosen, t.id = true, id
	}
	return t.id == id
}

// video reads the body of a video tag (annex E.4.3); false for one that holds
// nothing to be shown.
func (p *Packet) video(t *track, data []byte) (bool, error) {
	p.Kind = Video
	c := box.NewCursor(data)
	head := c.U8()
	if head&enhancedVideo != 0 {
		p.Key = isKey(head >> 4 & 7)
		return p.enhanced(t, c, head>>4&7 == commandFrame, head&0xf)
	}
	p.Key = isKey(head >> 4)
	if head>>4 == commandFrame || !c.OK() || !t.is(0) {
		return false, nil
	}
	codec := head & 0xf
	p.Codec, p.Known = videoCodecs[codec], videoCodecs[codec] != ""
	if !p.Known {
		p.Codec = named(videoNames, codec, "video")
		p.Data = c.Bytes(c.Left())
		return true, nil
	}
	p.Type = legacyType(c.U8())
	p.Composition = signed24(c)
	p.Data = c.Bytes(c.Left())
	if !c.OK() {
		return false, p.short()
	}
	return p.Type != Frame || len(p.Data) > 0, nil
}

func isKey(frame uint8) bool { return frame == keyFrame || frame == generatedKeyFrame }

// audio reads the body of an audio tag (annex E.4.2).
func (p *Packet) audio(t *track, data []byte) (bool, error) {
	p.Kind, p.Key = Audio, true
	c := box.NewCursor(data)
	head := c.U8()
	if head>>4 == enhancedAudio {
		return p.enhanced(t, c, false, head&0xf)
	}
	if !c.OK() || !t.is(0) {
		return false, nil
	}
	format := head >> 4
	p.Codec, p.Known = audioCodecs[format], audioCodecs[format] != ""
	if !p.Known {
		p.Codec = named(audioNames, format, "sound")
	}
	if p.Codec == "mp4a" {
		p.Type = legacyType(c.U8())
	}
	p.Data = c.Bytes(c.Left())
	if !c.OK() {
		return false, p.short()
	}
	return len(p.Data) > 0, nil
}

func named(names map[uint8]string, code uint8, kind string) string {
	if name := names[code]; name != "" {
		return name
	}
	return fmt.Sprintf("%s of type %d", kind, code)
}

// legacyType is the type of an AVC or AAC packet.
func legacyType(t uint8) Type {
	switch t {
	case 0:
		return Config
	case 2:
		return End
	}
	return Frame
}

func signed24(c *box.Cursor) int32 { return int32(c.U24()<<8) >> 8 }

func (p *Packet) short() error {
	return &Error{Offset: p.Offset, Reason: fmt.Sprintf("has a tag of %s that is too short for its fields", p.Kind)}
}

// enhanced reads what follows the first byte of an enhanced tag.
func (p *Packet) enhanced(t *track, c *box.Cursor, command bool, kind uint8) (bool, error) {
	for kind == modEx && c.OK() {
		kind = p.modEx(c)
	}
	if command && kind != colours { // a command goes before any packet but those
		return false, nil
	}
	several := kind == multitrack && p.Kind == Audio || kind == videoTracks && p.Kind == Video
	if !several {
		p.Codec, p.Known = c.Type().String(), true
		return p.body(t, 0, c, kind, c.Left())
	}
	return p.tracks(t, c)
}

// modEx reads one more fact about the packet, and what follows it.
func (p *Packet) modEx(c *box.Cursor) (kind uint8) {
	size := int(c.U8()) + 1
	if size == 256 {
		size = int(c.U16()) + 1
	}
	data := box.NewCursor(c.Bytes(size))
	next := c.U8()
	if next>>4 == nanoOffset {
		if nanos := data.U24(); data.OK() && nanos < 1_000_000 {
			p.Nanos = int32(nanos)
		}
	}
	return next & 0xf
}

// tracks finds the track that is read among several.
func (p *Packet) tracks(t *track, c *box.Cursor) (bool, error) {
	head := c.U8()
	mode, kind := head>>4, head&0xf
	var codec string
	if mode != manyCodecs {
		codec = c.Type().String()
	}
	for c.OK() && c.Left() > 0 {
		if mode == manyCodecs {
			codec = c.Type().String()
		}
		id := c.U8()
		size := c.Left()
		if mode != oneTrack {
			size = int(c.U24())
		}
		if !c.OK() || size > c.Left() {
			return false, p.short()
		}
		body := box.NewCursor(c.Bytes(size))
		if t.is(id) {
			p.Codec, p.Known = codec, true
			return p.body(t, id, body, kind, size)
		}
	}
	if !c.OK() {
		return false, p.short()
	}
	return false, nil
}

// body reads the body of an enhanced packet, of size bytes.
func (p *Packet) body(t *track, id uint8, c *box.Cursor, kind uint8, size int) (bool, error) {
	if !c.OK() {
		return false, p.short()
	}
	if !t.is(id) {
		return false, nil
	}
	switch {
	case kind == sequenceStart:
		p.Type = Config
	case kind == sequenceEnd:
		p.Type = End
		return true, nil
	case kind == codedFrames:
		if p.Kind == Video && composed[p.Codec] {
			p.Composition = signed24(c)
		}
	case kind == codedFramesX && p.Kind == Video:
	default: // colours, or what channels are for, or not known here
		return false, nil
	}
	p.Data = c.Bytes(c.Left())
	if !c.OK() {
		return false, p.short()
	}
	return len(p.Data) > 0, nil
}

// composed are the codecs whose coded frames carry a composition time.
var composed = map[string]bool{"avc1": true, "hvc1": true, "vvc1": true}
