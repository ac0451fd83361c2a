package server

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"
	"time"

	"vodsrv/internal/gateway"
	"vodsrv/mp4/mp4test"
)

// A film of 3.5 GB is opened by at most four reads, wherever its moov is.
func TestOpeningALargeFilmOfAStore(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t)
	const size = 3_500_000_000
	for name, first := range map[string]bool{"first.mp4": true, "last.mp4": false} {
		video, sound := mp4test.Samples(24*7200, 1, 512, 48), mp4test.Samples(47*7200, 1, 1024, 0)
		for i := range sound {
			sound[i].Size += uint32(i % 2) // or there would be no table
			if i < len(video) {
				video[i].Size += uint32(i % 2)
			}
		}
		b := mp4test.File{MoovFirst: first, Large: true, Tracks: []mp4test.Track{
			{ID: 1, Timescale: 12288, Samples: mp4test.Reorder(video, false)}, {ID: 2, Handler: "soun", Timescale: 48000, Samples: sound},
		}}.Bytes()
		mdat := bytes.Index(b, []byte("mdat")) - 4
		end := len(b)
		if !first {
			end = mdat + int(binary.BigEndian.Uint64(b[mdat+8:]))
		}
		tail := b[end:]
		binary.BigEndian.PutUint64(b[mdat+8:], uint64(size-mdat-len(tail)))
		mustWrite(t, g.Path(name), string(b[:end]))
		f, err := os.OpenFile(g.Path(name), os.O_RDWR, 0)
		if err == nil {
			err = f.Truncate(size)
		}
		if err == nil {
			_, err = f.WriteAt(tail, size-int64(len(tail)))
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		g.Name(name, "0123456789abcdef0123456789abcdef")
	}
	s, bucket := serveStore(t, Config{}, g)
	for _, name := range []string{"first.mp4", "last.mp4"} {
		before, began := bucket.Stats(), time.Now()
		if d := s.duration(name); d < 7200 || d > 7220 {
			t.Errorf("%s: %v s", name, d)
		}
		now := bucket.Stats()
		t.Logf("%s: %d reads, %d looks, %d bytes, %v", name, now.Reads-before.Reads, now.Looks-before.Looks, now.Bytes-before.Bytes, time.Since(began))
		if n := now.Reads - before.Reads; n > 4 {
			t.Errorf("%s: opened by %d reads", name, n)
		}
	}
}
