package mp4_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

// film is what ffmpeg is asked for: a clip, and perhaps a copy of it.
type film struct {
	name string
	clip testmedia.Options
	copy func(t *testing.T, clip, out string) // nil for the clip itself
	all  bool                                 // play all tracks, not just the default ones
	// hidden is how many pictures before the edit go along since others need
	// them.
	hidden int
}

func films() []film {
	clip := func(ext string, args ...string) testmedia.Options {
		return testmedia.Options{Seconds: 4, Size: "160x90", Ext: ext, Args: args}
	}
	h264 := []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "50", "-sc_threshold", "0"}
	with := func(more ...string) testmedia.Options {
		return clip(".mp4", slices.Concat(h264, []string{"-c:a", "aac"}, more)...)
	}
	copied := func(args ...string) func(*testing.T, string, string) {
		return func(t *testing.T, clip, out string) {
			testmedia.Ffmpeg(t, slices.Concat([]string{"-i", clip}, args, []string{"-c", "copy", out})...)
		}
	}
	fragmented := func(flags string) func(*testing.T, string, string) { return copied("-movflags", flags) }
	return []film{
		{name: "B-frames and AAC", clip: with()},
		{name: "faststart", clip: with(), copy: copied("-movflags", "faststart")},
		{name: "no audio", clip: clip(".mp4", append(h264, "-an")...)},
		{name: "audio only", clip: clip(".m4a", "-vn", "-c:a", "aac")},
		{name: "Opus", clip: clip(".mp4", append(h264, "-c:a", "libopus")...)},
		{name: "MP3", clip: clip(".mp4", append(h264, "-c:a", "libmp3lame")...)},
		{name: "HEVC", clip: clip(".mp4", "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-g", "50", "-x265-params", "log-level=error", "-c:a", "aac")},
		{name: "VP9", clip: clip(".mp4", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "50", "-an")},
		{name: "AV1", clip: clip(".mp4", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "50", "-an")},
		{name: "frag_keyframe+empty_moov", clip: with(), copy: fragmented("frag_keyframe+empty_moov")},
		{name: "delay_moov", clip: with(), copy: fragmented("frag_keyframe+delay_moov+default_base_moof")},
		{name: "cmaf", clip: with(), copy: fragmented("cmaf")},
		{name: "dash", clip: with(), copy: fragmented("dash")},
		{name: "frag_every_frame", clip: clip(".mp4", append(h264, "-an")...), copy: fragmented("frag_every_frame+empty_moov+default_base_moof")},
		{name: "frag_keyframe, first samples in the moov", clip: with(), copy: fragmented("frag_keyframe")},
		{name: "90000, variable frame rate", clip: with("-vf", `select=mod(n*n\,7)-2`, "-vsync", "vfr", "-video_track_timescale", "90000")},
		{name: "delayed audio", clip: with(), copy: func(t *testing.T, clip, out string) {
			testmedia.Ffmpeg(t, "-i", clip, "-itsoffset", "0.5", "-i", clip, "-map", "0:v", "-map", "1:a", "-c", "copy", out)
		}},
		{name: "delayed video", clip: with(), copy: func(t *testing.T, clip, out string) {
			testmedia.Ffmpeg(t, "-itsoffset", "0.7", "-i", clip, "-i", clip, "-map", "0:v", "-map", "1:a", "-c", "copy", out)
		}},
		{name: "cut inside a group", clip: with(), hidden: 33, copy: func(t *testing.T, clip, out string) {
			testmedia.Ffmpeg(t, "-ss", "1.3", "-i", clip, "-c", "copy", out)
		}},
		{name: "two audio tracks", clip: with("-map", "0:v", "-map", "1:a", "-map", "1:a"), all: true},
		{name: "QuickTime with PCM and timecode", clip: clip(".mov", append(h264, "-c:a", "pcm_s16le", "-timecode", "01:00:00:00")...)},
	}
}

// What a client that appends everything has in the end is the film: packet by
// packet by ffprobe's account, picture by picture by ffmpeg's.
func TestStreamsAgainstFfmpeg(t *testing.T) {
	for _, f := range films() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			src := testmedia.Clip(t, f.clip)
			if f.copy != nil {
				out := filepath.Join(t.TempDir(), "copy"+filepath.Ext(src))
				f.copy(t, src, out)
				src = out
			}
			out := filepath.Join(t.TempDir(), "out.mp4")
			film, tracks := writeStream(t, src, out, f.all)
			comparePackets(t, film, tracks, src, out)
			compareTimes(t, film, tracks, out)
			args := []string{"-nostdin", "-v", "error", "-i", out, "-map", "0", "-f", "null"}
			if f.hidden > 0 {
				args = append(args, "-enc_time_base", "-1") // single ticks are no multiples of a frame
			}
			complaints, err := exec.Command("ffmpeg", append(args, "-")...).CombinedOutput()
			if err != nil || len(complaints) > 0 {
				t.Errorf("ffmpeg: %v %s", err, complaints)
			}
			if film.Tracks[trackOf(film, tracks[0])].Kind == "video" {
				got, want := testmedia.FrameNumbers(t, out), testmedia.FrameNumbers(t, src)
				if len(want) == 0 || len(got) != len(want)+f.hidden || !slices.Equal(got[f.hidden:], want) {
					t.Errorf("shows the pictures %v, want %v", got, want)
				}
			}
		})
	}
}

