package server

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/mp4test"
	"vodsrv/server/access"
)

// listed is one URL of a playlist, with the attributes of the tag before it.
type listed struct {
	tag        string
	attributes map[string]string
	quoted     map[string]bool
	seconds    float64 // EXTINF's
	url        string  // as it stands in the playlist
}

// m3u8List is a playlist that was read by the rules of RFC 8216.
type m3u8List struct {
	path  string // with the query
	tags  map[string]string
	urls  []listed
	media []listed // EXT-X-MEDIA and EXT-X-I-FRAME-STREAM-INF
}

var attribute = regexp.MustCompile(`^([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|$)`)

func (s *site) readAttributes(path, text string, to *listed) {
	s.t.Helper()
	to.attributes, to.quoted = map[string]string{}, map[string]bool{}
	for text != "" {
		m := attribute.FindStringSubmatch(text)
		if m == nil {
			s.t.Fatalf("%s: attributes %q", path, text)
		}
		value := strings.Trim(m[2], `"`)
		if _, twice := to.attributes[m[1]]; twice {
			s.t.Fatalf("%s: %s is there twice", path, m[1])
		}
		to.attributes[m[1]], to.quoted[m[1]] = value, m[2] != value
		text = text[len(m[0]):]
	}
}

// playlist reads a playlist and checks what holds for all (section 4.1).
func (s *site) playlist(path string) m3u8List {
	s.t.Helper()
	r, body := s.get("GET", path)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/vnd.apple.mpegurl" {
		s.t.Fatalf("%s: %s %s", path, r.Status, body)
	}
	list := m3u8List{path: path, tags: map[string]string{}}
	if strings.ContainsAny(body, "\r\ufeff\x00") || !strings.HasPrefix(body, "#EXTM3U\n") || !strings.HasSuffix(body, "\n") {
		s.t.Fatalf("%s: %q", path, body)
	}
	var next listed
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\n"), "\n") {
		tag, value, _ := strings.Cut(line, ":")
		switch {
		case line == "":
			s.t.Errorf("%s: an empty line", path)
		case line[0] != '#':
			next.url = line
			list.urls = append(list.urls, next)
			next = listed{}
		case tag == "#EXTINF":
			seconds, _, comma := strings.Cut(value, ",")
			d, err := strconv.ParseFloat(seconds, 64)
			if err != nil || !comma || d <= 0 || next.tag != "" {
				s.t.Errorf("%s: %s", path, line)
			}
			next = listed{tag: tag, seconds: d}
		case tag == "#EXT-X-STREAM-INF":
			next.tag = tag
			s.readAttributes(path, value, &next)
		case tag == "#EXT-X-MEDIA", tag == "#EXT-X-I-FRAME-STREAM-INF", tag == "#EXT-X-MAP":
			at := listed{tag: tag}
			s.readAttributes(path, value, &at)
			at.url = at.attributes["URI"]
			list.media = append(list.media, at)
		default:
			if _, twice := list.tags[tag]; twice {
				s.t.Errorf("%s: %s is there twice", path, tag)
			}
			list.tags[tag] = value
		}
	}
	if list.tags["#EXT-X-VERSION"] != "7" || next.tag != "" {
		s.t.Errorf("%s: %v, %v", path, list.tags, next)
	}
	return list
}

// at is the path of a URL of the playlist.
func (l m3u8List) at(to string) string {
	base, err := url.Parse(l.path)
	if err != nil {
		return err.Error()
	}
	u, err := base.Parse(to)
	if err != nil {
		return err.Error()
	}
	return u.RequestURI()
}

