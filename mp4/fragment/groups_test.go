package fragment

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// groupNames lists what group each sample of a track belongs to.
func groupNames(t *mp4.Track) []string {
	list := make([]string, t.Index.Len())
	for k := range t.Groups {
		g := &t.Groups[k]
		for _, m := range g.Maps {
			i := 0
			m.Each(0, len(list), func(count int, number uint32) {
				for range count {
					if number > 0 {
						list[i] += g.Type.String() + string(g.Description(int(number))) + " "
					}
					i++
				}
			})
		}
	}
	return list
}

// grouped is a fragmented film with groups of which some are described in the
// moov and some in fragments. Fragments are too long to go out as they are.
func grouped(fragments int) mp4test.File {
	moov := mp4test.Join(mp4test.Sgpd("rap ", "a", "b"), mp4test.Sgpd("roll", "\xff\xff"))
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Form: mp4test.Form{Extra: moov}}}}
	for k := range fragments {
		traf := mp4test.OneRun(1, int64(k)*5000, mp4test.Samples(50, 9, 100, 10))
		local := fmt.Sprint(k)
		traf.Extra = mp4test.Join(mp4test.Sgpd("rap ", "x", local), mp4test.Sbgp("rap ", 10, 2, 10, 0x10001, 5, 0, 20, 0x10002, 5, 1), mp4test.Sbgp("roll", 50, 1))
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{traf}})
	}
	return f
}

func TestSegmentsKeepGroups(t *testing.T) {
	in := grouped(3).Bytes()
	p := NewPlan(openFilm(t, in))
	s := streamOf(t, p)
	segments := readSegments(t, s, in)
	if p.Len() <= 3 {
		t.Fatalf("%d segments: none is made anew", p.Len())
	}
	stream := openFilm(t, bytes.Join(append([][]byte{s.Init()}, segments...), nil))
	if got, want := groupNames(stream.Tracks[0]), groupNames(p.Movie().Tracks[0]); !slices.Equal(got, want) || stream.Tracks[0].Lost != nil {
		t.Errorf("got  %q, %v\nwant %q", got, stream.Tracks[0].Lost, want)
	}
	for k, b := range segments {
		if alone := openFilm(t, append(bytes.Clone(s.Init()), b...)).Tracks[0]; alone.Lost != nil || groupNames(alone)[0] == "" {
			t.Errorf("segment %d by itself: %q, %v", k, groupNames(alone), alone.Lost)
		}
	}
}

// A file that grows must not change the init segment that viewers have.
func TestInitDoesNotDependOnFragments(t *testing.T) {
	var boxes [2][]byte
	for k := range boxes {
		s := streamOf(t, NewPlan(openFilm(t, grouped(1+2*k).Bytes())))
		at := mp4test.Find(s.Init(), "stbl")[0]
		boxes[k] = s.Init()[at:mp4test.Find(s.Init(), "mvex")[0]]
	}
	if !bytes.Equal(boxes[0], boxes[1]) {
		t.Errorf("with more fragments the tables became\n%x, they were\n%x", boxes[1], boxes[0])
	}
}
