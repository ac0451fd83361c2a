package live

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/codec"
	"vodsrv/server/live/flv"
	"vodsrv/server/live/flv/flvtest"
)

// assemble relays a whole stream into a window that forgets nothing.
func assemble(t testing.TB, stream []byte, c Cutting) (*Window, error) {
	t.Helper()
	w := newWindow(time.Hour, math.MaxInt64)
	return w, feedAll(t, newAssembler(w, c), stream)
}

// feedAll gives an assembler a whole stream.
func feedAll(t testing.TB, a *assembler, stream []byte) error {
	t.Helper()
	r := flv.NewReader(bytes.NewReader(stream))
	for {
		p, err := r.Next()
		if err == nil {
			err = a.add(p)
		}
		if err != nil {
			if stopErr := a.stop(); stopErr != nil {
				t.Fatal(stopErr)
			}
			if err == io.EOF {
				err = nil
			}
			return err
		}
	}
}

// film is a run as a viewer of all its tracks gets it.
func (r *run) film(t testing.TB) []byte {
	t.Helper()
	s, err := r.Stream(r.DefaultTracks())
	if err != nil {
		t.Fatal(err)
	}
	out := s.Init()
	for k := r.first; k < r.Segments(); k++ {
		g, err := s.Segment(k)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range g.Parts {
			out = append(out, p.Data...)
		}
	}
	return out
}

func open(t testing.TB, film []byte) *mp4.Movie {
	t.Helper()
	m, err := mp4.Open(bytes.NewReader(film), int64(len(film)))
	if err != nil {
		t.Fatal(err)
	}
	if m.Truncated != nil {
		t.Fatal(m.Truncated)
	}
	return m
}

// clip is FLV as ffmpeg writes it.
func clip(t testing.TB, seconds float64, args ...string) []byte {
	t.Helper()
	args = append([]string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "50", "-c:a", "aac"}, args...)
	b, err := os.ReadFile(testmedia.Clip(t, testmedia.Options{Seconds: seconds, Size: "320x180", Ext: ".flv", Args: args}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Who joins in the middle of a group of pictures waits for the next, also beside
// sound that is there at once: but not for ever.
func TestJoinAmidAGroup(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		group       string
		kinds       []codec.Kind
		least, most time.Duration // of the source, until it begins
	}{
		{"50", []codec.Kind{codec.Video, codec.Audio}, 1900 * time.Millisecond, 2200 * time.Millisecond},
		{"1000", []codec.Kind{codec.Audio}, longestFragment, longestFragment + 200*time.Millisecond},
	} {
		r := flv.NewReader(bytes.NewReader(clip(t, 12, "-g", tt.group)))
		a := newAssembler(newWindow(time.Hour, math.MaxInt64), Cutting{Low})
		for joined := false; ; {
			p, err := r.Next()
			if err != nil {
				t.Fatalf("group of %s: nothing begins: %v", tt.group, err)
			}
			if !joined && p.Kind == flv.Video && p.Type == flv.Frame {
				joined = true
				continue
			}
			if err := a.add(p); err != nil {
				t.Fatal(err)
			}
			if a.run == nil {
				continue
			}
			var kinds []codec.Kind
			for _, track := range a.run.tracks {
				kinds = append(kinds, track.Kind)
			}
			if at := sourceTime(p); at < tt.least || at > tt.most || !slices.Equal(kinds, tt.kinds) {
				t.Errorf("group of %s: at %v there is %v", tt.group, at, kinds)
			}
			break
		}
	}
}

// All that the source sends goes out, in fragments that are no longer than they
// may be and follow each other; it shows what the source shows.
func TestFragments(t *testing.T) {
	t.Parallel()
	stream := clip(t, 6)
	tests := []struct {
		cutting Cutting
		most    float64 // seconds
		least   int     // fragments
	}{
		{Cutting{Low}, 0.1, 60},
		{Cutting{Normal}, 0.5, 12},
		{Cutting{}, 2, 3},
	}
	for _, tt := range tests {
		w, err := assemble(t, stream, tt.cutting)
		if err != nil {
			t.Fatal(err)
		}
		if len(w.runs) != 1 || len(w.entries) < tt.least {
			t.Fatalf("%v: %d runs, %d fragments", tt.cutting, len(w.runs), len(w.entries))
		}
		for i, e := range w.entries {
			first, _ := e.segments[videoID], e.segments[audioID]
			if length := e.end - e.start; length > tt.most+0.001 || first == nil {
				t.Errorf("%v: fragment %d is from %v to %v, with a picture: %v", tt.cutting, i, e.start, e.end, first != nil)
			}
			if i > 0 && math.Abs(e.start-w.entries[i-1].end) > 1e-6 {
				t.Errorf("%v: fragment %d starts at %v, the one before ends at %v", tt.cutting, i, e.start, w.entries[i-1].end)
			}
		}
		film := w.runs[0].film(t)
		sameSamples(t, open(t, film), stream)
		path := filepath.Join(t.TempDir(), "film.mp4")
		if err := os.WriteFile(path, film, 0o644); err != nil {
			t.Fatal(err)
		}
		for i, n := range testmedia.FrameNumbers(t, path) {
			if i != n {
				t.Fatalf("%v: frame %d is shown as number %d", tt.cutting, n, i)
			}
		}
	}
}

// sameSamples compares a relayed film with the stream it was made of.
func sameSamples(t testing.TB, m *mp4.Movie, stream []byte) {
	t.Helper()
	counts := map[codec.Kind]int{}
	r := flv.NewReader(bytes.NewReader(stream))
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Type == flv.Frame && p.Kind != flv.Script {
			counts[codec.Kind(p.Kind)]++
		}
	}
	for _, track := range m.Tracks {
		x := track.Index
		// What sound there is before the first picture is left out.
		if n := counts[track.Kind]; x.Len() > n || x.Len() < n-2 {
			t.Errorf("%s has %d samples of %d", track.Kind, x.Len(), n)
		}
		for i := 1; i < x.Len(); i++ {
			a, b := x.At(i-1), x.At(i)
			if b.DTS != a.DTS+int64(a.Duration) {
				t.Fatalf("%s: sample %d is at %d, the one before ends at %d", track.Kind, i, b.DTS, a.DTS+int64(a.Duration))
			}
		}
	}
}

