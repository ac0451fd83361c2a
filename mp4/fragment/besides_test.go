package fragment_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/mp4test"
)

// besides lists, for each sample of a track, a hash of its payload and what
// lies beside it.
func besides(t *testing.T, file []byte, track *mp4.Track) []string {
	t.Helper()
	if track.Lost != nil {
		t.Fatal(track.Lost)
	}
	list := make([]string, 0, track.Index.Len())
	c := track.Index.Cursor(0)
	for s, ok := c.Next(); ok; s, ok = c.Next() {
		list = append(list, fmt.Sprintf("%.8x", sha256.Sum256(file[s.Offset:s.End()])))
	}
	for k := range track.Groups {
		g := &track.Groups[k]
		for _, m := range g.Maps {
			i := 0
			m.Each(0, len(list), func(count int, number uint32) {
				for ; count > 0; count-- {
					if number != 0 {
						list[i] += fmt.Sprintf(" %s/%d %x", g.Type, m.Parameter, g.Description(int(number)))
					}
					i++
				}
			})
		}
	}
	for k := range track.Auxiliary {
		a, i := &track.Auxiliary[k], 0
		a.Each(0, len(list), func(count int, _ uint32, form mp4.Form) {
			for ; count > 0; count-- {
				for _, s := range a.Spans(i, i+1) {
					list[i] += fmt.Sprintf(" %s/%d %d %x", a.Type, a.Parameter, form, file[s.Offset:s.Offset+s.Size])
				}
				i++
			}
		})
	}
	return list
}

// vector is an initialization vector of 8 bytes, with subsamples if asked for.
func vector(v uint8, subsamples ...uint16) []byte {
	b := bytes.Repeat(mp4test.U8(v), 8)
	if len(subsamples) > 0 {
		b = append(b, mp4test.U16(uint16(len(subsamples)))...)
	}
	for _, s := range subsamples {
		b = append(b, mp4test.Join(mp4test.U16(s), mp4test.U32(uint32(s)))...)
	}
	return b
}

// protected is a film whose second track has all that can lie beside samples,
// in the moov and in fragments; what the third fragment has fits no senc box.
func protected(scheme string) []byte {
	samples := mp4test.Samples(4, 8, 40, 2)
	sgpd := mp4test.Sgpd("roll", "\xff\xff", "\xff\xfe")
	ivs := [][]byte{vector(1, 5), vector(2, 5, 6), vector(3, 7), vector(4, 5)}
	mixed := mp4test.Join(vector(5), vector(6, 7), vector(7), vector(8))
	other := mp4test.Join(mp4test.Full("saiz", 0, 1, []byte("abcd"), mp4test.U32(7), mp4test.U8(3), mp4test.U32(4)),
		mp4test.Full("saio", 0, 1, []byte("abcd"), mp4test.U32(7, 1, 0)), mp4test.Box("free", []byte("ABCDEFGHIJKL")))
	named := mp4test.Full("sbgp", 1, 0, []byte("x   "), mp4test.U32(9, 2, 1, 0, 2, 0x10001))
	boxes := [][]byte{
		mp4test.Join(mp4test.Senc(2, ivs...), mp4test.Sbgp("roll", 1, 0x10001, 1, 2), mp4test.Sgpd("roll", "\xff\xfd")),
		mp4test.Join(mp4test.Senc(0, vector(9), vector(10)), mp4test.Sgpd("x   ", "one"), named),
		mp4test.Join(mp4test.Saiz(8, 16, 8, 8), mp4test.Saio(0), mp4test.Box("free", mixed), mp4test.Sbgp("roll", 4, 1)),
		mp4test.Join(other, mp4test.Senc(2, ivs...)),
	}
	clear := mp4test.Track{ID: 1, Samples: samples}
	track := mp4test.Track{ID: 2, Entries: [][]byte{mp4test.Protected(scheme)}, Samples: samples, Form: mp4test.Form{
		Chunks: []int{2}, Extra: mp4test.Join(sgpd, mp4test.Sbgp("roll", 1, 2, 2, 0, 1, 1), mp4test.Senc(2, ivs...))}}
	f := mp4test.File{Tracks: []mp4test.Track{clear, track}, Extra: mp4test.Box("pssh", []byte("keys"))}
	for k, b := range boxes {
		one, two := mp4test.OneRun(1, int64(k+1)*160, samples), mp4test.OneRun(2, int64(k+1)*160, samples)
		two.Extra = b
		f.Fragments = append(f.Fragments, mp4test.Fragment{Trafs: []mp4test.Traf{one, two}})
	}
	file := f.Bytes()
	moofs, places := mp4test.Find(file, "moof"), mp4test.Find(file, "saio")
	file = mp4test.PutU32(file, places[0]+16, uint32(bytes.Index(file, mixed)-moofs[2]))
	return mp4test.PutU32(file, places[1]+24, uint32(bytes.Index(file, []byte("ABCD"))-moofs[3]))
}

