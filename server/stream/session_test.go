package stream

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vodsrv/mp4/fragment"
)

func TestWholeFilmWithoutAWord(t *testing.T) {
	film := newFake(10, 2, 600_000)
	film.gap = 3
	v := watch(t, film, Query{}, usual)
	v.pass(time.Minute, nil)
	if v.got[0].Type != typeOpen || v.got[0].ETag != "tag" || v.got[0].Duration != 20 || len(v.got[0].Tracks) != 5 {
		t.Fatalf("first comes %+v", v.got[0])
	}
	if v.got[1].Kind != kindInit || !v.got[1].Last {
		t.Fatalf("second comes %+v", v.got[1])
	}
	if v.last().Type != typeEnd || v.closed != CloseNormal {
		t.Fatalf("last comes %+v, close code %d", v.last(), v.closed)
	}
	seq := 0
	for i, m := range v.pieces {
		if seq == film.gap {
			seq++
		}
		start, end := film.Span(seq)
		if m.Seq != seq || m.Start != start || m.End != end || m.Epoch != 0 || m.Stream != 0 || m.Kind != kindMedia {
			t.Fatalf("piece %d is %+v", i, m)
		}
		if m.Last {
			seq++
		}
	}
	if seq != 10 {
		t.Fatalf("%d segments came", seq)
	}
	for k := range 10 {
		if want := film.bytes; k != film.gap && v.sent[[3]int{0, 0, k}] != want {
			t.Errorf("%d bytes of segment %d, want %d", v.sent[[3]int{0, 0, k}], k, want)
		}
	}
}

func TestClientThatSpeaksMayStayTenMinutes(t *testing.T) {
	film := newFake(2, 2, 1000)
	v := watch(t, film, Query{}, usual)
	v.say(`{"type":"report","epoch":0,"time":0,"buffered":0,"bytes":0}`)
	v.pass(9*time.Minute, nil)
	if v.closed != 0 || v.last().Type != typeEnd {
		t.Fatalf("closed with %d after %+v", v.closed, v.last())
	}
	v.say(`{"type":"seek","req":1,"time":1}`)
	v.pass(9*time.Minute, nil)
	if v.closed != 0 || v.last().Type != typeEnd || v.last().Epoch != 1 {
		t.Fatalf("closed with %d after %+v", v.closed, v.last())
	}
	v.pass(2*time.Minute, nil)
	if v.closed != CloseNormal {
		t.Fatalf("closed with %d", v.closed)
	}
}

func TestSeek(t *testing.T) {
	v := watch(t, newFake(60, 2, 1<<20), Query{}, usual)
	for range 4 {
		v.step() // open, init, and a segment begun
	}
	if v.pieces[0].Last {
		t.Fatal("the test needs a segment in several pieces")
	}
	v.say(`{"type":"seek","req":7,"time":61}`)
	v.step()
	m := v.last()
	if m.Type != typeEpoch || m.Epoch != 1 || *m.Req != 7 || m.From != 61 || len(m.Streams) != 1 || m.Streams[0].ID != 0 {
		t.Fatalf("a seek is answered with %+v", m)
	}
	v.step()
	if m = v.last(); m.Kind != kindInit || m.Epoch != 1 {
		t.Fatalf("an epoch starts with %+v", m)
	}
	v.step()
	if m = v.last(); m.Kind != kindMedia || m.Seq != 30 || m.Start != 60 || m.Epoch != 1 {
		t.Fatalf("then comes %+v", m)
	}
}

func TestNewerRequestsSupersede(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.drain()
	v.got = nil
	v.say(`{"type":"seek","req":1,"time":10}`)
	v.say(`{"type":"tracks","req":2,"ids":[1,3],"time":20}`)
	v.say(`{"type":"seek","req":5,"time":30}`)
	v.say(`{"type":"seek","req":5,"time":40}`) // does not count up
	v.say(`{"type":"seek","req":4,"time":50}`) // nor does that
	v.drain()
	epochs, errors := v.find(typeEpoch), v.find(typeError)
	if len(epochs) != 1 || *epochs[0].Req != 5 || epochs[0].From != 30 || epochs[0].Epoch != 1 {
		t.Fatalf("epochs: %+v", epochs)
	}
	if len(errors) != 2 || *errors[0].Req != 5 || *errors[1].Req != 4 || errors[0].Fatal {
		t.Fatalf("errors: %+v", errors)
	}
	v.got = nil
	v.say(`{"type":"seek","req":6,"time":10}`)
	v.say(`{"type":"tracks","req":7,"ids":[99],"time":10}`) // refused, and the answer to 6 with it
	v.drain()
	if e := v.find(typeError); len(v.find(typeEpoch)) != 0 || len(e) != 1 || *e[0].Req != 7 {
		t.Fatalf("got %+v", v.got)
	}
}

