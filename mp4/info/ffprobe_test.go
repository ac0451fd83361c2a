package info

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
)

// probed is what ffprobe says of a file.
type probed struct {
	Streams []struct {
		ID         string `json:"id"`
		Type       string `json:"codec_type"`
		Codec      string `json:"codec_name"`
		Width      int    `json:"width"`
		Height     int    `json:"height"`
		SampleRate int    `json:"sample_rate,string"`
		Channels   int    `json:"channels"`
		Rate       string `json:"avg_frame_rate"`
		Start      string `json:"start_time"`
		Duration   string `json:"duration"`
		Frames     string `json:"nb_frames"`
		Tags       struct {
			Language string `json:"language"`
		} `json:"tags"`
		SideData []struct {
			Rotation *int `json:"rotation"`
		} `json:"side_data_list"`
	} `json:"streams"`
	Chapters []struct {
		Start string `json:"start_time"`
		Tags  struct {
			Title string `json:"title"`
		} `json:"tags"`
	} `json:"chapters"`
	Format struct {
		Duration string `json:"duration"`
		Tags     struct {
			Title  string `json:"title"`
			Artist string `json:"artist"`
		} `json:"tags"`
	} `json:"format"`
}

// names of codecs by ffprobe's.
var codecNames = map[string]string{
	"h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp9": "VP9", "mpeg4": "MPEG-4 Part 2", "svq1": "Sorenson Video", "prores": "Apple ProRes",
	"aac": "AAC-LC", "opus": "Opus", "flac": "FLAC", "ac3": "AC-3", "mp3": "MP3", "alac": "ALAC", "amr_nb": "AMR", "qdmc": "QDesign Music",
	"pcm_s16le": "PCM", "pcm_s24le": "PCM", "adpcm_ima_qt": "ADPCM",
	"mov_text": "timed text", "eia_608": "closed captions", "dvd_subtitle": "MPEG-4 subpictures",
}

// otherwise tells, by file and fact, where ffprobe 5.1 says something else and
// why that is not what vodsrv should say; docs/reading.md tells it, too.
var otherwise = map[string]map[string]string{
	"Borewit+music-metadata/issue-2672.m4b":               {"ffprobe": "it does not know xHE-AAC and gives up"},
	"Dash-Industry-Forum+livesim2/3_chunked.m4s":          {"ffprobe": "a media segment without its init segment"},
	"kixelated+mp4-atom/h264_encrypted_segment.mp4":       {"ffprobe": "a media segment without its init segment"},
	"membraneframework+membrane_mp4_plugin/segment_1.m4s": {"ffprobe": "a media segment without its init segment"},
	"membraneframework+membrane_mp4_plugin/segment_2.m4s": {"ffprobe": "a media segment without its init segment"},
	"Eyevinn+mp4ff/main_1.mp4":                            {"track 1 duration": fromZero, "track 1 start": rebased, "track 2 duration": fromZero, "track 2 start": rebased, "duration": rebased},
	"Eyevinn+mp4ff/prog_8s.mp4":                           {"duration": "ffprobe takes mvhd's, but pictures are delayed by their composition offsets and no edit list takes that back"},
	"Eyevinn+mp4ff/v300_multiple_segments.mp4":            {"track 2 duration": header, "duration": header},
	"alfg+mp4-rust/audio_aac.m4a":                         {"track 1 start": gapless, "duration": gapless},
	"androidx+media/bt601.mov":                            {"track 1 duration": fromZero},
	"androidx+media/sample_empty_track.mp4":               {"track 2 duration": header},
	"androidx+media/sample_fragmented.mp4":                {"track 1 duration": unknown, "track 2 duration": unknown, "duration": unknown},
	"androidx+media/sample_opus.mp4":                      {"duration": header},
	"androidx+media/sample_partially_fragmented.mp4":      {"track 1 samples": inMoov, "track 2 samples": inMoov},
	"androidx+media/sample_with_vobsub.mp4":               {"duration": textLonger},
	"pytorch+torchcodec/nasa_13013.mp4":                   {"duration": textLonger},
	"h2non+filetype/sample.mov":                           {"track 2 samples": "ffprobe counts PCM frames, vodsrv the packets that hold them"},
	"rails+rails/video.mp4":                               {"track 2 duration": fromZero},
	"sannies+mp4parser/example.f4v":                       {"track 1 duration": fromZero},
}

