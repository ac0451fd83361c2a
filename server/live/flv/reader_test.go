package flv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"vodsrv/server/live/flv/flvtest"
)

// all reads a whole stream; the error is nil at its clean end.
func all(r io.Reader) ([]Packet, error) {
	reader := NewReader(r)
	var list []Packet
	for {
		p, err := reader.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, p)
	}
}

// line is a packet in a form to compare.
func line(p Packet) string {
	s := fmt.Sprintf("%s %d %s %d", p.Kind, p.Type, p.Codec, p.Time)
	if p.Nanos != 0 {
		s += fmt.Sprintf(".%06d", p.Nanos)
	}
	if p.Composition != 0 {
		s += fmt.Sprintf("%+d", p.Composition)
	}
	if p.Key {
		s += " key"
	}
	return s + fmt.Sprintf(" %q", p.Data)
}

// What one tag holds, by its body.
func TestBodies(t *testing.T) {
	t.Parallel()
	x := []byte("x")
	tests := []struct {
		name string
		kind byte
		body []byte
		want string // "" for nothing
	}{
		{"avcC", tagVideo, flvtest.AVC(flvtest.Key, 0, 0, x), `video 1 avc1 5 key "x"`},
		{"a key frame", tagVideo, flvtest.AVC(flvtest.Key, 1, 40, x), `video 0 avc1 5+40 key "x"`},
		{"a frame shown before it is decoded", tagVideo, flvtest.AVC(flvtest.Inter, 1, -40, x), `video 0 avc1 5-40 "x"`},
		{"the end", tagVideo, flvtest.AVC(flvtest.Key, 2, 0, nil), `video 2 avc1 5 key ""`},
		{"HEVC before it was standard", tagVideo, flvtest.LegacyHEVC(flvtest.Inter, 1, 0, x), `video 0 hvc1 5 "x"`},
		{"a command", tagVideo, []byte{0x57, 1}, ""},
		{"VP6", tagVideo, []byte{0x14, 'x'}, `video 0 VP6 5 key "x"`},
		{"a codec nobody knows", tagVideo, []byte{0x1f, 'x'}, `video 0 video of type 15 5 key "x"`},
		{"ASC", tagAudio, flvtest.AAC(0, x), `audio 1 mp4a 5 key "x"`},
		{"AAC", tagAudio, flvtest.AAC(1, x), `audio 0 mp4a 5 key "x"`},
		{"AAC of nothing", tagAudio, flvtest.AAC(1, nil), ""},
		{"MP3", tagAudio, flvtest.MP3(x), `audio 0 .mp3 5 key "x"`},
		{"Speex", tagAudio, []byte{0xb2, 'x'}, `audio 0 Speex 5 key "x"`},
		{"hvcC", tagVideo, flvtest.Enhanced(flvtest.Key, 0, nil, "hvc1", x), `video 1 hvc1 5 key "x"`},
		{"HEVC", tagVideo, flvtest.Enhanced(flvtest.Key, 1, nil, "hvc1", flvtest.Composition(-7), x), `video 0 hvc1 5-7 key "x"`},
		{"HEVC without composition time", tagVideo, flvtest.Enhanced(flvtest.Inter, 3, nil, "hvc1", x), `video 0 hvc1 5 "x"`},
		{"AVC, enhanced", tagVideo, flvtest.Enhanced(flvtest.Inter, 1, nil, "avc1", flvtest.Composition(7), x), `video 0 avc1 5+7 "x"`},
		{"AV1", tagVideo, flvtest.Enhanced(flvtest.Inter, 1, nil, "av01", x), `video 0 av01 5 "x"`},
		{"VP9", tagVideo, flvtest.Enhanced(flvtest.Key, 1, nil, "vp09", x), `video 0 vp09 5 key "x"`},
		{"the end, enhanced", tagVideo, flvtest.Enhanced(flvtest.Key, 2, nil, "av01"), `video 2 av01 5 key ""`},
		{"colours", tagVideo, flvtest.Enhanced(flvtest.Key, 4, nil, "hvc1", x), ""},
		{"a command, enhanced", tagVideo, []byte{0x80 | 5<<4 | 1, 0}, ""},
		{"nanoseconds", tagVideo, flvtest.Enhanced(flvtest.Inter, 1, flvtest.Nanos(123456), "av01", x), `video 0 av01 5.123456 "x"`},
		{"two things more", tagVideo, flvtest.Enhanced(flvtest.Inter, 1, slices.Concat(flvtest.Nanos(1), []byte{modEx}, flvtest.Nanos(2)), "av01", x), `video 0 av01 5.000002 "x"`},
		{"something more that is long", tagVideo, flvtest.Enhanced(flvtest.Inter, 1, append([]byte{255, 1, 0}, make([]byte, 257)...), "av01", x), `video 0 av01 5 "x"`},
		{"Opus", tagAudio, flvtest.EnhancedSound(1, nil, "Opus", x), `audio 0 Opus 5 key "x"`},
		{"the head of Opus", tagAudio, flvtest.EnhancedSound(0, nil, "Opus", x), `audio 1 Opus 5 key "x"`},
		{"FLAC", tagAudio, flvtest.EnhancedSound(1, flvtest.Nanos(9), "fLaC", x), `audio 0 fLaC 5.000009 key "x"`},
		{"AC-3", tagAudio, flvtest.EnhancedSound(1, nil, "ac-3", x), `audio 0 ac-3 5 key "x"`},
		{"MP3, enhanced", tagAudio, flvtest.EnhancedSound(1, nil, ".mp3", x), `audio 0 .mp3 5 key "x"`},
		{"AAC, enhanced", tagAudio, flvtest.EnhancedSound(1, nil, "mp4a", x), `audio 0 mp4a 5 key "x"`},
		{"channels", tagAudio, flvtest.EnhancedSound(4, nil, "Opus", x), ""},
		{"several tracks", tagAudio, flvtest.EnhancedSound(multitrack, nil, "", flvtest.ManyTracks(1, "Opus", x, []byte("y"))), `audio 0 Opus 5 key "x"`},
		{"one of several", tagVideo, flvtest.Enhanced(flvtest.Key, videoTracks, nil, "", flvtest.OneTrack(1, "av01", 3, x)), `video 0 av01 5 key "x"`},
		{"several codecs", tagVideo, flvtest.Enhanced(flvtest.Key, videoTracks, nil, "", []byte{2<<4 | 1}, []byte("av01"), []byte{0, 0, 0, 1}, x, []byte("hvc1"), []byte{1, 0, 0, 4, 0, 0, 0, 'y'}), `video 0 av01 5 key "x"`},
		{"metadata", tagScript, flvtest.Metadata(map[string]float64{"width": 640}), `script 0  5 ""`},
		{"another script", tagScript, []byte{2, 0, 1, 'x'}, ""},
		{"nothing", tagVideo, nil, ""},
		{"no sound", tagAudio, nil, ""},
	}
	for _, tt := range tests {
		got, err := all(bytes.NewReader(slices.Concat(flvtest.Header(), flvtest.Tag(tt.kind, 5, tt.body))))
		if err != nil || (len(got) == 0) != (tt.want == "") || len(got) > 0 && line(got[0]) != tt.want {
			t.Errorf("%s: %v, %v; want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestOnlyTheFirstTrack(t *testing.T) {
	t.Parallel()
	stream := slices.Concat(flvtest.Header(),
		flvtest.Tag(tagAudio, 0, flvtest.EnhancedSound(multitrack, nil, "", flvtest.OneTrack(1, "Opus", 1, []byte("one")))),
		flvtest.Tag(tagAudio, 0, flvtest.EnhancedSound(multitrack, nil, "", flvtest.OneTrack(1, "Opus", 2, []byte("two")))),
		flvtest.Tag(tagAudio, 0, flvtest.EnhancedSound(1, nil, "mp4a", []byte("zero"))),
		flvtest.Tag(tagAudio, 1, flvtest.EnhancedSound(multitrack, nil, "", flvtest.OneTrack(1, "Opus", 1, []byte("more")))))
	got, err := all(bytes.NewReader(stream))
	if err != nil || len(got) != 2 || string(got[0].Data)+string(got[1].Data) != "onemore" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	body := slices.Concat([]byte{2, 0, 10}, []byte("onMetaData"), []byte{3},
		[]byte{0, 3}, []byte("one"), []byte{2, 0, 2, 'h', 'i'},
		[]byte{0, 3}, []byte("two"), []byte{3, 0, 1, 'x', 1, 1, 0, 0, 9},
		[]byte{0, 4}, []byte("list"), []byte{10, 0, 0, 0, 2, 5, 6},
		[]byte{0, 4}, []byte("date"), []byte{11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		[]byte{0, 4}, []byte("true"), []byte{1, 1}, []byte{0, 0, 9})
	got, err := all(bytes.NewReader(slices.Concat(flvtest.Header(), flvtest.Tag(tagScript, 0, body))))
	if err != nil || len(got) != 1 || len(got[0].Meta) != 2 || got[0].Meta["one"] != "hi" || got[0].Meta["true"] != true {
		t.Fatalf("%v, %v", got, err)
	}
	// An object in an object in an object, and so on, ends the reading, not the program.
	deep := slices.Concat([]byte{2, 0, 10}, []byte("onMetaData"), bytes.Repeat([]byte{3, 0, 1, 'x'}, 1<<18))
	if got, err := all(bytes.NewReader(slices.Concat(flvtest.Header(), flvtest.Tag(tagScript, 0, deep)))); err != nil || len(got) != 1 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

// Times go on beyond 32 bits, jump, and run backwards.
func TestTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		given, want []int64
	}{
		{"on and on", []int64{0, 40, 80}, []int64{0, 40, 80}},
		{"24 bits are not all", []int64{0xfffff0, 0x1000010}, []int64{0xfffff0, 0x1000010}},
		{"wrapped", []int64{0x7fffffff, 0xfffffff0, 0x10, 0x38}, []int64{0x7fffffff, 0xfffffff0, 0x100000010, 0x100000038}},
		{"a jump", []int64{0, 3600_000}, []int64{0, 3600_000}},
		{"backwards", []int64{5000, 4960, 0}, []int64{5000, 4960, 0}},
		{"back over the wrap", []int64{0x7fffffff, 0xfffffffe, 0x5, 0xfffffffa}, []int64{0x7fffffff, 0xfffffffe, 0x100000005, 0xfffffffa}},
	}
	for _, tt := range tests {
		stream := flvtest.Header()
		for _, at := range tt.given {
			stream = append(stream, flvtest.Tag(tagVideo, uint32(at), flvtest.AVC(flvtest.Key, 1, 0, []byte("x")))...)
		}
		got, err := all(bytes.NewReader(stream))
		var times []int64
		for _, p := range got {
			times = append(times, p.Time)
		}
		if err != nil || !slices.Equal(times, tt.want) {
			t.Errorf("%s: %v, %v; want %v", tt.name, times, err, tt.want)
		}
	}
}

func TestWrong(t *testing.T) {
	t.Parallel()
	frame := flvtest.Tag(tagVideo, 0, flvtest.AVC(flvtest.Key, 1, 0, []byte("frame")))
	good := slices.Concat(flvtest.Header(), frame)
	changed := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] = v
		return b
	}
	tests := []struct {
		name   string
		stream []byte
		want   string // "" for no error
	}{
		{"nothing", nil, "FLV at byte 0 is cut off"},
		{"a page", []byte("<!doctype html>"), `FLV at byte 0 is no FLV: it begins with "<!d"`},
		{"version 2", changed(3, 2), "FLV at byte 3 has version 2, where there is only 1"},
		{"a long header", changed(5, 1), "FLV at byte 5 says that its header has 16777225 bytes"},
		{"cut in the tag's head", good[:20], "FLV at byte 20 is cut off"},
		{"cut in the tag", good[:30], "FLV at byte 30 is cut off"},
		{"cut in the pointer", good[:len(good)-1], fmt.Sprintf("FLV at byte %d is cut off", len(good)-1)},
		{"rubbish", slices.Concat(good, []byte("rubbish that goes on")), fmt.Sprintf("FLV at byte %d has no tag: one of type 114 is unknown", len(good))},
		{"encrypted", changed(13, tagVideo|0x20), "FLV at byte 13 has an encrypted tag, and vodsrv has no keys"},
		{"a wrong pointer", changed(len(good)-1, 99), fmt.Sprintf("FLV at byte %d says that the tag of 21 bytes that ends there has 99", len(good)-4)},
		{"a pointer of 0", changed(len(good)-1, 0), ""},
		{"a pointer without the head", changed(len(good)-1, 10), ""},
		{"an empty AVC packet", slices.Concat(flvtest.Header(), flvtest.Tag(tagVideo, 0, []byte{0x17, 1})), "FLV at byte 13 has a tag of video that is too short for its fields"},
		{"a track that is too long", slices.Concat(flvtest.Header(), flvtest.Tag(tagAudio, 0, flvtest.EnhancedSound(multitrack, nil, "", []byte{1<<4 | 1}, []byte("Opus"), []byte{0, 0, 0, 9, 1}))), "FLV at byte 13 has a tag of audio that is too short for its fields"},
	}
	for _, tt := range tests {
		_, err := all(bytes.NewReader(tt.stream))
		if text := fmt.Sprint(err); err == nil && tt.want != "" || err != nil && text != tt.want {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.want)
		}
	}
	broken := errors.New("the line is dead")
	if _, err := all(io.MultiReader(bytes.NewReader(good), iotest.ErrReader(broken))); !errors.Is(err, broken) || !strings.Contains(err.Error(), fmt.Sprint(len(good))) {
		t.Errorf("%v", err)
	}
}