// A source's breaks make runs whose times go on.
func TestRuns(t *testing.T) {
	t.Parallel()
	one, other := clip(t, 4), clip(t, 4, "-s", "160x90")
	header := len(flvtest.Header())
	// The tags of a stream at other times, some left out.
	tags := func(stream []byte, at int64, keep func(p flv.Packet, body []byte) bool) []byte {
		var out []byte
		for b := stream[header:]; len(b) > 0; {
			size := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
			body := b[11 : 11+size]
			time := int64(b[7])<<24 | int64(b[4])<<16 | int64(b[5])<<8 | int64(b[6])
			if keep == nil || keep(flv.Packet{Kind: map[byte]flv.Kind{8: flv.Audio, 9: flv.Video}[b[0]], Time: time}, body) {
				out = append(out, flvtest.Tag(b[0], uint32(time+at), body)...)
			}
			b = b[11+size+4:]
		}
		return out
	}
	only := func(k flv.Kind) func(flv.Packet, []byte) bool {
		return func(p flv.Packet, _ []byte) bool { return p.Kind == k }
	}
	until := func(k flv.Kind, from int64) func(flv.Packet, []byte) bool {
		return func(p flv.Packet, body []byte) bool {
			return p.Kind != k || p.Time >= from || body[1] == 0
		}
	}
	speex := func(p flv.Packet, body []byte) bool {
		if p.Kind == flv.Audio {
			body[0] = 0xb2
		}
		return true
	}
	type kinds = []codec.Kind
	both := kinds{codec.Video, codec.Audio}
	tests := []struct {
		name   string
		stream []byte
		runs   []kinds
		length float64 // seconds
	}{
		{"as it is", tags(one, 0, nil), []kinds{both}, 4},
		{"another size", slices.Concat(tags(one, 0, nil), tags(other, 4000, nil)), []kinds{both, both}, 8},
		{"another size and time", slices.Concat(tags(one, 0, nil), tags(other, 0, nil)), []kinds{both, both}, 8},
		{"begun anew", slices.Concat(tags(one, 100_000, nil), tags(one, 0, nil)), []kinds{both, both}, 8},
		{"a jump", slices.Concat(tags(one, 0, nil), tags(one, 3_600_000, nil)), []kinds{both, both}, 8},
		{"a wrap", tags(one, -2000&0xffffffff, nil), []kinds{both}, 4},
		{"gone on with", slices.Concat(tags(one, 0, nil), tags(one, 4000, nil)), []kinds{both}, 8},
		{"only pictures", tags(one, 0, only(flv.Video)), []kinds{{codec.Video}}, 4},
		{"only sound", tags(one, 0, only(flv.Audio)), []kinds{{codec.Audio}}, 4},
		{"sound that comes later", tags(one, 0, until(flv.Audio, 1900)), []kinds{{codec.Video}, both}, 4},
		{"pictures that come later", tags(one, 0, until(flv.Video, 1900)), []kinds{{codec.Audio}, both}, 4},
		{"sound that is not relayed", tags(bytes.Clone(one), 0, speex), []kinds{{codec.Video}}, 4},
		{"sound that ends", slices.Concat(tags(one, 0, nil), tags(one, 4000, only(flv.Video)), tags(one, 8000, only(flv.Video))), []kinds{both, {codec.Video}}, 12},
	}
	for _, tt := range tests {
		w, err := assemble(t, slices.Concat(flvtest.Header(), tt.stream), Cutting{Normal})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []kinds
		for _, r := range w.runs {
			m := open(t, r.film(t))
			var tracks kinds
			for _, track := range m.Tracks {
				tracks = append(tracks, track.Kind)
				if track.Index.Len() == 0 {
					t.Errorf("%s: no %s", tt.name, track.Kind)
				}
			}
			got = append(got, tracks)
		}
		if !slices.EqualFunc(got, tt.runs, slices.Equal) {
			t.Errorf("%s: runs of %v, want %v", tt.name, got, tt.runs)
		}
		for i := 1; i < len(w.entries); i++ {
			if gap := w.entries[i].start - w.entries[i-1].end; math.Abs(gap) > 0.2 {
				t.Errorf("%s: fragment %d starts %v s after the one before", tt.name, i, gap)
			}
			if a, b := w.entries[i-1], w.entries[i]; a.run != b.run && !b.key {
				t.Errorf("%s: a run begins without a key frame", tt.name)
			}
		}
		if from, to := w.Bounds(); math.Abs(to-from-tt.length) > 0.3 {
			t.Errorf("%s: from %v to %v, want %v s", tt.name, from, to, tt.length)
		}
	}
}

