// Package info describes a film for people and programs: the JSON of
// /api/info and of vodsrv info, and its form for reading.
package info

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"vodsrv/mp4"
	"vodsrv/mp4/codec"
	"vodsrv/mp4/fragment"
)

// State says what can be done with a file.
type State string

// The states there are.
const (
	Ready     State = "ready"
	Indexing  State = "indexing"
	Growing   State = "growing"
	Truncated State = "truncated"
	Invalid   State = "invalid"
)

// File describes one film. Times are presentation seconds.
type File struct {
	Path       string   `json:"path"`
	Size       int64    `json:"size"` // bytes
	Duration   float64  `json:"duration"`
	Fragmented bool     `json:"fragmented"`
	State      State    `json:"state"`
	Reason     string   `json:"reason"` // why the state is so, or why nothing of the file can be played
	Brands     []string `json:"brands"`
	MIME       string   `json:"mime"` // of the default tracks; "" if none can be played
	Tracks     []Track  `json:"tracks"`
	Layout     string   `json:"layout"` // how samples and their index lie in the file, in words
	Extras
}

// Track describes one track of a film.
type Track struct {
	ID         uint32     `json:"id"`
	Kind       codec.Kind `json:"kind"`
	Codec      string     `json:"codec"` // element of the codecs parameter of RFC 6381
	Lang       string     `json:"lang"`
	Label      string     `json:"label"`
	Default    bool       `json:"default"` // flagged so in the file
	Timescale  uint32     `json:"timescale"`
	Duration   float64    `json:"duration"` // from start on, in seconds
	Start      float64    `json:"start"`    // presentation seconds
	Samples    int        `json:"samples"`  // null if Uncounted
	Bitrate    int64      `json:"bitrate"`  // bits a second, on average; null if Uncounted
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	FPS        float64    `json:"fps"`      // null if Uncounted
	Rotation   int        `json:"rotation"` // degrees clockwise: 0, 90, 180 or 270
	Channels   int        `json:"channels"`
	SampleRate int        `json:"sampleRate"`
	Edits      []Edit     `json:"edits"`
	Encrypted  bool       `json:"encrypted"`
	Playable   bool       `json:"playable"` // ISO BMFF in MSE can carry it
	Reason     string     `json:"reason"`   // why it is not playable

	Name        string  `json:"name"`                  // what people call the codec: "H.264"
	PixelAspect string  `json:"pixelAspect,omitempty"` // width:height of a pixel, where it is not square
	Colour      *Colour `json:"colour,omitempty"`      // where the file tells it
	Scheme      string  `json:"scheme,omitempty"`      // of the encryption: "cenc", "cbcs"
	KID         string  `json:"kid,omitempty"`         // default key id of the encryption, as hexadecimal digits

	// Uncounted says that only the ends of the film were read (mp4.Glance), so
	// that what depends on all samples is unknown.
	Uncounted bool `json:"-"`
}