const (
	fromZero   = "ffprobe counts the time before the track begins into its duration"
	rebased    = "a fragmented film begins at 0 here, wherever it was cut from a longer one"
	header     = "ffprobe takes a header's word, vodsrv what the samples add up to"
	unknown    = "ffprobe takes 0xffffffff, which stands for unknown, for a number"
	gapless    = "ffprobe follows iTunes' iTunSMPB, vodsrv edit lists alone, as browsers do"
	inMoov     = "ffprobe counts the samples of the moov alone"
	textLonger = "a film is as long as its pictures and sound, not as its subtitles"
)

func TestAgainstFfprobe(t *testing.T) {
	const corpus = "../../../shared/corpus/valid"
	paths := map[string]string{"sample.mp4": "../../media/sample.mp4"}
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			name, _ := filepath.Rel(corpus, path)
			paths[filepath.ToSlash(name)] = path
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // the corpus is not part of the repository
		t.Fatal(err)
	}
	for name, opts := range clips() {
		paths[name] = testmedia.Clip(t, opts)
	}
	for name, file := range paths {
		t.Run(name, func(t *testing.T) {
			differences := compare(t, file)
			for _, d := range differences {
				if otherwise[name][d.fact] == "" {
					t.Errorf("%s is %s, says ffprobe %s", d.fact, d.ours, d.theirs)
				}
			}
			for fact := range otherwise[name] {
				if !slices.ContainsFunc(differences, func(d difference) bool { return d.fact == fact }) {
					t.Errorf("%s is the same as ffprobe's: no need to explain why not", fact)
				}
			}
		})
	}
}

// Each file about which ffprobe thinks otherwise is told of in the docs.
func TestDocsTellWhereFfprobeDiffers(t *testing.T) {
	text, err := os.ReadFile("../../docs/reading.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range otherwise {
		if !strings.Contains(string(text), path.Base(name)) {
			t.Errorf("%s is not in docs/reading.md", name)
		}
	}
}

// clips are films of kinds that everybody who has ffmpeg can make.
func clips() map[string]testmedia.Options {
	h264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-g", "25"}
	clip := func(ext, rate string, args ...string) testmedia.Options {
		return testmedia.Options{Seconds: 2, Size: "160x90", Ext: ext, Rate: rate, Args: args}
	}
	with := func(args ...string) []string { return append(slices.Clone(h264), args...) }
	return map[string]testmedia.Options{
		"B-frames":            clip(".mp4", "25", with("-bf", "2", "-c:a", "aac", "-metadata:s:a:0", "language=deu")...),
		"30000/1001":          clip(".mp4", "30000/1001", with("-c:a", "libmp3lame")...),
		"two sounds":          clip(".mp4", "25", with("-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:a:0", "ac3", "-c:a:1", "libopus", "-strict", "-2")...),
		"ProRes and PCM":      clip(".mov", "25", "-c:v", "prores_ks", "-c:a", "pcm_s24le"),
		"ALAC":                clip(".m4a", "25", "-vn", "-c:a", "alac"),
		"ADPCM":               clip(".mov", "25", with("-c:a", "adpcm_ima_qt")...),
		"fragmented":          clip(".mp4", "25", with("-bf", "2", "-c:a", "aac", "-movflags", "frag_keyframe+delay_moov+default_base_moof")...),
		"empty_moov":          clip(".mp4", "25", with("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")...),
		"MPEG-4 and FLAC":     clip(".mp4", "25", "-c:v", "mpeg4", "-c:a", "flac", "-strict", "-2"),
		"HEVC in 24 a second": clip(".mp4", "24", "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=error", "-an"),
	}
}

// difference is a fact that ffprobe sees otherwise.
type difference struct{ fact, ours, theirs string }

// comparison gathers differences.
type comparison struct{ list []difference }

func (c *comparison) differ(fact string, ours, theirs any) {
	c.list = append(c.list, difference{fact, fmt.Sprint(ours), fmt.Sprint(theirs)})
}

func (c *comparison) equal(fact string, ours, theirs any) {
	if ours != theirs {
		c.differ(fact, ours, theirs)
	}
}

