package fragment

import (
	"vodsrv/mp4/box"
)

// randomAccess is one entry of tfra (section 8.8.10).
type randomAccess struct {
	time int64 // presentation time of the fragment's first sample, in ticks
	moof int64 // where its moof stands
	traf int   // number of its traf, from 1
}

// mfra gathers where fragments begin, for the box at the end of the file.
type mfra struct {
	ids    []uint32 // of the tracks
	tracks [][]randomAccess
}

func newMfra(ids []uint32) mfra { return mfra{ids: ids, tracks: make([][]randomAccess, len(ids))} }

// add notes that a track has samples in the fragment whose moof is written
// next, at an offset.
func (m *mfra) add(track int, first sample, moof int64, traf int) {
	time := max(0, first.dts+first.cto)
	m.tracks[track] = append(m.tracks[track], randomAccess{time: time, moof: moof, traf: traf})
}

// bytes writes
//
//	mfra
//	├ tfra for each track that has fragments
//	└ mfro
func (m *mfra) bytes() []byte {
	b := box.NewBuilder(64)
	b.Start("mfra")
	for k, list := range m.tracks {
		if len(list) == 0 {
			continue
		}
		b.StartFull("tfra", 1, 0)
		b.U32(m.ids[k])
		width := numberWidth(list)
		b.U32(uint32(width-1) << 4) // of the traf number; trun and sample numbers take a byte
		b.U32(uint32(len(list)))
		for _, e := range list {
			b.U64(uint64(e.time))
			b.U64(uint64(e.moof))
			if width == 2 {
				b.U16(uint16(e.traf))
			} else {
				b.U8(uint8(e.traf))
			}
			b.U8(1)
			b.U8(1)
		}
		b.End()
	}
	b.StartFull("mfro", 0, 0)
	b.U32(uint32(b.Len() + 4))
	b.End()
	b.End()
	return b.Done()
}

// numberWidth is how many bytes the traf numbers take.
func numberWidth(list []randomAccess) int {
	for _, e := range list {
		if e.traf > 255 {
			return 2
		}
	}
	return 1
}
