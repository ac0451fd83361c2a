package codec

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

var aacESDS = esdsBox(0x40, 0x12, 0x10)

// quickTimeV1 and quickTimeV2 are the fields that QuickTime's sound
// descriptions have beyond those of ISO.
var (
	quickTimeV1 = []byte{0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}
	quickTimeV2 = slices.Concat([]byte{0, 0, 0, 72}, []byte{0x40, 0xf7, 0x70, 0, 0, 0, 0, 0}, // 96000.0
		[]byte{0, 0, 0, 6}, []byte{0x7f, 0, 0, 0}, make([]byte, 16))
	wave = leaf("wave", slices.Concat(leaf("frma", []byte("mp4a")...), leaf("mp4a", 0, 0, 0, 0), aacESDS, leaf("\x00\x00\x00\x00"))...)
)

func TestMSEEntryOfSound(t *testing.T) {
	plain := sound("mp4a", 0, aacESDS)
	btrt := leaf("btrt", make([]byte, 12)...)
	tests := []struct {
		name      string
		raw, want []byte
	}{
		{"as it should be", plain, plain},
		{"other boxes stay", sound("mp4a", 0, btrt, aacESDS), sound("mp4a", 0, btrt, aacESDS)},
		{"version 1 of ISO", sound("mp4a", 1, leaf("srat", 0, 0, 0, 0, 0, 0, 0xbb, 0x80), aacESDS), plain},
		{"version 1 of QuickTime", sound("mp4a", 1, quickTimeV1, aacESDS), plain},
		{"esds in wave", sound("mp4a", 1, quickTimeV1, wave, leaf("chan", make([]byte, 12)...)), plain},
		{"esds in wave, four zeros at the end", sound("mp4a", 1, quickTimeV1, wave, make([]byte, 4)), plain},
		{"version 0 with wave", sound("mp4a", 0, wave, btrt), sound("mp4a", 0, aacESDS, btrt)},
		{"version 2 of QuickTime", sound("mp4a", 2, quickTimeV2, wave), plain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := mustParse(t, "soun", tt.raw)
			if !bytes.Equal(e.MSE, tt.want) {
				t.Errorf("got\n% x, want\n% x (%s)", e.MSE, tt.want, e.Reason)
			}
			if !bytes.Equal(e.Raw, tt.raw) || e.Codec != "mp4a.40.2" || e.Channels != 2 || e.SampleRate != 44100 {
				t.Errorf("got %q, %d channels, %d Hz", e.Codec, e.Channels, e.SampleRate)
			}
		})
	}
}

func TestVersionTwoSaysMoreThanTheFixedFields(t *testing.T) {
	e := mustParse(t, "soun", sound("lpcm", 2, quickTimeV2))
	if e.Channels != 6 || e.SampleRate != 96000 {
		t.Errorf("got %d channels, %d Hz", e.Channels, e.SampleRate)
	}
	for _, rate := range []uint64{0x7ff8000000000001, 0xfff0000000000000, 0x7fefffffffffffff, 0} {
		lying := slices.Clone(quickTimeV2)
		binary.BigEndian.PutUint64(lying[4:], rate)
		if e := mustParse(t, "soun", sound("lpcm", 2, lying)); e.SampleRate != 0 {
			t.Errorf("rate %x: got %d Hz", rate, e.SampleRate)
		}
	}
}

func TestSampleRateBoxOfVersionOne(t *testing.T) {
	e := mustParse(t, "soun", sound("ipcm", 1, leaf("srat", 0, 0, 0, 0, 0, 2, 0xee, 0)))
	if e.SampleRate != 192000 {
		t.Errorf("got %d Hz", e.SampleRate)
	}
}

func TestMSEEntryOfVideo(t *testing.T) {
	plain := visual("avc1", avcC)
	toEnd := slices.Clone(plain)
	binary.BigEndian.PutUint32(toEnd[len(toEnd)-len(avcC):], 0)
	uuid := leaf("uuid", append(make([]byte, 16), 1, 2, 3)...)
	lastUUID := slices.Clone(visual("avc1", avcC, uuid))
	binary.BigEndian.PutUint32(lastUUID[len(lastUUID)-len(uuid):], 0)
	wide := slices.Concat([]byte{0, 0, 0, 1}, plain[4:8], make([]byte, 8), plain[8:])
	binary.BigEndian.PutUint64(wide[8:], uint64(len(wide)))
	tests := []struct {
		name      string
		raw, want []byte
	}{
		{"as it should be", plain, plain},
		{"four zeros at the end", visual("avc1", avcC, make([]byte, 4)), plain},
		{"a box of no type at the end", visual("avc1", avcC, make([]byte, 8)), plain},
		{"a broken box at the end", visual("avc1", avcC, []byte{0, 0, 9, 9, 'f', 'r', 'e', 'e'}), plain},
		{"a box to the end", toEnd, plain},
		{"a uuid box to the end", lastUUID, visual("avc1", avcC, uuid)},
		{"an entry to the end", slices.Concat(make([]byte, 4), plain[4:]), plain},
		{"a 64-bit size", wide, plain},
		{"QuickTime's boxes stay", visual("avc1", avcC, leaf("gama", 0, 1, 0, 0)), visual("avc1", avcC, leaf("gama", 0, 1, 0, 0))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := mustParse(t, "vide", tt.raw)
			if !bytes.Equal(e.MSE, tt.want) || !e.Playable {
				t.Errorf("got\n% x, want\n% x (%s)", e.MSE, tt.want, e.Reason)
			}
		})
	}
}

func TestQuickTimeMP3(t *testing.T) {
	raw := sound(".mp3", 1, quickTimeV1)
	compression := raw[8+sampleEntrySize+12:]
	compression[0], compression[1] = 0xff, 0xfe
	e := mustParse(t, "soun", raw)
	if want := sound("mp4a", 0, esdsBoxWithoutSpecific(0x6b)); !e.Playable || !bytes.Equal(e.MSE, want) {
		t.Errorf("got\n% x, want\n% x (%s)", e.MSE, want, e.Reason)
	}
	if again := mustParse(t, "soun", e.MSE); again.Codec != "mp4a.6b" || !again.Playable {
		t.Errorf("what MSE gets is read as %q (%s)", again.Codec, again.Reason)
	}
	compression[0], compression[1] = 0, 0
	e = mustParse(t, "soun", raw)
	if e.Playable || !strings.Contains(e.Reason, "not stored in packets") || &e.MSE[0] != &e.Raw[0] {
		t.Errorf("without packets: got %v, %q", e.Playable, e.Reason)
	}
}

func esdsBoxWithoutSpecific(object uint8) []byte {
	return leaf("esds", 0, 0, 0, 0, esTag, 21, 0, 0, 0, decoderConfigTag, 13, object, audioStream,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, slConfigTag, 1, 2)
}

func TestMSEEntryOfFastFLAC(t *testing.T) {
	raw := madeByFFmpeg(t)["flac-96k-24.mp4 soun"]
	e := mustParse(t, "soun", raw)
	want := slices.Clone(raw)
	binary.BigEndian.PutUint16(want[8+24:], 48000)
	if !bytes.Equal(e.MSE, want) {
		t.Errorf("got\n% x, want\n% x", e.MSE, want)
	}
}
