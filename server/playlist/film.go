package playlist

// Film is a film as manifests tell of it: the master playlist, and the MPD.
type Film struct {
	Video []Track // the default video in each quality, the film's own first; none for sound alone
	Audio []Track // in the order of the file
	Text  []Text
	// Link makes a URL of one that is relative to the manifest, or begins with
	// a slash.
	Link func(to string) string
}

// Track is one track.
type Track struct {
	ID     string // no other track's
	Folder string // URL of what there is of the track; ends with a slash
	Label
	Codec      string // RFC 6381
	MIME       string // without parameters
	Channels   int    // of sound; 0 if unknown
	SampleRate int    // of sound, in Hz; 0 if unknown
	Picture    Picture

	Timescale   uint32
	Times       Timeline
	Rates       Rates
	Frames      Timeline // of its I-frame playlist; nil if it has none
	FramesRates Rates
}

// Label says what a rendition is.
type Label struct {
	Name     string // for people; "" if it has none
	Language string // BCP 47; "" if unknown
	Default  bool
}

// Text is a text that can be shown over the film.
type Text struct {
	Playlist string // URL
	WebVTT   string // URL
	Label
	Captions bool // it tells of sounds, too
}

// Picture is what is told of video besides.
type Picture struct {
	Width, Height int     // as it is shown; 0 if unknown
	FPS           float64 // 0 if unknown
	Range         string  // SDR, HLG or PQ; "" if unknown
}

// What there is of a track, by its name in the track's folder. Pieces have names
// of their own.
const (
	MediaName  = "media.m3u8"
	FramesName = "iframes.m3u8"
	InitName   = "init.mp4"
	PieceName  = ".m4s" // behind the name of a piece
	FramePart  = "i"    // before that of a picture
)
