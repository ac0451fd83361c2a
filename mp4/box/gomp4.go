package box

import (
	"bytes"

	gomp4 "github.com/abema/go-mp4"
)

// Decode fills dst, one of go-mp4's descriptive boxes, from a payload. It is
// for small boxes: tables of samples are read by own loops, since go-mp4 sets
// each field by reflection.
func Decode(path string, offset int64, body []byte, dst gomp4.IBox) error {
	if _, err := gomp4.Unmarshal(bytes.NewReader(body), uint64(len(body)), dst, gomp4.Context{}); err != nil {
		return Errorf(path, offset, "can't be read: %v", err)
	}
	return nil
}

// Append writes a go-mp4 box with its header.
func (b *Builder) Append(src gomp4.IBox) {
	// Not its String, which spells bytes that are not ASCII.
	t := src.GetType()
	b.Start(string(t[:]))
	if _, err := gomp4.Marshal(b, src, gomp4.Context{}); err != nil {
		panic("internal: " + err.Error())
	}
	b.End()
}
