package fragment

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/mp4test"
)

// shortDisk has no room for what would make it longer than it may be, and takes
// in a part of that.
type shortDisk struct {
	bytes.Buffer
	room int
}

var errNoRoom = errors.New("no room")

func (d *shortDisk) Write(p []byte) (int, error) {
	if n := d.room - d.Len(); len(p) > n {
		d.Buffer.Write(p[:n])
		return n, errNoRoom
	}
	return d.Buffer.Write(p)
}

// A file that is written while its media comes is whole up to its last fragment
// at any time, also where one could not be written; its index lists what is in it.
func TestLiveFile(t *testing.T) {
	t.Parallel()
	entry, err := codec.NewAudio("mp4a", 2, 44100, "esds", codec.ESDS(codec.ObjectAAC, []byte{0x12, 0x10}))
	if err != nil {
		t.Fatal(err)
	}
	video := liveTrack(t)
	audio := &mp4.Track{ID: 2, Kind: codec.Audio, Handler: box.T("soun"), Timescale: 44100, Language: "und", Entries: []codec.Entry{entry}}
	media := func(k int) []LiveMedia {
		m := []LiveMedia{{video, nil}, {audio, nil}}
		for i := range 3 {
			n := k*3 + i
			m[0].Samples = append(m[0].Samples, LiveSample{Data: fmt.Appendf(nil, "picture %d", n), DTS: int64(n * 3600), Duration: 3600, Sync: i == 0})
			m[1].Samples = append(m[1].Samples, LiveSample{Data: fmt.Appendf(nil, "sound %d", n), DTS: int64(n * 1024), Duration: 1024, Sync: true})
		}
		if k == 2 {
			return m[1:] // no picture comes
		}
		return m
	}
	out := &shortDisk{room: 1 << 20}
	f := NewLiveFile(video, audio)
	for k := range 4 {
		if k == 3 {
			out.room = out.Len() + 50
			if err := f.Write(out, media(k)...); !errors.Is(err, errNoRoom) || f.Size() != int64(out.Len()-50) {
				t.Fatalf("on a full disk: %v, %d bytes of %d are whole", err, f.Size(), out.Len())
			}
			out.Truncate(int(f.Size()))
			out.room = 1 << 20
		}
		if err := f.Write(out, media(k)...); err != nil {
			t.Fatal(err)
		}
		if m := openFilm(t, mp4test.Join(out.Bytes())); m.Truncated != nil || m.Complete || len(m.Fragments) != k+1 {
			t.Fatalf("after fragment %d: %v, complete %v, %d fragments", k, m.Truncated, m.Complete, len(m.Fragments))
		}
	}
	if err := f.Finish(out); err != nil {
		t.Fatal(err)
	}
	m := openFilm(t, mp4test.Join(out.Bytes()))
	if !m.Complete || m.Truncated != nil {
		t.Fatalf("complete %v, %v", m.Complete, m.Truncated)
	}
	for i, want := range []struct {
		n    int
		name string
	}{{9, "picture"}, {12, "sound"}} {
		index := m.Tracks[i].Index
		if index.Len() != want.n {
			t.Fatalf("%d samples of %s", index.Len(), want.name)
		}
		for k := range index.Len() {
			s, number := index.At(k), k
			if i == 0 && k >= 6 {
				number += 3
			}
			if got := string(out.Bytes()[s.Offset:s.End()]); got != fmt.Sprintf("%s %d", want.name, number) {
				t.Errorf("sample %d of %s is %q", k, want.name, got)
			}
		}
	}
	var moofs []int64
	for _, f := range m.Fragments {
		moofs = append(moofs, f.Offset)
	}
	if listed := mp4.Listed(bytes.NewReader(out.Bytes()), int64(out.Len())); !slices.Equal(listed, moofs) {
		t.Errorf("the index lists moof at %v, they are at %v", listed, moofs)
	}
}
