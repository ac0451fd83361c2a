// Package metadata reads what a film tells of itself besides its tracks: title,
// artist, cover art and chapters. Nothing of it is needed to play, so that what
// can't be read is as if it were not there.
package metadata

import (
	"cmp"
	"errors"
	"io"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/text"
)

const (
	// maxText is how many bytes a title has at most, and the artist.
	maxText = 512
	// maxBoxes is how many boxes are looked at: far more than any film has.
	maxBoxes = 20_000
)

// Metadata is what a film tells of itself.
type Metadata struct {
	Title, Artist string
	Cover         *Cover // nil for none
	Chapters      []Chapter
}

// tags are what one of the ways to tell of a film has in it.
type tags struct{ title, artist string }

// reader gathers what the boxes say.
type reader struct {
	src  *box.Source
	left int // boxes that may still be looked at

	items tags // of iTunes
	keys  tags // of QuickTime's keys
	user  tags // of user data
	cover *Cover
	nero  []Chapter
}

// errEnough ends the reading of a file with more boxes than make sense.
var errEnough = errors.New("metadata: there are too many boxes")

// Read reads the metadata of the film that r holds. Errors are those of r.
func Read(r io.ReaderAt, m *mp4.Movie) (Metadata, error) {
	rd, err := read(r, m)
	if err != nil {
		return Metadata{}, err
	}
	all := Metadata{
		Title:  cmp.Or(rd.items.title, rd.keys.title, rd.user.title),
		Artist: cmp.Or(rd.items.artist, rd.keys.artist, rd.user.artist),
		Cover:  rd.cover,
	}
	if all.Chapters, err = trackChapters(r, m); err != nil {
		return Metadata{}, err
	}
	if all.Chapters == nil {
		all.Chapters = rd.nero
	}
	return all, nil
}

func read(r io.ReaderAt, m *mp4.Movie) (*reader, error) {
	rd := &reader{src: box.NewSource(r, m.Size), left: maxBoxes}
	moov, err := rd.src.Header(m.Moov, m.Size)
	if err == nil {
		err = rd.children("moov", moov.Body(), moov.End(), rd.inMoov)
	}
	return rd, trouble(err)
}

// trouble leaves only errors of reading: whatever is wrong with the file, what
// was read up to there counts.
func trouble(err error) error {
	var format *box.FormatError
	var unsupported *box.UnsupportedError
	if errors.As(err, &format) || errors.As(err, &unsupported) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// children visits boxes. What is wrong with one keeps nobody from those beside
// the box that it lies in.
func (r *reader) children(path string, from, to int64, visit func(box.Header) error) error {
	none := func(box.Type) bool { return false }
	err := r.src.ChildrenClipped(path, from, min(to, r.src.Size()), none, func(h box.Header) error {
		if r.left--; r.left < 0 {
			return errEnough
		}
		return visit(h)
	})
	if errors.Is(err, errEnough) {
		return err
	}
	return trouble(err)
}

func (r *reader) inMoov(h box.Header) error {
	switch h.Type {
	case box.T("udta"):
		return r.children("moov/udta", h.Body(), h.End(), r.inUserData)
	case box.T("meta"):
		return r.inMeta("moov/meta", h)
	}
	return nil
}

// inUserData reads a box of user data: iTunes' metadata, Nero's chapters, and
// texts as QuickTime and 3GPP have them.
func (r *reader) inUserData(h box.Header) (err error) {
	to, head := &r.user.title, 4
	switch h.Type {
	case box.T("meta"):
		return r.inMeta("moov/udta/meta", h)
	case box.T("chpl"):
		r.nero, err = r.neroChapters(h)
		return trouble(err)
	case box.T("\xa9nam"):
	case box.T("\xa9ART"):
		to = &r.user.artist
	case box.T("titl"):
		head = 6
	case box.T("perf"):
		to, head = &r.user.artist, 6
	default:
		return nil
	}
	if *to == "" {
		*to, err = r.userText(h, head)
	}
	return trouble(err)
}

// userText is the first text of a box of user data: behind its length and
// language (QuickTime File Format, "User Data Text Strings"), or behind
// version, flags and language (3GPP TS 26.244, section 8.2).
func (r *reader) userText(h box.Header, head int) (string, error) {
	b, err := r.begin(h, maxText+head)
	if err != nil || len(b) < head {
		return "", err
	}
	n := len(b) - head
	if head == 4 {
		n = min(n, int(b[0])<<8|int(b[1]))
	}
	return text.Line(text.Decode(b[head:head+n]), maxText), nil
}

// begin is what a box's payload begins with, up to a number of bytes.
func (r *reader) begin(h box.Header, most int) ([]byte, error) {
	return r.src.Bytes(h.Body(), int(min(h.BodySize(), int64(most))))
}