// Films of codecs that come in enhanced tags go out as they were.
func TestEnhanced(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"../../mp4/fragment/testdata/ffmpeg51/hevc.mp4", "../../mp4/fragment/testdata/ffmpeg51/vp9.mp4", "../../mp4/fragment/testdata/ffmpeg51/opus.mp4",
		"../../mp4/fragment/testdata/ffmpeg51/mp3.mp4", "../../mp4/fragment/testdata/ffmpeg51/bframes.mp4", "../../mp4/dump/testdata/flac.mp4",
		testmedia.Clip(t, testmedia.Options{Seconds: 1, Size: "160x90", Args: []string{"-c:v", "libaom-av1", "-cpu-used", "8", "-g", "10", "-c:a", "ac3"}}),
	} {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		given := open(t, file)
		w, err := assemble(t, enhance(t, given, file), Cutting{Normal})
		if err != nil || len(w.runs) != 1 {
			t.Errorf("%s: %d runs, %v", name, len(w.runs), err)
			continue
		}
		out := w.runs[0].film(t)
		got := open(t, out)
		for _, want := range given.Tracks {
			i := slices.IndexFunc(got.Tracks, func(t *mp4.Track) bool { return t.Kind == want.Kind })
			if i < 0 {
				t.Errorf("%s: no %s", name, want.Kind)
				continue
			}
			track := got.Tracks[i]
			if a, b := track.Entries[0], want.Entries[0]; a.Codec != b.Codec && b.Codec != "mp4a.69" || a.Width != b.Width || a.Height != b.Height || a.SampleRate != b.SampleRate || a.Channels != b.Channels {
				t.Errorf("%s: %s %dx%d %d Hz %d channels, want %s %dx%d %d Hz %d channels", name,
					a.Codec, a.Width, a.Height, a.SampleRate, a.Channels, b.Codec, b.Width, b.Height, b.SampleRate, b.Channels)
			}
			compareTracks(t, name, out, track, file, want)
		}
	}
}