// checkMaster checks a master playlist (section 4.3.4) and all that it names.
func (s *site) checkMaster(path string) {
	s.t.Helper()
	m := s.playlist(path)
	if _, ok := m.tags["#EXT-X-INDEPENDENT-SEGMENTS"]; !ok || len(m.urls) == 0 {
		s.t.Errorf("%s: %v, %d variants", path, m.tags, len(m.urls))
	}
	groups, names, defaults := map[string]bool{}, map[string]bool{}, map[string]int{}
	peaks, codecs := map[string]int64{}, map[string]string{}
	for _, e := range m.media {
		a := e.attributes
		if e.tag == "#EXT-X-I-FRAME-STREAM-INF" {
			s.checkVariant(m, e, s.checkMedia(m.at(e.url), true))
			s.checkCodecs(path, e, s.codec(m.at(e.url)))
			continue
		}
		group := a["TYPE"] + " " + a["GROUP-ID"]
		groups[group] = true
		if name := group + " " + a["NAME"]; names[name] || a["NAME"] == "" {
			s.t.Errorf("%s: %q is there twice, or empty", path, name)
		} else {
			names[name] = true
		}
		if a["DEFAULT"] == "YES" {
			defaults[group]++
		}
		if defaults[group] > 1 || a["DEFAULT"] == "YES" && a["AUTOSELECT"] != "YES" || !e.quoted["NAME"] || !e.quoted["GROUP-ID"] || !e.quoted["URI"] || e.quoted["TYPE"] || e.quoted["DEFAULT"] {
			s.t.Errorf("%s: %v", path, a)
		}
		if a["TYPE"] == "AUDIO" {
			id, codec := a["GROUP-ID"], s.codec(m.at(e.url))
			peaks[id] = max(peaks[id], s.checkMedia(m.at(e.url), false))
			if codecs[id] != "" && codecs[id] != codec {
				s.t.Errorf("%s: %s has %s and %s", path, id, codecs[id], codec)
			}
			codecs[id] = codec
		}
	}
	for _, v := range m.urls {
		if v.tag != "#EXT-X-STREAM-INF" {
			s.t.Errorf("%s: %s without EXT-X-STREAM-INF", path, v.url)
		}
		for attribute, kind := range map[string]string{"AUDIO": "AUDIO", "SUBTITLES": "SUBTITLES"} {
			if id, ok := v.attributes[attribute]; ok && !groups[kind+" "+id] {
				s.t.Errorf("%s: there is no group %s of %s", path, id, kind)
			}
		}
		peak, want := s.checkMedia(m.at(v.url), false), s.codec(m.at(v.url))
		if sound := codecs[v.attributes["AUDIO"]]; sound != "" && sound != want {
			peak += peaks[v.attributes["AUDIO"]]
			want += "," + sound
		}
		s.checkVariant(m, v, peak)
		s.checkCodecs(path, v, want)
	}
	for group := range groups {
		if defaults[group] == 0 && strings.HasPrefix(group, "AUDIO") {
			s.t.Errorf("%s: none of %s is the default", path, group)
		}
	}
}

// codec is that of the init segment that a media playlist names, as players of
// HLS want it.
func (s *site) codec(path string) string {
	s.t.Helper()
	m := s.playlist(path)
	init := s.fixed(m.at(m.media[0].url))
	movie, err := mp4.Open(bytes.NewReader(init), int64(len(init)))
	if err != nil || len(movie.Tracks) != 1 {
		s.t.Fatalf("%s: %v", path, err)
	}
	if codec := movie.Tracks[0].Entries[0].Codec; !strings.EqualFold(codec, "mp4a.6b") && codec != "mp4a.69" {
		return codec
	}
	return "mp4a.40.34"
}

func (s *site) checkCodecs(path string, v listed, want string) {
	s.t.Helper()
	if v.attributes["CODECS"] != want {
		s.t.Errorf("%s: CODECS %s, the init segments have %s", path, v.attributes["CODECS"], want)
	}
}

func (s *site) checkVariant(m m3u8List, v listed, peak int64) {
	s.t.Helper()
	bandwidth, err := strconv.ParseInt(v.attributes["BANDWIDTH"], 10, 64)
	average, averageErr := strconv.ParseInt(v.attributes["AVERAGE-BANDWIDTH"], 10, 64)
	if err != nil || averageErr != nil || bandwidth < average || average <= 0 || bandwidth < peak || !v.quoted["CODECS"] || v.attributes["CODECS"] == "" {
		s.t.Errorf("%s: the peak is %d, %v", m.path, peak, v.attributes)
	}
	if size, ok := v.attributes["RESOLUTION"]; ok && !regexp.MustCompile(`^[1-9]\d*x[1-9]\d*$`).MatchString(size) {
		s.t.Errorf("%s: %v", m.path, v.attributes)
	}
}

