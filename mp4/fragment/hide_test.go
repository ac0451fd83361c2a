package fragment

import (
	"bytes"
	"encoding/hex"
	"testing"

	"vodsrv/mp4/mp4test"
)

// The head of the mdat takes in the placeholder only where its size takes 64
// bits.
func TestHide(t *testing.T) {
	before := mp4test.Join(mp4test.Box("ftyp", []byte("isom\x00\x00\x02\x00")), mp4test.Box("free"), mp4test.Box("moov"))
	from := int64(len(before) - 8)
	for size, want := range map[int64]string{
		8:           "0000000866726565" + "000000086d646174",
		1<<32 - 1:   "0000000866726565" + "ffffffff6d646174",
		1 << 32:     "000000016d646174" + "0000000100000008",
		5<<32 + 256: "000000016d646174" + "0000000500000108",
	} {
		var m mp4test.Memory
		_, _ = m.Write(before)
		w := whole{patch: &m, from: from}
		if err := w.hide(size); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(m.Bytes()[16:]); got != want || !bytes.Equal(m.Bytes()[:16], before[:16]) {
			t.Errorf("%d bytes: got %s, want %s", size, got, want)
		}
	}
}
