package live

import (
	"bytes"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/server/live/flv"
	"vodsrv/server/live/flv/flvtest"
)

// A source that changes again and again fills no memory with what its runs
// begin with, nor one of which nothing comes.
func TestManyRuns(t *testing.T) {
	t.Parallel()
	f, err := newFormat("mp4a", []byte{0x12, 0x10}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	const most = 100_000
	w := newWindow(time.Hour, most)
	for i := range 1000 {
		r := &run{window: w, tracks: []*mp4.Track{f.track}}
		w.begin(r)
		if i%2 == 0 {
			w.add(entry{run: r, key: true, start: float64(i), end: float64(i + 1), size: 10})
		}
		w.close(r)
		if i%2 == 0 && w.Film(w.First()) == nil {
			t.Fatalf("there is no fragment %d", w.First())
		}
	}
	if most := most / int(w.runs[0].size); len(w.runs) > most || len(w.runs) != len(w.entries) {
		t.Errorf("%d runs of %d fragments, want %d at most", len(w.runs), len(w.entries), most)
	}
}

// Tiny packets that all claim one time are not collected for ever.
func TestTinyPackets(t *testing.T) {
	t.Parallel()
	stream := append(flvtest.Header(), flvtest.Tag(flvtest.Audio, 0, flvtest.AAC(0, []byte{0x12, 0x10}))...)
	for range 2 * fragmentBytes / packetRoom {
		stream = append(stream, flvtest.Tag(flvtest.Audio, 0, flvtest.AAC(1, []byte{0}))...)
	}
	a := newAssembler(newWindow(time.Minute, DefaultBytes), Cutting{Low})
	for r, longest := flv.NewReader(bytes.NewReader(stream)), 0; ; longest = max(longest, len(a.queue)) {
		p, err := r.Next()
		if err != nil {
			if longest == 0 || longest > fragmentBytes/packetRoom {
				t.Errorf("%d packets were collected", longest)
			}
			return
		}
		if err := a.add(p); err != nil {
			t.Fatal(err)
		}
	}
}

// Who goes on with a run that has begun, and of which nothing has come yet, waits
// behind what there was: not at the start of the window, a minute back.
func TestSpanOfWhatComes(t *testing.T) {
	t.Parallel()
	w := newWindow(2*time.Second, DefaultBytes)
	old := &run{window: w}
	w.begin(old)
	for i := range 10 {
		w.add(entry{run: old, key: true, start: float64(i), end: float64(i + 1)})
	}
	w.close(old)
	next := &run{window: w, start: 10.5}
	w.begin(next)
	for k, want := range map[int]float64{0: 7, 7: 7, 9: 9, 10: 10.5} {
		if start, _ := next.Span(k); start != want {
			t.Errorf("fragment %d starts at %v, want %v", k, start, want)
		}
	}
	w.clear()
	if start, _ := next.Span(10); start != 10.5 {
		t.Errorf("with nothing kept, the run starts at %v", start)
	}
}