// near compares a number with one that ffprobe writes, if it does.
func (c *comparison) near(fact string, ours float64, theirs string, within float64) {
	if want, err := strconv.ParseFloat(theirs, 64); err == nil && math.Abs(ours-want) > within {
		c.differ(fact, ours, theirs)
	}
}

// extras compares what a film has besides tracks.
func (c *comparison) extras(f File, p probed) {
	c.equal("title", f.Title, p.Format.Tags.Title)
	c.equal("artist", f.Artist, p.Format.Tags.Artist)
	c.equal("chapters", len(f.Chapters), len(p.Chapters))
	for i := range min(len(f.Chapters), len(p.Chapters)) {
		c.equal("title of a chapter", f.Chapters[i].Title, p.Chapters[i].Tags.Title)
		c.near("start of a chapter", f.Chapters[i].Start, p.Chapters[i].Start, 0.001)
	}
}

func compare(t *testing.T, file string) []difference {
	t.Helper()
	var c comparison
	out, err := exec.Command("ffprobe", "-v", "quiet", "-of", "json", "-show_chapters", "-show_entries",
		"stream=id,codec_type,codec_name,width,height,sample_rate,channels,avg_frame_rate,start_time,duration,nb_frames"+
			":stream_tags=language:stream_side_data=rotation:chapter=start_time:chapter_tags=title:format=duration:format_tags=title,artist", file).Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("ffprobe is not installed: install ffmpeg")
	}
	var p probed
	if err != nil {
		c.differ("ffprobe", "", err)
		return c.list
	}
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f := describe(t, file)
	c.extras(f, p)
	c.equal("number of tracks", len(f.Tracks), len(p.Streams))
	frame := 0.0
	for _, s := range p.Streams {
		id, err := strconv.ParseUint(s.ID, 0, 32)
		k := slices.IndexFunc(f.Tracks, func(t Track) bool { return uint64(t.ID) == id })
		if err != nil || k < 0 {
			c.differ("track "+s.ID, "missing", s.Type)
			continue
		}
		d := f.Tracks[k]
		name := fmt.Sprintf("track %d ", d.ID)
		length := frameLength(d)
		if d.Kind == "video" || d.Kind == "audio" {
			frame = max(frame, length)
		}
		c.equal(name+"kind", kindOf(d), s.Type)
		if want, ok := codecNames[s.Codec]; ok || d.Playable {
			c.equal(name+"codec", d.Name, want)
		}
		if s.Width > 0 {
			c.equal(name+"size", fmt.Sprint(d.Width, "x", d.Height), fmt.Sprint(s.Width, "x", s.Height))
		}
		if s.Type == "audio" {
			c.equal(name+"channels", d.Channels, s.Channels)
			c.equal(name+"sample rate", d.SampleRate, s.SampleRate)
		}
		c.equal(name+"language", d.Lang, or(s.Tags.Language, "und"))
		if d.Samples > 0 {
			c.near(name+"start", d.Start, s.Start, length)
		}
		c.near(name+"duration", d.Duration, s.Duration, length)
		c.near(name+"samples", float64(d.Samples), s.Frames, 0)
		if n, m, ok := strings.Cut(s.Rate, "/"); ok && s.Type == "video" && m != "0" && n != "0" {
			a, _ := strconv.ParseFloat(n, 64)
			b, _ := strconv.ParseFloat(m, 64)
			c.near(name+"frame rate", d.FPS, fmt.Sprint(a/b), 0.01)
		}
		rotation := 0
		for _, side := range s.SideData {
			if side.Rotation != nil {
				rotation = (360 - *side.Rotation) % 360
			}
		}
		c.equal(name+"rotation", d.Rotation, rotation)
	}
	c.near("duration", f.Duration, p.Format.Duration, frame)
	return c.list
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// frameLength is how long a sample of the track lasts on average.
func frameLength(d Track) float64 {
	if d.Samples == 0 {
		return 0.001
	}
	return max(d.Duration/float64(d.Samples), 0.001) * 1.05
}

// kindOf is ffprobe's word for the kind of a track.
func kindOf(d Track) string {
	switch {
	case d.Kind == "video", d.Kind == "audio":
		return string(d.Kind)
	case d.Kind == "text" && codecIs(d, "timed text", "closed captions", "MPEG-4 subpictures"):
		return "subtitle"
	}
	return "data"
}

func codecIs(d Track, names ...string) bool { return slices.Contains(names, d.Name) }
