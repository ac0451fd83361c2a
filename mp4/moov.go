package mp4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	gomp4 "github.com/abema/go-mp4"

	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
)

const (
	// smallBox bounds what is read of a descriptive box.
	smallBox = 64 << 10
	// stsdBox bounds what is read of the sample entries.
	stsdBox = box.MaxRead
	// maxTracks bounds what memory a file full of empty tracks can take.
	maxTracks = 1024
	// maxChapterTracks is how many tracks may hold the chapters of one: two are
	// usual. Every track of text is looked for among those of all.
	maxChapterTracks = 16
	// largeTables is how many bytes of sample tables are worth a goroutine.
	largeTables = 256 << 10
)

// readMoov reads the moov box (section 8.2.1) at h.
func (o *opener) readMoov(h box.Header) error {
	o.src.SetAhead(moovAhead)
	o.movie.Moov = h.Offset
	init, err := o.hashMoov(h)
	if err != nil {
		return err
	}
	o.movie.Init = init
	var turned matrix
	err = o.src.ChildrenClipped("moov", h.Body(), h.End(), isVital, func(c box.Header) error {
		switch c.Type {
		case box.T("mvhd"):
			var mvhd gomp4.Mvhd
			if err := o.decode("moov/mvhd", c, &mvhd); err != nil {
				return err
			}
			o.movie.Timescale, turned = mvhd.Timescale, mvhd.Matrix
		case box.T("trak"):
			return o.readTrak(c)
		case box.T("mvex"):
			o.movie.Fragmented = true
			return o.readMvex(c)
		case box.T("udta"):
			if c.End() <= o.src.Size() {
				o.movie.UserData = c
			}
		case box.T("pssh"):
			o.readPssh(c)
		case box.T("cmov"):
			return &box.UnsupportedError{Box: "moov/cmov", Offset: c.Offset, Reason: "is a compressed movie header, which no browser reads; convert the file with ffmpeg -c copy"}
		}
		return nil
	})
	if err != nil {
		return err
	}
	o.numberTracks()
	o.movie.applyMatrix(turned)
	return o.readLarge()
}

// numberTracks gives a track whose id is zero, which none may be, the first that
// is free.
func (o *opener) numberTracks() {
	free := uint32(1)
	for _, t := range o.movie.Tracks {
		if t.ID != 0 || t.Broken != nil {
			continue
		}
		for o.movie.Track(free) != nil {
			free++
		}
		t.ID = free
	}
}

// vital are the boxes in a moov of which nothing may be missing.
var vital = map[string]bool{
	"trak": true, "mvex": true, "mdia": true, "minf": true, "stbl": true,
	"stsd": true, "stts": true, "stsc": true, "stsz": true, "stz2": true, "stco": true, "co64": true,
}

func isVital(t box.Type) bool { return vital[t.String()] }

func (o *opener) decode(path string, h box.Header, dst gomp4.IBox) error {
	body, err := o.src.Body(path, h, smallBox)
	if err != nil {
		return err
	}
	return box.Decode(path, h.Offset, body, dst)
}

// copyBox returns a whole small box, or nil when it is large or cut off: what
// it is used for can do without.
func (o *opener) copyBox(h box.Header) []byte {
	if h.Size > box.MaxRead {
		return nil
	}
	b, err := o.src.Bytes(h.Offset, int(h.Size))
	if err != nil {
		return nil
	}
	b = append([]byte(nil), b...)
	if h.HeadSize == 8 {
		binary.BigEndian.PutUint32(b, uint32(h.Size)) // it may have been clipped
	}
	return b
}

// readMvex reads the defaults of movie fragments (section 8.8.3).
func (o *opener) readMvex(h box.Header) error {
	return o.src.Children("moov/mvex", h.Body(), h.End(), func(c box.Header) error {
		if c.Type != box.T("trex") {
			return nil
		}
		var trex gomp4.Trex
		if err := o.decode("moov/mvex/trex", c, &trex); err != nil {
			return err
		}
		o.trex[trex.TrackID] = defaults{
			entry:    trex.DefaultSampleDescriptionIndex,
			duration: trex.DefaultSampleDuration,
			size:     trex.DefaultSampleSize,
			flags:    trex.DefaultSampleFlags,
		}
		return nil
	})
}

