package fragment

import (
	"io"

	"vodsrv/mp4"
)

// LiveFile is a fragmented file that is written while its media comes: an init
// segment, whole fragments, and an index of them once it is over.
type LiveFile struct {
	init   []byte
	mfra   mfra
	number uint32
	size   int64
}

// NewLiveFile begins a file of such tracks. Nothing of it is written yet.
func NewLiveFile(tracks ...*mp4.Track) *LiveFile {
	f := &LiveFile{init: LiveInit(tracks...)}
	var ids []uint32
	for _, t := range tracks {
		ids = append(ids, t.ID)
	}
	f.mfra = newMfra(ids)
	return f
}

// Size is how many bytes are written whole. What stands behind them was cut short
// by a failure.
func (f *LiveFile) Size() int64 { return f.size }

// Write writes a fragment at once, behind all that is written whole; the init
// segment goes with the first.
func (f *LiveFile) Write(to io.Writer, media ...LiveMedia) error {
	g, err := LiveSegment(f.number+1, media...)
	if err != nil {
		return err
	}
	var head []byte
	if f.size == 0 {
		head = f.init
	}
	all := make([]byte, 0, int64(len(head))+g.Size())
	all = append(all, head...)
	for _, p := range g.Parts {
		all = append(all, p.Data...)
	}
	if _, err := to.Write(all); err != nil {
		return err
	}
	f.note(f.size+int64(len(head)), media)
	f.number++
	f.size += int64(len(all))
	return nil
}

// note remembers where the fragment whose moof stands at an offset begins.
func (f *LiveFile) note(moof int64, media []LiveMedia) {
	for nth, m := range media {
		first := m.Samples[0]
		for k, id := range f.mfra.ids {
			if id == m.Track.ID {
				f.mfra.add(k, sample{dts: first.DTS, cto: int64(first.CTO)}, moof, nth+1)
			}
		}
	}
}

// Finish writes the index, which tells that the file is complete.
func (f *LiveFile) Finish(to io.Writer) error {
	_, err := to.Write(f.mfra.bytes())
	return err
}
