package box

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// countingReader counts reads and fails those that begin at or after broken.
type countingReader struct {
	*bytes.Reader
	reads  int
	broken int64
}

var errDisk = errors.New("the disk is gone")

func (r *countingReader) ReadAt(p []byte, off int64) (int, error) {
	r.reads++
	if off >= r.broken {
		return 0, errDisk
	}
	return r.Reader.ReadAt(p, off)
}

func source(content string) (*Source, *countingReader) {
	r := &countingReader{Reader: bytes.NewReader([]byte(content)), broken: 1 << 40}
	return NewSource(r, int64(len(content))), r
}

func TestSourceReadsAhead(t *testing.T) {
	s, r := source(strings.Repeat("0123456789", 5000))
	s.SetAhead(1000)
	for _, at := range []int64{0, 10, 990, 0} {
		if b, err := s.Bytes(at, 10); string(b) != "0123456789" || err != nil {
			t.Fatalf("at %d: %q, %v", at, b, err)
		}
	}
	if r.reads != 1 {
		t.Errorf("%d reads for what lies within 1,000 bytes", r.reads)
	}
	if b, err := s.Bytes(995, 10); string(b) != "5678901234" || err != nil || r.reads != 2 {
		t.Errorf("%q, %v, %d reads", b, err, r.reads)
	}
	if b, err := s.Bytes(100, 40000); len(b) != 40000 || err != nil || r.reads != 3 {
		t.Errorf("%d bytes, %v, %d reads", len(b), err, r.reads)
	}
	if b, err := s.Bytes(49990, 10); string(b) != "0123456789" || err != nil {
		t.Errorf("at the end: %q, %v", b, err)
	}
	if s.Size() != 50000 {
		t.Errorf("Size is %d", s.Size())
	}
}

func TestSourcePastTheEnd(t *testing.T) {
	s, r := source("0123456789")
	for _, piece := range []struct {
		at int64
		n  int
	}{{8, 3}, {10, 1}, {11, 0}, {-1, 1}, {1 << 62, MaxRead}} {
		if b, err := s.Bytes(piece.at, piece.n); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes at %d: %q, %v", piece.n, piece.at, b, err)
		}
	}
	if b, err := s.Bytes(10, 0); len(b) != 0 || err != nil {
		t.Errorf("nothing at the end: %q, %v", b, err)
	}
	if r.reads > 1 {
		t.Errorf("%d reads", r.reads)
	}
}

// A file may be cut after its size was asked for.
func TestSourceOfAFileThatShrank(t *testing.T) {
	s := NewSource(bytes.NewReader([]byte("0123456789")), 100)
	if b, err := s.Bytes(0, 10); string(b) != "0123456789" || err != nil {
		t.Errorf("what is there: %q, %v", b, err)
	}
	if _, err := s.Bytes(5, 10); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("what was cut off: %v", err)
	}
}

func TestSourcePassesOnTheReadersError(t *testing.T) {
	s, r := source("\x00\x00\x00\x08free\x00\x00\x00\x08free")
	s.SetAhead(0)
	r.broken = 0
	if _, err := s.Header(0, 16); !errors.Is(err, errDisk) {
		t.Errorf("Header: %v", err)
	}
	if err := s.Children("moov", 0, 16, func(Header) error { return nil }); !errors.Is(err, errDisk) {
		t.Errorf("Children: %v", err)
	}
	if _, err := s.Body("free", Header{Size: 16, HeadSize: 8}, 100); !errors.Is(err, errDisk) {
		t.Errorf("Body: %v", err)
	}
}

func TestSourceHeader(t *testing.T) {
	s, _ := source("\x00\x00\x00\x10freeABCDEFGH\x00\x00\x00\x00mdat12")
	tests := []struct {
		at, limit int64
		want      Header
	}{
		{0, 26, Header{Type: T("free"), Size: 16, HeadSize: 8}},
		{16, 26, Header{Type: T("mdat"), Offset: 16, Size: 10, HeadSize: 8, ToEnd: true}},
		{16, 1000, Header{Type: T("mdat"), Offset: 16, Size: 10, HeadSize: 8, ToEnd: true}},
	}
	for _, tt := range tests {
		if h, err := s.Header(tt.at, tt.limit); h != tt.want || err != nil {
			t.Errorf("at %d to %d: got %+v, %v", tt.at, tt.limit, h, err)
		}
	}
	for _, at := range []int64{20, 26, 27} {
		if h, err := s.Header(at, 26); err == nil {
			t.Errorf("at %d: got %+v", at, h)
		}
	}
}

func TestSourceBody(t *testing.T) {
	s, _ := source("\x00\x00\x00\x10freeABCDEFGH\x00\x00\x10\x00mdat12")
	h := Header{Type: T("free"), Size: 16, HeadSize: 8}
	if b, err := s.Body("free", h, 8); string(b) != "ABCDEFGH" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	var unsupported *UnsupportedError
	if _, err := s.Body("free", h, 7); !errors.As(err, &unsupported) || err.Error() != "box free at byte 0: is unusually long: 8 bytes" {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := s.Body("moov", Header{Size: 1 << 62, HeadSize: 8}, 1<<40); !errors.As(err, &unsupported) {
		t.Errorf("a size that nothing can hold: %v", err)
	}
	_, err := s.Body("mdat", Header{Type: T("mdat"), Offset: 16, Size: 4096, HeadSize: 8}, 8192)
	if want := "box mdat at byte 16: should go on to byte 4112, but the file ends at byte 26"; err == nil || err.Error() != want {
		t.Errorf("cut off: %v", err)
	}
}

func TestSourceChildren(t *testing.T) {
	content := "\x00\x00\x00\x0aaaaaAB\x00\x00\x00\x08bbbb\x00\x00\x00\x00"
	s, _ := source(content)
	var got []string
	visit := func(h Header) error {
		got = append(got, h.Type.String())
		return nil
	}
	if err := s.Children("moov", 0, int64(len(content)), visit); err != nil || !slices.Equal(got, []string{"aaaa", "bbbb"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if err := s.Children("moov", 0, int64(len(content)), func(Header) error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("visit's error became %v", err)
	}
}

func TestSourceChildrenErrors(t *testing.T) {
	tests := []struct {
		name, in string
		to       int64
		want     string
	}{
		{"too long", "\x00\x00\x00\x08free\x00\x00\x00\x09abcd1", 16, "box moov/abcd at byte 8: says it ends at byte 17, past its container's end at byte 16"},
		{"too short", "\x00\x00\x00\x08free\x00\x00\x00\x02abcd", 16, "box moov/abcd at byte 8: says it is 2 bytes long, shorter than its own header"},
		{"cut off in a header", "\x00\x00\x00\x08free\x00\x00", 100, "box moov at byte 8: 2 bytes left, too few for a box header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := source(tt.in)
			err := s.Children("moov", 0, tt.to, func(Header) error { return nil })
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
