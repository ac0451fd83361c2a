package fragment

import (
	"vodsrv/mp4"
	"vodsrv/mp4/codec"
)

const (
	// latestCover is how far into a film its cover is looked for, in seconds.
	latestCover = 30
	// coverChoice is how many key frames there are to choose a cover from.
	coverChoice = 8
)

// NoKeyFrameError says why there is no key frame to be had of a film.
type NoKeyFrameError struct {
	Reason string // one sentence
	Video  bool   // there is video, which can't be shown
}

func (e *NoKeyFrameError) Error() string { return e.Reason }

// KeyFrame is one sync sample of the film's default video as a film by itself:
// init segment, moof and mdat. It is shown at time 0, for a second.
type KeyFrame struct {
	Segment
	Number int // of the sample in its track, from 0
}

// KeyFrame gives the key frame at or before a presentation time in seconds, or
// else the first there is. It fails with *NoKeyFrameError for a film without any
// that can be shown.
func (p *Plan) KeyFrame(seconds float64) (*KeyFrame, error) {
	v, err := p.video()
	if err != nil {
		return nil, err
	}
	i := v.syncBefore(mp4.Ticks(seconds, v.scale), v.scale)
	if i < 0 {
		i = v.track.Index.SyncAfter(v.first)
	}
	return p.keyFrame(v, i)
}

// Cover gives a key frame that stands for the film: not its start, which is
// often black. Black compresses to little, so that the size tells it.
func (p *Plan) Cover() (*KeyFrame, error) {
	v, err := p.video()
	if err != nil {
		return nil, err
	}
	x := v.track.Index
	at := v.media(min(p.end/10, latestCover*int64(p.ref.scale)), p.ref.scale)
	var choice []int
	for i := x.SyncAfter(max(v.first, x.SearchPTS(at))); i < v.end && len(choice) < coverChoice; i = x.SyncAfter(i + 1) {
		choice = append(choice, i)
	}
	if len(choice) == 0 {
		return p.keyFrame(v, x.SyncBefore(v.end-1))
	}
	largest := uint32(0)
	for _, i := range choice {
		largest = max(largest, x.At(i).Size)
	}
	for _, i := range choice {
		if x.At(i).Size >= largest/2 {
			return p.keyFrame(v, i)
		}
	}
	panic("internal: no sample is as large as the largest")
}

// video is the film's default video.
func (p *Plan) video() (*view, error) {
	if p.ref != nil && p.ref.track.Kind == codec.Video {
		return p.ref, nil
	}
	for _, t := range p.movie.Tracks {
		if t.Kind == codec.Video {
			return nil, &NoKeyFrameError{Reason: reason(t), Video: true}
		}
	}
	return nil, &NoKeyFrameError{Reason: "The film has no video."}
}

func (p *Plan) keyFrame(v *view, i int) (*KeyFrame, error) {
	if i < v.first || i >= v.end {
		return nil, &NoKeyFrameError{Reason: "The film has no key frame.", Video: true}
	}
	list := v.samples(i, i+1)
	list[0].dts, list[0].cto, list[0].duration = 0, 0, v.scale
	g, err := layout{sequence: 1, local: true}.build(appendTrafs(nil, v.track, v.track.ID, list))
	if err != nil {
		return nil, err
	}
	init := header{brands: streamBrands, timescale: movieScale, fragments: movieScale, tracks: []trackHeader{v.header([]uint32{list[0].entry})}}.bytes()
	return &KeyFrame{
		Number:  i,
		Segment: Segment{Parts: append([]Part{{Data: init, Size: int64(len(init))}}, g.Parts...), head: 1 + g.head, size: int64(len(init)) + g.size},
	}, nil
}
