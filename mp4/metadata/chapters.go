package metadata

import (
	"cmp"
	"io"
	"slices"

	"vodsrv/mp4"
	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/text"
)

const (
	// maxChapters bounds what is read of a list of chapters.
	maxChapters = 2000
	// maxTitle is how many bytes the title of a chapter has at most.
	maxTitle = 256
	// maxSample is how much of a chapter's sample is read.
	maxSample = 1 << 10
)

// Chapter is where a chapter begins.
type Chapter struct {
	Start float64 `json:"start"` // presentation seconds
	Title string  `json:"title"`
}

// IsChapters tells whether a track holds the chapters of another.
func IsChapters(m *mp4.Movie, t *mp4.Track) bool {
	return slices.ContainsFunc(m.Tracks, func(of *mp4.Track) bool { return slices.Contains(of.Chapters, t.ID) })
}

// trackChapters reads the track of chapters that some track names (QuickTime
// File Format, "Chapter Lists"); nil if there is none. There may be one of
// pictures, too.
func trackChapters(r io.ReaderAt, m *mp4.Movie) ([]Chapter, error) {
	for _, t := range m.Tracks {
		if t.Kind == codec.Text && t.Broken == nil && t.Index.Len() > 0 && IsChapters(m, t) && !(m.Partial && m.Fragmented) {
			return readTrack(r, m, t)
		}
	}
	return nil, nil
}

func readTrack(r io.ReaderAt, m *mp4.Movie, t *mp4.Track) ([]Chapter, error) {
	src := box.NewSource(r, m.Size)
	src.SetAhead(maxSample)
	line := t.Timeline()
	list := []Chapter{}
	for c := t.Index.Cursor(t.Index.FirstShown(line.From)); len(list) < maxChapters; {
		s, ok := c.Next()
		if !ok || s.PTS() >= line.To {
			break
		}
		if s.Size < 2 {
			continue // not even the length of a title: there is no chapter here
		}
		b, err := src.Bytes(s.Offset, int(min(s.Size, maxSample)))
		if trouble(err) != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		list = append(list, Chapter{
			Start: mp4.Seconds(max(s.PTS(), line.From)+line.Shift, t.Timescale),
			Title: text.Line(text.Plain(b), maxTitle),
		})
	}
	return list, nil
}

// neroChapters reads the list that Nero's tools keep: after version and flags,
// and four bytes from version 1 on, a count; each chapter is its time in units
// of 100 ns, and its title behind a byte that says how long it is.
func (r *reader) neroChapters(h box.Header) ([]Chapter, error) {
	b, err := r.src.Body("moov/udta/chpl", h, 1<<17)
	if err != nil {
		return nil, err
	}
	c := box.NewCursor(b)
	if version, _ := c.FullBox(); version > 0 {
		c.Skip(4)
	}
	var list []Chapter
	for range c.U8() {
		start := c.U64()
		title := c.Bytes(int(c.U8()))
		if !c.OK() {
			break
		}
		list = append(list, Chapter{Start: float64(start) / 1e7, Title: text.Line(text.Decode(title), maxTitle)})
	}
	slices.SortStableFunc(list, func(a, b Chapter) int { return cmp.Compare(a.Start, b.Start) })
	return list, nil
}
