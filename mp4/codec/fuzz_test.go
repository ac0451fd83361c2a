package codec

import (
	"bytes"
	"regexp"
	"testing"

	"vodsrv/mp4/box"
)

// element is what may stand in a codecs parameter without quoting trouble.
var element = regexp.MustCompile(`^[-0-9A-Za-z._+%]+$`)

func FuzzParse(f *testing.F) {
	for entry, raw := range madeByFFmpeg(f) {
		f.Add(entry[len(entry)-4:], raw)
	}
	f.Add("soun", sound("mp4a", 1, quickTimeV1, wave))
	f.Add("soun", sound("mp4a", 2, quickTimeV2, wave))
	f.Add("vide", visual("dvh1", hvcC, leaf("dvcC", 1, 0, 0x0a, 0x35, 0)))
	f.Fuzz(func(t *testing.T, handler string, raw []byte) {
		if len(handler) != 4 {
			t.Skip("no handler type")
		}
		e, err := Parse(box.T(handler), raw, 0)
		if err != nil {
			return
		}
		if e.Playable != (e.Reason == "") {
			t.Errorf("playable is %v, the reason is %q", e.Playable, e.Reason)
		}
		if !element.MatchString(e.Codec) {
			t.Errorf("the codec is %q", e.Codec)
		}
		if !bytes.HasPrefix(raw, e.Raw) {
			t.Error("Raw is not what stands in the file")
		}
		if len(e.MSE) > len(raw)+64 {
			t.Errorf("%d bytes became %d", len(raw), len(e.MSE))
		}
		if e.Playable {
			again, err := Parse(box.T(handler), e.MSE, 0)
			if err != nil {
				t.Fatal(err)
			}
			if !again.Playable || again.Codec != e.Codec || !bytes.Equal(again.MSE, e.MSE) {
				t.Errorf("what MSE gets is read as %q (%s), not as %q", again.Codec, again.Reason, e.Codec)
			}
		}
	})
}