// readTrak reads a track (section 8.3.1). A track whose samples can't be read
// is kept as broken, since the others may play without it.
func (o *opener) readTrak(h box.Header) error {
	if len(o.movie.Tracks) == maxTracks {
		return &UnsupportedError{Box: "moov/trak", Offset: h.Offset, Reason: fmt.Sprintf("is one more than the %d tracks that a file may have here", maxTracks)}
	}
	t := &Track{Language: "und", Index: &Index{}}
	r := &trakReader{o: o, src: o.src, t: t, head: h}
	err := r.children("moov/trak", h)
	if err == nil {
		err = r.check()
	}
	o.movie.Tracks = append(o.movie.Tracks, t)
	if err == nil && o.together != nil && r.stbl.Size >= largeTables {
		o.large = append(o.large, r)
		return nil
	}
	if err == nil {
		err = r.finish()
	}
	return t.settle(err)
}

// readLarge reads the tables of the tracks that were left for the end.
func (o *opener) readLarge() error {
	if len(o.large) == 0 {
		return nil
	}
	faults := make([]error, len(o.large))
	o.together(len(o.large), func(k int) {
		r := o.large[k]
		r.src = o.src.Another()
		r.src.SetAhead(moovAhead)
		faults[k] = r.finish()
	})
	for k, r := range o.large {
		if err := r.t.settle(faults[k]); err != nil {
			return err
		}
	}
	return nil
}

// settle takes what came of reading the samples that the moov tells of. It
// returns what is no fault of the track.
func (t *Track) settle(err error) error {
	var format *FormatError
	var unsupported *UnsupportedError
	if err != nil && !errors.As(err, &format) && !errors.As(err, &unsupported) {
		return err
	}
	if err != nil {
		t.Index, t.Broken = &Index{}, err
		if len(t.Entries) == 0 {
			t.Entries = []codec.Entry{{Kind: codec.KindOf(t.Handler), Reason: "This track can't be read: " + err.Error()}}
		}
	}
	t.inMoov = t.Index.n
	return nil
}

// trakReader gathers what the boxes of one trak say.
type trakReader struct {
	o        *opener
	src      *box.Source // the opener's, or one for another goroutine
	t        *Track
	head     box.Header
	stbl     box.Header
	external []bool // per data reference: the media lies in another file
	besides  []box.Header
}

// containers are the boxes of a trak whose children are read, by path: no box
// is looked for within one of its own kind, however deep a file nests them.
var containers = map[string]bool{
	"moov/trak/edts": true, "moov/trak/mdia": true, "moov/trak/mdia/minf": true, "moov/trak/mdia/minf/dinf": true,
}

func (r *trakReader) children(path string, parent box.Header) error {
	return r.o.src.ChildrenClipped(path, parent.Body(), parent.End(), isVital, func(h box.Header) error {
		if inner := path + "/" + h.Type.String(); containers[inner] {
			return r.children(inner, h)
		}
		return r.visit(h)
	})
}

func (r *trakReader) visit(h box.Header) error {
	o, t := r.o, r.t
	switch h.Type {
	case box.T("tkhd"):
		return r.readTkhd(h)
	case box.T("elst"):
		return r.readElst(h)
	case box.T("mdhd"):
		return r.readMdhd(h)
	case box.T("elng"):
		if body, err := o.src.Body("moov/trak/mdia/elng", h, 256); err == nil && len(body) > 4 {
			t.Language = tagOr(strings.TrimRight(string(body[4:]), "\x00"), t.Language)
		}
	case box.T("hdlr"):
		return r.readHdlr(h)
	case box.T("dref"):
		return r.readDref(h)
	case box.T("stbl"):
		r.stbl = h
	case box.T("senc"), box.T("uuid"):
		if isBeside(&h) {
			r.besides = append(r.besides, h)
		}
	case box.T("tref"):
		return r.readTref(h)
	case box.T("udta"):
		t.UserData = o.copyBox(h)
		t.Name = trackName(t.UserData)
	}
	return nil
}