const (
	key = "00112233445566778899aabbccddeeff"
	kid = "0123456789abcdef0123456789abcdef"
)

// encryptedClip is a film that ffmpeg encrypted.
func encryptedClip(t *testing.T) string {
	return testmedia.Clip(t, testmedia.Options{Seconds: 3, Size: "320x180", Args: h264("-bf 2 -b_strategy 0 -c:a aac -b:a 32k " +
		"-encryption_scheme cenc-aes-ctr -encryption_key " + key + " -encryption_kid " + kid)})
}

// films with something beside their samples, by name.
func besideFilms(t *testing.T) map[string][]byte {
	list := map[string][]byte{"cenc": protected("cenc"), "piff": protected("piff")}
	paths := []string{encryptedClip(t)}
	for _, f := range films {
		if f.name == "opus" || f.name == "bframes" {
			paths = append(paths, f.path())
		}
	}
	shared := "../../../shared/corpus/valid/"
	for _, name := range []string{"Eyevinn+mp4ff/prog_8s_enc_dashinit.mp4", "mozilla+mp4parse-rust/av1-clearkey-cbcs-video.mp4",
		"Eyevinn+mp4ff/stereo_spatial.mp4", "androidx+media/sample_with_color_info.mp4", "androidx+media/sample_partially_fragmented.mp4"} {
		if _, err := os.Stat(shared + name); err == nil {
			paths = append(paths, shared+name)
		}
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list[filepath.Base(path)] = b
	}
	return list
}