// Bytes may come in any portions.
func TestPortions(t *testing.T) {
	t.Parallel()
	stream := realFile(t, "sample.flv")
	want, err := all(bytes.NewReader(stream))
	if err != nil || len(want) < 50 {
		t.Fatalf("%d packets, %v", len(want), err)
	}
	for name, r := range map[string]io.Reader{"one by one": iotest.OneByteReader(bytes.NewReader(stream)), "halves": iotest.HalfReader(bytes.NewReader(stream))} {
		got, err := all(r)
		if err != nil || !slices.EqualFunc(got, want, func(a, b Packet) bool { return line(a) == line(b) }) {
			t.Errorf("%s: %d packets, %v", name, len(got), err)
		}
	}
}

// realFile is a small real stream, made by ffmpeg 5.1.
func realFile(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Room for a tag is made as its bytes come.
func TestAClaimTakesNoMemory(t *testing.T) {
	claim := slices.Concat(flvtest.Header(), []byte{tagVideo, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 100))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const times = 100
	for range times {
		if _, err := all(bytes.NewReader(claim)); err == nil {
			t.Fatal("no error")
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / times; each > 4*step {
		t.Errorf("%d bytes for a tag of which 100 came", each)
	}
}

// A thousand streams with a few bytes changed, left out or put in: each ends,
// with no more packets than there were bytes for.
func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := slices.Concat(realFile(t, "sample.flv"), enhancedStream()[len(flvtest.Header()):])
	random := rand.New(rand.NewPCG(1, 2))
	failed := 0
	for range 1000 {
		stream := damaged(random, whole)
		got, err := all(bytes.NewReader(stream))
		if err != nil {
			failed++
		}
		size := 0
		for _, p := range got {
			size += len(p.Data)
		}
		if size > len(stream) {
			t.Fatalf("%d bytes of packets in a stream of %d", size, len(stream))
		}
	}
	if failed < 300 || failed == 1000 {
		t.Errorf("%d of 1000 could not be read to the end", failed)
	}
}

func damaged(random *rand.Rand, whole []byte) []byte {
	b := bytes.Clone(whole)
	for range 1 + random.IntN(8) {
		at := random.IntN(len(b))
		switch random.IntN(4) {
		case 0:
			b[at] = byte(random.Uint32())
		case 1:
			b = slices.Delete(b, at, min(len(b), at+1+random.IntN(64)))
		case 2:
			b = slices.Insert(b, at, make([]byte, 1+random.IntN(64))...)
		case 3:
			if at > len(b)/2 {
				b = b[:at]
			}
		}
	}
	return b
}

// enhancedStream has a packet of each codec that is sent in enhanced tags.
func enhancedStream() []byte {
	stream := flvtest.Header()
	for i, codec := range []string{"avc1", "hvc1", "av01", "vp09"} {
		at := uint32(i * 40)
		stream = slices.Concat(stream, flvtest.Tag(tagVideo, at, flvtest.Enhanced(flvtest.Key, 0, nil, codec, []byte("config"))),
			flvtest.Tag(tagVideo, at, flvtest.Enhanced(flvtest.Key, 1, flvtest.Nanos(500), codec, flvtest.Composition(3), []byte("frame"))),
			flvtest.Tag(tagVideo, at, flvtest.Enhanced(flvtest.Inter, videoTracks, nil, "", flvtest.ManyTracks(1, codec, []byte("frame 0"), []byte("frame 1")))))
	}
	for i, codec := range []string{"Opus", "fLaC", "mp4a", ".mp3", "ac-3"} {
		at := uint32(i * 20)
		stream = slices.Concat(stream, flvtest.Tag(tagAudio, at, flvtest.EnhancedSound(0, nil, codec, []byte("config"))),
			flvtest.Tag(tagAudio, at, flvtest.EnhancedSound(multitrack, flvtest.Nanos(7), "", flvtest.OneTrack(1, codec, 0, []byte("sound")))))
	}
	return stream
}

func FuzzReader(f *testing.F) {
	f.Add(enhancedStream())
	f.Add(slices.Concat(flvtest.Header(), flvtest.Tag(tagScript, 0, flvtest.Metadata(map[string]float64{"width": 1})), flvtest.Tag(tagVideo, 0, flvtest.AVC(flvtest.Key, 0, 0, []byte("avcC"))),
		flvtest.Tag(tagAudio, 3, flvtest.AAC(1, []byte("aac"))), flvtest.Tag(tagAudio, 3, flvtest.MP3([]byte("mp3")))))
	f.Fuzz(func(t *testing.T, stream []byte) {
		got, err := all(bytes.NewReader(stream))
		size := 0
		for _, p := range got {
			size += len(p.Data)
			if p.Kind != Script && p.Codec == "" || p.Nanos < 0 || p.Nanos >= 1_000_000 || p.Offset < headerSize || p.Offset > int64(len(stream)) {
				t.Errorf("%+v", p)
			}
		}
		if size > len(stream) {
			t.Errorf("%d bytes of packets in a stream of %d", size, len(stream))
		}
		var known *Error
		if err != nil && (!errors.As(err, &known) || known.Offset > int64(len(stream))) {
			t.Errorf("%v", err)
		}
	})
}

// Streams of other makers, where they are at hand; the counts are those of
// ffprobe, for HEVC those of its frames in the tags.
func TestStreamsOfOthers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, video, audio       string
		pictures, sounds, errors int
	}{
		{"Red5+red5-server/h264_speex.flv", "avc1", "Speex", 356, 1362, 0},
		{"ScuffleCloud+scuffle/hevc_aac.flv", "hvc1", "mp4a", 120, 95, 0},
		{"androidx+media/sample.flv", "avc1", "mp4a", 30, 45, 0},
		{"bytedance+xgplayer/h264_pcma_channel1_8000.flv", "avc1", "PCM A-law", 60, 60, 1},
		{"bytedance+xgplayer/h265_aac_44100.flv", "hvc1", "mp4a", 117, 167, 0},
	}
	for _, tt := range tests {
		stream, err := os.ReadFile(filepath.Join("../../../../shared/corpus/flv", tt.path))
		if errors.Is(err, os.ErrNotExist) {
			t.Skip(err)
		}
		got, err := all(bytes.NewReader(stream))
		frames := map[string]int{}
		for _, p := range got {
			if p.Type == Frame {
				frames[p.Codec]++
			}
		}
		if (err != nil) != (tt.errors > 0) || frames[tt.video] != tt.pictures || frames[tt.audio] != tt.sounds {
			t.Errorf("%s: %v, %v", tt.path, frames, err)
		}
	}
}

// What metadata takes of memory is bounded by more than its bytes.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	body := slices.Concat([]byte{2, 0, 10}, []byte("onMetaData"), []byte{3})
	for i := range 10_000 {
		body = append(body, 0, 3, byte(i>>16)+1, byte(i>>8), byte(i), 1, 1)
	}
	got, err := all(bytes.NewReader(slices.Concat(flvtest.Header(), flvtest.Tag(tagScript, 0, append(body, 0, 0, 9)))))
	if err != nil || len(got) != 1 || len(got[0].Meta) != mostMembers {
		t.Errorf("%d packets, %v", len(got), err)
	}
}
