package server

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/dash-mpd/mpd"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/mp4test"
	"vodsrv/server/access"
)

// mpd reads a manifest.
func (s *site) mpd(path string) *mpd.MPD {
	s.t.Helper()
	r, body := s.get("GET", path)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/dash+xml" || r.Header.Get("Cache-Control") == "" {
		s.t.Fatalf("%s: %s %v %s", path, r.Status, r.Header, body)
	}
	m, err := mpd.ReadFromString(body)
	if err != nil || len(m.Periods) != 1 {
		s.t.Fatalf("%s: %v\n%s", path, err, body)
	}
	return m
}

// timed is a segment that a timeline tells of.
type timed struct {
	at, length uint64
	url        string
}

// timeline is all that a Representation's template tells of, by the rules of ISO/IEC 23009-1,
// sections 5.3.9.4 and 5.3.9.6.
func (s *site) timeline(path string, r *mpd.RepresentationType) (init string, list []timed) {
	s.t.Helper()
	l := m3u8List{path: path}
	at := uint64(0)
	for i, e := range r.SegmentTemplate.SegmentTimeline.S {
		if e.T != nil {
			if i > 0 && *e.T <= at {
				s.t.Errorf("%s: %s: time %d follows %d with nothing missing", path, r.Id, *e.T, at)
			}
			at = *e.T
		}
		for range e.R + 1 {
			list = append(list, timed{at, e.D, l.at(strings.ReplaceAll(r.SegmentTemplate.Media, "$Time$", strconv.FormatUint(at, 10)))})
			at += e.D
		}
	}
	return l.at(r.SegmentTemplate.Initialization), list
}

// checkMPD checks a manifest of a film that is whole, and that its segments are what it says. It takes
// so many seconds, or as long as the last sample of a track does: players cut off the rest.
func (s *site) checkMPD(path string, length float64) {
	s.t.Helper()
	m := s.mpd(path)
	for _, set := range m.Periods[0].AdaptationSets {
		for _, r := range set.Representations {
			if r.SegmentTemplate != nil {
				_, list := s.timeline(path, r)
				last := list[len(list)-1]
				length = max(length, float64(last.at+last.length)/float64(r.SegmentTemplate.GetTimescale()))
			}
		}
	}
	told := time.Duration(*m.MediaPresentationDuration).Seconds()
	if m.GetType() != "static" || m.MinBufferTime == nil || told < length-1e-6 || told > length+0.01 {
		s.t.Errorf("%s: %s, of %v s, want %v", path, m.GetType(), told, length)
	}
	ids, sets, main := map[string]bool{}, map[string]*mpd.AdaptationSetType{}, map[string]int{}
	for _, set := range m.Periods[0].AdaptationSets {
		id := fmt.Sprint(*set.Id)
		if sets[id] != nil || len(set.Representations) == 0 {
			s.t.Errorf("%s: set %s is there twice, or empty", path, id)
		}
		sets[id] = set
		for _, role := range set.Roles {
			if role.Value == "main" {
				main[string(set.ContentType)]++
			}
		}
		trick := len(set.EssentialProperties) > 0
		if trick {
			if p := set.EssentialProperties[0]; p.SchemeIdUri != "http://dashif.org/guidelines/trickmode" || sets[p.Value] == nil || sets[p.Value].ContentType != "video" {
				s.t.Errorf("%s: set %s: %v", path, id, p)
			}
		}
		for _, r := range set.Representations {
			if ids[r.Id] || r.Bandwidth == 0 {
				s.t.Errorf("%s: the id %q is there twice, or has no bandwidth", path, r.Id)
			}
			ids[r.Id] = true
			if set.ContentType == "text" {
				l := m3u8List{path: path}
				if res, body := s.get("GET", l.at(string(r.BaseURLs[0].Value))); res.StatusCode != 200 || !strings.HasPrefix(body, "WEBVTT") {
					s.t.Errorf("%s: %s: %s %s", path, r.BaseURLs[0].Value, res.Status, body)
				}
				continue
			}
			s.checkRepresentation(path, set, r, trick)
		}
	}
	for kind, n := range main {
		if n > 1 {
			s.t.Errorf("%s: %d main ones of %s", path, n, kind)
		}
	}
}

