package dump

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vodsrv/mp4"
)

// Samples writes the samples of the track with that id, in decode order: as a
// table, or as one JSON object a line. Samples count from 1, and so do
// fragments; samples of the moov have fragment 0. The composition time cts is
// in ticks of media time and the presentation time pts, which edit lists have
// shifted, in ticks and seconds. A file that ends too early has the samples
// that are there, and is an error in the end.
func Samples(w io.Writer, r io.ReaderAt, size int64, id uint32, asJSON bool) error {
	m, err := mp4.Open(r, size)
	if err != nil {
		return err
	}
	t := m.Track(id)
	if t == nil {
		return fmt.Errorf("there is no track %d; there is %s", id, ids(m))
	}
	if t.Broken != nil {
		return t.Broken
	}
	s := sampleWriter{w: bufio.NewWriterSize(w, outBuffer), track: t, json: asJSON}
	if err := s.write(); err != nil {
		return err
	}
	if m.Truncated != nil {
		return m.Truncated
	}
	return nil
}

func ids(m *mp4.Movie) string {
	var list []string
	for _, t := range m.Tracks {
		list = append(list, strconv.FormatUint(uint64(t.ID), 10))
	}
	return strings.Join(list, ", ")
}

// sampleWriter writes rows of one track.
type sampleWriter struct {
	w        *bufio.Writer
	track    *mp4.Track
	json     bool
	row      []byte
	fragment uint32 // of the sample, from 1; 0 is the moov
	starts   int    // fragments begun
}

func (s *sampleWriter) write() error {
	if !s.json {
		s.header()
	}
	c := s.track.Index.Cursor(0)
	for i := uint32(0); ; i++ {
		sample, ok := c.Next()
		if !ok {
			break
		}
		for s.starts < len(s.track.Starts) && s.track.Starts[s.starts].Sample <= i {
			s.fragment = s.track.Starts[s.starts].Fragment + 1
			s.starts++
		}
		s.row = s.row[:0]
		if s.json {
			s.object(i, sample)
		} else {
			s.columns(i, sample)
		}
		if _, err := s.w.Write(s.row); err != nil {
			return err
		}
	}
	return s.w.Flush()
}

var columns = []struct {
	name  string
	width int
}{
	{"number", 8}, {"offset", 12}, {"size", 9}, {"dts", 12}, {"cts", 12}, {"pts", 12}, {"seconds", 13}, {"duration", 9}, {"sync", 5}, {"entry", 6}, {"fragment", 9},
}

func (s *sampleWriter) header() {
	for _, c := range columns {
		s.cell(c.width, c.name)
	}
	s.row = append(s.row, '\n')
	_, _ = s.w.Write(s.row)
}

// cell writes a text at the right of a column.
func (s *sampleWriter) cell(width int, text string) {
	s.row = append(s.row, spaces[:max(1, width-len(text))]...)
	s.row = append(s.row, text...)
}

func (s *sampleWriter) numberCell(width int, v int64) {
	var digits [20]byte
	s.cell(width, string(strconv.AppendInt(digits[:0], v, 10)))
}

func (s *sampleWriter) columns(i uint32, sample mp4.Sample) {
	pts := sample.PTS() + s.track.Timeline().Shift
	s.numberCell(columns[0].width, int64(i)+1)
	for k, v := range []int64{sample.Offset, int64(sample.Size), sample.DTS, sample.PTS(), pts} {
		s.numberCell(columns[k+1].width, v)
	}
	s.cell(columns[6].width, strconv.FormatFloat(mp4.Seconds(pts, s.track.Timescale), 'f', 6, 64))
	s.numberCell(columns[7].width, int64(sample.Duration))
	sync := "-"
	if sample.Sync {
		sync = "sync"
	}
	s.cell(columns[8].width, sync)
	s.numberCell(columns[9].width, int64(sample.Description))
	s.numberCell(columns[10].width, int64(s.fragment))
	s.row = append(s.row, '\n')
}

func (s *sampleWriter) object(i uint32, sample mp4.Sample) {
	pts := sample.PTS() + s.track.Timeline().Shift
	s.member(`{"number":`, int64(i)+1)
	s.member(`,"offset":`, sample.Offset)
	s.member(`,"size":`, int64(sample.Size))
	s.member(`,"dts":`, sample.DTS)
	s.member(`,"cts":`, sample.PTS())
	s.member(`,"pts":`, pts)
	s.row = append(s.row, `,"seconds":`...)
	s.row = appendSeconds(s.row, mp4.Seconds(pts, s.track.Timescale))
	s.member(`,"duration":`, int64(sample.Duration))
	s.row = append(s.row, `,"sync":`...)
	s.row = strconv.AppendBool(s.row, sample.Sync)
	s.member(`,"entry":`, int64(sample.Description))
	s.member(`,"fragment":`, int64(s.fragment))
	s.row = append(s.row, "}\n"...)
}

func (s *sampleWriter) member(name string, v int64) {
	s.row = strconv.AppendInt(append(s.row, name...), v, 10)
}
