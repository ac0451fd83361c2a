package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/server/access"
)

// drawn is a film in some size, with so many pictures from key frame to key
// frame.
func drawn(t *testing.T, size string, group int, seconds float64) string {
	t.Helper()
	path := testmedia.Clip(t, testmedia.Options{Seconds: seconds, Size: size, Args: []string{
		"-c:v", "libx264", "-preset", "veryfast", "-g", fmt.Sprint(group), "-keyint_min", fmt.Sprint(group), "-sc_threshold", "0", "-c:a", "aac"}})
	return string(mustRead(t, path))
}

// Films beside each other whose names tell their lines are one presentation, if
// their key frames line up.
func TestQualities(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{})
	large, small := drawn(t, "320x180", 50, 14), drawn(t, "160x90", 50, 14)
	for name, content := range map[string]string{
		"a b.180p.mp4": large, "a b.90p.mp4": small, "a b.720p.mp4": large, "a b.360p.mp4": drawn(t, "160x90", 50, 8), "a b.480p.mp4": drawn(t, "160x90", 35, 14),
		"a b.240p.mp4": "this is no film", "a b.720p.en.srt": "1\n00:00:01,000 --> 00:00:02,000\nhello\n",
		"a b.mp4": large, "c.180p.mp4": large, "c.1080p.mp4": small, "d.1080p.mp4": large,
	} {
		mustWrite(t, filepath.Join(s.folder, name), content)
	}
	for name, want := range map[string]string{
		"a%20b.180p.mp4": "320x180 320x180", // 90 is too few digits to be lines
		"a%20b.720p.mp4": "320x180 320x180", //
		"a%20b.360p.mp4": "160x90",          // another length
		"a%20b.480p.mp4": "160x90",          // other key frames
		"a%20b.90p.mp4":  "160x90",          //
		"a%20b.mp4":      "320x180",         //
		"c.180p.mp4":     "320x180 160x90",  // its own comes first
		"c.1080p.mp4":    "160x90 320x180",  //
		"d.1080p.mp4":    "320x180",         //
	} {
		path := "/hls/" + name + "/master.m3u8"
		s.checkMaster(path)
		var sizes []string
		for _, v := range s.playlist(path).urls {
			sizes = append(sizes, v.attributes["RESOLUTION"])
		}
		if got := strings.Join(sizes, " "); got != want {
			t.Errorf("%s has %s, want %s", name, got, want)
		}
		path = "/dash/" + name + "/manifest.mpd"
		var about struct{ Duration float64 }
		s.json("/api/info/"+name, &about)
		s.checkMPD(path, about.Duration)
		sizes = nil
		for _, r := range s.mpd(path).Periods[0].AdaptationSets[0].Representations {
			sizes = append(sizes, fmt.Sprintf("%dx%d", r.Width, r.Height))
		}
		if got := strings.Join(sizes, " "); got != want {
			t.Errorf("%s has %s of DASH, want %s", name, got, want)
		}
	}
	// One that was replaced is not what it was.
	mustWrite(t, filepath.Join(s.folder, "c.180p.mp4"), drawn(t, "160x90", 35, 14))
	if n := len(s.playlist("/hls/c.1080p.mp4/master.m3u8").urls); n != 1 {
		t.Errorf("%d variants with a film of other key frames", n)
	}
}

// A manifest that is kept tells where the other qualities are now; names may hold
// what means something in templates of DASH.
func TestQualityRenamed(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "$cash$.720p.mp4", "$cash$.360p.mp4")
	film := "/$cash$.720p.mp4/"
	for _, name := range []string{"", "$cash$.480p.mp4"} {
		if name != "" {
			if err := os.Rename(filepath.Join(s.folder, "$cash$.360p.mp4"), filepath.Join(s.folder, name)); err != nil {
				t.Fatal(err)
			}
		}
		variants := s.playlist("/hls" + film + "master.m3u8")
		if len(variants.urls) != 2 {
			t.Fatalf("%d variants", len(variants.urls))
		}
		if r, _ := s.get("GET", variants.at(variants.urls[1].url)); r.StatusCode != 200 {
			t.Errorf("%s: %s", variants.urls[1].url, r.Status)
		}
		path := "/dash" + film + "manifest.mpd"
		representations := s.mpd(path).Periods[0].AdaptationSets[0].Representations
		template := representations[1].SegmentTemplate.Media
		media := strings.Replace(template, "$Time$", "0", 1)
		if r, _ := s.get("GET", (m3u8List{path: path}).at(media)); r.StatusCode != 200 || strings.Contains(media, "$") {
			t.Errorf("%s: %s", template, r.Status)
		}
	}
}

// A link to one film opens no other, whatever is the same in it.
func TestQualitiesByLink(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: access.New(access.Config{Key: testKey(t)})}, "film.720p.mp4", "film.360p.mp4")
	m := s.playlist("/hls/film.720p.mp4/master.m3u8" + s.link("film.720p.mp4", access.Watch, time.Hour))
	if len(m.urls) != 1 {
		t.Errorf("%d variants", len(m.urls))
	}
}
