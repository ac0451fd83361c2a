package mp4

import (
	"crypto/sha256"
	"math"

	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
)

// FormatError and UnsupportedError are what Open fails with when it is not the
// reading itself that failed.
type (
	FormatError      = box.FormatError
	UnsupportedError = box.UnsupportedError
)

// Movie is the read-only index of one file.
type Movie struct {
	Size      int64    // of the file, in bytes
	Brands    []string // of ftyp: the major brand, then the compatible ones
	Timescale uint32   // ticks a second of the movie's own clock (mvhd)
	Tracks    []*Track // in the order of the file
	Moov      int64    // offset of the moov box, in bytes

	// Fragmented says that samples come from movie fragments (section 8.8).
	Fragmented bool
	// Fragments lists the movie fragments in the order of the file.
	Fragments []Fragment

	// Partial says that the tracks' indexes hold only the samples of the first
	// and the last fragments (Glance).
	Partial bool
	// Listed is how many fragments the index of a partial film names.
	Listed int

	// Truncated is nil for a whole film; else it says where it ends too early:
	// which box the end of the file cuts off, or what is wrong with a fragment.
	// The tracks' indexes then hold the samples that are there before it.
	Truncated *FormatError

	// End is the offset of the first byte that is not part of what is whole: a
	// box that goes on behind the end of the file, or a fragment whose media
	// does. Reading a file that grows goes on there (Resume). A box whose size
	// is given as going to the end of the file may always grow.
	End int64
	// Complete says that nothing more will come: an index of fragments (mfra)
	// ends the file, or all samples are told of in the moov and are there.
	Complete bool
	// Init is the SHA-256 of the moov box, of its first 16 KiB if it is longer:
	// what a file that grows is known by.
	Init [sha256.Size]byte

	// Pssh are the boxes, with headers, that say how to get the keys of
	// encrypted tracks (ISO/IEC 23001-7, section 8.1): those of the moov, then
	// those of moofs, each once.
	Pssh [][]byte

	// UserData is where the moov's udta box lies, which may be large; its size is 0
	// if there is none that is whole.
	UserData box.Header

	next *continuation
}

// Fragment is one moof with the mdat that follows it.
type Fragment struct {
	Offset int64 // of the moof, in bytes
	End    int64 // of the mdat right behind it; of the moof where another box follows

	// Plain says that the pair can be sent to MSE as it is, behind an init
	// segment with the tracks' Defaults: addressed relative to the moof, with a
	// tfdt in each traf, and all its samples in its own mdat.
	Plain bool
}

// Track is one track of a Movie.
type Track struct {
	ID          uint32
	Kind        codec.Kind
	Handler     box.Type
	Timescale   uint32   // ticks a second of all times of the track (mdhd)
	Language    string   // ISO 639-2/T or BCP 47; "und" if not told
	Name        string   // the track's own title (udta/name); "" if it has none
	HandlerName string   // what hdlr calls itself, often a tool's name
	Enabled     bool     // tkhd's flag: the track is on by default
	Group       int16    // alternate group; 0 is none
	Chapters    []uint32 // ids of the tracks that hold this one's chapters
	Volume      int16    // 8.8 fixed point
	Layer       int16
	Matrix      [9]int32 // tkhd's transformation and then mvhd's, 16.16 and 2.30 fixed point
	Width       uint32   // of the presentation, 16.16 fixed point
	Height      uint32   // of the presentation, 16.16 fixed point

	Entries []codec.Entry // the sample entries of stsd; at least one
	Edits   []Edit        // the edit list; empty if there is none
	Index   *Index        // all samples

	Auxiliary []Auxiliary // what lies beside samples, such as vectors of encryption
	Groups    []Groups    // what groups samples belong to
	// Lost is why some of Auxiliary and Groups could not be read; nil if all
	// could.
	Lost error

	// Starts tells where fragments begin, for fragmented files, ascending.
	Starts []FragmentStart
	// UserData is the trak's udta box with its header, nil if there is none.
	UserData []byte
	// Broken is why the track's samples can't be read; its Index is empty then.
	Broken error

	// Defaults are what trex says of samples in fragments that say nothing of
	// it themselves (section 8.8.3).
	Defaults FragmentDefaults

	timeline   Timeline
	start, end int64  // in ticks of presentation time
	elsewhere  bool   // the media lies in another file
	inMoov     uint32 // samples that the moov tells of

	independent bool // all samples are sync, whatever is said of them
}

// FragmentDefaults are the values of samples for which neither trun nor tfhd
// has any.
type FragmentDefaults struct {
	Duration uint32 // ticks
	Size     uint32 // bytes
	Flags    uint32 // as in trun
}

// FragmentStart says which sample of a track is its first in a fragment.
type FragmentStart struct {
	Fragment uint32 // index into Movie.Fragments
	Sample   uint32 // index into the track's samples
}

// Edit is one entry of an edit list (section 8.6.6).
type Edit struct {
	Duration  uint64 // ticks of the movie's timescale; 0 is to the end
	MediaTime int64  // ticks of the track's timescale; -1 is an empty edit
	Rate      int32  // 16.16 fixed point
}

// Timeline maps a track's media time to presentation time: what edit lists
// say, put as one shift and the span that is shown. All in ticks of the track.
type Timeline struct {
	Shift int64 // presentation time = media time + Shift
	From  int64 // media time: what ends before it is not shown
	To    int64 // media time: what begins at or after it is not shown
}

// Open-ended spans use these bounds.
const (
	minTime = math.MinInt64 / 4
	maxTime = math.MaxInt64 / 4
)

// Timeline returns the map from the track's media time to presentation time.
func (t *Track) Timeline() Timeline { return t.timeline }

// Entry is the sample entry of a sample's description index, which counts
// from 1. A wrong index gives the first entry.
func (t *Track) Entry(description uint32) *codec.Entry {
	if description >= 1 && int(description) <= len(t.Entries) {
		return &t.Entries[description-1]
	}
	return &t.Entries[0]
}

// FirstEntry is the sample entry of the first sample; of a track without
// samples, the first there is.
func (t *Track) FirstEntry() *codec.Entry {
	if t.Index.Len() == 0 {
		return &t.Entries[0]
	}
	return t.Entry(t.Index.entries.at(0))
}

// Track returns the track with that id, or nil.
func (m *Movie) Track(id uint32) *Track {
	for _, t := range m.Tracks {
		if t.ID == id {
			return t
		}
	}
	return nil
}
