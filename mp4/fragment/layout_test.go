package fragment

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"vodsrv/mp4"
	"vodsrv/mp4/mp4test"
)

// plain is a track with nothing besides its samples.
var plain = &mp4.Track{}

// at are samples of ten bytes at these offsets.
func at(offsets ...int64) []sample {
	var list []sample
	for _, o := range offsets {
		list = append(list, sample{offset: o, size: 10, entry: 1, duration: 40, sync: true})
	}
	return list
}

func ranges(g *Segment) string {
	var list []string
	for _, p := range g.Parts[1:] {
		list = append(list, fmt.Sprintf("%d+%d", p.Offset, p.Size))
	}
	return strings.Join(list, " ")
}

func TestLayoutRanges(t *testing.T) {
	tests := []struct {
		name  string
		trafs []traf
		want  string
	}{
		{"contiguous", []traf{{1, at(100, 110, 120), plain}}, "100+30"},
		{"two tracks in turn", []traf{{1, at(100, 120, 140), plain}, {2, at(110, 130), plain}}, "100+50"},
		{"a gap of 16 KiB", []traf{{1, at(100, 110+16384), plain}}, "100+16404"},
		{"a longer gap", []traf{{1, at(100, 111+16384), plain}}, "100+10 16495+10"},
		{"a gap that the other track fills", []traf{{1, at(100, 20120), plain}, {2, at(10000), plain}}, "100+20030"},
		{"gaps that are most of it", []traf{{1, at(100, 15000, 30000, 45000, 60000, 75000), plain}}, "100+10 15000+10 30000+10 45000+10 60000+10 75000+10"},
		{"not in the order of the file", []traf{{1, at(90000, 100, 50000), plain}}, "100+10 50000+10 90000+10"},
		{"samples that share bytes", []traf{{1, at(100, 105, 100), plain}}, "100+15"},
		{"a sample within another", []traf{{1, []sample{{offset: 100, size: 50, entry: 1}, {offset: 110, size: 5, entry: 1}}, plain}}, "100+50"},
		{"empty samples", []traf{{1, []sample{{offset: 9, entry: 1}, {offset: 90000, entry: 1}}, plain}}, ""},
	}
	src := make([]byte, 1e5)
	for i := range src {
		src[i] = byte(i * 7 >> 3)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, err := layout{sequence: 1, gap: gapKept}.build(tt.trafs)
			if err != nil {
				t.Fatal(err)
			}
			if got := ranges(g); got != tt.want {
				t.Errorf("ranges %s, want %s", got, tt.want)
			}
			readBack(t, g, src, tt.trafs)
		})
	}
}

// readBack compares a fragment, opened behind a moov, with its samples.
func readBack(t *testing.T, g *Segment, src []byte, trafs []traf) {
	t.Helper()
	f := mp4test.File{Extend: true, Tracks: []mp4test.Track{{ID: 1}, {ID: 2}}}
	body := new(bytes.Buffer)
	if _, err := body.ReadFrom(g.NewReader(bytes.NewReader(src))); err != nil {
		t.Fatal(err)
	}
	out := mp4test.Join(f.Bytes(), body.Bytes())
	m := openFilm(t, out)
	if len(m.Fragments) != 1 || !m.Fragments[0].Plain {
		t.Fatalf("fragments %+v", m.Fragments)
	}
	for _, tr := range trafs {
		x := m.Track(tr.id).Index
		if x.Len() != len(tr.samples) {
			t.Fatalf("track %d has %d samples, want %d", tr.id, x.Len(), len(tr.samples))
		}
		for i, w := range tr.samples {
			s := x.At(i)
			if !bytes.Equal(out[s.Offset:s.End()], src[w.offset:w.end()]) || s.Duration != w.duration || int64(s.CTO) != w.cto || s.Sync != w.sync {
				t.Errorf("sample %d of track %d is %+v, want %+v", i, tr.id, s, w)
			}
		}
	}
}

// A well interleaved film gives segments that are one range of it each.
func TestLayoutInterleaved(t *testing.T) {
	file := mp4test.File{Tracks: []mp4test.Track{
		{ID: 1, Samples: mp4test.Samples(250, 300, 40, 50)},
		{ID: 2, Handler: "soun", Samples: mp4test.Samples(250, 40, 40, 0)},
	}}.Bytes()
	p := checkFilm(t, file)
	for k := range p.Len() {
		g, err := streamOf(t, p).Segment(k)
		if err != nil || len(g.Parts) != 2 {
			t.Errorf("segment %d has the ranges %s, %v", k, ranges(g), err)
		}
	}
}

func TestTrunFlags(t *testing.T) {
	s := func(duration, size uint32, cto int64, sync bool) sample {
		return sample{duration: duration, size: size, cto: cto, sync: sync}
	}
	plain := s(40, 10, 0, false)
	tests := []struct {
		name    string
		list    []sample
		flags   uint32
		version uint8
	}{
		{"all alike", []sample{plain, plain}, 0x001, 0},
		{"only the first is sync", []sample{s(40, 10, 0, true), plain, plain}, 0x005, 0},
		{"a later one is sync", []sample{plain, s(40, 10, 0, true)}, 0x401, 0},
		{"sync first and later", []sample{s(40, 10, 0, true), plain, s(40, 10, 0, true)}, 0x401, 0},
		{"another duration", []sample{plain, s(41, 10, 0, false)}, 0x101, 0},
		{"another size", []sample{plain, s(40, 11, 0, false)}, 0x201, 0},
		{"an offset", []sample{plain, s(40, 10, 5, false)}, 0x801, 0},
		{"a negative offset", []sample{plain, s(40, 10, -5, false)}, 0x801, 1},
		{"the largest offsets", []sample{s(40, 10, math.MaxInt32, false), s(40, 10, math.MinInt32, false)}, 0x801, 1},
		{"all of it", []sample{s(1, 2, 3, true), s(4, 5, 6, true)}, 0xf01, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			flags, version, err := trunFlags(tt.list, sampleDefaults{40, 10, flagsNonSync})
			if err != nil || flags != tt.flags || version != tt.version {
				t.Errorf("flags %#x, version %d, %v; want %#x, %d", flags, version, err, tt.flags, tt.version)
			}
		})
	}
}

func TestLayoutLimits(t *testing.T) {
	far := at(0)
	far[0].cto = math.MaxInt32 + 1
	huge := make([]sample, 3)
	for i := range huge {
		huge[i] = sample{offset: int64(i) << 30, size: 1 << 30, entry: 1}
	}
	for name, list := range map[string][]sample{"an offset of more than 32 bits": far, "3 GiB": huge} {
		t.Run(name, func(t *testing.T) {
			var unsupported *mp4.UnsupportedError
			if _, err := (layout{gap: gapKept}).build([]traf{{1, list, plain}}); !errors.As(err, &unsupported) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAppendTrafs(t *testing.T) {
	list := at(0, 10, 20, 30)
	list[2].entry = 2
	var got []string
	for _, tr := range appendTrafs(nil, plain, 7, list) {
		got = append(got, fmt.Sprintf("%d:%d of %d", tr.id, len(tr.samples), tr.samples[0].entry))
	}
	if want := "[7:2 of 1 7:1 of 2 7:1 of 1]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if appendTrafs(nil, plain, 7, nil) != nil {
		t.Error("a track without samples has a traf")
	}
}
