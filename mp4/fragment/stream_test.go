package fragment

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/mp4test"
)

func openFilm(t testing.TB, file []byte) *mp4.Movie {
	t.Helper()
	m, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func streamOf(t testing.TB, p *Plan, ids ...uint32) *Stream {
	t.Helper()
	if len(ids) == 0 {
		ids = DefaultTracks(p.Movie())
	}
	s, err := p.Stream(ids)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readSegments gives the bytes of each segment, nil for one without samples.
func readSegments(t testing.TB, s *Stream, file []byte) [][]byte {
	t.Helper()
	var list [][]byte
	for k := range s.plan.Len() {
		g, err := s.Segment(k)
		if err != nil {
			t.Fatalf("segment %d: %v", k, err)
		}
		if g == nil {
			list = append(list, nil)
			continue
		}
		b, err := io.ReadAll(g.NewReader(bytes.NewReader(file)))
		if err != nil || int64(len(b)) != g.Size() {
			t.Fatalf("segment %d: %d bytes of %d, %v", k, len(b), g.Size(), err)
		}
		list = append(list, b)
	}
	return list
}

// checkFilm compares a whole stream, read back by its own boxes, with the
// film: every sample once, in order, with its payload and at its time.
func checkFilm(t *testing.T, file []byte, ids ...uint32) *Plan {
	t.Helper()
	m := openFilm(t, file)
	p := NewPlan(m)
	checkSpans(t, p)
	s := streamOf(t, p, ids...)
	segments := readSegments(t, s, file)
	out := mp4test.Join(s.Init(), mp4test.Join(segments...))
	back := openFilm(t, out)
	if back.Truncated != nil || len(back.Tracks) != len(s.Tracks()) {
		t.Fatalf("read back: %v, %d tracks", back.Truncated, len(back.Tracks))
	}
	for _, f := range back.Fragments {
		if !f.Plain {
			t.Errorf("the fragment at byte %d is not as MSE wants it", f.Offset)
		}
	}
	for _, id := range s.Tracks() {
		soon := 0
		if len(s.views) > 1 {
			k := slices.IndexFunc(p.views, func(v *view) bool { return v.track.ID == id })
			soon = len(p.views[k].early.first)
		}
		checkTrack(t, file, m.Track(id), out, back.Track(id), soon)
	}
	return p
}

// checkSpans checks that segments follow one another from 0 to the end.
func checkSpans(t *testing.T, p *Plan) {
	t.Helper()
	last := 0.0
	for k := range p.Len() {
		start, end := p.Span(k)
		if start != last || end <= start {
			t.Fatalf("segment %d goes from %v to %v after one that ends at %v", k, start, end, last)
		}
		if p.At(start) != k || p.At((start+end)/2) != k {
			t.Errorf("segment %d is not found at its own time", k)
		}
		last = end
	}
	if last != p.Duration() {
		t.Errorf("the last segment ends at %v, the film at %v", last, p.Duration())
	}
}

// checkTrack compares a track with what came of it, of which so many samples
// are decoded sooner than in the film.
func checkTrack(t *testing.T, file []byte, src *mp4.Track, out []byte, got *mp4.Track, soon int) {
	t.Helper()
	times := int64(got.Timescale / src.Timescale)
	if times*int64(src.Timescale) != int64(got.Timescale) || len(got.Edits) != 0 {
		t.Fatalf("timescale %d became %d; %d edits", src.Timescale, got.Timescale, len(got.Edits))
	}
	line := src.Timeline()
	start := (line.From + line.Shift) * times
	first, end := wanted(src)
	if got.Index.Len() != end-first {
		t.Fatalf("track %d has %d samples, want %d", src.ID, got.Index.Len(), end-first)
	}
	nextDTS := int64(0)
	var hidden []int64 // presentation times of the hidden samples
	for i := first; i < end; i++ {
		if s := src.Index.At(i); s.PTS() < line.From && s.PTS()+int64(s.Duration) <= line.From {
			hidden = append(hidden, s.PTS())
		}
	}
	slices.Sort(hidden)
	visible := start + int64(len(hidden)) // behind the hidden samples, one tick each
	for i := range got.Index.Len() {
		w, g := src.Index.At(first+i), got.Index.At(i)
		if !bytes.Equal(out[g.Offset:g.End()], file[w.Offset:w.End()]) || g.Sync != w.Sync || g.Description != w.Description {
			t.Fatalf("sample %d of track %d is not sample %d of the film: %+v, %+v", i, src.ID, first+i, g, w)
		}
		pts, stop := (w.PTS()+line.Shift)*times, (w.PTS()+int64(w.Duration)+line.Shift)*times
		switch {
		case i == 0 && first == 0 && src.Kind == codec.Audio && g.PTS() > start:
			// A first packet that was made longer begins late.
			if usual := src.Index.At(1).Duration; g.PTS()+int64(g.Duration) != stop || int64(g.Duration) != int64(usual)*times || w.Duration <= usual+usual/2 {
				t.Fatalf("the first packet of track %d is shown at %d for %d, want it until %d", src.ID, g.PTS(), g.Duration, stop)
			}
			nextDTS = stop
			continue
		case pts < start && stop <= start:
			rank := int64(slices.Index(hidden, w.PTS()))
			if g.Duration != 1 || g.PTS() != start+rank {
				t.Fatalf("hidden sample %d of track %d is shown at %d for %d, want %d for 1", i, src.ID, g.PTS(), g.Duration, start+rank)
			}
		case g.PTS() != max(pts, min(visible, stop)):
			t.Fatalf("sample %d of track %d is presented at %d, want %d", i, src.ID, g.PTS(), max(pts, visible))
		case g.PTS()+int64(g.Duration) != stop && i >= soon:
			t.Fatalf("sample %d of track %d ends at %d, want %d", i, src.ID, g.PTS()+int64(g.Duration), stop)
		}
		if contiguous(src.Index, first+i) && i > 0 && g.DTS != nextDTS {
			t.Fatalf("sample %d of track %d is decoded at %d, want %d", i, src.ID, g.DTS, nextDTS)
		}
		nextDTS = g.DTS + int64(g.Duration)
	}
	if int64(len(hidden))*1000 >= int64(got.Timescale) {
		t.Errorf("%d hidden samples of track %d take more than a millisecond", len(hidden), src.ID)
	}
}

func contiguous(x *mp4.Index, i int) bool {
	return i > 0 && x.At(i-1).DTS+int64(x.At(i-1).Duration) == x.At(i).DTS
}

// wanted are the samples of a track that a stream has to hold, found one by
// one: from the sync sample that the first shown one needs to the last shown.
func wanted(t *mp4.Track) (first, end int) {
	line, x := t.Timeline(), t.Index
	first = -1
	for i := range x.Len() {
		s := x.At(i)
		shown := s.PTS()+int64(s.Duration) > line.From && s.PTS() < line.To
		if shown && first < 0 {
			first = max(0, x.SyncBefore(i))
		}
		if shown {
			end = i + 1
		}
	}
	return max(first, 0), end
}

func TestSegmentReader(t *testing.T) {
	src := []byte("0123456789")
	g := &Segment{Parts: []Part{{Data: []byte("ab"), Size: 2}, {Offset: 3, Size: 4}, {Data: []byte("c"), Size: 1}, {Offset: 0, Size: 1}}, size: 8}
	if err := iotest.TestReader(g.NewReader(bytes.NewReader(src)), []byte("ab3456c0")); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(g.NewReader(bytes.NewReader(src[:5]))); err != io.ErrUnexpectedEOF || string(got) != "ab34" {
		t.Errorf("a source that ends too early gives %q, %v", got, err)
	}
}

func TestStreamErrors(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Samples: mp4test.Samples(5, 5, 40, 5)},
		{ID: 2, Handler: "tmcd", Samples: mp4test.Samples(1, 4, 200, 0)},
		{ID: 3, Handler: "soun"},
		{ID: 4, Handler: "soun", Samples: mp4test.Samples(1, 4, 200, 0), Form: mp4test.Form{Replace: map[string][]byte{"stts": mp4test.Table("stts", 9)}}},
	}}
	p := NewPlan(openFilm(t, f.Bytes()))
	tests := []struct {
		name string
		ids  []uint32
		want string
	}{
		{"none", nil, "no track is asked for"},
		{"unknown", []uint32{9}, "there is no track 9"},
		{"twice", []uint32{1, 1}, "track 1 is asked for twice"},
		{"timecode", []uint32{1, 2}, "track 2 can't be played: "},
		{"empty", []uint32{3}, "track 3 can't be played: it has no samples"},
		{"broken", []uint32{4}, "track 4 can't be played: box moov/trak/mdia/minf/stbl/stts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := p.Stream(tt.ids); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	s := streamOf(t, p)
	for _, k := range []int{-1, p.Len()} {
		if _, err := s.Segment(k); err == nil {
			t.Errorf("there is a segment %d", k)
		}
	}
}

func TestPlanOfNothing(t *testing.T) {
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Handler: "tmcd", Samples: mp4test.Samples(1, 4, 200, 0)}}}
	p := NewPlan(openFilm(t, f.Bytes()))
	if p.Len() != 0 || p.Duration() != 0 || p.At(1) != 0 || len(DefaultTracks(p.Movie())) != 0 {
		t.Errorf("%d segments of %v s", p.Len(), p.Duration())
	}
}

