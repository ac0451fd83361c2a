package playlist

import (
	"slices"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"
)

// Live is a stream of which only the newest pieces are there.
type Live struct {
	Codecs        []string // RFC 6381
	Width, Height int      // of the picture; 0 for none
	Target        int      // target duration in seconds; it never changes
	First         int64    // number of the first piece
	Run           int64    // number of the run that it belongs to
	Pieces        []LivePiece
	Ended         bool // nothing more will come
}

// LivePiece is one media segment. Where another init segment is needed, another
// run begins.
type LivePiece struct {
	URL, Init string
	Seconds   float64
	Size      int64 // bytes
}

// Master writes the master playlist, of one variant with picture and sound in one.
func (l Live) Master(media string) []byte {
	var pieces []Piece
	var sizes []int64
	var codecs []string
	for _, codec := range l.Codecs {
		codecs = append(codecs, hlsCodec(codec))
	}
	for _, piece := range l.Pieces {
		pieces, sizes = append(pieces, Piece{End: piece.Seconds}), append(sizes, piece.Size)
	}
	p := m3u8.NewMasterPlaylist()
	p.Append(media, nil, params(Track{Codec: strings.Join(codecs, ","), Picture: Picture{Width: l.Width, Height: l.Height}}, ratesOf(pieces, sizes)))
	p.SetVersion(version)
	return slices.Clone(p.Encode().Bytes())
}

// Encode writes the media playlist. Until the stream is over it has no end: what is not there any more is
// left out, and players come again for what is new.
func (l Live) Encode() ([]byte, error) {
	p, err := m3u8.NewMediaPlaylist(0, uint(max(1, len(l.Pieces))))
	if err != nil {
		return nil, err
	}
	init := ""
	for i, piece := range l.Pieces {
		if err := p.Append(piece.URL, piece.Seconds, ""); err != nil {
			return nil, err
		}
		if piece.Init == init {
			continue
		}
		if err := p.SetMap(piece.Init, 0, 0); err != nil {
			return nil, err
		}
		if i > 0 {
			if err := p.SetDiscontinuity(); err != nil {
				return nil, err
			}
		}
		init = piece.Init
	}
	p.SeqNo, p.DiscontinuitySeq = uint64(l.First), uint64(l.Run)
	p.SetVersion(version)
	p.SetWritePrecision(decimals)
	p.SetTargetDuration(uint(l.Target))
	if l.Ended {
		p.Close()
	}
	return p.Encode().Bytes(), nil
}
