package codec

import (
	"fmt"

	"vodsrv/mp4/box"
)

// packetized is QuickTime's compression id of a stream whose samples are
// packets. Without it each sample stands for one PCM value.
const packetized = 0xfffe

// mp3 makes MPEG audio in a QuickTime sound description, which has no
// configuration, an MPEG-4 stream of the same frames, as MSE takes it.
func (p *parser) mp3(child) error {
	c := box.NewCursor(p.body)
	c.Skip(sampleEntrySize + 12)
	if c.U16() != packetized {
		p.Playable = false
		p.Reason = "This MP3 track is not stored in packets, as browsers want it: QuickTime wrote it as if it were PCM."
		return nil
	}
	object := uint8(0x6b)
	if p.SampleRate < 32000 {
		object = 0x69
	}
	p.Codec = fmt.Sprintf("mp4a.%02x", object)
	p.format, p.config, p.rewrite = box.T("mp4a"), mp3Config(object), true
	return nil
}

// opus reads a dOps box (Encapsulation of Opus in ISOBMFF, 4.3.2). Decoders
// give 48 kHz whatever the rate of the input was.
func (p *parser) opus(config child) error {
	c := box.NewCursor(config.body())
	version, channels := c.U8(), c.U8()
	c.Skip(8)
	family := c.U8()
	if family != 0 {
		c.Skip(2 + int(channels))
	}
	if err := p.short(c, config); err != nil {
		return err
	}
	if version != 0 {
		return p.wrong(config, "has version %d, where there is only 0", version)
	}
	p.Channels, p.SampleRate = int(channels), 48000
	return nil
}

// flac reads a dfLa box (Encapsulation of FLAC in ISOBMFF, 3.3.2), that is,
// the STREAMINFO it begins with.
func (p *parser) flac(config child) error {
	r := bitReader{b: config.body()}
	r.skip(32 + 1)
	blockType, length := r.u(7), r.u(24)
	r.skip(16 + 16 + 24 + 24)
	rate, channels := r.u(20), r.u(3)+1
	r.skip(5 + 36 + 128)
	if r.short {
		return p.wrong(config, "is too short for its fields")
	}
	if blockType != 0 || length != 34 {
		return p.wrong(config, "does not begin with STREAMINFO")
	}
	if p.SampleRate == 0 {
		p.rewrite = true
	}
	p.Channels, p.SampleRate = int(channels), int(rate)
	return nil
}

var (
	ac3Rates    = []int{48000, 44100, 32000, 0}
	ac3Channels = []int{2, 1, 2, 3, 3, 4, 4, 5} // by acmod, without the LFE
	// eac3Locations are the channels that each bit of chan_loc adds.
	eac3Locations = []int{2, 2, 1, 1, 2, 2, 2, 1, 1}
)

// ac3 reads a dac3 box (ETSI TS 102 366, F.4).
func (p *parser) ac3(config child) error {
	r := bitReader{b: config.body()}
	rate := r.u(2)
	r.skip(5 + 3)
	channels, lfe := r.u(3), r.u(1)
	r.skip(5 + 5)
	if r.short {
		return p.wrong(config, "is too short for its fields")
	}
	p.setAC3(rate, ac3Channels[channels]+int(lfe))
	return nil
}

// eac3 reads the first substream of a dec3 box (ETSI TS 102 366, F.6): the
// others are other programmes.
func (p *parser) eac3(config child) error {
	r := bitReader{b: config.body()}
	r.skip(13 + 3)
	rate := r.u(2)
	r.skip(5 + 1 + 1 + 3)
	channels, lfe := r.u(3), r.u(1)
	r.skip(3)
	dependent := r.u(4)
	sum := ac3Channels[channels] + int(lfe)
	if dependent > 0 {
		locations := r.u(9)
		for i, n := range eac3Locations {
			if locations>>i&1 == 1 {
				sum += n
			}
		}
	} else {
		r.skip(1)
	}
	if r.short {
		return p.wrong(config, "is too short for its fields")
	}
	p.setAC3(rate, sum)
	return nil
}

func (p *parser) setAC3(rate uint32, channels int) {
	p.Channels = channels
	if hz := ac3Rates[rate]; hz > 0 {
		p.SampleRate = hz
	}
}

// alac reads the channels and the rate of an alac box: the entry's rate has
// 16 bits only.
func (p *parser) alac(config child) error {
	c := box.NewCursor(config.body())
	c.Skip(4 + 9)
	channels := c.U8()
	c.Skip(10)
	rate := c.U32()
	if err := p.short(c, config); err != nil {
		return err
	}
	p.Channels, p.SampleRate = int(channels), int(rate)
	return nil
}

// amr sets what AMR always has: writers put 2 channels into the entry, as
// 3GPP TS 26.244 (6.5) tells them to.
func (p *parser) amr(child) error {
	p.Channels, p.SampleRate = 1, 8000
	if p.Original == "sawb" {
		p.SampleRate = 16000
	}
	return nil
}
