package playlist

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"
)

// Rendition is a track as the master playlist tells of it.
type Rendition struct {
	URL      string // of its media playlist
	Name     string // for people; "" if it has none
	Language string // BCP 47; "" or "und" if unknown
	Default  bool
	Codec    string // RFC 6381; "" for text
	Channels int    // of sound; 0 if unknown
	Captions bool   // text that tells of sounds, too

	Peak, Average int64 // bits a second
}

// Picture is what is told of video besides.
type Picture struct {
	Width, Height int     // as it is shown; 0 if unknown
	FPS           float64 // 0 if unknown
	Range         string  // SDR, HLG or PQ; "" if unknown
}

// Master is a master playlist.
type Master struct {
	Video   *Rendition // nil for sound alone
	Picture Picture
	Audio   []Rendition
	Text    []Rendition
	Frames  *Rendition // the I-frame playlist; nil for none
}

const textGroup = "text"

// Encode writes the playlist: a variant for each codec that there is sound in,
// since a player must be able to play all of a group.
func (m Master) Encode() []byte {
	p := m3u8.NewMasterPlaylist()
	var renditions []byte
	for _, codec := range m.audioCodecs() {
		sound := slices.DeleteFunc(slices.Clone(m.Audio), func(r Rendition) bool { return r.Codec != codec })
		main := m.Video
		if main == nil {
			main = &sound[0]
		}
		v := m.params(main)
		if len(m.Text) > 0 {
			v.Subtitles = textGroup
		}
		if m.Video != nil && len(sound) > 0 || len(sound) > 1 {
			v.Audio = "sound-" + strings.ToLower(plain(codec))
			renditions = append(renditions, group(sound, "AUDIO", v.Audio)...)
		}
		if m.Video != nil && len(sound) > 0 {
			v.Codecs += "," + codec
			loudest := slices.MaxFunc(sound, func(a, b Rendition) int { return int(a.Peak - b.Peak) })
			v.Bandwidth, v.AverageBandwidth = bits(main.Peak+loudest.Peak), bits(main.Average+loudest.Average)
		}
		p.Append(main.URL, nil, v)
	}
	if m.Frames != nil {
		v := m.params(m.Frames)
		v.FrameRate, v.Captions, v.Iframe = 0, "", true
		p.Append(m.Frames.URL, nil, v)
	}
	p.SetIndependentSegments(true)
	p.SetVersion(version)
	return insert(p.Encode().Bytes(), append(renditions, group(m.Text, "SUBTITLES", textGroup)...))
}

// insert puts the renditions before the variants. Encode would sort them by
// name, and players offer them by their order.
func insert(list, renditions []byte) []byte {
	at := bytes.Index(list, []byte("#EXT-X-STREAM-INF"))
	return slices.Insert(slices.Clone(list), at, renditions...)
}

// audioCodecs are those of sound, the default one's first; one empty one if
// there is no sound.
func (m Master) audioCodecs() []string {
	var codecs []string
	for _, r := range m.Audio {
		if !slices.Contains(codecs, r.Codec) {
			if r.Default {
				codecs = append([]string{r.Codec}, codecs...)
			} else {
				codecs = append(codecs, r.Codec)
			}
		}
	}
	if len(codecs) == 0 {
		return []string{""}
	}
	return codecs
}

func (m Master) params(r *Rendition) m3u8.VariantParams {
	v := m3u8.VariantParams{Bandwidth: bits(r.Peak), AverageBandwidth: bits(r.Average), Codecs: r.Codec, Captions: "NONE"}
	if m.Video != nil {
		v.FrameRate, v.VideoRange = m.Picture.FPS, m.Picture.Range
		if m.Picture.Width > 0 && m.Picture.Height > 0 {
			v.Resolution = fmt.Sprintf("%dx%d", m.Picture.Width, m.Picture.Height)
		}
	}
	return v
}

func bits(rate int64) uint32 { return uint32(max(1, min(rate, math.MaxUint32))) }

// group makes a group of renditions with a name each: the default one first,
// then as they are listed. The default is the first that says so, or of sound
// the first.
func group(list []Rendition, kind, id string) []byte {
	first := slices.IndexFunc(list, func(r Rendition) bool { return r.Default })
	if kind == "AUDIO" {
		first = max(first, 0)
	}
	if first > 0 {
		list = slices.Insert(slices.Delete(slices.Clone(list), first, first+1), 0, list[first])
	}
	names := map[string]bool{}
	var b bytes.Buffer
	for i, r := range list {
		language := quotable(r.Language)
		if language == "und" {
			language = ""
		}
		isDefault := "NO"
		if i == 0 && first >= 0 {
			isDefault = "YES"
		}
		name := unique(names, cmp.Or(quotable(r.Name), language, "Track"))
		fmt.Fprintf(&b, `#EXT-X-MEDIA:TYPE=%s,GROUP-ID="%s",NAME="%s"`, kind, id, name)
		if language != "" {
			fmt.Fprintf(&b, `,LANGUAGE="%s"`, language)
		}
		fmt.Fprintf(&b, `,DEFAULT=%s,AUTOSELECT=YES`, isDefault)
		if r.Captions {
			b.WriteString(`,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"`)
		}
		if r.Channels > 0 {
			fmt.Fprintf(&b, `,CHANNELS="%d"`, r.Channels)
		}
		fmt.Fprintf(&b, ",URI=\"%s\"\n", r.URL)
	}
	return b.Bytes()
}

// unique gives a name that no other has.
func unique(names map[string]bool, name string) string {
	for n, base := 2, name; names[name]; n++ {
		name = fmt.Sprintf("%s %d", base, n)
	}
	names[name] = true
	return name
}

// quotable makes text fit for a quoted string (RFC 8216, section 4.2).
func quotable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// plain makes the first part of a codec's string fit for the name of a group.
func plain(codec string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, codec)
}