// checkMedia checks a media playlist of a film that is whole (section 4.3.3)
// and its segments. It returns the largest bit rate of segments that follow each
// other and take from half to one and a half of the target duration (section 4.3.4.2).
func (s *site) checkMedia(path string, frames bool) (peak int64) {
	s.t.Helper()
	var sizes []int
	m := s.playlist(path)
	target, err := strconv.Atoi(m.tags["#EXT-X-TARGETDURATION"])
	_, ended := m.tags["#EXT-X-ENDLIST"]
	_, only := m.tags["#EXT-X-I-FRAMES-ONLY"]
	if err != nil || target < 1 || !ended || m.tags["#EXT-X-PLAYLIST-TYPE"] != "VOD" || m.tags["#EXT-X-MEDIA-SEQUENCE"] != "0" || only != frames || len(m.media) != 1 {
		s.t.Errorf("%s: %v", path, m.tags)
	}
	init := s.fixed(m.at(m.media[0].url))
	total, ends := 0.0, 0.0 // as the playlist, and as the segment before says
	for i, u := range m.urls {
		if u.tag != "#EXTINF" || math.Round(u.seconds) > float64(target) {
			s.t.Errorf("%s: %s takes %v s, the target is %d", path, u.url, u.seconds, target)
		}
		media := s.fixed(m.at(u.url))
		sizes = append(sizes, len(media))
		for k, size, seconds := i, 0, 0.0; k >= 0 && seconds+m.urls[k].seconds <= 1.5*float64(target); k-- {
			size, seconds = size+sizes[k], seconds+m.urls[k].seconds
			if seconds >= 0.5*float64(target) {
				peak = max(peak, int64(float64(size)*8/seconds))
			}
		}
		film := mp4test.Join(init, media)
		movie, err := mp4.Open(bytes.NewReader(film), int64(len(film)))
		if err != nil || movie.Truncated != nil || len(movie.Tracks) != 1 {
			s.t.Fatalf("%s: %s: %v", path, u.url, err)
		}
		track := movie.Tracks[0]
		if n := track.Index.Len(); n == 0 || frames && n != 1 {
			s.t.Errorf("%s: %s has %d samples", path, u.url, n)
			continue
		}
		// A segment takes until the next begins, or as long as what is in it;
		// what is missing belongs to the next.
		first, end := shownFrom(track)
		const ms = 0.001
		if i > 0 && math.Abs(total-first) > ms && (math.Abs(total-ends) > ms || first < total) {
			s.t.Errorf("%s: %s begins at %v s, the one before ended at %v, and took until %v", path, u.url, first, ends, total)
		}
		total, ends = total+u.seconds, end
		if i == len(m.urls)-1 && math.Abs(total-end) > ms {
			s.t.Errorf("%s takes %v s, its segments until %v", path, total, end)
		}
		if track.Kind == codec.Video && !track.Index.At(0).Sync && i > 0 {
			s.t.Errorf("%s: %s does not begin with a sync sample", path, u.url)
		}
	}
	return peak
}

// shownFrom is when the first sample of a track begins to be presented, and when
// the last is over, in seconds.
func shownFrom(t *mp4.Track) (first, end float64) {
	from, until := int64(math.MaxInt64), int64(0)
	for k := range t.Index.Len() {
		sample := t.Index.At(k)
		from, until = min(from, sample.PTS()), max(until, sample.PTS()+int64(sample.Duration))
	}
	return mp4.Seconds(from, t.Timescale), mp4.Seconds(until, t.Timescale)
}

// fixed is what may be kept for ever.
func (s *site) fixed(path string) []byte {
	s.t.Helper()
	r, body := s.get("GET", path)
	if r.StatusCode == 500 {
		s.t.Log(s.log.String())
	}
	if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.Header.Get("ETag") == "" || r.ContentLength != int64(len(body)) {
		s.t.Fatalf("%s: %s %v", path, r.Status, r.Header)
	}
	return []byte(body)
}

