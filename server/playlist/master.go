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

const textGroup = "text"

// Master writes the master playlist: a variant for each quality with each codec
// that there is sound in, since a player must be able to play all of a group.
func (f Film) Master() []byte {
	p := m3u8.NewMasterPlaylist()
	var renditions []byte
	for _, codec := range f.audioCodecs() {
		sound := slices.DeleteFunc(slices.Clone(f.Audio), func(t Track) bool { return t.Codec != codec })
		group := ""
		if len(f.Video) > 0 && len(sound) > 0 || len(sound) > 1 {
			group = "sound-" + strings.ToLower(plain(codec))
			renditions = append(renditions, f.sounds(sound, group)...)
		}
		main := f.Video
		if len(main) == 0 {
			main = sound[:1]
		}
		for _, t := range main {
			v := params(t, t.Rates)
			v.Audio = group
			if len(f.Text) > 0 {
				v.Subtitles = textGroup
			}
			if len(f.Video) > 0 && len(sound) > 0 {
				v.Codecs += "," + hlsCodec(codec)
				loudest := slices.MaxFunc(sound, func(a, b Track) int { return int(a.Rates.Peak - b.Rates.Peak) })
				v.Bandwidth, v.AverageBandwidth = bits(t.Rates.Peak+loudest.Rates.Peak), bits(t.Rates.Average+loudest.Rates.Average)
			}
			p.Append(f.Link(t.Folder+MediaName), nil, v)
		}
	}
	for _, t := range f.Video {
		if len(t.Frames) > 0 {
			v := params(t, t.FramesRates)
			v.FrameRate, v.Captions, v.Iframe = 0, "", true
			p.Append(f.Link(t.Folder+FramesName), nil, v)
		}
	}
	p.SetIndependentSegments(true)
	p.SetVersion(version)
	return insert(p.Encode().Bytes(), append(renditions, f.texts()...))
}

// insert puts the renditions before the variants. Encode would sort them by
// name, and players offer them by their order.
func insert(list, renditions []byte) []byte {
	at := bytes.Index(list, []byte("#EXT-X-STREAM-INF"))
	return slices.Insert(slices.Clone(list), at, renditions...)
}

// audioCodecs are those of sound, the default one's first; one empty one if
// there is no sound.
func (f Film) audioCodecs() []string {
	var codecs []string
	for _, r := range f.Audio {
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

func params(t Track, r Rates) m3u8.VariantParams {
	v := m3u8.VariantParams{
		Bandwidth: bits(r.Peak), AverageBandwidth: bits(r.Average), Codecs: hlsCodec(t.Codec), Captions: "NONE",
		FrameRate: t.Picture.FPS, VideoRange: t.Picture.Range,
	}
	if t.Picture.Width > 0 && t.Picture.Height > 0 {
		v.Resolution = fmt.Sprintf("%dx%d", t.Picture.Width, t.Picture.Height)
	}
	return v
}

// hlsCodec is a codec as players of HLS know it: MP3 by what Apple's want.
func hlsCodec(codec string) string {
	if strings.EqualFold(codec, "mp4a.6b") || codec == "mp4a.69" {
		return "mp4a.40.34"
	}
	return codec
}

func bits(rate int64) uint32 { return uint32(max(1, min(rate, math.MaxUint32))) }

// rendition is what stands in an EXT-X-MEDIA tag.
type rendition struct {
	Label
	url   string
	extra string // attributes
}

func (f Film) sounds(list []Track, id string) []byte {
	var all []rendition
	for _, t := range list {
		r := rendition{Label: t.Label, url: f.Link(t.Folder + MediaName)}
		if t.Channels > 0 {
			r.extra = fmt.Sprintf(`,CHANNELS="%d"`, t.Channels)
		}
		all = append(all, r)
	}
	if !slices.ContainsFunc(all, func(r rendition) bool { return r.Default }) {
		all[0].Default = true
	}
	return group(all, "AUDIO", id)
}

func (f Film) texts() []byte {
	var all []rendition
	for _, t := range f.Text {
		r := rendition{Label: t.Label, url: f.Link(t.Playlist)}
		if t.Captions {
			r.extra = `,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"`
		}
		all = append(all, r)
	}
	return group(all, "SUBTITLES", textGroup)
}

// group makes a group of renditions with a name each: the default one first,
// which is the first that says so, then as they are listed.
func group(list []rendition, kind, id string) []byte {
	if first := slices.IndexFunc(list, func(r rendition) bool { return r.Default }); first > 0 {
		r := list[first]
		list = slices.Insert(slices.Delete(list, first, first+1), 0, r)
	}
	names := map[string]bool{}
	var b bytes.Buffer
	for i, r := range list {
		isDefault := "NO"
		if i == 0 && r.Default {
			isDefault = "YES"
		}
		language := quotable(r.Language)
		name := unique(names, cmp.Or(quotable(r.Name), language, "Track"))
		fmt.Fprintf(&b, `#EXT-X-MEDIA:TYPE=%s,GROUP-ID="%s",NAME="%s"`, kind, id, name)
		if language != "" {
			fmt.Fprintf(&b, `,LANGUAGE="%s"`, language)
		}
		fmt.Fprintf(&b, ",DEFAULT=%s,AUTOSELECT=YES%s,URI=\"%s\"\n", isDefault, r.extra, r.url)
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