// checkRepresentation checks that segments have the very times that the timeline tells.
func (s *site) checkRepresentation(path string, set *mpd.AdaptationSetType, r *mpd.RepresentationType, trick bool) {
	s.t.Helper()
	initURL, list := s.timeline(path, r)
	init := s.fixed(initURL)
	if len(list) == 0 {
		s.t.Errorf("%s: %s has no segments", path, r.Id)
	}
	scale := uint64(r.SegmentTemplate.GetTimescale())
	longest := uint64(0)
	for _, e := range list {
		longest = max(longest, e.length)
	}
	for i, e := range list {
		media := s.fixed(e.url)
		film := mp4test.Join(init, media)
		movie, err := mp4.Open(bytes.NewReader(film), int64(len(film)))
		if err != nil || movie.Truncated != nil || len(movie.Tracks) != 1 {
			s.t.Fatalf("%s: %s: %v", path, e.url, err)
		}
		track := movie.Tracks[0]
		if uint64(track.Timescale) != scale || track.Entries[0].Codec != r.Codecs {
			s.t.Errorf("%s: %s: %d ticks of %s, want %d of %s", path, e.url, track.Timescale, track.Entries[0].Codec, scale, r.Codecs)
		}
		first, end := int64(math.MaxInt64), int64(0)
		for k := range track.Index.Len() {
			sample := track.Index.At(k)
			first, end = min(first, sample.PTS()), max(end, sample.PTS()+int64(sample.Duration))
		}
		next := uint64(math.MaxUint64)
		if i+1 < len(list) {
			next = list[i+1].at
		}
		if first != int64(e.at) || e.length == 0 || next == math.MaxUint64 && uint64(end) != e.at+e.length || e.at+e.length > next {
			s.t.Errorf("%s: %s is from %d to %d, the timeline tells %d and %d, next %d", path, e.url, first, end, e.at, e.length, next)
		}
		if seconds := float64(e.length) / float64(scale); 2*seconds >= math.Round(float64(longest)/float64(scale)) && float64(len(media))*8/seconds > float64(r.Bandwidth) {
			s.t.Errorf("%s: %s: %d bytes in %v s are more than %d bits a second", path, e.url, len(media), seconds, r.Bandwidth)
		}
		if trick && track.Index.Len() != 1 || track.Kind == codec.Video && i > 0 && (!track.Index.At(0).Sync || set.StartWithSAP == 1 && track.Index.PTS(0) != first) {
			s.t.Errorf("%s: %s does not begin as it should", path, e.url)
		}
	}
}

func TestAddressesOfDASH(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{BasePath: "/base", AllowOrigins: []string{"https://a.example"}}, "fol der/film.mp4/film.mp4", "film.mp4")
	mustWrite(t, filepath.Join(s.folder, "film.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nhello\n")
	s.checkMPD("/base/dash/fol%20der/film.mp4/film.mp4/manifest.mpd", 30)
	path := "/base/dash/film.mp4/"
	s.checkMPD(path+"manifest.mpd", 30)
	m := s.mpd(path + "manifest.mpd")
	sets := m.Periods[0].AdaptationSets
	kinds := ""
	for _, set := range sets {
		kinds += fmt.Sprint(set.ContentType, " ", set.Lang, " ", len(set.EssentialProperties), ", ")
	}
	if kinds != "video  0, video  1, audio  0, text en 0, " {
		t.Error(kinds)
	}
	folder, _, _ := strings.Cut(sets[0].Representations[0].SegmentTemplate.Media, "/")
	for path, status := range map[string]int{
		"": 404, "manifest": 404, folder + "/manifest.mpd": 404, folder + "/1/media.m3u8": 404, folder + "/1/0-2.m4s": 404,
		folder + "/1/j1-0.m4s": 200, folder + "/1/ij1-0.m4s": 200, folder + "/1/j1-1.m4s": 404, folder + "/1/j1--1.m4s": 404, folder + "/1/j1-00.m4s": 404,
		folder + "/1/j1-76800.m4s": 200, folder + "/1/j1-25600.m4s": 404, folder + "/1/ij1-25600.m4s": 200, folder + "/1/j1-384000.m4s": 404,
		folder + "/2/j1-0.m4s": 200, folder + "/2/ij1-0.m4s": 404, folder + "/9/j1-0.m4s": 404, "AAAAAAAAAAAAAAAA/1/init.mp4": 409,
		folder + "/1/j1-99999999999999999999.m4s": 404, folder + "/1/j2-0.m4s": 404,
	} {
		if r, body := s.get("GET", "/base/dash/film.mp4/"+path); r.StatusCode != status {
			t.Errorf("%s: %s %s", path, r.Status, body)
		}
	}
	for _, path := range []string{path + "manifest.mpd", path + folder + "/1/j1-0.m4s", "/base/hls/film.mp4/master.m3u8"} {
		whole, body := s.get("GET", path, "Origin: https://a.example")
		again, _ := s.get("GET", path, "If-None-Match: "+whole.Header.Get("ETag"))
		head, none := s.get("HEAD", path)
		if again.StatusCode != 304 || head.StatusCode != 200 || none != "" || head.ContentLength != int64(len(body)) {
			t.Errorf("%s: again %s, its head %s", path, again.Status, head.Status)
		}
		if whole.Header.Get("Access-Control-Allow-Origin") != "https://a.example" {
			t.Errorf("%s for another page: %v", path, whole.Header)
		}
		if r, _ := s.get("GET", path, "Origin: https://b.example"); r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s for any page: %v", path, r.Header)
		}
	}
}

