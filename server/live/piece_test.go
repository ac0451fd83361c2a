package live

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/server/live/flv"
)

// Pieces follow each other without a gap, begin with key frames where these come
// often enough, and are what they are for ever, whatever is forgotten meanwhile.
func TestPieces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		args    []string
		cutting Cutting
		target  int
		lengths []float64 // seconds
		keys    bool      // each begins with a key frame
	}{
		{"a key frame a second", []string{"-g", "25"}, Cutting{Low}, 6, []float64{2, 2, 2, 2, 2, 2}, true},
		{"every four seconds", []string{"-g", "100"}, Cutting{Normal}, 6, []float64{4, 4, 4}, true},
		{"one alone", []string{"-g", "1000"}, Cutting{Low}, 6, []float64{6.4, 5.6}, false},
		{"whole groups", []string{"-g", "200"}, Cutting{}, 10, []float64{8, 4}, true},
		{"only sound", []string{"-vn"}, Cutting{Low}, 6, []float64{2, 2, 2, 2, 2, 2, 0.25}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := New("camera", "-", Options{Cutting: tt.cutting, Window: 7 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			w := s.Window
			if w.PieceTarget() != tt.target {
				t.Errorf("the target is %d s", w.PieceTarget())
			}
			seen := map[int64]Piece{}
			a := newAssembler(w, tt.cutting)
			look := func() {
				for _, p := range w.Pieces() {
					if before, ok := seen[p.Number]; ok && before != p {
						t.Fatalf("piece %+v was %+v", p, before)
					}
					if _, ok := seen[p.Number]; !ok {
						seen[p.Number] = p
						checkPiece(t, w, p, tt.keys)
					}
				}
			}
			looked := 0
			r := flv.NewReader(bytes.NewReader(clip(t, 12, tt.args...)))
			for p, err := r.Next(); err == nil; p, err = r.Next() {
				if err := a.add(p); err != nil {
					t.Fatal(err)
				}
				if k := w.next(); k != looked {
					looked = k
					look()
				}
			}
			if err := a.stop(); err != nil {
				t.Fatal(err)
			}
			look()
			var all []Piece
			for _, p := range seen {
				all = append(all, p)
			}
			slices.SortFunc(all, func(a, b Piece) int { return int(a.Number - b.Number) })
			if len(all) != len(tt.lengths) {
				t.Fatalf("%d pieces: %+v", len(all), all)
			}
			for i, p := range all {
				length := p.End - p.Start
				if math.Abs(length-tt.lengths[i]) > 0.15 || math.Round(length) > float64(tt.target) {
					t.Errorf("piece %d takes %v s, want %v", i, length, tt.lengths[i])
				}
				if i > 0 && (p.Number != all[i-1].Number+1 || p.First != all[i-1].Last+1 || math.Abs(p.Start-all[i-1].End) > 0.001) {
					t.Errorf("piece %+v does not follow %+v", p, all[i-1])
				}
			}
			if _, ok := w.Piece(all[0].First, all[0].Last); ok != (w.First() == 0) {
				t.Errorf("the first piece is there: %v, the window begins at %d", ok, w.First())
			}
			last := all[len(all)-1]
			if _, ok := w.Piece(last.First, last.Last-1); ok {
				t.Error("a part of a piece is given for a piece")
			}
		})
	}
}

// checkPiece plays a piece with the init segment of its run.
func checkPiece(t *testing.T, w *Window, p Piece, key bool) {
	t.Helper()
	g, ok := w.Piece(p.First, p.Last)
	init, mime := w.PieceInit(p.RunFirst)
	if !ok || len(init) == 0 || mime == "" {
		t.Fatalf("piece %+v is listed, and not there", p)
	}
	film := bytes.Clone(init)
	for _, part := range g.Parts {
		film = append(film, part.Data...)
	}
	m := open(t, film)
	first := m.Tracks[0].Index.At(0)
	if at := mp4.Seconds(first.PTS(), m.Tracks[0].Timescale); math.Abs(at-p.Start) > 0.2 || key && !first.Sync {
		t.Errorf("piece %+v begins at %v, with a key frame: %v", p, at, first.Sync)
	}
	if size := int64(len(film)); p.Size > size || p.Size < size-int64(len(init)) {
		t.Errorf("piece %+v has %d bytes", p, size)
	}
}
