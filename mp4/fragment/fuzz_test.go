package fragment

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// The most that opening, planning and cutting a small file may take. It takes
// far less time; machines that run tests can be busy.
const (
	timeLimit   = 10 * time.Second
	memoryLimit = 64 << 20
)

// playAll opens a file, if it can be, and reads its default stream: all
// segments of a short film, the first and last few of one that claims to be
// long.
func playAll(t testing.TB, b []byte) error {
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	playFilm(t, b, m)
	playClips(t, b, m, func(play func()) { play() })
	return nil
}

// playFilm reads the default stream of a film and the pictures of it.
func playFilm(t testing.TB, b []byte, m *mp4.Movie) {
	if ids := DefaultTracks(m); len(ids) > 0 {
		p := NewPlan(m)
		playPlan(t, b, p, ids)
		showPictures(t, b, p)
	}
}

// playClips reads parts of a film, each by a call of once.
func playClips(t testing.TB, b []byte, m *mp4.Movie, once func(func())) {
	ids := DefaultTracks(m)
	if len(ids) == 0 {
		return
	}
	if d := NewPlan(m).Duration(); d > 0 {
		for _, clip := range [][2]float64{{d / 3, 0}, {0, d / 2}, {d / 2, d/2 + 1}, {d + 1, d + 2}} {
			once(func() { playPlan(t, b, NewClip(m, clip[0], clip[1]), ids) })
		}
	}
}

// showPictures reads the key frames that a film has to show.
func showPictures(t testing.TB, b []byte, p *Plan) {
	for _, seconds := range []float64{-1, 0, p.Duration() / 2, p.Duration() + 1} {
		frame, err := p.KeyFrame(seconds)
		if seconds < 0 {
			frame, err = p.Cover()
		}
		if err == nil {
			checkParts(t, &frame.Segment, int64(len(b)))
		}
	}
	if p.ref == nil || p.ref.track.Kind != "video" {
		return
	}
	s := streamOf(t, p, p.ref.track.ID)
	for k := range min(p.Len(), 50) {
		if g, err := s.IFrame(k, k); err == nil {
			checkParts(t, g, int64(len(b)))
		}
	}
}

// playPlan reads a stream of a plan.
func playPlan(t testing.TB, b []byte, p *Plan, ids []uint32) {
	s := streamOf(t, p, ids...)
	if _, err := mp4.Open(bytes.NewReader(s.Init()), int64(len(s.Init()))); err != nil {
		t.Fatalf("the init segment can't be read: %v", err)
	}
	checkOrder(t, s)
	for k := range p.Len() {
		if k >= 50 && k < p.Len()-5 {
			continue
		}
		g, err := s.Segment(k)
		if err != nil || g == nil {
			continue
		}
		checkParts(t, g, int64(len(b)))
		if n, err := io.Copy(io.Discard, g.NewReader(bytes.NewReader(b))); err != nil || n != g.Size() {
			t.Fatalf("segment %d: %d bytes of %d, %v", k, n, g.Size(), err)
		}
	}
	for _, seconds := range []float64{0, p.Duration() / 2, p.Duration()} {
		if k := s.Seek(seconds); k < 0 || k >= p.Len() {
			t.Fatalf("seek to %v of %v leads to segment %d of %d", seconds, p.Duration(), k, p.Len())
		}
	}
}

// checkOrder checks that cuts ascend and that bounds do not descend.
func checkOrder(t testing.TB, s *Stream) {
	p := s.plan
	for k := range p.Len() {
		if start, end := p.Span(k); start > end || start < 0 {
			t.Fatalf("segment %d goes from %v to %v", k, start, end)
		}
		for _, n := range s.views {
			b, v := p.bounds[n](), p.views[n]
			if b[k] > b[k+1] || int(b[k]) < v.first || int(b[k+1]) > v.end {
				t.Fatalf("segment %d has the samples %d to %d of track %d", k, b[k], b[k+1], v.track.ID)
			}
		}
	}
}

