package playlist

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

// planOf plans a film with pictures of 40 ms in groups, and with so many
// milliseconds of sound.
func planOf(t *testing.T, pictures, group, sound int) *fragment.Plan {
	t.Helper()
	f := mp4test.File{Tracks: []mp4test.Track{{ID: 1, Samples: mp4test.Samples(pictures, 7, 40, group), Entries: [][]byte{mp4test.AVC(64, 36)}}}}
	if sound > 0 {
		f.Tracks = append(f.Tracks, mp4test.Track{ID: 2, Handler: "soun", Entries: [][]byte{mp4test.AAC()}, Samples: mp4test.Samples(sound/20, 3, 20, 0)})
	}
	b := f.Bytes()
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return fragment.NewPlan(m)
}

func all(int) bool { return true }

func TestPieces(t *testing.T) {
	for name, c := range map[string]struct {
		pictures, group, sound int
		has                    func(k int) bool
		want                   []float64 // ends in seconds
		names                  string
	}{
		"groups of two seconds": {500, 50, 0, all, []float64{6, 12, 18, 20}, "0-2 3-5 6-8 9-9"},
		"groups of one":         {300, 25, 0, all, []float64{6, 12}, "0-2 3-5"},
		"groups of three":       {375, 75, 0, all, []float64{6, 12, 15}, "0-1 2-3 4-4"},
		// The plan cuts each two seconds; a piece begins with a sync sample.
		"one long group":    {500, 500, 0, all, []float64{20}, "0-9"},
		"groups of ten":     {750, 250, 0, all, []float64{10, 20, 30}, "0-4 5-9 10-14"},
		"sound alone later": {150, 50, 14_000, all, []float64{6, 12, 14}, "0-2 3-5 6-6"},
		"begins late":       {500, 50, 0, func(k int) bool { return k > 4 }, []float64{12, 18, 20}, "3-5 6-8 9-9"},
		"ends early":        {500, 50, 0, func(k int) bool { return k < 4 }, []float64{6, 12}, "0-2 3-5"},
		"has a gap":         {500, 50, 0, func(k int) bool { return k < 3 || k > 5 }, []float64{6, 18, 20}, "0-2 6-8 9-9"},
		"has nothing":       {500, 50, 0, func(int) bool { return false }, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			list := Pieces(planOf(t, c.pictures, c.group, c.sound), c.has)
			var names []string
			start := 0.0
			for i, p := range list {
				if p.Start != start || i < len(c.want) && math.Abs(p.End-c.want[i]) > 1e-9 {
					t.Errorf("piece %d is from %v to %v", i, p.Start, p.End)
				}
				start = p.End
				names = append(names, p.Name())
				if first, last, ok := ParseName(p.Name()); !ok || first != p.First || last != p.Last {
					t.Errorf("%s is read as %d, %d, %v", p.Name(), first, last, ok)
				}
			}
			if got := strings.Join(names, " "); got != c.names {
				t.Errorf("pieces %s, want %s", got, c.names)
			}
		})
	}
}

func TestFrames(t *testing.T) {
	plan := planOf(t, 750, 250, 0)
	var names []string
	for _, p := range Frames(plan, all) {
		names = append(names, p.Name())
	}
	if got := strings.Join(names, " "); got != "0-4 5-9 10-14" {
		t.Error(got)
	}
}