func (r *trakReader) readTkhd(h box.Header) error {
	var tkhd gomp4.Tkhd
	if err := r.o.decode("moov/trak/tkhd", h, &tkhd); err != nil {
		return err
	}
	t := r.t
	t.ID = tkhd.TrackID
	t.Enabled = tkhd.GetFlags()&1 != 0
	t.Layer, t.Group, t.Volume = tkhd.Layer, tkhd.AlternateGroup, tkhd.Volume
	t.Matrix = tkhd.Matrix
	t.Width, t.Height = tkhd.Width, tkhd.Height
	return nil
}

func (r *trakReader) readMdhd(h box.Header) error {
	var mdhd gomp4.Mdhd
	if err := r.o.decode("moov/trak/mdia/mdhd", h, &mdhd); err != nil {
		return err
	}
	r.t.Timescale = mdhd.Timescale
	l := mdhd.Language
	r.t.Language = languageOf(uint16(l[0])<<10 | uint16(l[1])<<5 | uint16(l[2]))
	return nil
}

// readHdlr takes the media's handler; QuickTime has a second one, for data, in
// minf.
func (r *trakReader) readHdlr(h box.Header) error {
	if r.t.Handler != (box.Type{}) {
		return nil
	}
	body, err := r.o.src.Body("moov/trak/mdia/hdlr", h, smallBox)
	if err != nil {
		return err
	}
	c := box.NewCursor(body)
	c.FullBox()
	c.Skip(4)
	r.t.Handler = c.Type()
	c.Skip(12)
	r.t.Kind = codec.KindOf(r.t.Handler)
	r.t.HandlerName = handlerName(c.Bytes(c.Left()))
	return c.Err("moov/trak/mdia/hdlr", h.Offset)
}

// handlerName reads a C string, or the Pascal string of QuickTime.
func handlerName(b []byte) string {
	if len(b) > 0 && int(b[0]) == len(b)-1 {
		b = b[1:]
	}
	name, _, _ := strings.Cut(string(b), "\x00")
	return strings.ToValidUTF8(name, "")
}

// readElst reads the edit list (section 8.6.6).
func (r *trakReader) readElst(h box.Header) error {
	const path = "moov/trak/edts/elst"
	body, err := r.o.src.Body(path, h, box.MaxRead)
	if err != nil {
		return err
	}
	c := box.NewCursor(body)
	version, _ := c.FullBox()
	count := c.U32()
	size := 12
	if version == 1 {
		size = 20
	}
	// One that claims more has those: browsers read it so, too.
	for range min(count, uint32(c.Left()/size)) {
		var e Edit
		if version == 1 {
			e = Edit{Duration: c.U64(), MediaTime: int64(c.U64())}
		} else {
			e = Edit{Duration: uint64(c.U32()), MediaTime: int64(int32(c.U32()))}
		}
		e.Rate = int32(c.U32())
		r.t.Edits = append(r.t.Edits, e)
	}
	return nil
}

// readDref notes which data references (section 8.7.2) lead out of the file.
func (r *trakReader) readDref(h box.Header) error {
	const path = "moov/trak/mdia/minf/dinf/dref"
	body, err := r.o.src.Body(path, h, smallBox)
	if err != nil {
		return err
	}
	if len(body) < 8 {
		return nil
	}
	return box.Each(path, body[8:], h.Body()+8, func(_ box.Type, b []byte) error {
		r.external = append(r.external, leadsOut(b))
		return nil
	})
}

// leadsOut tells whether a data reference means another file. Some writers
// forget the flag for this one, and name no place.
func leadsOut(reference []byte) bool {
	const selfContained = 1
	return len(reference) > 4 && reference[3]&selfContained == 0 && len(bytes.Trim(reference[4:], "\x00")) > 0
}

// readTref takes the tracks that hold the chapters of this one (section 8.3.3,
// and QuickTime's "chap").
func (r *trakReader) readTref(h box.Header) error {
	const path = "moov/trak/tref"
	return r.o.src.Children(path, h.Body(), h.End(), func(c box.Header) error {
		if c.Type != box.T("chap") {
			return nil
		}
		body, err := r.o.src.Body(path+"/chap", c, smallBox)
		if err != nil {
			return err
		}
		for ; len(body) >= 4 && len(r.t.Chapters) < maxChapterTracks; body = body[4:] {
			r.t.Chapters = append(r.t.Chapters, binary.BigEndian.Uint32(body))
		}
		return nil
	})
}

