package stream

import "vodsrv/mp4/fragment"

// Film is what a session shows. Its methods are safe for any number of
// goroutines, since viewers share films.
type Film interface {
	// ETag names the bytes of the film's segments.
	ETag() string
	// Duration is that of the film, in seconds; of what is there if it grows.
	Duration() float64
	// Tracks are all tracks of the file, playable or not.
	Tracks() []Track
	// DefaultTracks are the ids of those to play unless told otherwise.
	DefaultTracks() []uint32
	// Segments is the number of segments.
	Segments() int
	// Span tells when segment k starts and ends, in presentation seconds.
	Span(k int) (start, end float64)
	// Growth tells whether more segments will come, or why the film can't be
	// gone on with. Segments that are there stay as they are.
	Growth() (more bool, err error)
	// Stream muxes tracks into one stream; it fails for those that can't be.
	Stream(ids []uint32) (Stream, error)
}

// Stream is some tracks of a film as one sequence of segments; see
// fragment.Stream.
type Stream interface {
	Tracks() []uint32
	MIME() string
	Init() []byte
	Seek(seconds float64) int
	Segment(k int) (*fragment.Segment, error)
}

// cut returns the parts that hold n bytes from offset on.
func cut(parts []fragment.Part, offset, n int64) []fragment.Part {
	var out []fragment.Part
	for _, p := range parts {
		if n == 0 {
			break
		}
		if offset >= p.Size {
			offset -= p.Size
			continue
		}
		take := min(p.Size-offset, n)
		if p.Data != nil {
			p.Data = p.Data[offset : offset+take]
		} else {
			p.Offset += offset
		}
		p.Size = take
		out = append(out, p)
		offset, n = 0, n-take
	}
	return out
}