// Whatever the layout, each sample keeps what lies beside it, pssh boxes go
// along, and to a file without fragments and back nothing changes.
func TestBesidesGoAlong(t *testing.T) {
	for name, in := range besideFilms(t) {
		src := opened(t, in)
		for _, flags := range []string{
			"-movflags frag_keyframe+delay_moov+default_base_moof",
			"-movflags frag_keyframe+delay_moov",
			"-movflags frag_keyframe",
			"-movflags empty_moov+omit_tfhd_offset+delay_moov",
			"-movflags delay_moov+separate_moof -frag_duration 100000",
			"-movflags dash+global_sidx+delay_moov -frag_interleave 3",
			"-movflags hybrid_fragmented",
			"-movflags hybrid_fragmented+empty_moov+separate_moof",
			"-movflags faststart",
		} {
			t.Run(name+"/"+flags, func(t *testing.T) {
				o := options(t, flags)
				once := converted(t, in, o)
				out := opened(t, once)
				var copied []*mp4.Track
				for _, track := range src.Tracks {
					if fragment.Copied(track) || flags == "-movflags faststart" && track.Broken == nil && track.Index.Len() > 0 {
						copied = append(copied, track)
					}
				}
				if len(copied) != len(out.Tracks) {
					t.Fatalf("%d tracks, want %d", len(out.Tracks), len(copied))
				}
				for k, track := range out.Tracks {
					got, want := besides(t, once, track), besides(t, in, copied[k])
					if !isPiece(got, want) {
						t.Errorf("track %d:\n got %s\nwant %s", track.ID, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
					}
				}
				if !slices.EqualFunc(src.Pssh, out.Pssh, bytes.Equal) {
					t.Errorf("pssh: got %x, want %x", out.Pssh, src.Pssh)
				}
				if flags == "-movflags faststart" || strings.Contains(flags, "separate") || o.Movflags&fragment.DelayMoov == 0 {
					return
				}
				twice := converted(t, converted(t, once, fragment.Options{Defragment: true}), o)
				if !bytes.Equal(once, twice) {
					t.Errorf("%d bytes became %d, from byte %d on", len(once), len(twice), firstByte(once, twice))
				}
			})
		}
	}
}

// isPiece tells whether a list stands in another, of which edits may have cut
// off the ends.
func isPiece(piece, list []string) bool {
	from := slices.Index(list, piece[0])
	return from >= 0 && from+len(piece) <= len(list) && slices.Equal(piece, list[from:from+len(piece)])
}

func opened(t *testing.T, file []byte) *mp4.Movie {
	t.Helper()
	m, err := mp4.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ffmpeg decrypts what comes out to the packets and pictures of the source. It
// is kept from reading all moofs before the first packet: ffmpeg 5.1 then
// takes the vectors of other fragments, in files of any writer.
func TestFfmpegDecrypts(t *testing.T) {
	path := encryptedClip(t)
	in, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open := []string{"-decryption_key", key, "-fflags", "ignidx"}
	want, pictures := testmedia.Packets(t, path, open...), pictureHashes(t, path, open)
	if len(pictures) < 50 {
		t.Fatalf("%d pictures", len(pictures))
	}
	for name, o := range map[string]fragment.Options{
		"default":            {Movflags: fragment.DefaultMovflags},
		"absolute":           {Movflags: fragment.FragKeyframe | fragment.DelayMoov},
		"first in moov":      {Movflags: fragment.FragKeyframe},
		"without addresses":  {Movflags: fragment.EmptyMoov | fragment.OmitTfhdOffset},
		"a moof for a track": {Movflags: fragment.EmptyMoov | fragment.SeparateMoof},
		"dash":               {Movflags: fragment.Dash, FragDuration: 500000},
		"whole":              {Defragment: true},
		"hybrid":             {Movflags: fragment.HybridFragmented},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.mp4")
			if err := os.WriteFile(out, converted(t, in, o), 0o644); err != nil {
				t.Fatal(err)
			}
			if got := testmedia.Packets(t, out, open...); !slices.Equal(packetHashes(got), packetHashes(want)) {
				t.Errorf("%d packets, not the %d of the source", len(got), len(want))
			}
			if got := pictureHashes(t, out, open); !slices.Equal(got, pictures) {
				t.Errorf("%d pictures, not the %d of the source", len(got), len(pictures))
			}
		})
	}
}

// packetHashes lists the packets of one stream after the other.
func packetHashes(list []testmedia.Packet) []string {
	hashes := make([]string, 0, len(list))
	for _, p := range list {
		hashes = append(hashes, fmt.Sprint(p.Stream, p.Hash))
	}
	slices.SortStableFunc(hashes, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
	return hashes
}

// pictureHashes decodes the video of a film; ffmpeg must not complain.
func pictureHashes(t *testing.T, path string, options []string) []string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "pictures.txt")
	testmedia.Ffmpeg(t, append(slices.Clone(options), "-xerror", "-i", path, "-map", "0:v", "-f", "framemd5", out)...)
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "#") {
			hashes = append(hashes, line[strings.LastIndex(line, ",")+1:])
		}
	}
	return hashes
}

// A track that could not be decrypted afterwards is refused.
func TestLostVectorsAreRefused(t *testing.T) {
	broken := mp4test.Join(mp4test.Saiz(8, 8), mp4test.Saio(1<<31))
	track := mp4test.Track{ID: 1, Entries: [][]byte{mp4test.Protected("cenc")}, Samples: mp4test.Samples(2, 8, 40, 0), Form: mp4test.Form{Extra: broken}}
	in := mp4test.File{Tracks: []mp4test.Track{track}}.Bytes()
	err := fragment.Convert(&bytes.Buffer{}, bytes.NewReader(in), opened(t, in), fragment.Options{Movflags: fragment.DefaultMovflags})
	if err == nil || !strings.Contains(err.Error(), "decrypted") || !strings.Contains(err.Error(), "saio") {
		t.Errorf("got %v", err)
	}
	track.Entries = nil
	in = mp4test.File{Tracks: []mp4test.Track{track}}.Bytes()
	if out := opened(t, converted(t, in, fragment.Options{Movflags: fragment.DefaultMovflags})); out.Tracks[0].Index.Len() != 2 {
		t.Error("a clear track needs no vectors")
	}
}
