package stream

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Query is what a viewer asks for in the URL.
type Query struct {
	Time   float64  // where to start, in presentation seconds
	HasT   bool     // Time was given
	Tracks []uint32 // nil for the default ones
	Split  bool     // one stream a track
	Rate   float64
	Paused bool
	Seq    []int  // go on with these segments, one a stream; nil if not asked for
	ETag   string // of the film that Seq counts in
}

// ParseQuery reads the query of a WebSocket's URL. Errors are *Error with
// BadRequest. Unknown parameters are passed over.
func ParseQuery(v url.Values) (Query, error) {
	q := Query{Rate: 1, ETag: v.Get("etag")}
	for name, read := range map[string]func(*Query, string) bool{
		"t": (*Query).readTime, "tracks": (*Query).readTracks, "mode": (*Query).readMode,
		"rate": (*Query).readRate, "paused": (*Query).readPaused, "seq": (*Query).readSeq,
	} {
		if v.Has(name) && !read(&q, v.Get(name)) {
			return q, Errorf(BadRequest, "The parameter %s=%q is not understood.", name, v.Get(name))
		}
	}
	if q.Seq != nil && q.ETag == "" {
		return q, Errorf(BadRequest, "The parameter seq needs etag beside it.")
	}
	return q, nil
}

func (q *Query) readTime(s string) (ok bool) {
	q.Time, ok = parseSeconds(s)
	q.HasT = ok
	return ok
}

func (q *Query) readTracks(s string) bool {
	for field := range strings.SplitSeq(s, ",") {
		id, err := strconv.ParseUint(field, 10, 32)
		if err != nil || slices.Contains(q.Tracks, uint32(id)) {
			return false
		}
		q.Tracks = append(q.Tracks, uint32(id))
	}
	return true
}

func (q *Query) readMode(s string) bool {
	q.Split = s == "split"
	return s == "split" || s == "muxed"
}

func (q *Query) readRate(s string) (ok bool) {
	q.Rate, ok = parseSeconds(s)
	return ok && rateAllowed(q.Rate)
}

func (q *Query) readPaused(s string) bool {
	q.Paused = s == "1"
	return s == "0" || s == "1"
}

func (q *Query) readSeq(s string) bool {
	for field := range strings.SplitSeq(s, ",") {
		k, err := strconv.ParseUint(field, 10, 31)
		if err != nil {
			return false
		}
		q.Seq = append(q.Seq, int(k))
	}
	return true
}

func parseSeconds(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && f >= 0 && !math.IsInf(f, 0)
}

func rateAllowed(rate float64) bool { return rate >= MinRate && rate <= MaxRate }
