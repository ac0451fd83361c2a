package codec

import "fmt"

// Audio object types (ISO/IEC 14496-3, table 1.17).
const (
	aacMain = 1
	aacLC   = 2
	aacSSR  = 3
	aacLTP  = 4
	sbr     = 5
	ps      = 29
	layer3  = 34
	usac    = 42
)

const xHEAAC = "xHE-AAC"

// audioSpecific is an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
type audioSpecific struct {
	object   int // the first audio object type, which names the codec
	channels int // 0 if unknown
	rate     int // of the decoder's output, in Hz
	sbr, ps  bool
}

var aacRates = []int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// aacChannels by channelConfiguration.
var aacChannels = []int{0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0}

func audioObject(r *bitReader) int {
	if t := int(r.u(5)); t != 31 {
		return t
	}
	return 32 + int(r.u(6))
}

func audioRate(r *bitReader) int {
	i := int(r.u(4))
	if i == 15 {
		return int(r.u(24))
	}
	if i < len(aacRates) {
		return aacRates[i]
	}
	return 0
}

// parseAudioSpecific reads the configuration, with spectral band replication
// and parametric stereo where they are signalled, up front or at the end.
func parseAudioSpecific(b []byte) (audioSpecific, bool) {
	r := &bitReader{b: b}
	a := audioSpecific{object: audioObject(r), rate: audioRate(r)}
	layout := r.u(4)
	a.channels = aacChannels[layout]
	core := a.object
	if core == sbr || core == ps {
		a.sbr, a.ps = true, core == ps
		a.rate = audioRate(r)
		core = audioObject(r)
	}
	if r.short || a.rate == 0 {
		return a, false
	}
	switch core {
	case aacMain, aacLC, aacSSR, aacLTP:
		r.skip(1)
		if r.flag() {
			r.skip(14)
		}
		r.skip(1)
		if layout == 0 {
			a.channels = programChannels(r)
		}
		if !a.sbr {
			a.extension(r)
		}
	}
	if a.ps && a.channels == 1 {
		a.channels = 2
	}
	return a, true
}

// extension reads the backward-compatible signalling of SBR and PS behind the
// configuration of the core.
func (a *audioSpecific) extension(r *bitReader) {
	if r.left() < 16 || r.u(11) != 0x2b7 || audioObject(r) != sbr || !r.flag() {
		return
	}
	rate := audioRate(r)
	if r.short || rate == 0 {
		return
	}
	a.sbr, a.rate = true, rate
	a.ps = r.left() >= 12 && r.u(11) == 0x548 && r.flag()
}

// programChannels counts the channels of a program_config_element (ISO/IEC
// 14496-3, table 4.2); 0 if it is cut off.
func programChannels(r *bitReader) int {
	r.skip(4 + 2 + 4)
	pairs := int(r.u(4) + r.u(4) + r.u(4)) // elements of one channel or two
	lfe, data, coupling := int(r.u(2)), int(r.u(3)), int(r.u(4))
	for _, mixdown := range []int{4, 4, 3} {
		if r.flag() {
			r.skip(mixdown)
		}
	}
	n := lfe
	for range pairs {
		n += 1 + int(r.u(1))
		r.skip(4)
	}
	r.skip(4*lfe + 4*data + 5*coupling)
	r.align()
	r.skip(8 * int(r.u(8)))
	if r.short {
		return 0
	}
	return n
}

// name is what people call the codec, and whether browsers know it.
func (a audioSpecific) name() (string, bool) {
	switch a.object {
	case usac:
		return xHEAAC, true
	case aacLC, sbr, ps:
		switch {
		case a.ps:
			return "HE-AAC v2", true
		case a.sbr:
			return "HE-AAC", true
		}
		return "AAC-LC", true
	case aacMain:
		return "AAC Main", false
	case aacSSR:
		return "AAC-SSR", false
	case aacLTP:
		return "AAC-LTP", false
	case 6, 20:
		return "scalable AAC", false
	case 17:
		return "error-resilient AAC-LC", false
	case 23:
		return "AAC-LD", false
	case 39:
		return "AAC-ELD", false
	case 32, 33, layer3:
		return "MPEG audio in MPEG-4", false
	case 36:
		return "MPEG-4 ALS", false
	}
	return fmt.Sprintf("MPEG-4 type %d", a.object), false
}
