package playlist

import "testing"

func TestLivePlaylists(t *testing.T) {
	t.Parallel()
	l := Live{
		Codecs: []string{"avc1.64001f", "mp4a.6b"}, Width: 640, Height: 360, Target: 6, First: 1000, Run: 7,
		Pieces: []LivePiece{{"e/0-9.m4s", "e/0-init.mp4", 2, 1000}, {"e/10-19.m4s", "e/0-init.mp4", 4, 2000}, {"e/20-29.m4s", "e/20-init.mp4", 6.25, 1000}},
	}
	want := `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-STREAM-INF:BANDWIDTH=4000,AVERAGE-BANDWIDTH=2613,CODECS="avc1.64001f,mp4a.40.34",RESOLUTION=640x360,CLOSED-CAPTIONS=NONE
media.m3u8
`
	if got := string(l.Master("media.m3u8")); got != want {
		t.Errorf("the master playlist is\n%s\nwant\n%s", got, want)
	}
	got, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA-SEQUENCE:1000
#EXT-X-TARGETDURATION:6
#EXT-X-DISCONTINUITY-SEQUENCE:7
#EXT-X-MAP:URI="e/0-init.mp4"
#EXTINF:2.000000,
e/0-9.m4s
#EXTINF:4.000000,
e/10-19.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="e/20-init.mp4"
#EXTINF:6.250000,
e/20-29.m4s
`
	if string(got) != want {
		t.Errorf("the media playlist is\n%s\nwant\n%s", got, want)
	}
}