func TestRefusals(t *testing.T) {
	cases := []struct {
		message string
		code    Code
		req     bool
	}{
		{`{"type":"seek","time":1}`, BadRequest, false},
		{`{"type":"seek","req":1}`, BadRequest, true},
		{`{"type":"seek","req":"one","time":1}`, BadRequest, false},
		{`{"type":"tracks","req":1,"ids":[99]}`, BadRequest, true},
		{`{"type":"tracks","req":1,"ids":[1,1]}`, BadRequest, true},
		{`{"type":"tracks","req":1,"ids":[4]}`, Unsupported, true},
		{`{"type":"play","rate":0.05}`, BadRequest, false},
		{`{"type":"play","rate":17}`, BadRequest, false},
		{`{"type":"play","rate":-1}`, BadRequest, false},
		{`{"type":"dance"}`, BadRequest, false},
		{`{}`, BadRequest, false},
		{`[1,2]`, BadRequest, false},
		{`5`, BadRequest, false},
	}
	for _, c := range cases {
		v := watch(t, newFake(60, 2, 1000), Query{}, usual)
		v.drain()
		if code := v.say("%s", c.message); code != 0 {
			t.Errorf("%s ends the session with %d", c.message, code)
			continue
		}
		v.drain()
		m := v.last()
		if m.Type != typeError || m.Code != c.code || m.Fatal || (m.Req != nil) != c.req || m.Message == "" {
			t.Errorf("%s is answered with %+v", c.message, m)
		}
		if v.closed != 0 {
			t.Errorf("%s ends the session", c.message)
		}
	}
}

func TestNotJSONEndsTheSession(t *testing.T) {
	for _, text := range []string{"", "hello", "{", `{"type":"pause"}{}`, "{\"type\":\"\xff\"}"} {
		v := watch(t, newFake(2, 2, 1000), Query{}, usual)
		if code := v.session.Receive(v.now, []byte(text)); code != CloseInvalidPayload {
			t.Errorf("%q gives %d", text, code)
		}
	}
}

func TestAnswersDoNotPileUp(t *testing.T) {
	v := watch(t, newFake(2, 2, 1000), Query{}, usual)
	for range maxQueued + 1 {
		if v.say(`{}`) == ClosePolicy {
			return
		}
	}
	t.Fatalf("%d answers wait for a client that takes none", len(v.session.queue))
}

func TestSplit(t *testing.T) {
	v := watch(t, newFake(60, 2, 300_000), Query{Split: true}, usual)
	v.drain()
	if open := v.got[0]; len(open.Streams) != 2 || !slices.Equal(open.Streams[1].Tracks, []uint32{2}) {
		t.Fatalf("open is %+v", open)
	}
	if v.got[1].Kind != kindInit || v.got[2].Kind != kindInit || v.got[2].Stream != 1 {
		t.Fatalf("the inits do not come first: %+v", v.got[1:3])
	}
	var at [2]float64
	for _, p := range v.pieces {
		at[p.Stream] = p.Start
		if d := at[0] - at[1]; d > 2 || d < -2 {
			t.Fatalf("one stream is %v s before the other", d)
		}
	}
	// Other sound: the picture goes on undisturbed.
	v.got, v.pieces = nil, nil
	v.say(`{"type":"tracks","req":1,"ids":[1,3],"time":4}`)
	v.pass(5*time.Second, nil)
	epoch := v.got[0]
	if epoch.Type != typeEpoch || len(epoch.Streams) != 1 || epoch.Streams[0].ID != 1 || !slices.Equal(epoch.Streams[0].Tracks, []uint32{3}) {
		t.Fatalf("the change is answered with %+v", epoch)
	}
	seen := map[int]bool{}
	for _, m := range v.find(typeData) {
		switch {
		case m.Stream == 0 && (m.Epoch != 0 || m.Kind == kindInit || m.Start < 10):
			t.Fatalf("the picture was disturbed: %+v", m)
		case m.Stream == 1 && m.Epoch != 1:
			t.Fatalf("sound of the epoch before: %+v", m)
		case m.Stream == 1 && !seen[1] && m.Kind != kindInit:
			t.Fatalf("the sound starts with %+v", m)
		case m.Stream == 1 && m.Kind == kindMedia && m.Start < 4:
			t.Fatalf("the sound starts too early: %+v", m)
		}
		seen[m.Stream] = true
	}
	if !seen[0] || !seen[1] {
		t.Fatalf("streams seen: %v", seen)
	}
	// No sound at all, and then sound again, as a stream of its own.
	v.say(`{"type":"tracks","req":2,"ids":[1],"time":9}`)
	v.drain()
	v.say(`{"type":"tracks","req":3,"ids":[1,2],"time":9}`)
	v.drain()
	epochs := v.find(typeEpoch)
	if len(epochs[1].Streams) != 0 || len(epochs[2].Streams) != 1 || epochs[2].Streams[0].ID != 2 {
		t.Fatalf("sound off and on: %+v", epochs[1:])
	}
	// A seek starts all that is there.
	v.say(`{"type":"seek","req":4,"time":50}`)
	v.drain()
	if last := v.find(typeEpoch)[3]; len(last.Streams) != 2 {
		t.Fatalf("a seek restarts %+v", last.Streams)
	}
}

