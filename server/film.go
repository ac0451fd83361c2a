package server

import (
	"vodsrv/mp4/codec"
	"vodsrv/mp4/fragment"
	"vodsrv/server/library"
	"vodsrv/server/stream"
)

// film shows a film of the library to a session.
type film struct{ *library.Film }

// Tracks are made anew each time: a viewer needs them once.
func (f film) Tracks() []stream.Track {
	all, movie := f.Info().Tracks, f.Movie()
	tracks := make([]stream.Track, len(all))
	for i, t := range all {
		tracks[i].Track = t
		if t.Playable {
			tracks[i].MIME = codec.MIME(*movie.Tracks[i].FirstEntry())
		}
	}
	return tracks
}

func (f film) Duration() float64               { return f.Plan().Duration() }
func (f film) DefaultTracks() []uint32         { return fragment.DefaultTracks(f.Movie()) }
func (f film) Segments() int                   { return f.Plan().Len() }
func (f film) Span(k int) (start, end float64) { return f.Plan().Span(k) }

// Growth tells of trouble in the words that are for viewers.
func (f film) Growth() (more bool, err error) {
	if more, err = f.Film.Growth(); err != nil {
		err = tell(err)
	}
	return more, err
}

func (f film) Stream(ids []uint32) (stream.Stream, error) {
	s, err := f.Film.Stream(ids)
	if err != nil {
		return nil, err
	}
	return s, nil
}
