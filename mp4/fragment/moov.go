package fragment

import (
	"slices"
	"strings"

	gomp4 "github.com/abema/go-mp4"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
)

// header is an ftyp and moov to be written.
type header struct {
	brands    []string // the major brand, then the compatible ones
	timescale uint32   // of the movie
	duration  uint64   // of samples in the moov, in ticks of the movie
	fragments uint64   // of the whole film, for mehd, in ticks of the movie; 0 for none
	tracks    []trackHeader
	pssh      [][]byte
	userData  []byte // a udta box, or nil

	progressive bool // no fragments follow: there is no mvex
	placeholder bool // room for part of the head of an mdat that takes in the moov and all that follows
}

// trackHeader is a trak to be written.
type trackHeader struct {
	track         *mp4.Track
	id            uint32
	timescale     uint32
	movieDuration uint64 // of the samples in the moov, in ticks of the movie
	mediaDuration uint64 // the same in ticks of the track
	flags         uint32 // of tkhd
	group         int16  // alternate group
	entries       [][]byte
	defaults      mp4.FragmentDefaults // of trex
	edits         []mp4.Edit
	chapters      []uint32           // ids of the tracks that hold this one's chapters
	local         bool               // descriptions of sample groups from fragments are not in the moov
	tables        func(*box.Builder) // the sample tables behind stsd; nil writes empty ones
	userData      []byte             // a udta box, or nil
}

const (
	tkhdEnabled = 1
	tkhdInMovie = 2
)

// placeholderSize is the number of bytes of the placeholder.
const placeholderSize = 8

// bytes writes ftyp, the placeholder if there is one, and moov.
func (h header) bytes() []byte {
	return slices.Concat(h.ftyp(), h.moov())
}

// ftyp writes the ftyp and the placeholder behind it.
func (h header) ftyp() []byte {
	b := box.NewBuilder(64)
	b.Start("ftyp")
	b.Type(box.T(h.brands[0]))
	b.U32(0x200)
	for _, brand := range h.brands[1:] {
		b.Type(box.T(brand))
	}
	b.End()
	if h.placeholder {
		b.Start("free")
		b.End()
	}
	return b.Done()
}

// moov writes
//
//	moov
//	├ mvhd
//	├ trak for each track
//	├ mvex
//	│ ├ mehd
//	│ └ trex for each track
//	├ pssh for each system of keys
//	└ udta
func (h header) moov() []byte {
	b := box.NewBuilder(4 << 10)
	b.Start("moov")
	h.mvhd(b)
	for _, t := range h.tracks {
		t.trak(b)
	}
	if !h.progressive {
		h.mvex(b)
	}
	for _, p := range h.pssh {
		b.Bytes(p)
	}
	b.Bytes(h.userData)
	b.End()
	return b.Done()
}

// unityMatrix shows a picture as it is.
var unityMatrix = [9]int32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}

func (h header) mvhd(b *box.Builder) {
	mvhd := &gomp4.Mvhd{
		Timescale:   h.timescale,
		Rate:        0x10000,
		Volume:      0x100,
		Matrix:      unityMatrix,
		NextTrackID: 1,
	}
	for _, t := range h.tracks {
		mvhd.NextTrackID = max(mvhd.NextTrackID, t.id+1)
	}
	mvhd.SetVersion(versionFor(h.duration))
	mvhd.DurationV0, mvhd.DurationV1 = uint32(h.duration), h.duration
	b.Append(mvhd)
}

// versionFor is the version of a box that has to hold a duration.
func versionFor(duration uint64) uint8 {
	if duration > 1<<32-1 {
		return 1
	}
	return 0
}

func (h header) mvex(b *box.Builder) {
	b.Start("mvex")
	if h.fragments > 0 {
		mehd := &gomp4.Mehd{FragmentDurationV0: uint32(h.fragments), FragmentDurationV1: h.fragments}
		mehd.SetVersion(versionFor(h.fragments))
		b.Append(mehd)
	}
	for _, t := range h.tracks {
		b.Append(&gomp4.Trex{
			TrackID:                       t.id,
			DefaultSampleDescriptionIndex: 1,
			DefaultSampleDuration:         t.defaults.Duration,
			DefaultSampleSize:             t.defaults.Size,
			DefaultSampleFlags:            t.defaults.Flags,
		})
	}
	b.End()
}

// trak writes
//
//	trak
//	├ tkhd
//	├ edts (elst)
//	├ tref (chap)
//	├ mdia
//	│ ├ mdhd, hdlr
//	│ └ minf
//	│   ├ vmhd, smhd, sthd or nmhd
//	│   ├ dinf (dref)
//	│   └ stbl
//	└ udta
func (t trackHeader) trak(b *box.Builder) {
	b.Start("trak")
	t.tkhd(b)
	t.edts(b)
	t.tref(b)
	b.Start("mdia")
	t.mdhd(b)
	t.hdlr(b)
	b.Start("minf")
	t.mediaHeader(b)
	b.Start("dinf")
	b.StartFull("dref", 0, 0)
	b.U32(1)
	b.StartFull("url ", 0, 1)
	b.End()
	b.End()
	b.End()
	t.stbl(b)
	b.End()
	b.End()
	b.Bytes(t.userData)
	b.End()
}

