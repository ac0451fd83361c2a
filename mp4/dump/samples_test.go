package dump

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"vodsrv/mp4"
)

func samplesOf(t *testing.T, name string, id uint32, asJSON bool) (string, error) {
	t.Helper()
	b := read(t, name)
	var out bytes.Buffer
	err := Samples(&out, bytes.NewReader(b), int64(len(b)), id, asJSON)
	return out.String(), err
}

// TestSamplesJSON compares each line with the Index.
func TestSamplesJSON(t *testing.T) {
	for _, name := range []string{"testdata/sample.mp4", "testdata/sample_fragmented.mp4"} {
		b := read(t, name)
		movie, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		for _, track := range movie.Tracks {
			text, err := samplesOf(t, name, track.ID, true)
			if err != nil {
				t.Fatal(err)
			}
			lines, n := bufio.NewScanner(strings.NewReader(text)), 0
			for ; lines.Scan(); n++ {
				var got struct {
					Number, Offset, Size, DTS, CTS, PTS, Duration, Entry, Fragment int64
					Seconds                                                        float64
					Sync                                                           bool
				}
				if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
					t.Fatalf("%v in %s", err, lines.Text())
				}
				s := track.Index.At(n)
				pts := s.PTS() + track.Timeline().Shift
				if got.Number != int64(n)+1 || got.Offset != s.Offset || got.Size != int64(s.Size) || got.DTS != s.DTS || got.CTS != s.PTS() ||
					got.PTS != pts || got.Duration != int64(s.Duration) || got.Sync != s.Sync || got.Entry != int64(s.Description) {
					t.Errorf("%s, track %d: sample %+v is told as %+v", name, track.ID, s, got)
				}
				if want := mp4.Seconds(pts, track.Timescale); got.Seconds-want > 1e-6 || want-got.Seconds > 1e-6 {
					t.Errorf("%s, track %d, sample %d: %v s, want %v", name, track.ID, n+1, got.Seconds, want)
				}
				fragment := int64(0)
				for _, start := range track.Starts {
					if int(start.Sample) <= n {
						fragment = int64(start.Fragment) + 1
					}
				}
				if got.Fragment != fragment {
					t.Errorf("%s, track %d, sample %d: fragment %d, want %d", name, track.ID, n+1, got.Fragment, fragment)
				}
			}
			if n != track.Index.Len() {
				t.Errorf("%s, track %d: %d lines, %d samples", name, track.ID, n, track.Index.Len())
			}
		}
	}
}

func TestSamplesTable(t *testing.T) {
	text, err := samplesOf(t, "testdata/sample.mp4", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1 48 3679 0 2048 0 0.000000 1024 sync 1 0", "2 3836 86"}
	lines := strings.Split(text, "\n")
	if len(lines) != 12 { // a header, ten samples, and the end of the last line
		t.Fatalf("%d lines", len(lines))
	}
	if got := strings.Join(strings.Fields(lines[1]), " "); got != want[0] {
		t.Errorf("first sample: %s, want %s", got, want[0])
	}
	for _, line := range lines[:11] {
		if len(line) != len(lines[0]) {
			t.Errorf("columns don't line up: %q", line)
		}
	}
}

func TestSamplesErrors(t *testing.T) {
	if _, err := samplesOf(t, "testdata/sample.mp4", 9, false); err == nil || !strings.Contains(err.Error(), "there is 1, 2") {
		t.Errorf("no such track: %v", err)
	}
	if _, err := samplesOf(t, "testdata/h264_encrypted_segment.mp4", 1, false); err == nil {
		t.Error("a segment without moov has samples")
	}
	b := read(t, "testdata/sample_fragmented.mp4")
	b = b[:len(b)*2/3]
	var out bytes.Buffer
	if err := Samples(&out, bytes.NewReader(b), int64(len(b)), 1, true); err == nil || out.Len() == 0 {
		t.Errorf("a cut file gives %d bytes and %v", out.Len(), err)
	}
}
