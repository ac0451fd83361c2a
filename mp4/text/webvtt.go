package text

import (
	"bytes"
	"strings"

	"vodsrv/mp4/box"
)

const (
	// maxCues is how many cues of one sample of wvtt are read.
	maxCues = 64
	// entryHead is what a sample entry without fields has before its boxes.
	entryHead = 8 + 8
	// maxHead bounds styles and regions.
	maxHead = 64 << 10
)

// vttCue is a cue of a sample of wvtt (ISO/IEC 14496-30, section 7). One that
// is shown longer than a sample lasts is in all of them that it lasts for.
type vttCue struct{ source, id, settings, text string }

// vttCues reads a sample of wvtt.
func vttCues(sample []byte) (list []vttCue) {
	_ = box.Each("", sample, 0, func(t box.Type, body []byte) error { // what can be read counts
		if t == box.T("vttc") && len(list) < maxCues {
			if c := readCue(body); c.text != "" {
				list = append(list, c)
			}
		}
		return nil
	})
	return list
}

func readCue(b []byte) (c vttCue) {
	_ = box.Each("", b, 0, func(t box.Type, body []byte) error {
		switch t.String() {
		case "vsid":
			c.source = string(body)
		case "iden":
			c.id = Decode(body)
		case "sttg":
			c.settings = Decode(body)
		case "payl":
			c.text = Lines(Decode(body))
		}
		return nil
	})
	return c
}

// vttHead finds the blocks with styles and regions in a sample entry of wvtt,
// behind the signature of the file that they come from.
func vttHead(entry []byte) (blocks string) {
	if len(entry) < entryHead {
		return ""
	}
	_ = box.Each("", entry[entryHead:], 0, func(t box.Type, body []byte) error {
		if t == box.T("vttC") && len(body) <= maxHead && bytes.HasPrefix(body, []byte("WEBVTT")) {
			blocks = headBlocks(Decode(body))
		}
		return nil
	})
	return blocks
}

// headBlocks takes the blocks with styles and regions out of what stands before
// the cues of a WebVTT file.
func headBlocks(head string) string {
	head = strings.ReplaceAll(strings.ReplaceAll(head, "\r\n", "\n"), "\r", "\n")
	var kept []string
	for block := range strings.SplitSeq(head, "\n\n") {
		block = strings.Trim(block, "\n")
		if (strings.HasPrefix(block, "STYLE") || strings.HasPrefix(block, "REGION")) && !strings.Contains(block, arrow) {
			kept = append(kept, block)
		}
	}
	return strings.Join(kept, "\n\n")
}
