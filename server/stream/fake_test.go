package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"vodsrv/mp4/codec"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
)

// fakeFilm is a film of segments of equal length, whose byte n has the value
// n*7 of the segment's number and track.
type fakeFilm struct {
	segments int
	length   float64 // of a segment, in seconds
	bytes    int64   // of a segment of one track
	gap      int     // this segment holds nothing; -1 for none
	tracks   []Track
	more     bool // segments will come
	trouble  error
}

func (f *fakeFilm) Growth() (bool, error) { return f.more, f.trouble }

func newFake(segments int, length float64, bytes int64) *fakeFilm {
	track := func(id uint32, kind codec.Kind, name string) Track {
		return Track{Track: info.Track{ID: id, Kind: kind, Codec: name, Playable: true}, MIME: string(kind) + "/mp4"}
	}
	f := &fakeFilm{segments: segments, length: length, bytes: bytes, gap: -1, tracks: []Track{
		track(1, codec.Video, "avc1.64001e"), track(2, codec.Audio, "mp4a.40.2"), track(3, codec.Audio, "opus"),
		track(4, codec.Video, "mp4v.20.9"), track(5, codec.Text, "tx3g"),
	}}
	f.tracks[3].Playable, f.tracks[3].Reason = false, "No browser plays MPEG-4 Part 2 (mp4v.20.9)."
	f.tracks[4].Playable, f.tracks[4].Reason = false, "MSE carries no tx3g."
	return f
}

func (f *fakeFilm) ETag() string            { return "tag" }
func (f *fakeFilm) Duration() float64       { return float64(f.segments) * f.length }
func (f *fakeFilm) Tracks() []Track         { return f.tracks }
func (f *fakeFilm) DefaultTracks() []uint32 { return []uint32{1, 2} }
func (f *fakeFilm) Segments() int           { return f.segments }
func (f *fakeFilm) Span(k int) (start, end float64) {
	return float64(k) * f.length, float64(k+1) * f.length
}

func (f *fakeFilm) Stream(ids []uint32) (Stream, error) {
	for _, id := range ids {
		if id > 3 {
			return nil, errors.New("can't be muxed")
		}
	}
	return fakeStream{f, ids}, nil
}

type fakeStream struct {
	film *fakeFilm
	ids  []uint32
}

func (s fakeStream) Tracks() []uint32 { return s.ids }
func (s fakeStream) MIME() string     { return fmt.Sprintf("fake/%v", s.ids) }
func (s fakeStream) Init() []byte     { return fmt.Appendf(nil, "init %v", s.ids) }
func (s fakeStream) Seek(t float64) int {
	return min(max(int(t/s.film.length), 0), s.film.segments-1)
}

func (s fakeStream) Segment(k int) (*fragment.Segment, error) {
	if k == s.film.gap {
		return nil, nil
	}
	head := fmt.Appendf(nil, "moof %d", k)
	return &fragment.Segment{Parts: []fragment.Part{
		{Data: head, Size: int64(len(head))},
		{Offset: int64(k) * s.film.bytes, Size: s.film.bytes - int64(len(head))},
	}}, nil
}

// viewer drives a session with made-up time, and keeps what it was sent.
type viewer struct {
	t       *testing.T
	session *Session
	now     time.Time
	got     []message // all text messages
	parts   []fragment.Part
	bytes   int64   // binary, in all
	media   float64 // up to where media was sent, linear in bytes
	pieces  []dataMessage
	sent    map[[3]int]int64 // bytes by epoch, stream and segment
	closed  int
	wait    time.Time
}

// message is any message of the server.
type message struct {
	dataMessage
	ETag     string
	From     float64
	Duration float64
	Growing  bool
	Window   *[2]float64
	Req      *int64
	Code     Code
	Message  string
	Fatal    bool
	Streams  []streamInfo
	Tracks   []Track
}

