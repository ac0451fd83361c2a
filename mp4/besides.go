package mp4

import (
	"errors"
	"slices"

	"vodsrv/mp4/box"
)

// besides reads what an stbl or a traf tells of samples besides what finding
// and timing them takes: sample groups and auxiliary information. A lie in it
// is noted in Track.Lost and passed over, since most of it is not needed to
// play.
type besides struct {
	src    *box.Source
	t      *Track
	boxes  []box.Header
	first  uint32   // the samples spoken of are [first, first+n)
	n      uint32   //
	runs   []uint32 // first samples of their chunks or runs
	base   int64    // what saio counts from
	local  bool     // in a traf
	scheme box.Type // the track's encryption
	form   Form     // of all that stands in senc, if it is used

	locals   map[box.Type][]uint32 // numbers of the descriptions that stand in the traf
	standard map[box.Type]uint32   // the traf's own defaults
}

var (
	typeSgpd = box.T("sgpd")
	typeSbgp = box.T("sbgp")
	typeSaiz = box.T("saiz")
	typeSaio = box.T("saio")
	typeSenc = box.T("senc")
)

// pathOf is the path of one of them.
func (b *besides) pathOf(t box.Type) string {
	if !b.local {
		return stblPath + "/" + t.String()
	}
	// There may be one in every fragment of a film.
	switch t {
	case typeSgpd:
		return trafPath + "/sgpd"
	case typeSbgp:
		return trafPath + "/sbgp"
	case typeSaiz:
		return trafPath + "/saiz"
	case typeSaio:
		return trafPath + "/saio"
	}
	return trafPath + "/senc"
}

// isBeside tells whether a box is one of those read here.
func isBeside(h *box.Header) bool {
	switch h.Type {
	case typeSgpd, typeSbgp, typeSaiz, typeSaio, typeSenc:
		return true
	}
	return h.UserType == piffSenc
}

// readBesides reads those boxes of a track's stbl, once its samples are known.
func (r *trakReader) readBesides(boxes []box.Header) error {
	x := r.t.Index
	b := besides{src: r.src, t: r.t, boxes: boxes, n: x.n, runs: x.chunks.first}
	return b.read()
}

// readBesides reads those boxes of a traf, once its samples are known.
func (r *trafReader) readBesides() error {
	if len(r.besides) == 0 {
		return nil
	}
	t := r.track.t
	r.track.saveBesides(r.o.epoch)
	b := &r.beside
	*b = besides{
		src: r.o.src, t: t, boxes: r.besides, base: r.base, local: true,
		first: r.firstSample, n: t.Index.n - r.firstSample, runs: t.Index.chunks.first[r.firstRun:],
	}
	return b.read()
}

func (b *besides) read() error {
	if len(b.boxes) == 0 {
		return nil
	}
	// Descriptions before what names them, whatever their order in the file.
	if err := b.each(box.T("sgpd"), b.readSgpd); err != nil {
		return err
	}
	if err := b.each(box.T("sbgp"), b.readSbgp); err != nil {
		return err
	}
	b.fillGroups()
	if !slices.ContainsFunc(b.boxes, isAuxiliary) {
		return nil
	}
	return b.note(b.readAuxiliary())
}

func isAuxiliary(h box.Header) bool { return h.Type != typeSgpd && h.Type != typeSbgp }

// each reads the boxes of a type.
func (b *besides) each(t box.Type, read func(box.Header) error) error {
	for k := range b.boxes {
		if b.boxes[k].Type != t {
			continue
		}
		if err := b.note(read(b.boxes[k])); err != nil {
			return err
		}
	}
	return nil
}

// note keeps a fault of the file and lets others pass.
func (b *besides) note(err error) error {
	if err == nil {
		return nil
	}
	var format *FormatError
	var unsupported *UnsupportedError
	if !errors.As(err, &format) && !errors.As(err, &unsupported) {
		return err
	}
	if b.t.Lost == nil {
		b.t.Lost = err
	}
	return nil
}

// finishBesides is called once all n samples of a track are in, and those cut
// off are out.
func finishBesides(groups []Groups, auxiliary []Auxiliary, n uint32) {
	for k := range groups {
		groups[k].finish(n)
	}
	for k := range auxiliary {
		auxiliary[k].finish(n)
	}
}

// compact gives back memory that is not used.
func (t *Track) compact() {
	t.Index.compact()
	for k := range t.Groups {
		t.Groups[k].compact()
	}
	for k := range t.Auxiliary {
		t.Auxiliary[k].compact()
	}
}

// readPssh keeps a pssh box. Fragments tend to repeat those of the moov.
func (o *opener) readPssh(h box.Header) {
	b := o.copyBox(h)
	if b == nil || o.pssh[string(b)] {
		return
	}
	o.notePssh(b)
	o.movie.Pssh = append(o.movie.Pssh, b)
}

func (o *opener) notePssh(b []byte) {
	if o.pssh == nil {
		o.pssh = map[string]bool{}
	}
	o.pssh[string(b)] = true
}