func checkParts(t testing.TB, g *Segment, size int64) {
	total := int64(0)
	for _, p := range g.Parts {
		total += p.Size
		if p.Data != nil && int64(len(p.Data)) != p.Size || p.Data == nil && (p.Offset < 0 || p.Size <= 0 || p.Offset+p.Size > size) {
			t.Fatalf("part of %d bytes (%d made) at %d of %d", p.Size, len(p.Data), p.Offset, size)
		}
	}
	if total != g.Size() {
		t.Fatalf("parts of %d bytes make a segment of %d", total, g.Size())
	}
}

// bounded fails the test if work takes too much memory, counting all that was
// ever allocated, or too long.
func bounded(t testing.TB, memory uint64, work func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	work()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > memory {
		t.Errorf("took %d KiB", n>>10)
	}
	if took > timeLimit {
		t.Errorf("took %v", took)
	}
}

func corpus(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	list := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		list[path], err = os.ReadFile(path)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return list
}

// seeds are small films whose segments are of all kinds.
func seeds() [][]byte {
	video := mp4test.Track{ID: 1, Samples: mp4test.Reorder(mp4test.Samples(90, 3, 40, 30), true), Form: mp4test.Form{Chunks: []int{5}}}
	audio := mp4test.Track{ID: 2, Handler: "soun", Timescale: 48000, Samples: mp4test.Samples(60, 2, 2048, 0), Form: mp4test.Form{Chunks: []int{7, 3}}}
	edited := video
	edited.Edits = []mp4test.Edit{{Duration: 300, MediaTime: -1}, {Duration: 2000, MediaTime: 500}}
	edited.Entries = [][]byte{mp4test.AVC(320, 180), mp4test.AVC(160, 90)}
	edited.Samples = append([]mp4test.Sample(nil), video.Samples...)
	edited.Samples[60].Entry = 2
	plain := audio
	plain.Timescale, plain.Samples = 1000, tones(3000)
	return [][]byte{
		mp4test.File{Tracks: []mp4test.Track{video, audio}}.Bytes(),
		mp4test.File{Tracks: []mp4test.Track{edited, audio}, MoovFirst: true}.Bytes(),
		mp4test.File{Tracks: []mp4test.Track{audio}, Large: true}.Bytes(),
		fragmented(400, false, edited, plain).Bytes(),
		fragmented(2000, true, video, plain).Bytes(),
		fragmented(3600, false, video, plain).Bytes(),
		grouped(2).Bytes(),
	}
}

func FuzzPlan(f *testing.F) {
	for _, b := range seeds() {
		f.Add(b)
	}
	for _, b := range corpus(f, "../testdata/hostile") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded(t, memoryLimit, func() { _ = playAll(t, b) })
	})
}

// convertAll writes a file, if it can be opened, with and without fragments,
// and reads what comes out.
func convertAll(t testing.TB, b []byte) {
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return
	}
	for _, o := range []Options{{Movflags: DefaultMovflags}, {Movflags: EmptyMoov | OmitTfhdOffset}, {Movflags: HybridFragmented}, {Defragment: true}} {
		var out mp4test.Memory
		if Convert(&out, bytes.NewReader(b), m, o) != nil {
			continue
		}
		if out.Len() > 64*len(b)+1<<20 {
			t.Fatalf("%d bytes became %d", len(b), out.Len())
		}
		written, err := mp4.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatalf("what was written can't be read: %v", err)
		}
		for _, track := range written.Tracks {
			if track.Broken != nil || track.Lost != nil {
				t.Fatalf("track %d of what was written: %v, %v", track.ID, track.Broken, track.Lost)
			}
		}
	}
}

