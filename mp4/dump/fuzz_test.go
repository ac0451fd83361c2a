package dump

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"vodsrv/mp4/mp4test"
)

// FuzzDump looks for panics, documents that are no JSON, and output that grows
// out of proportion to the file.
func FuzzDump(f *testing.F) {
	for _, name := range films(f) {
		f.Add(read(f, name))
	}
	for name := range kinds {
		if i := len(name) - 5; i > 0 { // a container and its child
			f.Add(mp4test.Box(name[:4], mp4test.Box(name[5:], make([]byte, 40))))
			continue
		}
		f.Add(mp4test.Box(name, bytes.Repeat([]byte{0, 0, 0, 2}, 30)))
	}
	for name := range entryReaders {
		f.Add(mp4test.Full("stsd", 0, 0, mp4test.U32(1), mp4test.Box(name, make([]byte, 120))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var out bytes.Buffer
		_ = Boxes(&out, bytes.NewReader(b), int64(len(b)), Options{JSON: true, Full: true})
		if !json.Valid(out.Bytes()) {
			t.Fatalf("no JSON:\n%s", out.Bytes())
		}
		var n counter
		_ = Boxes(&n, bytes.NewReader(b), int64(len(b)), Options{})
		if limit := counter(4096 + 1000*len(b)); n > limit {
			t.Fatalf("%d bytes of dump for a file of %d", n, len(b))
		}
		_ = Samples(io.Discard, bytes.NewReader(b), int64(len(b)), 1, false)
	})
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
