package stream

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vodsrv/mp4/fragment"
)

// fakeLive is a stream of segments of half a second, each fourth of which can be
// begun with. Breaks are where runs begin.
type fakeLive struct {
	first, next int
	breaks      []int
	ids         []uint32 // of the newest run; nil for both
	away        string
}

const liveLength = 0.5

func (l *fakeLive) First() int { return l.first }

func (l *fakeLive) Begin(seconds float64) int {
	found := -1
	for k := l.first; k < l.next; k++ {
		if (k%4 == 0 || slices.Contains(l.breaks, k)) && (found < 0 || float64(k)*liveLength <= seconds) {
			found = k
		}
	}
	return found
}

func (l *fakeLive) Bounds() (from, to float64) {
	return float64(l.first) * liveLength, float64(l.next) * liveLength
}

func (l *fakeLive) Away() string { return l.away }

func (l *fakeLive) Film(k int) Film {
	i := 0
	for i < len(l.breaks) && k >= l.breaks[i] {
		i++
	}
	return liveRun{l, i}
}

// liveRun is the run behind so many breaks.
type liveRun struct {
	live *fakeLive
	i    int
}

func (r liveRun) ETag() string      { return "live" }
func (r liveRun) Duration() float64 { _, to := r.live.Bounds(); return to }
func (r liveRun) Tracks() []Track   { return newFake(1, 1, 1).tracks[:2] }
func (r liveRun) DefaultTracks() []uint32 {
	if r.i == len(r.live.breaks) && r.live.ids != nil {
		return r.live.ids
	}
	return []uint32{1, 2}
}
func (r liveRun) Segments() int {
	if r.i < len(r.live.breaks) {
		return min(r.live.breaks[r.i], r.live.next)
	}
	return r.live.next
}
func (r liveRun) Span(k int) (start, end float64) {
	return float64(k) * liveLength, float64(k+1) * liveLength
}
func (r liveRun) Growth() (bool, error) { return true, nil }
func (r liveRun) Stream(ids []uint32) (Stream, error) {
	return liveStream{fakeStream{newFake(1<<20, liveLength, 1000), ids}, r.live}, nil
}

type liveStream struct {
	fakeStream
	live *fakeLive
}

func (s liveStream) Seek(t float64) int { return s.live.Begin(t) }
func (s liveStream) Segment(k int) (*fragment.Segment, error) {
	if k < s.live.first {
		return nil, ErrForgotten
	}
	return s.fakeStream.Segment(k)
}

func watchLive(t *testing.T, l *fakeLive, q Query) *viewer {
	t.Helper()
	if q.Rate == 0 {
		q.Rate = 1
	}
	return &viewer{t: t, session: OpenLive(l, q, usual), now: begin, sent: map[[3]int]int64{}}
}

// goOn lets so many segments come, one each half a second.
func (v *viewer) goOn(l *fakeLive, segments int) {
	v.t.Helper()
	for range segments {
		l.next++
		v.now = v.now.Add(500 * time.Millisecond)
		v.drain()
	}
}

// numbers are those of the segments that came since the message was sent
// that opened the newest epoch.
func (v *viewer) numbers() (seqs []int) {
	for _, m := range v.got {
		switch {
		case m.Type == typeEpoch:
			seqs = nil
		case m.Type == typeData && m.Kind == kindMedia && m.Last && m.Stream == 0:
			seqs = append(seqs, m.Seq)
		}
	}
	return seqs
}

func (v *viewer) of(kind string) (list []message) {
	for _, m := range v.got {
		if m.Type == kind {
			list = append(list, m)
		}
	}
	return list
}

// A viewer begins at the newest key frame, and gets what comes.
func TestLiveFromTheNewestKeyFrame(t *testing.T) {
	l := &fakeLive{next: 11}
	v := watchLive(t, l, Query{Split: true})
	v.drain()
	if open := v.got[0]; open.Type != typeOpen || open.Window == nil || *open.Window != [2]float64{0, 5.5} || open.From != 4 || !open.Growing || len(open.Streams) != 2 || open.ETag != "live" {
		t.Fatalf("first comes %+v", open)
	}
	if got := v.numbers(); !slices.Equal(got, []int{8, 9, 10}) {
		t.Errorf("segments %v", got)
	}
	v.goOn(l, 4)
	if got := v.numbers(); !slices.Equal(got, []int{8, 9, 10, 11, 12, 13, 14}) {
		t.Errorf("segments %v", got)
	}
	if told := v.of(typeDuration); len(told) != 2 || *told[1].Window != [2]float64{0, 7.5} {
		t.Errorf("told %+v", told)
	}
	if len(v.of(typeEpoch)) != 0 {
		t.Errorf("an epoch begins: %+v", v.of(typeEpoch))
	}
}