// protectedSeed is a film with vectors and groups in moov and fragments.
func protectedSeed() []byte {
	iv := func(v uint8, clear uint16) []byte {
		return mp4test.Join(bytes.Repeat([]byte{v}, 8), mp4test.U16(1, clear), mp4test.U32(4))
	}
	boxes := mp4test.Join(mp4test.Sgpd("roll", "ab", "cd"), mp4test.Sbgp("roll", 1, 2, 2, 0, 1, 1),
		mp4test.Saiz(16, 16, 16, 16), mp4test.Saio(0), mp4test.Senc(2, iv(1, 4), iv(2, 4), iv(3, 4), iv(4, 4)))
	track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: mp4test.Samples(4, 8, 40, 2), Form: mp4test.Form{Chunks: []int{2}, Extra: boxes}}
	traf := mp4test.OneRun(1, 160, mp4test.Samples(4, 8, 40, 2))
	traf.Extra = mp4test.Join(mp4test.Sgpd("roll", "ef"), mp4test.Sbgp("roll", 1, 0x10001, 1, 2), mp4test.Saiz(8, 16, 8, 8), mp4test.Saio(8))
	return mp4test.File{Tracks: []mp4test.Track{track}, Extra: mp4test.Box("pssh", []byte("keys")),
		Fragments: []mp4test.Fragment{{Trafs: []mp4test.Traf{traf}}}}.Bytes()
}

func FuzzConvert(f *testing.F) {
	for _, b := range append(seeds(), protectedSeed()) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded(t, 4*memoryLimit, func() { convertAll(t, b) })
	})
}

// Damaged films are converted to sound ones, or not at all, within bounds.
func TestConvertDamaged(t *testing.T) {
	whole := append(seeds(), protectedSeed(), protectedSeed(), protectedSeed())
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 6))
			b := bytes.Clone(whole[r.IntN(len(whole))])
			for range 1 + r.IntN(6) {
				at := r.IntN(len(b) - 4)
				copy(b[at:], mp4test.U32([]uint32{0, 1, 1 << 31, 1<<32 - 1, r.Uint32()}[r.IntN(5)]))
			}
			bounded(t, memoryLimit, func() { convertAll(t, b) })
		})
	}
}

func TestCorpus(t *testing.T) {
	for path, b := range corpus(t, "../../../shared/corpus/valid") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if err := playAll(t, b); err != nil && !strings.Contains(err.Error(), "init segment") {
				t.Error(err)
			}
			checkDefault(t, b)
		})
	}
	hostile := corpus(t, "../testdata/hostile")
	for path, b := range corpus(t, "../../../shared/corpus/hostile") {
		hostile[path] = b
	}
	for path, b := range hostile {
		t.Run(filepath.Base(path), func(t *testing.T) {
			bounded(t, memoryLimit, func() { _ = playAll(t, b) })
		})
	}
}

// checkDefault compares the default stream of a real file with the file.
func checkDefault(t *testing.T, b []byte) {
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err == nil && len(DefaultTracks(m)) > 0 {
		checkFilm(t, b)
	}
}