func (m *message) UnmarshalJSON(b []byte) error {
	type rest message
	if err := json.Unmarshal(b, &m.dataMessage); err != nil {
		return err
	}
	return json.Unmarshal(b, (*rest)(m))
}

var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func watch(t *testing.T, film Film, q Query, pace Pace) *viewer {
	t.Helper()
	if q.Rate == 0 {
		q.Rate = 1
	}
	s, err := Open(film, q, pace)
	if err != nil {
		t.Fatal(err)
	}
	return &viewer{t: t, session: s, now: begin, sent: map[[3]int]int64{}}
}

var usual = Pace{Ahead: 10, Window: 8 << 20}

// step takes one step; false when there is nothing to send at this instant.
func (v *viewer) step() bool {
	v.t.Helper()
	s := v.session.Next(v.now)
	v.closed, v.wait = s.Close, s.Wait
	if s.Close != 0 || s.Text == nil {
		return false
	}
	var m message
	if err := json.Unmarshal(s.Text, &m); err != nil {
		v.t.Fatalf("%s: %v", s.Text, err)
	}
	v.got = append(v.got, m)
	if (m.Type == typeData) != (s.Parts != nil) {
		v.t.Fatalf("%s with %d parts: data and only data has bytes", s.Text, len(s.Parts))
	}
	if s.Parts != nil {
		v.take(m.dataMessage, s)
	}
	return true
}

func (v *viewer) take(m dataMessage, s Step) {
	v.t.Helper()
	var size int64
	for _, p := range s.Parts {
		size += p.Size
		if p.Data != nil && int64(len(p.Data)) != p.Size {
			v.t.Fatalf("a part of %d bytes says %d", len(p.Data), p.Size)
		}
	}
	if size != m.Bytes || size != s.Size || size > MaxPiece || size == 0 {
		v.t.Fatalf("announced %d bytes, got %d, said %d", m.Bytes, size, s.Size)
	}
	if s.Final != (m.Last && m.Kind == kindMedia) {
		v.t.Fatalf("final is %v for %+v", s.Final, m)
	}
	v.parts = append(v.parts, s.Parts...)
	v.bytes += size
	if m.Kind == kindInit {
		return
	}
	v.pieces = append(v.pieces, m)
	key := [3]int{m.Epoch, m.Stream, m.Seq}
	v.sent[key] += size
	film, ok := v.session.film.(*fakeFilm)
	if !ok {
		return // live: there is no end that it nears
	}
	v.media = m.Start + (m.End-m.Start)*float64(v.sent[key])/float64(film.bytes)
}

// drain takes all steps that are due now.
func (v *viewer) drain() {
	v.t.Helper()
	for v.step() {
		if len(v.got) > 1_000_000 {
			v.t.Fatal("it never ends")
		}
	}
}

// pass lets time go by, as the server would: it wakes when it was told to.
func (v *viewer) pass(d time.Duration, check func(elapsed float64)) {
	v.t.Helper()
	end := v.now.Add(d)
	v.drain()
	for !v.wait.IsZero() && v.wait.Before(end) && v.closed == 0 {
		if !v.wait.After(v.now) {
			v.t.Fatalf("told at %v to wait until %v", v.now, v.wait)
		}
		if check != nil {
			check(v.wait.Sub(begin).Seconds()) // just before more is sent
		}
		v.now = v.wait
		v.drain()
		if check != nil {
			check(v.now.Sub(begin).Seconds())
		}
	}
	if v.now.Before(end) {
		v.now = end
	}
	v.drain()
}

func (v *viewer) say(format string, args ...any) int {
	return v.session.Receive(v.now, fmt.Appendf(nil, format, args...))
}

func (v *viewer) last() message { return v.got[len(v.got)-1] }

// find returns the messages of a type.
func (v *viewer) find(kind string) []message {
	return slices.DeleteFunc(slices.Clone(v.got), func(m message) bool { return m.Type != kind })
}