// All playlists of all films keep the RFC's rules, and so do their segments.
func TestPlaylistsOfManyFilms(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "sample.mp4")
	n := 0
	add := func(path string) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n++
		copied := filepath.Join(s.folder, fmt.Sprintf("film%d.mp4", n))
		mustWrite(t, copied, string(content))
		long := time.Now().Add(-time.Hour) // or it could be one that grows
		if err := os.Chtimes(copied, long, long); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range filmsToLayOut(t) {
		add(path)
	}
	// Many lie beside the repository where it is developed.
	for _, folder := range []string{"../mp4/testdata", "../mp4/fragment/testdata", "../../shared/corpus/valid"} {
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && slices.Contains([]string{".mp4", ".m4a", ".mov", ".m4v", ".3gp"}, strings.ToLower(filepath.Ext(path))) {
				add(path)
			}
			return nil
		})
	}
	checked := 0
	for k := range n + 1 {
		name := fmt.Sprintf("film%d.mp4", k)
		if k == 0 {
			name = "sample.mp4"
		}
		var about struct {
			State, MIME string
			Duration    float64
		}
		s.json("/api/info/"+name, &about)
		if about.State == "invalid" || about.MIME == "" {
			if r, body := s.get("GET", "/hls/"+name+"/master.m3u8"); r.StatusCode != 422 && r.StatusCode != 400 {
				t.Errorf("%s, which can't be played: %s %s", name, r.Status, body)
			}
			continue
		}
		s.checkMaster("/hls/" + name + "/master.m3u8")
		s.checkMPD("/dash/"+name+"/manifest.mpd", about.Duration)
		checked++
	}
	if checked < 5 {
		t.Errorf("only %d films", checked)
	}
	t.Logf("%d films", checked)
}

// Segments have the bytes of the WebSocket's in split mode.
func TestSegmentsOfHLSAndDASH(t *testing.T) {
	t.Parallel()
	for name, path := range filmsToLayOut(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveFolder(t, Config{})
			mustWrite(t, filepath.Join(s.folder, "film.mp4"), string(mustRead(t, path)))
			var want [2]bytes.Buffer
			c := s.open("/ws/film.mp4?rate=16&mode=split")
			for r := c.must(); r.close == 0; r = c.must() {
				want[r.Stream].Write(r.data)
			}
			m := s.playlist("/hls/film.mp4/master.m3u8")
			for i, u := range []string{m.urls[0].url, m.media[0].url} {
				l := s.playlist(m.at(u))
				got := s.fixed(l.at(l.media[0].url))
				for _, u := range l.urls {
					got = append(got, s.fixed(l.at(u.url))...)
				}
				if !bytes.Equal(got, want[i].Bytes()) {
					t.Errorf("stream %d: %d bytes, other than the %d of the WebSocket", i, len(got), want[i].Len())
				}
			}
			checkFFmpegReads(t, s.http.URL+"/hls/film.mp4/master.m3u8", path)
			const manifest = "/dash/film.mp4/manifest.mpd"
			sets := s.mpd(manifest).Periods[0].AdaptationSets
			for i, set := range []int{0, len(sets) - 1} {
				if got := s.dashBytes(manifest, set); !bytes.Equal(got, want[i].Bytes()) {
					t.Errorf("stream %d: %d bytes of DASH, other than the %d of the WebSocket", i, len(got), want[i].Len())
				}
			}
			checkFFmpegReads(t, s.http.URL+manifest, path)
		})
	}
}

// checkFFmpegReads has ffmpeg read a film over HTTP without a complaint, and
// find every packet of the source, but for those wholly before time 0. Each
// stream is read by itself: of DASH ffmpeg reads no more of any when one has
// ended.
func checkFFmpegReads(t *testing.T, from, source string) {
	t.Helper()
	if out, err := exec.Command("ffmpeg", "-v", "warning", "-nostdin", "-i", from, "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("ffmpeg: %v\n%s", err, out)
	}
	for kind, least := range map[string]int{"v:0": 0, "a:0": 1} {
		want, got := payloads(testmedia.Packets(t, source, "-select_streams", kind)), payloads(testmedia.Packets(t, from, "-select_streams", kind))
		if len(got) == 0 || len(want) < len(got) || len(want)-len(got) > least || !slices.Equal(got, want[len(want)-len(got):]) {
			t.Errorf("%s: %d packets, not the %d of the source", kind, len(got), len(want))
		}
	}
}