// Who comes before the stream waits for it, and is told why nothing comes.
func TestLiveThatHasNotBegun(t *testing.T) {
	l := &fakeLive{away: "The source is away."}
	v := watchLive(t, l, Query{})
	v.drain()
	v.say(`{"type":"seek","req":1,"time":1}`)
	v.drain()
	if errs := v.of(typeError); len(errs) != 2 || errs[0].Fatal || errs[0].Message != l.away || errs[1].Fatal || *errs[1].Req != 1 {
		t.Fatalf("%+v", v.got)
	}
	l.away = ""
	v.goOn(l, 2)
	if got := v.numbers(); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("segments %v", got)
	}
}

// A break of the source is an epoch that answers no request.
func TestLiveBreak(t *testing.T) {
	for _, split := range []bool{true, false} {
		l := &fakeLive{next: 5}
		v := watchLive(t, l, Query{Split: split})
		v.drain()
		l.breaks, l.ids = []int{6}, []uint32{1}
		v.goOn(l, 3)
		epochs := v.of(typeEpoch)
		if len(epochs) != 1 || epochs[0].Epoch != 1 || epochs[0].Req != nil || epochs[0].From != 3 || len(epochs[0].Streams) != 1 || epochs[0].Streams[0].ID != 0 {
			t.Fatalf("epochs %+v", epochs)
		}
		if got := v.numbers(); !slices.Equal(got, []int{6, 7}) {
			t.Errorf("segments %v of the new run", got)
		}
		if v.sent[[3]int{0, 0, 5}] == 0 {
			t.Errorf("the end of the old run did not come")
		}
	}
}

// Who takes nothing for long goes on at the newest key frame.
func TestLiveBehind(t *testing.T) {
	l := &fakeLive{next: 1}
	v := watchLive(t, l, Query{})
	v.drain()
	l.next = 30
	v.drain()
	if epochs := v.of(typeEpoch); len(epochs) != 1 || epochs[0].From != 14 {
		t.Fatalf("epochs %+v", epochs)
	}
	if got := v.numbers(); !slices.Equal(got, []int{28, 29}) {
		t.Errorf("segments %v", got)
	}
}

// Who pauses, or goes back, stays where he is as long as that is there.
func TestLivePauseAndSeek(t *testing.T) {
	l := &fakeLive{next: 40}
	v := watchLive(t, l, Query{})
	v.drain()
	v.say(`{"type":"seek","req":7,"time":5.2}`)
	v.drain()
	epochs := v.of(typeEpoch)
	if len(epochs) != 1 || *epochs[0].Req != 7 || epochs[0].From != 5.2 {
		t.Fatalf("epochs %+v", epochs)
	}
	if got := v.numbers(); got[0] != 8 || got[len(got)-1] > 31 {
		t.Errorf("segments %v are sent for 5.2 s, ahead %v s", got, usual.Ahead)
	}
	v.say(`{"type":"pause"}`)
	v.goOn(l, 20)
	if n := len(v.of(typeEpoch)); n != 1 {
		t.Errorf("%d epochs while paused", n)
	}
	// What it stands at is forgotten.
	l.first = 50
	v.goOn(l, 1)
	if epochs := v.of(typeEpoch); len(epochs) != 2 || epochs[1].Req != nil || epochs[1].From != 30 {
		t.Fatalf("epochs %+v", epochs)
	}
	// Times that are not there become the nearest.
	v.say(`{"type":"seek","req":8,"time":1}`)
	v.say(`{"type":"seek","req":9,"time":1000}`)
	v.drain()
	if e := v.got[len(v.got)-1]; v.of(typeEpoch)[2].From != 30.5 {
		t.Errorf("%+v, %+v", v.of(typeEpoch)[2], e)
	}
}

// A client that lost its connection goes on with the segments it names, or is
// told that they are gone.
func TestLiveResume(t *testing.T) {
	tests := []struct {
		seq  []int
		etag string
		want string // the first segments, or a code
	}{
		{[]int{18, 17}, "live", "[18 19]"},
		{[]int{20, 20}, "live", "[]"},
		{[]int{3, 3}, "live", "file_changed"},
		{[]int{21, 21}, "live", "file_changed"},
		{[]int{18, 18}, "other", "file_changed"},
		{[]int{13, 15}, "live", "file_changed"}, // a break lies between
	}
	for _, tt := range tests {
		l := &fakeLive{first: 4, next: 20, breaks: []int{14}}
		v := watchLive(t, l, Query{Split: true, Seq: tt.seq, ETag: tt.etag})
		v.drain()
		got := fmt.Sprint(v.numbers())
		if errs := v.of(typeError); len(errs) > 0 {
			got = string(errs[0].Code)
		}
		if got != tt.want {
			t.Errorf("%v of %s: %s, want %s", tt.seq, tt.etag, got, tt.want)
		}
	}
}
