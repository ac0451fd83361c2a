package playlist

import (
	"math"

	"github.com/Eyevinn/hls-m3u8/m3u8"
)

const (
	// version is the lowest of the protocol that has all that is used.
	version = 7
	// growingTarget is the target duration, in seconds, of a film that grows: it
	// may not change, and longer pieces come of long groups of pictures alone.
	growingTarget = 10
	// maxPeak is of how many pieces a peak is made at most: of far fewer, but in a
	// film that was made to keep the server busy.
	maxPeak = 256
	// decimals of durations: those of many pieces are added up.
	decimals = 6
)

// Media is a media playlist.
type Media struct {
	Init   string // URL of the init segment; "" for none
	Pieces []Piece
	URL    func(Piece) string
	Frames bool // pictures alone
	Event  bool // more came while it was watched
	Ended  bool // nothing more will come
}

// Encode writes the playlist.
func (m Media) Encode() ([]byte, error) {
	p, err := m3u8.NewMediaPlaylist(0, uint(max(1, len(m.Pieces))))
	if err != nil {
		return nil, err
	}
	for _, piece := range m.Pieces {
		if err := p.Append(m.URL(piece), piece.Seconds(), ""); err != nil {
			return nil, err
		}
	}
	p.MediaType = m3u8.VOD
	if m.Event {
		p.MediaType = m3u8.EVENT
	}
	if m.Frames {
		p.SetIframeOnly()
	}
	if m.Init != "" {
		p.SetDefaultMap(m.Init, 0, 0)
	}
	if m.Ended {
		p.Close()
	}
	p.SetVersion(version)
	p.SetWritePrecision(decimals)
	p.SetTargetDuration(m.target())
	return p.Encode().Bytes(), nil
}

// target is the target duration: no piece's, rounded, is longer.
func (m Media) target() uint {
	longest := 1.0
	if m.Event {
		longest = growingTarget
	}
	for _, piece := range m.Pieces {
		longest = max(longest, math.Round(piece.Seconds()))
	}
	return uint(min(longest, math.MaxInt32))
}

// Rates are bit rates, in bits a second.
type Rates struct{ Peak, Average int64 }

// ratesOf are the peak and the average bit rate of pieces, by their sizes in
// bytes (RFC 8216, section 4.3.4.2): the peak is that of some that take half of
// the target duration together, or more.
func ratesOf(pieces []Piece, sizes []int64) Rates {
	target := float64(Media{Pieces: pieces}.target())
	total, peak, seconds := int64(0), int64(0), 0.0
	for i := range pieces {
		total += sizes[i]
		seconds += pieces[i].Seconds()
		size, length := int64(0), 0.0
		for k := i; k < min(len(pieces), i+maxPeak) && (k == i || length+pieces[k].Seconds() <= 1.5*target); k++ {
			size += sizes[k]
			length += pieces[k].Seconds()
			if length >= target/2 || len(pieces) == 1 {
				peak = max(peak, rate(size, length))
			}
		}
	}
	average := rate(total, seconds)
	return Rates{max(peak, average), average}
}

// rate is in bits a second, rounded up.
func rate(bytes int64, seconds float64) int64 {
	return int64(math.Ceil(float64(bytes) * 8 / max(seconds, 0.001)))
}