func TestParseName(t *testing.T) {
	for _, name := range []string{"", "1", "-", "1-", "-1", "2-1", "01-2", "1-+2", "1-2-3", "1-2 ", "-1-2", "99999999999999999999-1"} {
		if _, _, ok := ParseName(name); ok {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

func TestRates(t *testing.T) {
	of := func(seconds ...float64) (list []Piece) {
		at := 0.0
		for _, s := range seconds {
			list = append(list, Piece{Start: at, End: at + s})
			at += s
		}
		return list
	}
	for name, c := range map[string]struct {
		pieces        []Piece
		sizes         []int64
		peak, average int64
	}{
		"one":              {of(4), []int64{1000}, 2000, 2000},
		"even":             {of(6, 6, 6), []int64{750, 750, 750}, 1000, 1000},
		"one is larger":    {of(6, 6, 6), []int64{750, 7500, 750}, 10_000, 4000},
		"short at the end": {of(6, 6, 0.1), []int64{750, 750, 7500}, 10_820, 5951}, // with the one before
		"all are short":    {of(0.1, 0.1), []int64{10, 10}, 800, 800},
	} {
		if got := ratesOf(c.pieces, c.sizes); got != (Rates{c.peak, c.average}) {
			t.Errorf("%s: %d, want %d and %d", name, got, c.peak, c.average)
		}
	}
}

func TestMedia(t *testing.T) {
	pieces := []Piece{{0, 2, 0, 6.006}, {3, 5, 6.006, 13.6}}
	name := func(p Piece) string { return p.Name() + ".m4s" }
	for want, m := range map[string]Media{
		"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:8\n#EXT-X-MAP:URI=\"init.mp4\"\n" +
			"#EXTINF:6.006000,\n0-2.m4s\n#EXTINF:7.594000,\n3-5.m4s\n#EXT-X-ENDLIST\n": {Init: "init.mp4", Pieces: pieces, URL: name, Ended: true},
		"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:10\n#EXT-X-MAP:URI=\"init.mp4\"\n" +
			"#EXTINF:6.006000,\n0-2.m4s\n": {Init: "init.mp4", Pieces: pieces[:1], URL: name, Event: true},
		"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:6\n#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI=\"init.mp4\"\n" +
			"#EXTINF:6.006000,\n0-2.m4s\n#EXT-X-ENDLIST\n": {Init: "init.mp4", Pieces: pieces[:1], URL: name, Ended: true, Frames: true},
		"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:10\n#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI=\"init.mp4\"\n" +
			"#EXTINF:6.006000,\n0-2.m4s\n": {Init: "init.mp4", Pieces: pieces[:1], URL: name, Event: true, Frames: true},
	} {
		if got, err := m.Encode(); err != nil || string(got) != want {
			t.Errorf("%v\n%s\nwant\n%s", err, got, want)
		}
	}
}

func TestMaster(t *testing.T) {
	f := Film{
		Video: []Track{{
			Folder: "1/", Codec: "avc1.64001e", Rates: Rates{1000, 900}, Picture: Picture{Width: 640, Height: 360, FPS: 25, Range: "PQ"},
			Frames: Timeline{{}}, FramesRates: Rates{30, 20},
		}},
		Audio: []Track{
			{Folder: "2/", Label: Label{Name: "say \"hi\"\nthere", Language: "en"}, Codec: "mp4a.40.2", Channels: 6, Rates: Rates{200, 100}},
			{Folder: "3/", Label: Label{Name: "say \"hi\" there", Default: true}, Codec: "mp4a.40.2", Rates: Rates{300, 90}},
			{Folder: "4/", Label: Label{Language: "fr"}, Codec: "mp4a.6B", Rates: Rates{50, 40}},
		},
		Text: []Text{{Playlist: "text/en.m3u8", Label: Label{Language: "en"}, Captions: true}},
		Link: func(to string) string { return to },
	}
	want := `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound-mp4a-40-2",NAME="say 'hi' there",DEFAULT=YES,AUTOSELECT=YES,URI="3/media.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound-mp4a-40-2",NAME="say 'hi' there 2",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="6",URI="2/media.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound-mp4a-6b",NAME="fr",LANGUAGE="fr",DEFAULT=YES,AUTOSELECT=YES,URI="4/media.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="en",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound",URI="text/en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1300,AVERAGE-BANDWIDTH=990,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000,VIDEO-RANGE=PQ,AUDIO="sound-mp4a-40-2",SUBTITLES="text",CLOSED-CAPTIONS=NONE
1/media.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1050,AVERAGE-BANDWIDTH=940,CODECS="avc1.64001e,mp4a.40.34",RESOLUTION=640x360,FRAME-RATE=25.000,VIDEO-RANGE=PQ,AUDIO="sound-mp4a-6b",SUBTITLES="text",CLOSED-CAPTIONS=NONE
1/media.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=30,AVERAGE-BANDWIDTH=20,CODECS="avc1.64001e",RESOLUTION=640x360,VIDEO-RANGE=PQ,URI="1/iframes.m3u8"
`
	if got := string(f.Master()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	sound := Film{Audio: f.Audio[:1], Link: f.Link}
	want = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n" +
		"#EXT-X-STREAM-INF:BANDWIDTH=200,AVERAGE-BANDWIDTH=100,CODECS=\"mp4a.40.2\",CLOSED-CAPTIONS=NONE\n2/media.m3u8\n"
	if got := string(sound.Master()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A film may have a million short pieces and a long one.
func TestRatesOfManyPieces(t *testing.T) {
	pieces := []Piece{{End: 1000}}
	for i := range 300_000 {
		at := 1000 + float64(i)/1e5
		pieces = append(pieces, Piece{Start: at, End: at + 1e-5})
	}
	sizes := make([]int64, len(pieces))
	began := time.Now()
	ratesOf(pieces, sizes)
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("%v", took)
	}
}