// Templates carry a link's token.
func TestTokensInMPD(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: access.New(access.Config{Key: testKey(t)})}, "film.mp4")
	mustWrite(t, filepath.Join(s.folder, "film.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nhello\n")
	for _, lasts := range []time.Duration{time.Hour, 2 * time.Hour} { // what is kept is kept for all
		token := s.link("film.mp4", access.Watch, lasts)
		path := "/dash/film.mp4/manifest.mpd" + token
		for _, set := range s.mpd(path).Periods[0].AdaptationSets {
			for _, r := range set.Representations {
				urls := []string{}
				if r.SegmentTemplate == nil {
					urls = append(urls, string(r.BaseURLs[0].Value))
				} else {
					init, list := s.timeline(path, r)
					urls = append(urls, init, list[0].url)
				}
				for _, u := range urls {
					at := (m3u8List{path: path}).at(u)
					if r, _ := s.get("GET", at); r.StatusCode != 200 || !strings.HasSuffix(at, token) {
						t.Errorf("%s: %s", at, r.Status)
					}
					if r, _ := s.get("GET", strings.TrimSuffix(at, token)); r.StatusCode != http.StatusUnauthorized {
						t.Errorf("%s without the token: %s", at, r.Status)
					}
				}
			}
		}
	}
}

// The manifest of a film that grows is dynamic until it is whole; times that stood there stay.
func TestDASHOfAGrowingFilm(t *testing.T) {
	t.Parallel()
	whole, movie := longRecording(t)
	s := serveFolder(t, Config{})
	path := filepath.Join(s.folder, "live.mp4")
	mustWrite(t, path, string(whole[:movie.Fragments[2].Offset]))
	if r, body := s.get("GET", "/dash/live.mp4/manifest.mpd"); r.StatusCode != 503 || code(body) != "busy" {
		t.Errorf("too soon: %s %s", r.Status, body)
	}
	var before []timed
	start := mpd.DateTime("")
	at := movie.Fragments[2].Offset
	for _, until := range []int64{movie.Fragments[10].Offset + 10, movie.Fragments[20].Offset, int64(len(whole))} {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.Write(whole[at:until])
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		at = until
		m := s.mpd("/dash/live.mp4/manifest.mpd")
		_, list := s.timeline("/dash/live.mp4/manifest.mpd", m.Periods[0].AdaptationSets[0].Representations[0])
		for i, e := range before {
			if i >= len(list) || e != list[i] {
				t.Errorf("what was %v is %v", before, list)
				break
			}
		}
		if len(list) <= len(before) {
			t.Errorf("nothing has come to %v", list)
		}
		before = list
		if until == int64(len(whole)) {
			if m.GetType() != "static" || m.AvailabilityStartTime != "" || m.MinimumUpdatePeriod != nil {
				t.Errorf("it is whole: %+v", m)
			}
			continue
		}
		begins, err := time.Parse(time.RFC3339, string(m.AvailabilityStartTime))
		if m.GetType() != "dynamic" || m.MinimumUpdatePeriod == nil || m.PublishTime == "" || len(m.UTCTimings) != 1 || err != nil || time.Since(begins) < 0 || time.Since(begins) > time.Minute {
			t.Errorf("it grows: %+v, %v", m, err)
		}
		if start != "" && start != m.AvailabilityStartTime {
			t.Errorf("it began at %s, and at %s", start, m.AvailabilityStartTime)
		}
		start = m.AvailabilityStartTime
	}
	if n := len(before); n != 5 {
		t.Errorf("%d segments of the whole film", n)
	}
	s.checkMPD("/dash/live.mp4/manifest.mpd", 30.08)
}

// An edit may end in the middle of a sample, which is played to its end.
func TestMPDOfAFilmWhoseEditEndsBeforeItsSamples(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{})
	mustWrite(t, filepath.Join(s.folder, "film.mp4"), string(mp4test.File{Tracks: []mp4test.Track{{
		ID: 1, Timescale: 1000, Entries: [][]byte{mp4test.AVC(320, 180)}, Samples: mp4test.Samples(30, 100, 100, 10), Edits: []mp4test.Edit{{Duration: 2950}},
	}}}.Bytes()))
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(s.folder, "film.mp4"), long, long); err != nil {
		t.Fatal(err)
	}
	s.checkMPD("/dash/film.mp4/manifest.mpd", 2.95)
	if d := s.mpd("/dash/film.mp4/manifest.mpd").MediaPresentationDuration; time.Duration(*d) != 3*time.Second {
		t.Errorf("it takes %v", d)
	}
}

// dashBytes is the init segment and all segments of a set.
func (s *site) dashBytes(path string, set int) []byte {
	s.t.Helper()
	init, list := s.timeline(path, s.mpd(path).Periods[0].AdaptationSets[set].Representations[0])
	all := s.fixed(init)
	for _, e := range list {
		all = append(all, s.fixed(e.url)...)
	}
	return all
}

// A colon in the name of a film is not taken for a scheme's.
func TestMPDOfAFilmWithAColon(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "a: b $Time$ & <c>.mp4")
	mustWrite(t, filepath.Join(s.folder, "a: b $Time$ & <c>.de.srt"), "1\n00:00:01,000 --> 00:00:02,000\nhello\n")
	s.checkMPD("/dash/"+url.PathEscape("a: b $Time$ & <c>.mp4")+"/manifest.mpd", 30)
}
