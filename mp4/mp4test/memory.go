package mp4test

import "bytes"

// Memory is a file in memory that is written from start to end and then
// changed in places ([io.Writer], [io.WriterAt]).
type Memory struct {
	bytes.Buffer
	Unchanged []byte // what it was before the first change; nil if there was none
}

// WriteAt changes bytes that were written.
func (m *Memory) WriteAt(p []byte, at int64) (int, error) {
	if m.Unchanged == nil {
		m.Unchanged = bytes.Clone(m.Bytes())
	}
	return copy(m.Bytes()[at:], p), nil
}
