package stream

import (
	"testing"
	"time"
)

// A viewer at the end of a film that grows waits, gets what comes, and the end
// when it is complete.
func TestAGrowingFilm(t *testing.T) {
	film := newFake(2, 2, 1000)
	film.more = true
	v := watch(t, film, Query{}, usual)
	v.drain()
	if open := v.got[0]; !open.Growing || open.Duration != 4 {
		t.Fatalf("opened with %+v", open)
	}
	if len(v.pieces) != 2 || len(v.find("end")) != 0 || v.closed != 0 || !v.wait.IsZero() {
		t.Fatalf("%d pieces, closed with %d, waits until %v", len(v.pieces), v.closed, v.wait)
	}
	v.pass(time.Hour, nil)
	if v.closed != 0 {
		t.Fatal("a silent viewer was sent away")
	}
	film.segments = 3
	v.drain()
	if m := v.find("duration"); len(m) != 1 || m[0].Duration != 6 || !m[0].Growing || len(v.pieces) != 3 || v.pieces[2].Seq != 2 {
		t.Fatalf("told %+v, %d pieces", m, len(v.pieces))
	}
	film.segments, film.more = 4, false
	v.drain()
	m := v.find("duration")
	if len(m) != 2 || m[1].Duration != 8 || m[1].Growing || len(v.pieces) != 4 {
		t.Fatalf("told %+v, %d pieces", m, len(v.pieces))
	}
	if v.find("end") == nil || v.closed != CloseNormal {
		t.Errorf("in the end %+v, closed with %d", v.last(), v.closed)
	}
}

// Who pauses falls behind, and catches up at the pace of a viewer.
func TestAViewerOfAGrowingFilmFallsBehind(t *testing.T) {
	film := newFake(3, 2, 1000)
	film.more = true
	v := watch(t, film, Query{}, usual)
	v.drain()
	v.say(`{"type":"pause"}`)
	film.segments = 100
	v.pass(time.Minute, nil)
	if v.media > 16 {
		t.Errorf("a paused viewer got %v s", v.media)
	}
	v.say(`{"type":"play"}`)
	began := v.now
	v.pass(20*time.Second, nil)
	if at := v.now.Sub(began).Seconds(); v.media < at || v.media > at+16 {
		t.Errorf("after %v s of playing it has %v s", at, v.media)
	}
	v.say(`{"type":"seek","req":1,"time":1000}`)
	v.drain()
	if e := v.find("epoch"); len(e) != 1 || e[0].From != 200 || v.pieces[len(v.pieces)-1].Seq != 99 {
		t.Errorf("a seek beyond the end: %+v", e)
	}
}

func TestAGrowingFilmThatChanges(t *testing.T) {
	film := newFake(2, 2, 1000)
	film.more = true
	v := watch(t, film, Query{}, usual)
	v.drain()
	film.more, film.trouble = false, Errorf(FileChanged, "The file has changed.")
	v.drain()
	if m := v.last(); m.Type != "error" || m.Code != FileChanged || !m.Fatal || v.closed != CloseRestart {
		t.Errorf("%+v, closed with %d", m, v.closed)
	}
	if _, err := Open(film, Query{Rate: 1}, usual); err == nil {
		t.Error("a film that can't be gone on with is begun")
	}
}

// Who comes back at the end of what was there waits for the next segment.
func TestAGrowingFilmIsGoneOnWith(t *testing.T) {
	film := newFake(2, 2, 1000)
	film.more = true
	v := watch(t, film, Query{Seq: []int{2}, ETag: "tag"}, usual)
	v.drain()
	if len(v.pieces) != 0 || v.closed != 0 {
		t.Fatalf("%d pieces, closed with %d", len(v.pieces), v.closed)
	}
	film.segments = 3
	v.drain()
	if len(v.pieces) != 1 || v.pieces[0].Seq != 2 {
		t.Errorf("got %+v", v.pieces)
	}
}
