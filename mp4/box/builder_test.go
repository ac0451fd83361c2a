package box

import (
	"encoding/hex"
	"errors"
	"testing"

	gomp4 "github.com/abema/go-mp4"
)

func TestBuilder(t *testing.T) {
	b := NewBuilder(64)
	b.Start("moov")
	b.StartFull("mvhd", 1, 0xff000002)
	b.U8(1)
	b.U16(2)
	b.U32(3)
	b.U64(4)
	b.Type(T("isom"))
	b.End()
	b.Bytes([]byte{5})
	if n, err := b.Write([]byte{6}); n != 1 || err != nil {
		t.Errorf("Write: %d, %v", n, err)
	}
	b.End()
	b.PatchU32(23, 7)
	want := "00000029" + "6d6f6f76" + // moov
		"0000001f" + "6d766864" + "01000002" + "01" + "0002" + "00000007" + "0000000000000004" + "69736f6d" + // mvhd
		"05" + "06"
	if got := hex.EncodeToString(b.Done()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if b.Len() != len(want)/2 {
		t.Errorf("Len is %d", b.Len())
	}
}

// tool is a box whose type is not ASCII, as those of QuickTime's user data.
type tool struct {
	gomp4.Box
	Year uint32 `mp4:"0,size=32"`
}

func (*tool) GetType() gomp4.BoxType { return gomp4.BoxType{0xa9, 't', 'o', 'o'} }

func TestBuilderAppendsBoxesOfGoMP4(t *testing.T) {
	tests := []struct {
		box  gomp4.IBox
		want string
	}{
		{&gomp4.Mfhd{SequenceNumber: 7}, "000000106d666864" + "00000000" + "00000007"},
		{&tool{Year: 9}, "0000000ca9746f6f" + "00000009"},
	}
	gomp4.AddBoxDef(&tool{})
	for _, tt := range tests {
		b := NewBuilder(0)
		b.Append(tt.box)
		if got := hex.EncodeToString(b.Done()); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestBuilderMisuseIsABug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Done gave a box without its end")
		}
	}()
	b := NewBuilder(0)
	b.Start("moov")
	b.Done()
}

func TestDecode(t *testing.T) {
	var mfhd gomp4.Mfhd
	if err := Decode("moof/mfhd", 40, []byte{0, 0, 0, 0, 0, 0, 0, 7}, &mfhd); err != nil || mfhd.SequenceNumber != 7 {
		t.Errorf("got %d, %v", mfhd.SequenceNumber, err)
	}
	err := Decode("moof/mfhd", 40, []byte{0, 0, 0, 0, 0, 0}, &mfhd)
	var format *FormatError
	if !errors.As(err, &format) || format.Box != "moof/mfhd" || format.Offset != 40 {
		t.Errorf("got %v", err)
	}
}