func payloads(packets []testmedia.Packet) (list []string) {
	for _, p := range packets {
		list = append(list, p.Hash)
	}
	return list
}

func TestAddressesOfHLS(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{BasePath: "/base"}, "fol der/film.mp4/film.mp4", "sound.m4a")
	mustWrite(t, filepath.Join(s.folder, "sound.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nhello\n")
	s.checkMaster("/base/hls/fol%20der/film.mp4/film.mp4/master.m3u8") // the folder is called like a film
	m := s.playlist("/base/hls/sound.m4a/master.m3u8")
	folder, _, _ := strings.Cut(m.urls[0].url, "/")
	var text listed
	for _, e := range m.media {
		if e.attributes["TYPE"] == "SUBTITLES" {
			text = e
		}
	}
	if text.attributes["LANGUAGE"] != "en" {
		t.Fatal(m.media)
	}
	l := s.playlist(m.at(text.url))
	if r, body := s.get("GET", l.at(l.urls[0].url)); r.StatusCode != 200 || !strings.Contains(body, "hello") {
		t.Errorf("%s: %s %s", l.urls[0].url, r.Status, body)
	}
	for path, status := range map[string]int{
		"": 404, "master": 404, "x/master.m3u8": 404, folder: 404, folder + "/1": 404, folder + "/9/media.m3u8": 404, folder + "/x/media.m3u8": 404,
		folder + "/1/0-2.m4s": 200, folder + "/1/0-1.m4s": 404, folder + "/1/00-2.m4s": 404, folder + "/1/1-3.m4s": 200, folder + "/1/0-2.mp4": 404,
		folder + "/1/i0-0.m4s": 200, folder + "/1/i0-1.m4s": 404, folder + "/2/i0-0.m4s": 404, folder + "/2/iframes.m3u8": 404, folder + "/1/13-15.m4s": 404,
		folder + "/1/99999-99999.m4s": 404, "AAAAAAAAAAAAAAAA/1/init.mp4": 409, folder + "/text/en.srt.m3u8": 200, folder + "/text/none.m3u8": 404,
		folder + "/01/0-2.m4s": 404, folder + "/01/media.m3u8": 404,
	} {
		if r, body := s.get("GET", "/base/hls/sound.m4a/"+path); r.StatusCode != status {
			t.Errorf("%s: %s %s", path, r.Status, body)
		}
	}
	if r, _ := s.get("GET", "/base/hls/sound.m4a/master.m3u8"); r.StatusCode == 200 {
		again, _ := s.get("GET", "/base/hls/sound.m4a/master.m3u8", "If-None-Match: "+r.Header.Get("ETag"))
		if again.StatusCode != 304 {
			t.Errorf("again: %s", again.Status)
		}
	}
}

// A link's token goes with all URLs, which serve its bearer and nobody else.
func TestTokensInPlaylists(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: access.New(access.Config{Key: testKey(t)})}, "film.mp4", "other.mp4")
	mustWrite(t, filepath.Join(s.folder, "film.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nhello\n")
	token := s.link("film.mp4", access.Watch, time.Hour)
	visited := 0
	var visit func(path string)
	visit = func(path string) {
		if !strings.Contains(path, token) {
			t.Errorf("%s has no token", path)
		}
		r, body := s.get("GET", path)
		if r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Cache-Control"), "private") {
			t.Errorf("%s: %s %v", path, r.Status, r.Header)
		}
		if bare, _ := s.get("GET", strings.TrimSuffix(path, token)); bare.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without the token: %s", path, bare.Status)
		}
		visited++
		if !strings.HasPrefix(body, "#EXTM3U") {
			return
		}
		l := s.playlist(path)
		for _, u := range append(l.urls, l.media...) {
			visit(l.at(u.url))
		}
	}
	visit("/hls/film.mp4/master.m3u8" + token)
	if visited < 20 {
		t.Errorf("only %d URLs", visited)
	}
	if r, _ := s.get("GET", "/hls/other.mp4/master.m3u8"+token); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("another film: %s", r.Status)
	}
}