func TestDefaultTracks(t *testing.T) {
	hevc := [][]byte{mp4test.Visual("hvc1", 320, 180, mp4test.Box("hvcC", append([]byte{1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93}, make([]byte, 10)...)))}
	one := mp4test.Samples(2, 5, 1000, 0)
	video := func(id uint32, entries [][]byte, off bool) mp4test.Track {
		return mp4test.Track{ID: id, Entries: entries, Disabled: off, Samples: one}
	}
	sound := func(id uint32, off bool) mp4test.Track {
		return mp4test.Track{ID: id, Handler: "soun", Disabled: off, Samples: one}
	}
	tests := []struct {
		name   string
		tracks []mp4test.Track
		want   []uint32
	}{
		{"the first", []mp4test.Track{sound(5, false), video(7, nil, false), video(8, nil, false), sound(9, false)}, []uint32{7, 5}},
		{"on by default", []mp4test.Track{video(1, nil, true), video(2, nil, false), sound(3, true), sound(4, false)}, []uint32{2, 4}},
		{"a preferred codec that is off", []mp4test.Track{video(1, hevc, false), video(2, nil, true)}, []uint32{2}},
		{"no other codec", []mp4test.Track{video(1, hevc, true), video(2, hevc, false)}, []uint32{2}},
		{"not one without samples", []mp4test.Track{{ID: 1}, video(2, nil, true)}, []uint32{2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := openFilm(t, mp4test.File{Tracks: tt.tracks}.Bytes())
			for _, track := range m.Tracks {
				if track.Entries[0].Reason != "" {
					t.Fatal(track.Entries[0].Reason)
				}
			}
			if got := DefaultTracks(m); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestInitEntries: a browser refuses an init segment for a sample entry that it
// can't read, though no sample has it.
func TestInitEntries(t *testing.T) {
	entries := [][]byte{mp4test.AVC(320, 180), mp4test.AVC(160, 90), mp4test.Visual("SVQ3", 64, 36), mp4test.AVC(80, 44)}
	tests := []struct {
		name  string
		used  []uint32 // by sample
		grows bool
		want  []int // widths of the entries of the init segment
	}{
		{"the first", []uint32{1, 1}, false, []int{320}},
		{"another", []uint32{2, 2}, false, []int{160, 160}},
		{"some", []uint32{4, 2}, false, []int{160, 160, 160, 80}},
		{"one that can't be played", []uint32{2, 3}, false, []int{160, 160}},
		{"what may come", []uint32{2, 2}, true, []int{320, 160, 320, 80}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			track := mp4test.Track{ID: 1, Entries: entries, Samples: mp4test.Samples(2, 5, 1000, 0)}
			for i, k := range tt.used {
				track.Samples[i].Entry = k
			}
			m := openFilm(t, mp4test.File{Tracks: []mp4test.Track{track}}.Bytes())
			p := NewPlan(m)
			if tt.grows {
				p = NewGrowing(m, false)
			}
			var got []int
			for _, e := range openFilm(t, streamOf(t, p).Init()).Tracks[0].Entries {
				got = append(got, e.Width)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("widths %v, want %v", got, tt.want)
			}
		})
	}
}

// TestFirstEntry: what a film is said to be is what its samples are.
func TestFirstEntry(t *testing.T) {
	samples := mp4test.Samples(2, 5, 1000, 0)
	samples[0].Entry, samples[1].Entry = 2, 2
	track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Visual("SVQ3", 64, 36), mp4test.AVC(320, 180)}, Samples: samples}
	s := streamOf(t, NewPlan(openFilm(t, mp4test.File{Tracks: []mp4test.Track{track}}.Bytes())))
	if got, want := s.MIME(), `video/mp4; codecs="avc1.64001F"`; !strings.EqualFold(got, want) {
		t.Errorf("MIME %s, want %s", got, want)
	}
}

func TestInit(t *testing.T) {
	elng := func(tag string) []byte { return mp4test.Box("mdia", mp4test.Full("elng", 0, 0, []byte(tag+"\x00"))) }
	sound := func(id uint32, extra []byte) mp4test.Track {
		return mp4test.Track{ID: id, Handler: "soun", Timescale: 48000, Samples: mp4test.Samples(100, 4, 1024, 0), Extra: extra}
	}
	f := mp4test.File{Tracks: []mp4test.Track{
		{ID: 3, Samples: mp4test.Samples(125, 5, 40, 25), Edits: []mp4test.Edit{{MediaTime: 40}}},
		sound(5, elng("pt-BR")), sound(7, elng("ENG")), sound(9, elng("\xff\x00x")),
	}}
	s := streamOf(t, NewPlan(openFilm(t, f.Bytes())), 9, 3, 7, 5)
	m := openFilm(t, s.Init())
	if !m.Fragmented || strings.Join(m.Brands, " ") != "iso6 iso6 mp41" || m.Timescale != 1000 || bytes.Contains(s.Init(), []byte("elst")) {
		t.Errorf("brands %v, timescale %d", m.Brands, m.Timescale)
	}
	var got []string
	for _, track := range m.Tracks {
		got = append(got, fmt.Sprintf("%d %s %s %d %s %d", track.ID, track.Kind, track.Language, track.Timescale, track.HandlerName, track.Index.Len()))
	}
	want := []string{"3 video eng 2000 handler 0", "5 audio pt-BR 48000 handler 0", "7 audio ENG 48000 handler 0", "9 audio eng 48000 handler 0"}
	if !slices.Equal(got, want) {
		t.Errorf("tracks %q, want %q", got, want)
	}
	if mehd := mp4test.Find(s.Init(), "mehd")[0]; !bytes.Equal(s.Init()[mehd+12:mehd+16], mp4test.U32(4960)) {
		t.Errorf("mehd % x", s.Init()[mehd:mehd+16])
	}
	if got, want := s.MIME(), `video/mp4; codecs="avc1.64001F,mp4a.40.2"`; !strings.EqualFold(got, want) {
		t.Errorf("MIME %s, want %s", got, want)
	}
}