// check looks for what a track can't be without.
func (r *trakReader) check() error {
	if id := r.t.ID; id != 0 && r.o.movie.Track(id) != nil {
		return box.Errorf("moov/trak", r.head.Offset, "has the track id %d, which is another track's", id)
	}
	if r.stbl.Size == 0 {
		return box.Errorf("moov/trak", r.head.Offset, "has no sample tables (mdia/minf/stbl)")
	}
	return nil
}

// finish reads the sample entries and the sample tables, once all else of the
// track is known. It may be called for several tracks at the same time.
func (r *trakReader) finish() error {
	t := r.t
	tables, err := readTables(r.src, r.stbl.Body(), r.stbl.End())
	if err != nil {
		return err
	}
	if err := r.readStsd(tables); err != nil {
		return err
	}
	if t.Timescale == 0 {
		return box.Errorf("moov/trak/mdia/mdhd", r.head.Offset, "is missing or has a timescale of 0")
	}
	if t.independent {
		// Some writers have an empty one beside sound.
		delete(tables.at, box.T("stss"))
	}
	t.Index, err = tables.index(r.src.Size(), t.Entries)
	if err != nil {
		return err
	}
	if err := r.readBesides(append(tables.besides, r.besides...)); err != nil {
		return err
	}
	t.addRandomAccess()
	return nil
}

// readStsd reads the sample entries (section 8.5.2).
func (r *trakReader) readStsd(tables *sampleTables) error {
	const path = stblPath + "/stsd"
	h, ok := tables.at[box.T("stsd")]
	if !ok {
		return box.Errorf(stblPath, r.stbl.Offset, "has no sample descriptions (stsd)")
	}
	body, err := r.src.Body(path, h, stsdBox)
	if err != nil {
		return err
	}
	if len(body) < 8 {
		return box.Errorf(path, h.Offset, "is too short for its fields")
	}
	// Behind the last entry there may be other boxes.
	count := max(1, box.NewCursor(body[4:]).U32())
	body = append([]byte(nil), body[8:]...)
	offset := h.Body() + 8
	away := 0
	for at := 0; len(body)-at >= 8 && len(r.t.Entries) < int(count); {
		eh, err := box.ParseHeader(body[at:], offset+int64(at), offset+int64(len(body)))
		if err == nil && eh.Size > int64(len(body)-at) {
			err = box.Errorf(path+"/"+eh.Type.String(), eh.Offset, "does not fit into stsd")
		}
		if err != nil {
			return err
		}
		raw := body[at : at+int(eh.Size) : at+int(eh.Size)]
		entry, err := codec.Parse(r.t.Handler, raw, eh.Offset)
		if err != nil {
			return err
		}
		if r.refuseExternal(&entry, raw) {
			away++
		}
		r.t.Entries = append(r.t.Entries, entry)
		at += int(eh.Size)
	}
	if len(r.t.Entries) == 0 {
		return box.Errorf(path, h.Offset, "has no sample entry")
	}
	r.t.elsewhere = away == len(r.t.Entries)
	r.t.independent = !slices.ContainsFunc(r.t.Entries, func(e codec.Entry) bool { return !e.Independent() })
	return nil
}

// refuseExternal marks an entry whose media lies in another file, and tells
// whether it does: following a path that a file names would let it read
// anything.
func (r *trakReader) refuseExternal(e *codec.Entry, raw []byte) bool {
	if len(raw) < 16 {
		return false
	}
	ref := int(raw[14])<<8 | int(raw[15])
	if ref < 1 || ref > len(r.external) || !r.external[ref-1] {
		return false
	}
	e.Playable = false
	e.Reason = "The media of this track lies in another file, which vodsrv does not open."
	return true
}

// trackName finds the title of a track in its udta box (QuickTime's "name",
// also written by ffmpeg).
func trackName(udta []byte) string {
	name := ""
	if len(udta) < 8 {
		return name
	}
	_ = box.Each("moov/trak/udta", udta[8:], 0, func(t box.Type, body []byte) error {
		if t == box.T("name") {
			name = strings.ToValidUTF8(strings.TrimRight(string(body), "\x00"), "")
		}
		return nil
	})
	return name
}