// writeStream writes the init segment and all segments to a file.
func writeStream(t *testing.T, src, out string, all bool) (*mp4.Movie, []uint32) {
	t.Helper()
	b, err := os.ReadFile(src)
	if err != nil {
		t.Fatal(err)
	}
	m := mustOpen(t, b)
	ids := fragment.DefaultTracks(m)
	if all {
		ids = nil
		for _, track := range m.Tracks {
			ids = append(ids, track.ID)
		}
	}
	p := fragment.NewPlan(m)
	s, err := p.Stream(ids)
	if err != nil {
		t.Fatal(err)
	}
	w := bytes.NewBuffer(s.Init())
	for k := range p.Len() {
		g, err := s.Segment(k)
		if err != nil {
			t.Fatal(err)
		}
		if g != nil {
			if _, err := io.Copy(w, g.NewReader(bytes.NewReader(b))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(out, w.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return m, s.Tracks()
}

func trackOf(m *mp4.Movie, id uint32) int {
	return slices.IndexFunc(m.Tracks, func(t *mp4.Track) bool { return t.ID == id })
}

func packetsOf(list []testmedia.Packet, stream int) []testmedia.Packet {
	return slices.DeleteFunc(slices.Clone(list), func(p testmedia.Packet) bool { return p.Stream != stream })
}

// comparePackets compares size, hash and order of all packets, and from the
// first one inside the edit on their times, but for a constant: ffprobe moves
// tracks with negative composition offsets.
func comparePackets(t *testing.T, m *mp4.Movie, tracks []uint32, src, out string) {
	t.Helper()
	before, after := testmedia.Packets(t, src), testmedia.Packets(t, out)
	result, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	back := mustOpen(t, result)
	for n, id := range tracks {
		from, to := packetsOf(before, trackOf(m, id)), packetsOf(after, n)
		skipped := slices.IndexFunc(from, func(p testmedia.Packet) bool { return len(to) > 0 && p.Hash == to[0].Hash })
		if skipped < 0 || len(from)-skipped != len(to) {
			t.Fatalf("track %d: %d packets from the %d. on, source has %d", id, len(to), skipped, len(from))
		}
		for _, p := range from[:skipped] {
			if m.Track(id).Kind != "audio" || p.PTS == nil || *p.PTS+p.Duration > 0 {
				t.Errorf("track %d: a packet is missing that is shown: %+v", id, p)
			}
		}
		apart, known := int64(0), false
		scale, outScale := int64(m.Track(id).Timescale), int64(back.Track(id).Timescale)
		for i, p := range to {
			w := from[skipped+i]
			if p.Size != w.Size || p.Hash != w.Hash {
				t.Fatalf("track %d: packet %d differs: %+v, want %+v", id, i, p, w)
			}
			if w.PTS == nil || p.PTS == nil || *w.PTS < 0 {
				continue
			}
			if i == 0 && m.Track(id).Kind == "audio" {
				continue // begins late where ffmpeg made it longer
			}
			d := *p.PTS*scale - *w.PTS*outScale
			if !known {
				apart, known = d, true
				continue // the first one shown may be shorter
			}
			if d != apart && i > 0 && firstInside(from[skipped:]) < i {
				t.Errorf("track %d: packet %d is at %d/%d, in the source at %d/%d", id, i, *p.PTS, outScale, *w.PTS, scale)
			}
		}
	}
}

// firstInside is the first packet in order of decoding that is not before time
// 0.
func firstInside(list []testmedia.Packet) int {
	return slices.IndexFunc(list, func(p testmedia.Packet) bool { return p.PTS != nil && *p.PTS >= 0 })
}

// compareTimes compares the presentation times in the boxes with the source's,
// edit list applied: from the first sample wholly inside the edit on they are
// equal, so that tracks stay together.
func compareTimes(t *testing.T, m *mp4.Movie, tracks []uint32, out string) {
	t.Helper()
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	back := mustOpen(t, b)
	for _, id := range tracks {
		src, got := m.Track(id), back.Track(id)
		skipped := src.Index.Len() - got.Index.Len()
		exact := 0
		for i := range got.Index.Len() {
			w, g := src.Index.At(skipped+i), got.Index.At(i)
			if w.PTS() <= src.Timeline().From {
				continue
			}
			exact++
			if mp4.Compare(w.PTS()+src.Timeline().Shift, src.Timescale, g.PTS(), got.Timescale) != 0 {
				t.Errorf("track %d: sample %d is shown at %d/%d, in the source at %d/%d", id, i,
					g.PTS(), got.Timescale, w.PTS()+src.Timeline().Shift, src.Timescale)
			}
		}
		if exact < got.Index.Len()/2 {
			t.Errorf("track %d: only %d samples could be compared", id, exact)
		}
	}
}
