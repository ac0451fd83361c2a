package mp4

import (
	"slices"

	"vodsrv/mp4/box"
)

// The boxes of fragments: comparing with these costs less than naming them.
var (
	typeMoof = box.T("moof")
	typeMdat = box.T("mdat")
	typeTraf = box.T("traf")
	typeTfhd = box.T("tfhd")
	typeTfdt = box.T("tfdt")
	typeTrun = box.T("trun")
	typePssh = box.T("pssh")
)

// defaults are what trex and tfhd say of samples for which trun says nothing.
type defaults struct {
	entry    uint32
	duration uint32
	size     uint32
	flags    uint32
}

// Paths of boxes for errors, and sizes of reads.
const (
	moofPath                = "moof"
	trafPath                = "moof/traf"
	trunPath                = "moof/traf/trun"
	headerRoom              = 64 // of the box behind a moof, read along with it
	defaultFragmentReadSize = 1 << 10
)

// fragmentTrack is a track to which fragments add samples.
type fragmentTrack struct {
	t    *Track
	trex defaults

	// What it was when last all that was read was whole, if epochs are the
	// opener's.
	mark    mark
	starts  int
	epoch   int
	besides savedBesides
}

// savedBesides is what lay beside the samples of a track then.
type savedBesides struct {
	groups    []Groups
	auxiliary []Auxiliary
	lost      error
	epoch     int
}

// save keeps what the track is, before a fragment adds samples to it that may
// turn out not to be whole.
func (f *fragmentTrack) save(epoch int) {
	if f.epoch != epoch {
		f.mark, f.starts, f.epoch = f.t.Index.mark(), len(f.t.Starts), epoch
	}
}

// saveBesides does the same for what lies beside samples.
func (f *fragmentTrack) saveBesides(epoch int) {
	if b := &f.besides; b.epoch != epoch {
		b.groups = copyGroups(b.groups, f.t.Groups)
		b.auxiliary = append(b.auxiliary[:0], f.t.Auxiliary...)
		b.lost, b.epoch = f.t.Lost, epoch
	}
}

// restore brings back what was kept.
func (f *fragmentTrack) restore(epoch int) {
	if f.epoch == epoch {
		f.t.Index.undo(f.mark)
		f.t.Starts = f.t.Starts[:f.starts]
	}
	if b := f.besides; b.epoch == epoch {
		f.t.Groups, f.t.Auxiliary, f.t.Lost = b.groups, b.auxiliary, b.lost
	}
}

// fragmentReader is the state of reading one moof. There is one in an opener,
// with all that is in it, so that a moof leaves nothing behind but its samples.
type fragmentReader struct {
	o     *opener
	moof  box.Header
	index uint32 // of the fragment in Movie.Fragments
	plain bool
	trafs int
	from  int64 // the span in the file that the samples take up
	to    int64
	next  int64 // where the data of the traf before ends
	traf  trafReader
}

// fragmented readies the tracks for fragments.
func (o *opener) fragmented() {
	o.movie.Fragmented = true
	if o.frags != nil {
		return
	}
	o.frags = map[uint32]*fragmentTrack{}
	for _, t := range o.movie.Tracks {
		if t.Broken != nil {
			continue
		}
		trex := o.trex[t.ID]
		t.Defaults = FragmentDefaults{Duration: trex.duration, Size: trex.size, Flags: trex.flags}
		o.frags[t.ID] = &fragmentTrack{t: t, trex: trex}
	}
}

// readMoof adds the samples of a movie fragment (section 8.8.4).
func (o *opener) readMoof(h box.Header) error {
	o.fragmented()
	o.src.SetAhead(int(min(h.Size+headerRoom, box.MaxRead)))
	head, err := o.readMoofHead(h.Offset, h.Size)
	if err != nil {
		return err
	}
	r := &o.fragment
	r.o, r.moof, r.index = o, h, uint32(len(o.movie.Fragments))
	r.plain, r.trafs, r.from, r.to, r.next = true, 0, maxTime, 0, h.Offset
	if err := r.read(); err != nil {
		return err
	}
	// Fragments tend to be alike: the next one's moof may be about as long.
	o.src.SetAhead(int(min(max(h.Size+h.Size/8+headerRoom, defaultFragmentReadSize), box.MaxRead)))
	o.movie.Fragments = append(o.movie.Fragments, Fragment{Offset: h.Offset, End: h.End()})
	o.head = head
	o.plain, o.dataEnd = r.plain && r.from >= h.End(), r.to
	return nil
}

func (r *fragmentReader) read() error {
	h := box.Header{Offset: r.moof.Body()}
	for {
		more, err := r.o.src.Next(moofPath, r.moof.End(), &h)
		if err != nil || !more {
			return err
		}
		switch h.Type {
		case typeTraf:
			if err := r.readTraf(h); err != nil {
				return err
			}
		case typePssh:
			r.o.readPssh(h)
		}
	}
}

// readMdat completes the fragment whose moof stands right before an mdat.
func (o *opener) readMdat(h box.Header) {
	k := len(o.movie.Fragments) - 1
	if k < 0 || o.movie.Fragments[k].End != h.Offset {
		return
	}
	if k < o.inherited {
		o.movie.Fragments, o.inherited = slices.Clone(o.movie.Fragments), 0
	}
	f := &o.movie.Fragments[k]
	f.End = min(h.End(), o.src.Size())
	f.Plain = o.plain && o.dataEnd <= f.End && h.End() <= o.src.Size()
}
