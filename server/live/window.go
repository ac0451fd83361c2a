package live

import (
	"crypto/rand"
	"math"
	"slices"
	"sync"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
	"vodsrv/server/stream"
)

// Window is the newest part of a live stream, in memory, once for all who watch
// it. It is safe for any number of goroutines.
type Window struct {
	length float64 // seconds kept
	bytes  int64   // kept at most
	etag   string

	mu        sync.Mutex
	cutter    cutter
	begun     int64 // runs there ever were, of which something came
	entries   []entry
	first     int   // number of the first entry
	size      int64 // bytes of all
	runs      []*run
	followers map[int]func()
	followed  int // followers there ever were
}

// entry is one fragment: a segment for each track that has something in it.
type entry struct {
	run        *run
	start, end float64 // presentation seconds
	key        bool    // a viewer can begin with it
	piece      int64   // that it belongs to
	begins     bool    // it is the first of its piece
	segments   [audioID + 1]*fragment.Segment
	size       int64 // bytes, with the run's init segment in its first
}

func newWindow(length time.Duration, bytes int64) *Window {
	w := &Window{length: length.Seconds(), bytes: bytes, etag: rand.Text(), followers: map[int]func(){}}
	// Players of HLS that were there before vodsrv was started again want numbers
	// that go on: there is less than one piece a second. Those of runs begin at 0,
	// as hls.js counts up to them.
	w.cutter = cutter{target: pieceTarget, number: time.Now().Unix()}
	return w
}

// number is what the next fragment is called in its moof.
func (w *Window) number() uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return uint32(w.next()%math.MaxUint32) + 1
}

func (w *Window) next() int { return w.first + len(w.entries) }

// begin lets a run follow those before it.
func (w *Window) begin(r *run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.first, r.end = w.next(), math.MaxInt
	r.describe()
	w.runs = append(w.runs, r)
}

// close ends a run. One that nothing came of is forgotten.
func (w *Window) close(r *run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.end = w.next()
	if r.first == r.end {
		w.runs = slices.DeleteFunc(w.runs, func(other *run) bool { return other == r })
	}
}

// add takes in a fragment and forgets what is too old, or too much.
func (w *Window) add(e entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next() == e.run.first {
		e.size += e.run.size
		e.run.number, e.run.begun = w.begun, true
		w.begun++
	}
	before := w.cutter.number
	e.piece = w.cutter.numberOf(e)
	e.begins = e.piece != before
	w.entries, w.size = append(w.entries, e), w.size+e.size
	n := 0
	for ; n < len(w.entries)-1 && (e.end-w.entries[n].end > w.length || w.size > w.bytes); n++ {
		w.size -= w.entries[n].size
		w.entries[n] = entry{}
	}
	w.entries, w.first = w.entries[n:], w.first+n
	w.runs = slices.DeleteFunc(w.runs, func(r *run) bool { return r.end <= w.first })
	for _, wake := range w.followers {
		wake()
	}
}

// clear forgets all.
func (w *Window) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.first, w.entries, w.size, w.runs = w.next(), nil, 0, nil
}

// wakeAll lets all who follow look again.
func (w *Window) wakeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, wake := range w.followers {
		wake()
	}
}

// follow has wake called whenever there is something new, until it is told
// that this is enough. wake must not wait.
func (w *Window) follow(wake func()) (enough func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.followed
	w.followed++
	w.followers[id] = wake
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.followers, id)
	}
}

// ETag names all that the window ever holds.
func (w *Window) ETag() string { return w.etag }

// Viewers is how many follow.
func (w *Window) Viewers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.followers)
}

// Size is how many bytes are kept.
func (w *Window) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

// Bounds are the presentation times between which something can be shown, from
// the first key frame on; equal if there is nothing.
func (w *Window) Bounds() (from, to float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bounds()
}

func (w *Window) bounds() (from, to float64) {
	if len(w.entries) == 0 {
		return 0, 0
	}
	first := max(0, slices.IndexFunc(w.entries, func(e entry) bool { return e.key }))
	return w.entries[first].start, w.entries[len(w.entries)-1].end
}

// First is the number of the oldest fragment that is there.
func (w *Window) First() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.first
}

// Newest is the newest fragment that a viewer can begin with; -1 if there is
// none.
func (w *Window) Newest() int { return w.Begin(math.Inf(1)) }