// MarshalJSON writes null for what is unknown of an uncounted track.
func (t Track) MarshalJSON() ([]byte, error) {
	type track Track
	type uncounted struct {
		track
		Samples *int `json:"samples"`
		Bitrate *int `json:"bitrate"`
		FPS     *int `json:"fps"`
	}
	var v any = track(t)
	if t.Uncounted {
		v = uncounted{track: track(t)}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the encoder that asked does that, if it should
	err := e.Encode(v)
	return b.Bytes(), err
}

// Colour is what the colours of a picture stand for, by the codes of ISO/IEC
// 23091-2.
type Colour struct {
	Primaries uint16 `json:"primaries"`
	Transfer  uint16 `json:"transfer"`
	Matrix    uint16 `json:"matrix"`
	FullRange bool   `json:"fullRange"`
}

// Edit is one entry of an edit list.
type Edit struct {
	Duration  float64  `json:"duration"`  // seconds; 0 is to the end
	MediaTime *float64 `json:"mediaTime"` // seconds; null for an empty edit
	Rate      float64  `json:"rate"`
}

// Describe describes a movie. The path is left to the caller.
func Describe(m *mp4.Movie) File {
	f := File{
		Size: m.Size, Duration: m.Duration(),
		State: Ready, Brands: m.Brands, Tracks: make([]Track, len(m.Tracks)),
		Extras: noExtras(),
	}
	f.Fragmented, f.Layout = layout(m)
	if f.Brands == nil {
		f.Brands = []string{}
	}
	for i, t := range m.Tracks {
		f.Tracks[i] = describeTrack(m, t)
	}
	var entries []codec.Entry
	for _, id := range fragment.DefaultTracks(m) {
		entries = append(entries, *m.Track(id).FirstEntry())
	}
	if len(entries) > 0 {
		f.MIME = codec.MIME(entries...)
	} else {
		f.Reason = whyNothing(m, f.Tracks)
	}
	if m.Truncated != nil {
		f.State, f.Reason = Truncated, "The film ends too early: "+sentence(m.Truncated.Error())
	}
	return f
}

// Unreadable describes a file of that many bytes that can't be opened, and
// why.
func Unreadable(size int64, err error) File {
	f := File{Size: size, State: Invalid, Reason: Sentence(err.Error()), Brands: []string{}, Tracks: []Track{}, Extras: noExtras()}
	if IsSegment(err) {
		f.Layout = "media segment without its init segment"
		f.Reason = "This is a media segment: it plays only behind its init segment (moov), which is another file."
	}
	return f
}

// IsSegment tells whether a file can't be opened because it holds fragments
// without the moov that explains them.
func IsSegment(err error) bool {
	var unsupported *mp4.UnsupportedError
	return errors.As(err, &unsupported) && unsupported.Box == "moof"
}

// Sentence makes an error's text one: a capital letter, a full stop.
func Sentence(text string) string {
	text = sentence(text)
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func sentence(text string) string {
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// whyNothing says why nothing of a file can be played.
func whyNothing(m *mp4.Movie, tracks []Track) string {
	switch {
	case samples(m) > 0:
	case m.Fragmented:
		return "This is an init segment alone: it says what its tracks are, and the samples are in other files."
	default:
		return "No track has any samples."
	}
	for _, kind := range []codec.Kind{codec.Video, codec.Audio} {
		for _, t := range tracks {
			if t.Kind == kind && t.Reason != "" {
				return t.Reason
			}
		}
	}
	return "The file has neither video nor audio."
}

func describeTrack(m *mp4.Movie, t *mp4.Track) Track {
	d := Track{
		ID: t.ID, Kind: t.Kind, Lang: t.Language, Label: label(t), Default: t.Enabled, Timescale: t.Timescale,
		Edits: edits(m, t), Playable: t.Playable(),
	}
	if t.Kind == codec.Video {
		d.Rotation = rotation(t.Matrix)
	}
	if len(t.Entries) > 0 {
		describeEntry(&d, *t.FirstEntry())
	}
	if t.Kind == codec.Text {
		d.Width, d.Height = int(t.Width>>16), int(t.Height>>16)
	}
	if t.Index != nil {
		describeSamples(m, &d, t)
	}
	switch {
	case d.Playable:
		d.Reason = ""
	case t.Broken != nil:
		d.Reason = Sentence(t.Broken.Error())
	case t.Index.Len() == 0:
		d.Reason = "The track is empty."
	}
	return d
}

func describeEntry(d *Track, e codec.Entry) {
	d.Codec, d.Width, d.Height, d.Channels, d.SampleRate = e.Codec, e.Width, e.Height, e.Channels, e.SampleRate
	d.Encrypted, d.Reason = e.Encrypted, e.Reason
	d.Name, d.Scheme, d.KID = e.Name, e.Scheme, hex.EncodeToString(e.KID)
	if w, h := e.PixelAspect[0], e.PixelAspect[1]; w != h {
		d.PixelAspect = fmt.Sprintf("%d:%d", w, h)
	}
	if c := e.Colour; c != (codec.Colour{}) {
		d.Colour = &Colour{c.Primaries, c.Transfer, c.Matrix, c.Full}
	}
}

func describeSamples(m *mp4.Movie, d *Track, t *mp4.Track) {
	d.Start = mp4.Seconds(t.Start(), t.Timescale)
	d.Duration = mp4.Seconds(t.End()-t.Start(), t.Timescale)
	if d.Uncounted = m.Partial; m.Partial {
		return
	}
	d.Samples = t.Index.Len()
	media := mp4.Seconds(t.Index.End()-t.Index.Start(), t.Timescale)
	if media <= 0 {
		return
	}
	d.Bitrate = int64(math.Round(float64(t.Index.TotalSize()) * 8 / media))
	if t.Kind == codec.Video {
		d.FPS = math.Round(float64(d.Samples)/media*1000) / 1000
	}
}

// toolNames are what handlers' names have in them that tell of the tool and not
// of the track.
var toolNames = []string{"handle", "core media", "gpac", "iso media", "mainconcept", "google inc", "bento4"}

// label is the track's title, or its handler's name unless that is one that
// muxers give every track.
func label(t *mp4.Track) string {
	if t.Name != "" {
		return t.Name
	}
	name := strings.ToLower(t.HandlerName)
	if slices.ContainsFunc(toolNames, func(tool string) bool { return strings.Contains(name, tool) }) {
		return ""
	}
	return t.HandlerName
}

// rotation reads the quarter turns out of a transformation matrix (section
// 6.2.2); other transformations count as none.
func rotation(m [9]int32) int {
	switch a, b, c, d := m[0], m[1], m[3], m[4]; {
	case a == 0 && d == 0 && b > 0 && c < 0:
		return 90
	case b == 0 && c == 0 && a < 0 && d < 0:
		return 180
	case a == 0 && d == 0 && b < 0 && c > 0:
		return 270
	}
	return 0
}

func edits(m *mp4.Movie, t *mp4.Track) []Edit {
	out := make([]Edit, len(t.Edits))
	for i, e := range t.Edits {
		out[i] = Edit{
			Duration: mp4.Seconds(int64(min(e.Duration, math.MaxInt64)), m.Timescale),
			Rate:     float64(e.Rate) / 65536,
		}
		if e.MediaTime >= 0 {
			at := mp4.Seconds(e.MediaTime, t.Timescale)
			out[i].MediaTime = &at
		}
	}
	return out
}
