package server

import (
	"context"
	"math"
	"path"
	"strings"

	"vodsrv/mp4/codec"
	"vodsrv/mp4/fragment"
	"vodsrv/server/playlist"
)

const (
	// apart is how far, in seconds, the pieces of two qualities may begin from
	// each other: less than any frame takes, more than times are rounded by.
	apart = 0.005
	// longer is by how many seconds one of them may be longer than the other.
	longer = 0.5
)

// others opens the films that are the same in other qualities, by their names,
// until close is called. A link is good for one film, and a film that grows is
// alone.
func (d delivery) others() (list []delivery, close func()) {
	close = func() {
		for _, o := range list {
			_ = o.film.Close()
		}
	}
	if d.plan.Open() || d.token() != "" {
		return nil, close
	}
	for _, p := range d.server.config.Library.Qualities(d.r.Context(), d.path) {
		film, err := d.server.config.Library.Film(d.r.Context(), p)
		if err != nil {
			continue // it has trouble of its own, which its own address tells
		}
		list = append(list, delivery{server: d.server, path: p, film: film, plan: film.Plan()})
	}
	return list, close
}

// addresses name films and their contents: a manifest has both in its URLs.
func addresses(list []delivery) (all []string) {
	for _, d := range list {
		all = append(all, d.path.Escaped()+" "+d.film.ETag())
	}
	return all
}

// quality describes the default video of another film, if players can go from
// this one's to it at the start of any piece.
func (d delivery) quality(ctx context.Context, own playlist.Track) (t playlist.Track, ok bool) {
	ids := fragment.DefaultTracks(d.film.Movie())
	for _, about := range d.film.Info().Tracks {
		if len(ids) == 0 || about.ID != ids[0] || about.Kind != codec.Video || d.plan.Open() {
			continue
		}
		t, err := d.describeTrack(ctx, about, true)
		if err != nil || !lineUp(own, t) {
			return t, false
		}
		// In templates of DASH a dollar begins what is to be filled in.
		name := strings.ReplaceAll(path.Base(d.path.Escaped()), "$", "%24")
		t.Folder = "../" + name + "/" + t.Folder
		return t, true
	}
	return t, false
}

// lineUp tells whether the pieces of two tracks begin at the same times.
func lineUp(a, b playlist.Track) bool {
	one, other := a.Times.Playlist(a.Timescale), b.Times.Playlist(b.Timescale)
	if len(one) != len(other) {
		return false
	}
	for i := range one {
		if math.Abs(one[i].Start-other[i].Start) > apart {
			return false
		}
	}
	return len(one) > 0 && math.Abs(one[len(one)-1].End-other[len(one)-1].End) <= longer
}