func TestMuxedChangeOfTracks(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.drain()
	v.say(`{"type":"tracks","req":1,"ids":[3,1],"time":4}`)
	v.say(`{"type":"report","epoch":0,"bytes":1}`)
	v.drain()
	v.say(`{"type":"tracks","req":2,"ids":[1,3]}`) // the same ones
	v.drain()
	epochs := v.find(typeEpoch)
	if len(epochs) != 2 || len(epochs[0].Streams) != 1 || epochs[0].Streams[0].ID != 0 || len(epochs[1].Streams) != 0 {
		t.Fatalf("epochs: %+v", epochs)
	}
}

func TestResume(t *testing.T) {
	film := newFake(60, 2, 1000)
	v := watch(t, film, Query{Seq: []int{7}, ETag: "tag"}, usual)
	v.drain()
	if v.got[0].From != 14 || v.pieces[0].Seq != 7 {
		t.Fatalf("from %v, first piece %+v", v.got[0].From, v.pieces[0])
	}
	v = watch(t, film, Query{Seq: []int{7, 9}, ETag: "tag", Split: true, Time: 15, HasT: true}, usual)
	v.drain()
	first := map[int]int{}
	for _, p := range v.pieces {
		if _, ok := first[p.Stream]; !ok {
			first[p.Stream] = p.Seq
		}
	}
	if first[0] != 7 || first[1] != 9 || v.got[0].From != 15 {
		t.Fatalf("first segments %v, from %v", first, v.got[0].From)
	}
	// All was received: there is nothing but the end.
	v = watch(t, film, Query{Seq: []int{60}, ETag: "tag"}, usual)
	v.drain()
	if len(v.pieces) != 0 || v.last().Type != typeEnd {
		t.Fatalf("after everything comes %+v", v.last())
	}
}

func TestOpenRefuses(t *testing.T) {
	deaf := newFake(2, 2, 1000)
	deaf.tracks = deaf.tracks[3:]
	cases := []struct {
		name string
		film Film
		q    Query
		code Code
	}{
		{"another file", newFake(2, 2, 1000), Query{Seq: []int{0}, ETag: "other"}, FileChanged},
		{"too few segments", newFake(2, 2, 1000), Query{Seq: []int{0}, ETag: "tag", Split: true}, BadRequest},
		{"no such segment", newFake(2, 2, 1000), Query{Seq: []int{3}, ETag: "tag"}, BadRequest},
		{"no such track", newFake(2, 2, 1000), Query{Tracks: []uint32{9}}, BadRequest},
		{"a track that can't be played", newFake(2, 2, 1000), Query{Tracks: []uint32{1, 4}}, Unsupported},
		{"two of a kind", newFake(2, 2, 1000), Query{Tracks: []uint32{2, 3}, Split: true}, BadRequest},
		{"nothing to play", noDefaults{deaf}, Query{}, Unsupported},
	}
	for _, c := range cases {
		c.q.Rate = 1
		_, err := Open(c.film, c.q, usual)
		var e *Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
		if c.name == "nothing to play" && !strings.Contains(e.Message, "mp4v") {
			t.Errorf("%q does not name the codec", e.Message)
		}
	}
}