// Whatever else calls itself a token stays behind: it would be in every line.
func TestOtherTokensStayBehind(t *testing.T) {
	t.Parallel()
	names := []string{"film.720p.mp4", "film.360p.mp4"}
	open := serveFolder(t, Config{}, names...)
	doored := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost)}, names...)
	user := doored.session()
	link := doored.link("film.720p.mp4", access.Watch, time.Hour)
	for _, path := range []string{"/hls/film.720p.mp4/master.m3u8", "/dash/film.720p.mp4/manifest.mpd"} {
		_, want := open.get("GET", path)
		for name, ask := range map[string]func() (*http.Response, string){
			"nobody's": func() (*http.Response, string) { return open.get("GET", path+"?token="+strings.Repeat("A", 9000)) },
			"a user's": func() (*http.Response, string) { return doored.get("GET", path+link, user) },
		} {
			if r, body := ask(); r.StatusCode != 200 || strings.Contains(body, "token") || len(body) != len(want) {
				t.Errorf("%s with %s token: %s, %d bytes, and %d without", path, name, r.Status, len(body), len(want))
			}
		}
		// Line breaks are passed over where a signature is read.
		if r, _ := doored.get("GET", path+link+strings.Repeat("%0A", 3000)); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s with a long token: %s", path, r.Status)
		}
	}
}

// What is kept for ever is the segment, not that it was asked for in a wrong way.
func TestRefusalsAreNotKept(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	master := s.playlist("/hls/film.mp4/master.m3u8")
	media := s.playlist(master.at(master.urls[0].url))
	for header, want := range map[string]struct {
		status int
		policy string
	}{
		"Range: bytes=0-1":        {206, "public, max-age=31536000, immutable"},
		`If-Match: "other"`:       {412, "no-store"},
		"Range: bytes=999999999-": {416, "no-store"},
	} {
		r, _ := s.get("GET", media.at(media.urls[0].url), header)
		if got := r.Header.Get("Cache-Control"); r.StatusCode != want.status || got != want.policy {
			t.Errorf("%s: %s, %q", header, r.Status, got)
		}
	}
}

// longRecording is a fragmented film of half a minute, and its index.
func longRecording(t *testing.T) ([]byte, *mp4.Movie) {
	t.Helper()
	clip := testmedia.Clip(t, testmedia.Options{Seconds: 30, Size: "160x90", Args: []string{
		"-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof"}})
	whole := mustRead(t, clip)
	m, err := mp4.Open(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	return whole, m
}

// The playlists of a film that grows grow with it; what stood there stays.
func TestHLSOfAGrowingFilm(t *testing.T) {
	t.Parallel()
	whole, m := longRecording(t)
	s := serveFolder(t, Config{})
	path := filepath.Join(s.folder, "live.mp4")
	mustWrite(t, path, string(whole[:m.Fragments[2].Offset]))
	if r, body := s.get("GET", "/hls/live.mp4/master.m3u8"); r.StatusCode != 503 || code(body) != "busy" {
		t.Errorf("too soon: %s %s", r.Status, body)
	}
	before := ""
	var fixed []byte
	at := m.Fragments[2].Offset
	for _, until := range []int64{m.Fragments[10].Offset + 10, m.Fragments[20].Offset, int64(len(whole))} {
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
		master := s.playlist("/hls/live.mp4/master.m3u8")
		l := s.playlist(master.at(master.urls[0].url))
		_, text := s.get("GET", l.path)
		if !strings.HasPrefix(text, before) || text == before || l.tags["#EXT-X-PLAYLIST-TYPE"] != "EVENT" {
			t.Errorf("the playlist was\n%s\nand is\n%s", before, text)
		}
		_, ended := l.tags["#EXT-X-ENDLIST"]
		if ended != (until == int64(len(whole))) {
			t.Errorf("at byte %d: ended %v", until, ended)
		}
		before = text
		first := s.fixed(l.at(l.urls[0].url))
		if fixed != nil && !bytes.Equal(fixed, first) {
			t.Error("the first segment is another")
		}
		fixed = first
	}
	if n := strings.Count(before, "#EXTINF"); n != 5 {
		t.Errorf("%d segments of the whole film:\n%s", n, before)
	}
}
