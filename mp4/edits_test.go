package mp4_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

// shownSamples lists what is shown of a track: number of the sample in the
// file @ presentation time + duration, in order of decoding.
func shownSamples(m *mp4.Movie, b []byte) string {
	t := m.Tracks[0]
	line := t.Timeline()
	var list []string
	for c := t.Index.Cursor(0); ; {
		s, ok := c.Next()
		if !ok {
			return strings.Join(list, " ")
		}
		if s.PTS()+int64(s.Duration) <= line.From || s.PTS() >= line.To {
			continue
		}
		n := 0
		for n < 15 && !bytes.Equal(mp4test.Payload(1, n, s.Size), b[s.Offset:s.End()]) {
			n++
		}
		key := ""
		if s.Sync && !t.Index.AllSync() {
			key = "k"
		}
		list = append(list, fmt.Sprintf("%d%s@%d+%d", n, key, s.PTS()+line.Shift, s.Duration))
	}
}

// instants cuts the lengths of samples off.
func instants(shown string) string {
	list := strings.Fields(shown)
	for i, s := range list {
		list[i], _, _ = strings.Cut(s, "+")
	}
	return strings.Join(list, " ")
}

// What is streamed shows the same samples at the same instants.
func streamed(t *testing.T, m *mp4.Movie, b []byte) string {
	t.Helper()
	p := fragment.NewPlan(m)
	s, err := p.Stream([]uint32{1})
	if err != nil {
		t.Fatal(err)
	}
	w := bytes.NewBuffer(s.Init())
	for k := range p.Len() {
		g, err := s.Segment(k)
		if err != nil {
			t.Fatal(err)
		}
		if g != nil {
			if _, err := io.Copy(w, g.NewReader(bytes.NewReader(b))); err != nil {
				t.Fatal(err)
			}
		}
	}
	return shownSamples(mustOpen(t, w.Bytes()), w.Bytes())
}

// Pictures last 40 ms, with a key frame every 5; the movie and the track count
// in ms.
func TestEditsOfSeveralPieces(t *testing.T) {
	plain := mp4test.Samples(15, 9, 40, 5)
	all := mp4test.Samples(15, 9, 40, 0)
	reordered := mp4test.Reorder(mp4test.Samples(15, 9, 40, 5), false)
	tests := []struct {
		name    string
		samples []mp4test.Sample
		edits   []mp4test.Edit
		want    string
	}{
		{"contiguous ones are one", all, edits(80, 40, 80, 120), "1@0+40 2@40+40 3@80+40 4@120+40"},
		{"contiguous but for a rounding", all, edits(81, 40, 80, 120), "1@0+40 2@40+40 3@80+40 4@120+40"},
		{"a cut in the middle", all, edits(80, 0, 80, 400), "0@0+40 1@40+40 10@80+40 11@120+40"},
		{"a repeat", all, edits(80, 40, 80, 40), "1@0+40 2@40+40 1@80+40 2@120+40"},
		{"backwards", all, edits(40, 400, 40, 0), "10@0+40 0@40+40"},
		{"a cut inside of packets", all, edits(90, 0, 80, 410), "0@0+40 1@40+40 2@80+10 10@90+30 11@120+40 12@160+40"},
		{"nothing for a while", all, edits(80, 0, 100, -1, 80, 80), "0@0+40 1@40+140 2@180+40 3@220+40"},
		{"a still picture", all, append(append(edits(80, 0), mp4test.Edit{Duration: 100, MediaTime: 80, Still: true}), edits(40, 80)...), "0@0+40 1@40+140 2@180+40"},
		{"a rate of 0 and no other is a mistake", all, []mp4test.Edit{{Duration: 80, MediaTime: 80, Still: true}}, "2@0+40 3@40+40"},
		{"a still picture in front", all, append([]mp4test.Edit{{Duration: 100, MediaTime: 0, Still: true}}, edits(80, 0)...), "0@100+40 1@140+40"},
		{"an edit of no length", all, edits(80, 0, 0, 400, 80, 200), "0@0+40 1@40+40 5@80+40 6@120+40"},
		{"an edit of no length at the end", all, edits(80, 0, 0, 480), "0@0+40 1@40+40 12@80+40 13@120+40 14@160+40"},
		{"behind the media", all, edits(80, 0, 80, 5000, 80, 400), "0@0+40 1@40+120 10@160+40 11@200+40"},
		{"all behind the media", all[:3], edits(100, -1, 80, 5000), "0@0+40 1@40+40 2@80+40"},
		{"cut at key frames", plain, edits(80, 0, 80, 400), "0k@0+40 1@40+40 10k@80+40 11@120+40"},
		{"cut into a group: from its first picture on", plain, edits(80, 0, 200, 320), "0k@0+40 1@40+120 10k@160+40 11@200+40 12@240+40"},
		{"cut inside of a key frame", plain, edits(80, 0, 80, 410), "0k@0+40 1@40+40 10k@80+30 11@110+40 12@150+40"},
		{"begin within a group", plain, edits(80, 280, 40, 400), "7@0+40 8@40+40 10k@80+40"},
		{"no key frame in a piece", plain, edits(80, 0, 80, 240, 80, 400), "0k@0+40 1@40+120 10k@160+40 11@200+40"},
		{"with B-frames", reordered, edits(200, 40, 200, 440), "0k@0+40 1@80+40 2@40+40 3@160+40 4@120+40 10k@200+40 11@280+40 12@240+40 13@360+40 14@320+40"},
	}
	differently := map[string]string{
		"a still picture in front": "0@0 1@40",                   // a fragmented film begins with its first track
		"begin within a group":     "5k@0 6@1 7@2 8@120 10k@240", // 1/3 ms: hidden pictures go along, a tick each
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: tt.samples, Edits: tt.edits}}}.Bytes()
			m := mustOpen(t, b)
			if got := shownSamples(m, b); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			want := instants(tt.want)
			if other, ok := differently[tt.name]; ok {
				want = other
			}
			if got := instants(streamed(t, m, b)); got != want {
				t.Errorf("streamed as %s\nwant        %s", got, want)
			}
			if len(m.Tracks[0].Edits) != len(tt.edits) {
				t.Errorf("%d edits", len(m.Tracks[0].Edits))
			}
		})
	}
}

// However a short list repeats a long film, the index stays in proportion.
func TestEditsThatRepeatAFilm(t *testing.T) {
	for _, n := range []int{100, 4000, 5000} {
		var list []mp4test.Edit
		for range n {
			list = append(list, edits(40000, 0)...)
		}
		b := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Samples(1000, 9, 40, 5), Edits: list}}}.Bytes()
		track := mustOpen(t, b).Tracks[0]
		want := 3024 // twice the film and a thousand more
		if n == 5000 {
			want = 1000 // too many: only the first
		}
		if got := track.Index.Len(); got != want {
			t.Errorf("%d repeats: %d samples, want %d", n, got, want)
		}
		if got, want := track.End(), int64(want)*40; got != want {
			t.Errorf("%d repeats: ends at %d, want %d", n, got, want)
		}
	}
}