// Begin is the newest fragment at or before a presentation time that a viewer
// can begin with, or else the first one behind it; -1 if there is none at all.
func (w *Window) Begin(seconds float64) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := -1
	for i, e := range w.entries {
		if e.key && (found < 0 || e.start <= seconds) {
			found = w.first + i
		}
	}
	return found
}

// Film is the run that holds fragment k, or begins with it; nil if there is
// none.
func (w *Window) Film(k int) stream.Film {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.runs {
		if r.first <= k && k < r.end {
			return r
		}
	}
	return nil
}

// at is fragment k, if it is there.
func (w *Window) at(k int) (entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k < w.first || k >= w.next() {
		return entry{}, false
	}
	return w.entries[k-w.first], true
}

// run is a stretch of the stream within which nothing changes but the media. It
// is shown as a film that grows (stream.Film).
type run struct {
	window     *Window
	tracks     []*mp4.Track
	first, end int // fragments [first, end); the window guards end
	described  []stream.Track
	start      float64 // where its first fragment is due, in presentation seconds
	size       int64   // of the init segment, in bytes
	number     int64   // among all runs of which something came
	begun      bool    // something of it came
}

// describe tells viewers of the tracks, and the window what they take.
func (r *run) describe() {
	r.size = int64(len(fragment.LiveInit(r.tracks...)))
	for _, t := range r.tracks {
		e := t.Entries[0]
		r.described = append(r.described, stream.Track{MIME: codec.MIME(e), Track: info.Track{
			ID: t.ID, Kind: t.Kind, Codec: e.Codec, Name: e.Name, Lang: t.Language, Default: true, Timescale: t.Timescale, Playable: true,
			Width: e.Width, Height: e.Height, Channels: e.Channels, SampleRate: e.SampleRate, Edits: []info.Edit{}, Uncounted: true,
		}})
	}
}

// ETag is the same for all runs of a window.
func (r *run) ETag() string { return r.window.etag }

// Duration is up to where the stream has come.
func (r *run) Duration() float64 {
	_, to := r.window.Bounds()
	return to
}

// Tracks are those of the run.
func (r *run) Tracks() []stream.Track { return r.described }

// DefaultTracks are all.
func (r *run) DefaultTracks() []uint32 {
	var ids []uint32
	for _, t := range r.tracks {
		ids = append(ids, t.ID)
	}
	return ids
}

// Segments is the number behind the run's newest fragment.
func (r *run) Segments() int {
	r.window.mu.Lock()
	defer r.window.mu.Unlock()
	return min(r.end, r.window.next())
}

// Span is that of fragment k; of one that is forgotten, where the window begins;
// of one that is still to come, where that will.
func (r *run) Span(k int) (start, end float64) {
	w := r.window
	w.mu.Lock()
	defer w.mu.Unlock()
	from, to := w.bounds()
	switch {
	case k < w.first:
		return from, from
	case k >= w.next():
		at := max(to, r.start)
		return at, at
	}
	e := w.entries[k-w.first]
	return e.start, e.end
}

// Growth tells that there will be more: if not of this run, then of another.
func (r *run) Growth() (bool, error) { return true, nil }

// Stream muxes tracks of the run.
func (r *run) Stream(ids []uint32) (stream.Stream, error) {
	s := &muxed{run: r, ids: ids}
	for _, t := range r.tracks {
		if slices.Contains(ids, t.ID) {
			s.tracks = append(s.tracks, t)
		}
	}
	s.init = fragment.LiveInit(s.tracks...)
	return s, nil
}

// muxed is some tracks of a run as one stream.
type muxed struct {
	run    *run
	ids    []uint32
	tracks []*mp4.Track
	init   []byte
}

func (m *muxed) Tracks() []uint32         { return m.ids }
func (m *muxed) MIME() string             { return fragment.LiveMIME(m.tracks...) }
func (m *muxed) Init() []byte             { return m.init }
func (m *muxed) Seek(seconds float64) int { return m.run.window.Begin(seconds) }

// Segment is what fragment k has for the stream: a moof and mdat for each track.
func (m *muxed) Segment(k int) (*fragment.Segment, error) {
	e, ok := m.run.window.at(k)
	if !ok {
		return nil, stream.ErrForgotten
	}
	var found []*fragment.Segment
	for _, t := range m.tracks {
		if g := e.segments[t.ID]; g != nil {
			found = append(found, g)
		}
	}
	return fragment.Join(found...), nil
}