// noDefaults is a film without a playable track.
type noDefaults struct{ *fakeFilm }

func (noDefaults) DefaultTracks() []uint32 { return nil }

func TestFailAndLeave(t *testing.T) {
	v := watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.drain()
	v.session.Fail(Errorf(FileChanged, "The file has changed."))
	v.session.Fail(Errorf(BadRequest, "Too late."))
	v.drain()
	if m := v.last(); m.Code != FileChanged || !m.Fatal || v.closed != CloseRestart {
		t.Fatalf("last comes %+v, close code %d", m, v.closed)
	}
	v = watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.drain()
	v.session.Fail(errors.New("secret of the inside"))
	v.drain()
	if m := v.last(); m.Code != Internal || strings.Contains(m.Message, "secret") {
		t.Fatalf("last comes %+v", m)
	}
	v = watch(t, newFake(60, 2, 1000), Query{}, usual)
	v.session.Leave()
	v.drain()
	if m := v.last(); !m.Fatal || v.closed != CloseGoingAway {
		t.Fatalf("last comes %+v, close code %d", m, v.closed)
	}
}

func TestCut(t *testing.T) {
	parts := []fragment.Part{{Data: []byte("abc"), Size: 3}, {Offset: 100, Size: 10}, {Data: []byte("de"), Size: 2}, {Offset: 200, Size: 1}}
	flat := func(parts []fragment.Part) (all []int64) {
		for _, p := range parts {
			for i := range p.Size {
				if p.Data != nil {
					all = append(all, int64(p.Data[i]))
				} else {
					all = append(all, 1000+p.Offset+i)
				}
			}
		}
		return all
	}
	whole := flat(parts)
	for from := range len(whole) + 1 {
		for to := from; to <= len(whole); to++ {
			got := flat(cut(parts, int64(from), int64(to-from)))
			if !slices.Equal(got, whole[from:to]) {
				t.Fatalf("%d to %d: %v, want %v", from, to, got, whole[from:to])
			}
		}
	}
}

// The page has the names of the messages too.
func TestPageKnowsTheSameMessages(t *testing.T) {
	page, err := os.ReadFile("../../public/messages.js")
	if err != nil {
		t.Fatal(err)
	}
	names := func(list string) []string {
		match := regexp.MustCompile(list + `\s*=\s*\[([^\]]*)\]`).FindSubmatch(page)
		if match == nil {
			t.Fatalf("messages.js has no %s", list)
		}
		var found []string
		for _, quoted := range regexp.MustCompile(`'([^']*)'`).FindAllSubmatch(match[1], -1) {
			found = append(found, string(quoted[1]))
		}
		slices.Sort(found)
		return found
	}
	server := []string{typeData, "duration", typeEnd, typeEpoch, typeError, typeOpen}
	client := []string{typePause, typePlay, typeReport, typeSeek, typeTracks}
	if got := names("SERVER_MESSAGES"); !slices.Equal(got, server) {
		t.Errorf("the page knows %v, the server sends %v", got, server)
	}
	if got := names("CLIENT_MESSAGES"); !slices.Equal(got, client) {
		t.Errorf("the page sends %v, the server knows %v", got, client)
	}
	if !strings.Contains(string(page), "'"+Protocol+"'") {
		t.Errorf("the page does not ask for %s", Protocol)
	}
}

// A client that has nothing to show gets small pieces first.
func TestFirstPiecesAreSmall(t *testing.T) {
	v := watch(t, newFake(60, 2, 1<<20), Query{}, usual)
	sizes := func() (all []int64) {
		v.drain()
		for _, p := range v.pieces {
			all = append(all, p.Bytes)
		}
		v.pieces = nil
		return all[:min(len(all), 6)]
	}
	begun := sizes()
	v.say(`{"type":"seek","req":1,"time":61}`)
	for _, got := range [][]int64{begun, sizes()} {
		if want := []int64{64 << 10, 64 << 10, 64 << 10, 64 << 10, 256 << 10, 256 << 10}; !slices.Equal(got, want) {
			t.Errorf("pieces of %d bytes, want %d", got, want)
		}
	}
}