// compareTracks allows for sound that lies before the first picture, which is
// left out.
func compareTracks(t *testing.T, name string, a []byte, got *mp4.Track, b []byte, want *mp4.Track) {
	t.Helper()
	skip := want.Index.Len() - got.Index.Len()
	if skip < 0 || skip > 2 {
		t.Errorf("%s: %d samples of %s, want %d", name, got.Index.Len(), want.Kind, want.Index.Len())
		return
	}
	for i := range got.Index.Len() {
		g, w := got.Index.At(i), want.Index.At(i+skip)
		if !bytes.Equal(a[g.Offset:g.End()], b[w.Offset:w.End()]) || g.Sync != w.Sync {
			t.Fatalf("%s: sample %d of %s is another", name, i, want.Kind)
		}
		first := want.Index.At(skip)
		gave, wanted := mp4.Seconds(g.PTS()-got.Index.At(0).PTS(), got.Timescale), mp4.Seconds(w.PTS()-first.PTS(), want.Timescale)
		if math.Abs(gave-wanted) > 0.0015 {
			t.Fatalf("%s: sample %d of %s is shown at %v, want %v", name, i, want.Kind, gave, wanted)
		}
	}
}

// enhance writes a film as enhanced FLV.
func enhance(t *testing.T, m *mp4.Movie, file []byte) []byte {
	t.Helper()
	type tag struct {
		at   int64 // ns
		body func() []byte
		kind byte
	}
	out := flvtest.Header()
	var tags []tag
	for _, track := range m.Tracks {
		name, config := sequenceHeader(t, track.Entries[0])
		kind := byte(flvtest.Video)
		if track.Kind == codec.Audio {
			kind = flvtest.Audio
		}
		if config != nil {
			body := flvtest.EnhancedSound(0, nil, name, config)
			if kind == flvtest.Video {
				body = flvtest.Enhanced(flvtest.Key, 0, nil, name, config)
			}
			out = append(out, flvtest.Tag(kind, 0, body)...)
		}
		for i := range track.Index.Len() {
			s := track.Index.At(i)
			at := mp4.Rescale(s.DTS-track.Index.Start(), track.Timescale, uint32(time.Second))
			data := file[s.Offset:s.End()]
			nanos := flvtest.Nanos(uint32(at % 1_000_000))
			tags = append(tags, tag{at, func() []byte {
				if kind == flvtest.Audio {
					return flvtest.EnhancedSound(1, nanos, name, data)
				}
				frame := byte(flvtest.Inter)
				if s.Sync {
					frame = flvtest.Key
				}
				if name != "avc1" && name != "hvc1" {
					return flvtest.Enhanced(frame, 1, nanos, name, data)
				}
				ms := math.Round(mp4.Seconds(int64(s.CTO), track.Timescale) * 1000)
				return flvtest.Enhanced(frame, 1, nanos, name, flvtest.Composition(int32(ms)), data)
			}, kind})
		}
	}
	slices.SortStableFunc(tags, func(a, b tag) int { return cmp.Compare(a.at, b.at) })
	for _, g := range tags {
		out = append(out, flvtest.Tag(g.kind, uint32(g.at/1_000_000), g.body())...)
	}
	return out
}

// sequenceHeader is the configuration of a sample entry as FLV has it.
func sequenceHeader(t *testing.T, e codec.Entry) (fourCC string, config []byte) {
	t.Helper()
	payload := func(box string) []byte {
		at := bytes.Index(e.Raw, []byte(box))
		size := binary.BigEndian.Uint32(e.Raw[at-4:])
		return e.Raw[at+4 : at-4+int(size)]
	}
	switch e.Original {
	case "avc1":
		return "avc1", payload("avcC")
	case "hvc1", "hev1":
		return "hvc1", payload("hvcC")
	case "av01":
		return "av01", payload("av1C")
	case "vp09":
		return "vp09", payload("vpcC")[4:]
	case "ac-3":
		return "ac-3", nil
	case "Opus":
		d := payload("dOps")
		head := append([]byte("OpusHead\x01"), d[1], d[3], d[2], d[7], d[6], d[5], d[4], d[9], d[8])
		return "Opus", append(head, d[10:]...)
	case "fLaC":
		return "fLaC", append([]byte("fLaC"), payload("dfLa")[4:]...)
	}
	if e.Name == "MP3" {
		return ".mp3", nil
	}
	esds := payload("esds")
	at := bytes.LastIndex(esds, []byte{5, 0x80, 0x80, 0x80})
	return "mp4a", esds[at+5 : at+5+int(esds[at+4])]
}