func (t trackHeader) tkhd(b *box.Builder) {
	src := t.track
	tkhd := &gomp4.Tkhd{
		TrackID:        t.id,
		Layer:          src.Layer,
		AlternateGroup: t.group,
		Matrix:         src.Matrix,
		Width:          src.Width,
		Height:         src.Height,
		DurationV0:     uint32(t.movieDuration),
		DurationV1:     t.movieDuration,
	}
	if src.Kind == codec.Audio {
		tkhd.Volume = 0x100
	}
	if src.Matrix == ([9]int32{}) {
		tkhd.Matrix = unityMatrix
	}
	tkhd.SetVersion(versionFor(t.movieDuration))
	tkhd.SetFlags(t.flags)
	b.Append(tkhd)
}

// edts writes the edit list, if there is one.
func (t trackHeader) edts(b *box.Builder) {
	if len(t.edits) == 0 {
		return
	}
	version := uint8(0)
	for _, e := range t.edits {
		if e.Duration > 1<<32-1 || e.MediaTime > 1<<31-1 {
			version = 1
		}
	}
	b.Start("edts")
	b.StartFull("elst", version, 0)
	b.U32(uint32(len(t.edits)))
	for _, e := range t.edits {
		if version == 1 {
			b.U64(e.Duration)
			b.U64(uint64(e.MediaTime))
		} else {
			b.U32(uint32(e.Duration))
			b.U32(uint32(e.MediaTime))
		}
		b.U32(uint32(e.Rate))
	}
	b.End()
	b.End()
}

// tref names the tracks of the chapters (section 8.3.3, and QuickTime's "chap"),
// if there are any.
func (t trackHeader) tref(b *box.Builder) {
	if len(t.chapters) == 0 {
		return
	}
	b.Start("tref")
	b.Start("chap")
	for _, id := range t.chapters {
		b.U32(id)
	}
	b.End()
	b.End()
}

func (t trackHeader) mdhd(b *box.Builder) {
	mdhd := &gomp4.Mdhd{
		Timescale:  t.timescale,
		Language:   packedLanguage(t.track.Language),
		DurationV0: uint32(t.mediaDuration),
		DurationV1: t.mediaDuration,
	}
	mdhd.SetVersion(versionFor(t.mediaDuration))
	b.Append(mdhd)
	if l := t.track.Language; !isPacked(l) {
		b.StartFull("elng", 0, 0)
		b.Bytes(append([]byte(l), 0))
		b.End()
	}
}

// packedLanguage gives mdhd's three letters; "und" for a longer tag, which
// stands in elng.
func packedLanguage(tag string) [3]byte {
	if !isPacked(tag) {
		tag = "und"
	}
	return [3]byte{tag[0] - 0x60, tag[1] - 0x60, tag[2] - 0x60}
}

// isPacked tells whether a tag is three small letters, which is what mdhd can
// hold.
func isPacked(tag string) bool {
	return len(tag) == 3 && strings.Trim(tag, "abcdefghijklmnopqrstuvwxyz") == ""
}

func (t trackHeader) hdlr(b *box.Builder) {
	b.StartFull("hdlr", 0, 0)
	b.U32(0)
	b.Type(t.track.Handler)
	b.Bytes(make([]byte, 12))
	b.Bytes(append([]byte(t.track.HandlerName), 0))
	b.End()
}

// mediaHeader writes the header of the kind of media (sections 12.1 to 12.6).
func (t trackHeader) mediaHeader(b *box.Builder) {
	switch t.track.Handler {
	case box.T("vide"):
		b.StartFull("vmhd", 0, 1)
		b.Bytes(make([]byte, 8))
	case box.T("soun"):
		b.StartFull("smhd", 0, 0)
		b.U32(0)
	case box.T("subt"):
		b.StartFull("sthd", 0, 0)
	default:
		b.StartFull("nmhd", 0, 0)
	}
	b.End()
}

func (t trackHeader) stbl(b *box.Builder) {
	b.Start("stbl")
	b.StartFull("stsd", 0, 0)
	b.U32(uint32(len(t.entries)))
	for _, e := range t.entries {
		b.Bytes(e)
	}
	b.End()
	if t.tables != nil {
		t.tables(b)
	} else {
		emptyTables(b)
	}
	for k := range t.track.Groups {
		g := &t.track.Groups[k]
		sgpd(b, g, t.groups(g))
	}
	b.End()
}

// emptyTables writes the tables that have to be there even if all samples are
// in fragments.
func emptyTables(b *box.Builder) {
	for _, name := range []string{"stts", "stsc", "stsz", "stco"} {
		b.StartFull(name, 0, 0)
		if name == "stsz" {
			b.U32(0)
		}
		b.U32(0)
		b.End()
	}
}
