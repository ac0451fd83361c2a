package fragment

import (
	"encoding/binary"
	"fmt"
	"io"

	"vodsrv/mp4"
)

// maxUserData is the most bytes of user data that are copied, since they are
// held in memory. Pictures in it have some megabytes.
const maxUserData = 64 << 20

// userData is the movie's udta box, nil if there is none.
func userData(src io.ReaderAt, m *mp4.Movie, o Options) ([]byte, error) {
	h := m.UserData
	if h.Size == 0 {
		return nil, nil
	}
	if h.Size > maxUserData {
		if o.Warn != nil {
			o.Warn(fmt.Sprintf("the output has no titles and pictures: moov/udta at byte %d has %d bytes, more than the %d that are copied", h.Offset, h.Size, maxUserData))
		}
		return nil, nil
	}
	const head = 8 // whatever it is in the source
	b := make([]byte, head+h.BodySize())
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	copy(b[4:], h.Type[:])
	if _, err := readFull(src, b[head:], h.Body()); err != nil {
		return nil, fmt.Errorf("moov/udta at byte %d: %w", h.Offset, err)
	}
	return b, nil
}
