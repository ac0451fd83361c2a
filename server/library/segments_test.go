package library

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"vodsrv/mp4/mp4test"
)

// Sound that is over before the film has no samples in the last segments.
func TestSegmentWithoutSamples(t *testing.T) {
	folder := t.TempDir()
	content := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Entries: [][]byte{mp4test.AVC(64, 36)}, Samples: mp4test.Samples(250, 7, 40, 50)},
		{ID: 2, Handler: "soun", Entries: [][]byte{mp4test.AAC()}, Samples: mp4test.Samples(100, 3, 20, 0)},
	}}.Bytes()
	if err := os.WriteFile(filepath.Join(folder, "film.mp4"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	l := openLibrary(t, folder, Options{})
	f := film(t, l, "film.mp4")
	defer giveBack(t, f)
	s, err := f.Stream([]uint32{2})
	if err != nil {
		t.Fatal(err)
	}
	now, err := s.Now()
	if err != nil {
		t.Fatal(err)
	}
	for k := range f.Plan().Len() {
		for range 2 { // made, and from the cache
			g, err := s.Segment(k)
			if err != nil || (g != nil) != (k == 0) || now.Samples(k) > 0 != (k == 0) {
				t.Errorf("segment %d: %v, %v", k, g, err)
			}
		}
	}
	starts, err := s.Starts(t.Context(), nil)
	if err != nil || len(starts) != f.Plan().Len()+1 || starts[0] != int64(len(s.Init())) || starts[1] == starts[0] || starts[2] != starts[1] {
		t.Errorf("segments start at %v, %v", starts, err)
	}
}

type bytesKept string

func (b bytesKept) Memory() int64 { return int64(len(b)) }

// Who waits for what another makes stops when nobody waits for him, and what
// failed is made again.
func TestKeep(t *testing.T) {
	folder := t.TempDir()
	content := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.AVC(64, 36)}, Samples: mp4test.Samples(250, 7, 40, 50)}}}.Bytes()
	if err := os.WriteFile(filepath.Join(folder, "film.mp4"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	f := film(t, openLibrary(t, folder, Options{}), "film.mp4")
	defer giveBack(t, f)
	keep := func(ctx context.Context, makeIt func() (bytesKept, error)) (bytesKept, error) {
		return Keep(ctx, f, f.Plan(), "name", makeIt)
	}
	begun, finish := make(chan struct{}), make(chan struct{})
	failed := errors.New("it could not be made")
	var first sync.WaitGroup
	first.Go(func() {
		_, err := keep(t.Context(), func() (bytesKept, error) {
			close(begun)
			<-finish
			return "", failed
		})
		if err != failed {
			t.Errorf("made at first: %v", err)
		}
	})
	<-begun
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := keep(gone, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("one who has left: %v", err)
	}
	var next sync.WaitGroup
	var times atomic.Int64
	for range 8 {
		next.Go(func() {
			got, err := keep(t.Context(), func() (bytesKept, error) {
				times.Add(1)
				return "made", nil
			})
			if got != "made" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	close(finish)
	first.Wait()
	next.Wait()
	if times.Load() != 1 {
		t.Errorf("made %d times", times.Load())
	}
}

// Nobody measures segments for one who has left.
func TestStartsForNobody(t *testing.T) {
	folder := t.TempDir()
	content := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Entries: [][]byte{mp4test.AVC(64, 36)}, Samples: mp4test.Samples(250, 7, 40, 50)}}}.Bytes()
	if err := os.WriteFile(filepath.Join(folder, "film.mp4"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	f := film(t, openLibrary(t, folder, Options{}), "film.mp4")
	defer giveBack(t, f)
	s, err := f.Stream([]uint32{1})
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.Starts(gone, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("one who has left: %v", err)
	}
	if starts, err := s.Starts(t.Context(), nil); err != nil || len(starts) != f.Plan().Len()+1 {
		t.Errorf("%v, %v", starts, err)
	}
}
