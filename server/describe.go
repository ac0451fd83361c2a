package server

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"vodsrv/mp4/codec"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
	"vodsrv/server/library"
	"vodsrv/server/playlist"
)

// textFolder holds playlists of subtitles.
const (
	textFolder = "text"
	listSuffix = ".m3u8" // behind the name of one
)

// describe tells of the default video, all sound and all text of a film, and of
// its video in other qualities.
func (d delivery) describe(ctx context.Context, about info.File, others []delivery) (f playlist.Film, err error) {
	more, err := d.film.Growth()
	if err != nil {
		return f, err
	}
	chosen := map[uint32]bool{}
	for _, id := range fragment.DefaultTracks(d.film.Movie()) {
		chosen[id] = true
	}
	for _, t := range about.Tracks {
		if !t.Playable || t.Kind != codec.Audio && !chosen[t.ID] {
			continue
		}
		track, err := d.describeTrack(ctx, t, chosen[t.ID])
		switch {
		case err != nil:
			return f, err
		case len(track.Times) == 0: // there is nothing of it yet
		case t.Kind == codec.Audio:
			f.Audio = append(f.Audio, track)
		default:
			f.Video = append(f.Video, track)
		}
	}
	if len(f.Video) == 0 && len(f.Audio) == 0 {
		return f, cmp.Or(tooSoon(more), unplayable(d.film))
	}
	if len(f.Video) > 0 {
		for _, other := range others {
			if t, ok := other.quality(ctx, f.Video[0]); ok {
				t.ID = fmt.Sprintf("%s-%d", t.ID, len(f.Video)+1)
				f.Video = append(f.Video, t)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return f, err // it may be why a quality is missing
	}
	f.Link = link
	if !d.plan.Open() {
		f.Text = d.texts(about.Subtitles)
	}
	return f, nil
}

func (d delivery) describeTrack(ctx context.Context, t info.Track, isDefault bool) (track playlist.Track, err error) {
	s, err := d.film.Stream([]uint32{t.ID})
	if err != nil {
		return track, err
	}
	now, err := s.Now()
	if err != nil {
		return track, err
	}
	track = playlist.Track{
		ID: strconv.FormatUint(uint64(t.ID), 10), Folder: fmt.Sprintf("%s/%d/", d.film.ETag(), t.ID), Label: labelOf(t.Label, t.Lang, isDefault),
		Codec: t.Codec, MIME: plainMIME(s), Channels: t.Channels, SampleRate: t.SampleRate, Picture: pictureOf(t), Timescale: now.Timescale(),
	}
	if track.Times, err = d.times(ctx, s, false); err != nil {
		return track, err
	}
	starts, err := s.Starts(ctx, nil)
	if err != nil {
		return track, err
	}
	var sizes []int64
	for _, p := range track.Times {
		sizes = append(sizes, starts[p.Last+1]-starts[p.First])
	}
	track.Rates = track.Times.Rates(track.Timescale, sizes)
	if track.Frames, err = d.times(ctx, s, true); err != nil {
		return track, err
	}
	sizes = sizes[:0]
	for _, p := range track.Frames {
		g, err := now.IFrame(p.First, p.Last)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return track, err
		}
		sizes = append(sizes, g.Size())
	}
	track.FramesRates = track.Frames.Rates(track.Timescale, sizes)
	return track, nil
}

// times are the pieces of a track, or its pictures, and when each is shown.
func (d delivery) times(ctx context.Context, s *library.Stream, frames bool) (playlist.Timeline, error) {
	name := fmt.Sprintf("times %v %t", s.Tracks(), frames)
	return library.Keep(ctx, d.film, d.plan, name, func() (playlist.Timeline, error) {
		now, err := s.Now()
		if err != nil {
			return nil, err
		}
		if frames {
			return playlist.FrameTimes(d.plan, now), nil
		}
		return playlist.PieceTimes(d.plan, now), nil
	})
}

func labelOf(name, lang string, isDefault bool) playlist.Label {
	l := playlist.Label{Name: name, Default: isDefault}
	if tag, ok := info.Language(lang); ok {
		l.Language = tag
	}
	return l
}

// pictureOf is how video is shown.
func pictureOf(t info.Track) playlist.Picture {
	p := playlist.Picture{Width: t.Width, Height: t.Height, FPS: t.FPS}
	if w, h, ok := strings.Cut(t.PixelAspect, ":"); ok {
		a, errA := strconv.Atoi(w)
		b, errB := strconv.Atoi(h)
		if errA == nil && errB == nil && b > 0 {
			p.Width = int(int64(p.Width) * int64(a) / int64(b))
		}
	}
	if t.Rotation%180 != 0 {
		p.Width, p.Height = p.Height, p.Width
	}
	const pq, hlg = 16, 18 // ISO/IEC 23091-2
	if t.Colour != nil {
		p.Range = map[uint16]string{pq: "PQ", hlg: "HLG"}[t.Colour.Transfer]
	}
	return p
}

func (d delivery) texts(list []info.Subtitle) (texts []playlist.Text) {
	for _, text := range list {
		texts = append(texts, playlist.Text{
			Playlist: fmt.Sprintf("%s/%s/%s%s", d.film.ETag(), textFolder, text.ID, listSuffix), WebVTT: d.webVTT(text),
			Label: labelOf(text.Label, text.Lang, text.Default), Captions: text.Kind == info.Captions,
		})
	}
	return texts
}

// webVTT is the URL of a text.
func (d delivery) webVTT(text info.Subtitle) string {
	return d.server.config.BasePath + "/subs/" + d.path.Escaped() + "/" + text.ID + ".vtt"
}