// Files that claim long times for few samples, or many samples for few bytes.
func TestPlanAmplification(t *testing.T) {
	table := func(name string, b []byte) mp4test.Form {
		return mp4test.Form{Replace: map[string][]byte{name: b}}
	}
	samples := mp4test.Samples(20, 5, 40, 5)
	long := mp4test.Track{ID: 1, Timescale: 1, Samples: samples, Form: table("stts", mp4test.Table("stts", 1, 20, 1<<31-1))}
	delayed := mp4test.Track{ID: 1, Samples: samples, Edits: []mp4test.Edit{{Duration: 1 << 60, MediaTime: -1}, {}}, Form: mp4test.Form{ElstVersion: 1}}
	behind := mp4test.Track{ID: 1, Samples: samples, Edits: []mp4test.Edit{{MediaTime: 1 << 60}}, Form: mp4test.Form{ElstVersion: 1}}
	free := mp4test.Box("free", make([]byte, 1<<18))
	count := uint32(1 << 18)
	bytesOf := func(count uint32) map[string][]byte {
		return map[string][]byte{
			"stsz": mp4test.Full("stsz", 0, 0, mp4test.U32(1, count)), "stts": mp4test.Table("stts", 1, count, 1),
			"stsc": mp4test.Table("stsc", 1, 1, count, 1), "stco": mp4test.Table("stco", 1, 0),
		}
	}
	many := mp4test.Track{ID: 1, Timescale: 1, Samples: samples[:1], Form: mp4test.Form{Replace: bytesOf(count)}}
	offsets := many
	offsets.Form.Replace = map[string][]byte{"ctts": mp4test.Table("ctts", 3, 1, 1<<31-1, 1, 1<<31, count, 5)}
	for name, b := range many.Form.Replace {
		offsets.Form.Replace[name] = b
	}
	still := many
	still.Form.Replace = map[string][]byte{"stts": mp4test.Table("stts", 1, count, 0)}
	for name, b := range many.Form.Replace {
		if name != "stts" {
			still.Form.Replace[name] = b
		}
	}
	hidden := mp4test.Track{ID: 1, Samples: samples[:1], Edits: []mp4test.Edit{{MediaTime: 1<<20 - 1}},
		Form: mp4test.Form{Replace: bytesOf(1 << 20), Extra: mp4test.Table("stss", 1, 1)}}
	turns := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.AVC(320, 180), mp4test.AVC(160, 90)}, Samples: mp4test.Samples(20000, 1, 0, 0)}
	for i := range turns.Samples {
		turns.Samples[i].Entry = uint32(1 + i%2)
	}
	var tracks []mp4test.Track
	for id := range uint32(1000) {
		track := many
		track.ID = id + 1
		tracks = append(tracks, track)
	}
	late := fragmented(400, false, mp4test.Track{ID: 1, Samples: samples})
	late.Fragments[1].Trafs[0].Time = 1 << 60
	back := mp4test.Track{ID: 1, Samples: mp4test.Samples(20, 5, 1<<28, 20)}
	back.Samples[3].CTO, back.Samples[9].CTO = -1<<31, 1<<31-1
	tests := []struct {
		name string
		file mp4test.File
	}{
		{"samples of 68 years", mp4test.File{Tracks: []mp4test.Track{long}}},
		{"a delay of a billion years", mp4test.File{Tracks: []mp4test.Track{delayed}}},
		{"an edit a billion years behind", mp4test.File{Tracks: []mp4test.Track{behind}}},
		{"a fragment after a billion years", late},
		{"many samples of a second", mp4test.File{Tracks: []mp4test.Track{many}, Between: free}},
		{"many samples with the widest offsets", mp4test.File{Tracks: []mp4test.Track{offsets}, Between: free}},
		{"many samples without time", mp4test.File{Tracks: []mp4test.Track{still}, Between: free}},
		{"many samples before those that are shown", mp4test.File{Tracks: []mp4test.Track{hidden}, Extra: mp4test.Box("free", make([]byte, 1<<20))}},
		{"offsets of years", mp4test.File{Tracks: []mp4test.Track{back}}},
		{"entries that change with each sample", mp4test.File{Tracks: []mp4test.Track{turns}}},
		{"a thousand tracks of many samples", mp4test.File{Tracks: tracks, Extra: free}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.file.Bytes()
			var m *mp4.Movie
			bounded(t, 2*memoryLimit, func() {
				var err error
				if m, err = mp4.Open(bytes.NewReader(b), int64(len(b))); err != nil {
					t.Fatal(err)
				}
				playFilm(t, b, m)
			})
			playClips(t, b, m, func(play func()) { bounded(t, 2*memoryLimit, play) })
		})
	}
}

// Damaged films are played as far as they go, within bounds.
func TestPlanDamaged(t *testing.T) {
	whole := seeds()
	for seed := range uint64(500) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			b := bytes.Clone(whole[r.IntN(len(whole))])
			for range 1 + r.IntN(6) {
				at := r.IntN(len(b) - 4)
				copy(b[at:], mp4test.U32([]uint32{0, 1, 1 << 31, 1<<32 - 1, r.Uint32()}[r.IntN(5)]))
			}
			if r.IntN(4) == 0 {
				b = b[:r.IntN(len(b))]
			}
			bounded(t, memoryLimit, func() { _ = playAll(t, b) })
		})
	}
}
