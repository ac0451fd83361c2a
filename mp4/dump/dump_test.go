package dump

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vodsrv/mp4/box"
	"vodsrv/mp4/mp4test"
)

var update = flag.Bool("update", false, "write the dumps in testdata anew")

func films(t testing.TB) []string {
	t.Helper()
	list, err := filepath.Glob("testdata/*.mp4")
	if err != nil || len(list) == 0 {
		t.Fatalf("no films in testdata: %v", err)
	}
	return list
}

func dumpOf(t testing.TB, b []byte, path string, o Options) (string, error) {
	t.Helper()
	if path != "" {
		var err error
		if o.Path, err = ParsePath(path); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	err := Boxes(&out, bytes.NewReader(b), int64(len(b)), o)
	return out.String(), err
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestText(t *testing.T) {
	for _, name := range films(t) {
		got, err := dumpOf(t, read(t, name), "", Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden := strings.TrimSuffix(name, ".mp4") + ".txt"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got != string(read(t, golden)) {
			t.Errorf("%s: the dump is not %s; see go test -update", name, golden)
		}
	}
}

// jsonDump is the document that JSON gives.
type jsonDump struct {
	Size     int64
	Boxes    []jsonNode
	Problems []string
}

type jsonNode struct {
	Type, Path           string
	Offset, Size, Header int64
	Fields               map[string]any
	Children             []jsonNode
	Problems             []string
}

func parse(t testing.TB, text string) jsonDump {
	t.Helper()
	var d jsonDump
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return d
}

// TestJSONNests holds the tree against its own numbers: each box ends where
// the next begins, and the last where its container does.
func TestJSONNests(t *testing.T) {
	for _, name := range films(t) {
		b := read(t, name)
		text, err := dumpOf(t, b, "", Options{JSON: true, Full: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		d := parse(t, text)
		checkNested(t, name, d.Boxes, 0, d.Size)
		if d.Size != int64(len(b)) {
			t.Errorf("%s: size %d, not %d", name, d.Size, len(b))
		}
	}
}

func checkNested(t *testing.T, path string, boxes []jsonNode, start, end int64) {
	t.Helper()
	for i, b := range boxes {
		if i == 0 {
			start = max(start, b.Offset) // fields stand before the first
		}
		if b.Offset != start {
			t.Errorf("%s/%s begins at %d, not at %d", path, b.Type, b.Offset, start)
		}
		start = b.Offset + b.Size
		checkNested(t, path+"/"+b.Type, b.Children, b.Offset+b.Header, start)
	}
	if len(boxes) > 0 && start != end {
		t.Errorf("the boxes of %s end at %d, not at %d", path, start, end)
	}
}

func TestFields(t *testing.T) {
	trak := mp4test.Box("trak", mp4test.Full("tkhd", 0, 3, mp4test.U32(0, 0, 7, 0, 0, 0, 0), make([]byte, 52)),
		mp4test.Box("mdia", mp4test.Full("mdhd", 0, 0, mp4test.U32(0, 0, 1000, 1500), mp4test.U16(0x15c7, 0)), mp4test.Full("hdlr", 0, 0, mp4test.U32(0), []byte("soun"), make([]byte, 13))))
	moov := mp4test.Box("moov", trak)
	tests := []struct {
		name, path string
		file       []byte
		want       []string
	}{
		{"seconds by the track's own clock", "trun", mp4test.Join(moov, mp4test.Box("moof", mp4test.Box("traf", mp4test.Full("tfhd", 0, 0x20000, mp4test.U32(7)),
			mp4test.Full("trun", 1, 0x900, mp4test.U32(1), mp4test.U32(500, 0xffffff38))))), []string{
			"version=1 flags=0x000900 (sample-duration-present, sample-composition-time-offsets-present) in moof/traf",
			"1: sample_duration=500 (0.5 s) sample_composition_time_offset=-200 (-0.2 s)"}},
		{"the clock stands behind the fragments", "tfdt", mp4test.Join(mp4test.Box("moof", mp4test.Box("traf", mp4test.Full("tfhd", 0, 0, mp4test.U32(7)),
			mp4test.Full("tfdt", 0, 0, mp4test.U32(250)))), moov), []string{"baseMediaDecodeTime = 250 (0.25 s)"}},
		{"language", "mdhd", moov, []string{"language = eng", "duration = 1500 (1.5 s)"}},
		{"QuickTime's meta", "meta", mp4test.Box("meta", mp4test.Full("hdlr", 0, 0, make([]byte, 21)), mp4test.Full("keys", 0, 0, mp4test.U32(1), mp4test.Box("mdta", []byte("com.x")))),
			[]string{"[meta] offset=0 size=8+62\n", `1: namespace=mdta value="com.x"`}},
		{"ISO's meta", "meta", mp4test.Full("meta", 0, 0, mp4test.Full("hdlr", 0, 0, make([]byte, 21)),
			mp4test.Box("ilst", mp4test.Box("\xa9nam", mp4test.Box("data", mp4test.U32(1, 0), []byte("Café\x1b"))))),
			[]string{"version=0 flags=0x000000", "[©nam]", `value = "Café\x1b"`}},
		{"user type", "/uuid", mp4test.Box("uuid", []byte("\x6d\x1d\x9b\x05\x42\xd5\x44\xe6\x80\xe2\x14\x1d\xaf\xf7\x57\xb2"), mp4test.U32(0), mp4test.U32(1, 2)),
			[]string{"size=24+12 uuid=6d1d9b05-42d5-44e6-80e2-141daff757b2 (tfxd)", "fragment_duration = 2"}},
		{"sub-samples of a segment alone", "senc", mp4test.Full("senc", 0, 2, mp4test.U32(1), make([]byte, 8), mp4test.U16(2), mp4test.U16(5), mp4test.U32(100), mp4test.U16(0), mp4test.U32(7)),
			[]string{"1: IV=0000000000000000 subsamples=[clear=5 protected=100, clear=0 protected=7]"}},
		{"unknown", "abcd", mp4test.Box("abcd", bytes.Repeat([]byte{0xab}, 40)), []string{"data = " + strings.Repeat("ab", 32) + " … 8 bytes more"}},
		{"to the end", "mdat", mp4test.ToEnd("mdat", make([]byte, 100)), []string{"[mdat] offset=0 size=8+100 (to the end)\n"}},
		{"chapters", "chpl", mp4test.Box("moov", mp4test.Box("udta", mp4test.Full("chpl", 1, 0, mp4test.U32(0), mp4test.U8(1), mp4test.U32(0, 15_000_000), mp4test.U8(3), []byte("two")))),
			[]string{`1: start=15000000 (1.5 s) title="two"`}},
		{"list that names nothing", "stts", mp4test.Full("stts", 0, 0, mp4test.U32(0)), []string{"entries = []"}},
		{"long table", "stss", mp4test.Full("stss", 0, 0, mp4test.U32(12), mp4test.U32(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)), []string{"10: 10\n    … 2 more"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := dumpOf(t, test.file, test.path, Options{})
			if err != nil {
				t.Error(err)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in\n%s", want, got)
				}
			}
			text, _ := dumpOf(t, test.file, test.path, Options{JSON: true})
			parse(t, text)
		})
	}
}

func TestDamage(t *testing.T) {
	deep := mp4test.Box("free")
	for range 40 {
		deep = mp4test.Box("udta", deep)
	}
	tests := []struct {
		name string
		file []byte
		path string // of the error
		want string
	}{
		{"child longer than its container", mp4test.Join(mp4test.Box("moov", mp4test.Lie(mp4test.Box("trak"), 100)), mp4test.Box("free")), "moov/trak", "ends at byte 108, past its container's end at byte 16"},
		{"file cut", mp4test.Lie(mp4test.Box("mdat", make([]byte, 10)), 1000), "mdat", "should go on to byte 1000, but the file ends at byte 18"},
		{"shorter than its header", mp4test.Box("moov", mp4test.Lie(mp4test.Box("trak"), 7)), "moov", "box trak says it is 7 bytes long, shorter than its own header"},
		{"bytes left", mp4test.Join(mp4test.Box("free"), mp4test.U8(0, 0, 0)), "", "3 bytes are left, too few for a box"},
		{"fields cut", mp4test.Full("mfhd", 0, 0), "mfhd", "is too short for its fields"},
		{"version cut", mp4test.Box("mvhd", mp4test.U8(0)), "mvhd", "is too short for its fields"},
		{"count beyond the box", mp4test.Full("stts", 0, 0, mp4test.U32(0xffffffff), mp4test.U32(1, 2)), "stts", "tells of 4294967295 entries, but has room for 1"},
		{"count of unequal entries", mp4test.Full("subs", 0, 0, mp4test.U32(9), mp4test.U32(1), mp4test.U16(0)), "subs", "tells of 9 entries, but has room for 1"},
		{"samples without fields", mp4test.Full("trun", 0, 0, mp4test.U32(0xffffffff)), "", ""},
		{"nested without end", deep, strings.Repeat("udta/", 31) + "udta", "nested more than 32 deep"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, err := dumpOf(t, test.file, "", Options{})
			asJSON, _ := dumpOf(t, test.file, "", Options{JSON: true, Full: true})
			parse(t, asJSON)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var format *box.FormatError
			if !errors.As(err, &format) || !strings.Contains(format.Reason, test.want) || format.Box != test.path {
				t.Errorf("error %v, want box %q: %s", err, test.path, test.want)
			}
			if !strings.Contains(text, test.want) {
				t.Errorf("no mark %q in\n%s", test.want, text)
			}
			if !strings.Contains(asJSON, `"problems":`) {
				t.Errorf("no problems in %s", asJSON)
			}
		})
	}
}

// TestGoesOnBehindDamage shows that a box whose fields are wrong does not hide
// what follows.
func TestGoesOnBehindDamage(t *testing.T) {
	text, err := dumpOf(t, mp4test.Join(mp4test.Full("mfhd", 0, 0), mp4test.Full("mfhd", 0, 0, mp4test.U32(5)), mp4test.Full("mfhd", 0, 0)), "", Options{})
	if !strings.Contains(text, "sequence_number = 5") {
		t.Errorf("the second box is not in\n%s", text)
	}
	if err == nil || !strings.Contains(err.Error(), "and 1 more fault") {
		t.Errorf("error %v does not tell of two faults", err)
	}
}

func TestReadingFails(t *testing.T) {
	broken := errors.New("the disk is broken")
	if err := Boxes(io.Discard, failing{broken}, 100, Options{}); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

type failing struct{ error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.error }

// TestCorpus dumps all there is in the corpus beside the repository.
func TestCorpus(t *testing.T) {
	corpus := os.DirFS("../../../shared/corpus")
	files := 0
	err := fs.WalkDir(corpus, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := fs.ReadFile(corpus, path)
		if err != nil {
			return err
		}
		files++
		begun := time.Now()
		text, _ := dumpOf(t, b, "", Options{JSON: true, Full: true})
		parse(t, text)
		if _, err := dumpOf(t, b, "", Options{}); err != nil && strings.HasPrefix(path, "valid/") {
			t.Errorf("%s: %v", path, err)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%s took %v", path, took)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no corpus")
	}
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}
