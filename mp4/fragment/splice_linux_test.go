package fragment

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// splicerOnto makes a splicer from a file of the given bytes to a new one.
func splicerOnto(t *testing.T, ctx context.Context, source []byte) (s *splicer, out string) {
	t.Helper()
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.WriteFile(in, source, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	dst, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dst.Close() })
	w, err := newSplicer(ctx, src, dst)
	if err != nil {
		t.Fatal(err)
	}
	s = w.(*splicer)
	t.Cleanup(func() { _ = s.Close() })
	return s, dst.Name()
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestSplicerWritesInOrder(t *testing.T) {
	for name, prepare := range map[string]func(*splicer){
		"by splice":                         func(*splicer) {},
		"a source that can't be spliced":    func(s *splicer) { s.readSource = true },
		"an output that can't be spliced":   func(s *splicer) { s.writeOut = true },
		"neither of the two can be spliced": func(s *splicer) { s.readSource, s.writeOut = true, true },
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			source := noise(r, 3<<20)
			s, out := splicerOnto(t, t.Context(), source)
			prepare(s)
			var want bytes.Buffer
			longest := []int{10, spliceMin, 3 * spliceMin, 2 * writeSize, 2 * pipeSize}
			for range 300 {
				n := 1 + r.IntN(longest[r.IntN(len(longest))])
				var b []byte
				var err error
				if r.IntN(2) == 0 {
					b = noise(r, n)
					_, err = s.Write(b)
				} else {
					off := r.IntN(len(source) - n)
					b = source[off : off+n]
					err = s.copyRange(int64(off), int64(n))
				}
				if err != nil {
					t.Fatal(err)
				}
				want.Write(b)
			}
			patch := []byte("patched")
			if _, err := s.WriteAt(patch, 100); err != nil {
				t.Fatal(err)
			}
			copy(want.Bytes()[100:], patch)
			if _, err := s.Write([]byte("the end")); err != nil {
				t.Fatal(err)
			}
			want.WriteString("the end")
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%d bytes written differ from the %d given", len(got), want.Len())
			}
		})
	}
}

func TestSplicerMissesWhatTheSourceLost(t *testing.T) {
	for _, n := range []int64{spliceMin - 1, spliceMin, 3 * pipeSize} {
		s, _ := splicerOnto(t, t.Context(), make([]byte, spliceMin/2))
		if err := s.copyRange(0, n); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("copying %d of %d bytes: %v, want %v", n, spliceMin/2, err, io.ErrUnexpectedEOF)
		}
	}
}

func TestSplicerStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s, _ := splicerOnto(t, ctx, make([]byte, 4*pipeSize))
	if err := s.copyRange(0, 2*pipeSize); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := s.copyRange(0, 2*pipeSize); !errors.Is(err, errStopped) {
		t.Errorf("copying for nobody: %v, want %v", err, errStopped)
	}
}
