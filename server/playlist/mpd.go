package playlist

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Eyevinn/dash-mpd/mpd"

	"vodsrv/mp4"
)

const (
	// trickMode is the scheme of a set of pictures for fast play and previews.
	trickMode = "http://dashif.org/guidelines/trickmode"
	channels  = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
	clock     = "urn:mpeg:dash:utc:http-head:2014"
	// textRate is told of text, whose rate is next to nothing.
	textRate = 256
	// maxTrickRate is how fast pictures may be played.
	maxTrickRate = 32
	// updateEvery is how often the manifest of a film that grows is asked for.
	updateEvery = 2 * time.Second
	// delay is how far behind the end of a film that grows players stay: behind
	// the longest piece, and what is held back until nothing can change it.
	delay = 2 * growingTarget * time.Second
)

// Growing is what is told besides of a film that more will come to.
type Growing struct {
	Start     time.Time // when its time 0 was recorded
	Published time.Time // when it became what it is
	Clock     string    // URL whose answers tell the time
}

// MPD writes the manifest of DASH: one AdaptationSet for each track, as those of
// one language may differ in what is said, with all qualities of video with one
// codec in one. growing is nil for a film that is whole, and takes so many
// seconds, or longer where a track's last sample does: players pause where the
// presentation is told to end, and never get to the end of what they have.
func (f Film) MPD(seconds float64, growing *Growing) ([]byte, error) {
	m := mpd.NewMPD(mpd.STATIC_TYPE)
	m.Profiles = mpd.PROFILE_LIVE
	m.MinBufferTime = length(f.longest())
	p := mpd.NewPeriod()
	p.Id, p.Start = "0", length(0)
	if growing == nil {
		m.MediaPresentationDuration = length(max(seconds, f.end()))
	} else {
		m.Type = mpd.Ptr(mpd.DYNAMIC_TYPE)
		m.AvailabilityStartTime, m.PublishTime = instant(growing.Start), instant(growing.Published)
		m.MinimumUpdatePeriod, m.SuggestedPresentationDelay = mpd.Ptr(mpd.Duration(updateEvery)), mpd.Ptr(mpd.Duration(delay))
		m.UTCTimings = []*mpd.DescriptorType{mpd.NewDescriptor(clock, growing.Clock, "")}
	}
	m.AppendPeriod(p)
	f.appendVideo(p)
	for _, t := range f.Audio {
		set := appendSet(p, "audio", t.MIME, t.Label)
		set.SegmentAlignment, set.StartWithSAP = true, 1
		if value := channelConfiguration(t.Channels); value != "" {
			set.AudioChannelConfigurations = []*mpd.DescriptorType{mpd.NewDescriptor(channels, value, "")}
		}
		r := f.representation(t, t.Rates, t.Times, "")
		if t.SampleRate > 0 {
			r.AudioSamplingRate = mpd.Ptr(mpd.UIntVectorType(strconv.Itoa(t.SampleRate)))
		}
		set.AppendRepresentation(r)
	}
	f.appendText(p)
	var b bytes.Buffer
	_, err := m.Write(&b, " ", true)
	return b.Bytes(), err
}

// appendVideo adds a set for each codec of video, and one with its pictures.
func (f Film) appendVideo(p *mpd.Period) {
	for i, t := range f.Video {
		if f.firstAlike(t) != i {
			continue
		}
		set := appendSet(p, "video", t.MIME, Label{Default: i == 0})
		set.SegmentAlignment, set.StartWithSAP = true, sap(t.Times)
		trick := &mpd.AdaptationSetType{}
		for k, same := range f.Video {
			if f.firstAlike(same) != i {
				continue
			}
			set.AppendRepresentation(picture(f.representation(same, same.Rates, same.Times, ""), same.Picture, true))
			if len(same.Frames) > 0 {
				r := picture(f.representation(same, same.FramesRates, same.Frames, FramePart), same.Picture, false)
				r.Id, r.MaxPlayoutRate, r.CodingDependency = fmt.Sprintf("trick-%d", k), maxTrickRate, mpd.Ptr(false)
				trick.AppendRepresentation(r)
			}
		}
		if len(trick.Representations) > 0 {
			of := strconv.Itoa(int(*set.Id))
			pictures := appendSet(p, "video", t.MIME, Label{})
			pictures.Roles = nil
			pictures.SegmentAlignment, pictures.StartWithSAP, pictures.Representations = true, 1, trick.Representations
			pictures.EssentialProperties = []*mpd.DescriptorType{mpd.NewDescriptor(trickMode, of, "")}
		}
	}
}

// firstAlike is the first video of a track's codec: players switch between
// those of one set.
func (f Film) firstAlike(t Track) int {
	for i, other := range f.Video {
		if other.MIME == t.MIME && family(other.Codec) == family(t.Codec) {
			return i
		}
	}
	return -1
}

// family is a codec without its profile and level.
func family(codec string) string {
	name, _, _ := strings.Cut(codec, ".")
	return name
}

func (f Film) appendText(p *mpd.Period) {
	main := slices.IndexFunc(f.Text, func(t Text) bool { return t.Default })
	for i, t := range f.Text {
		t.Default = i == main
		set := appendSet(p, "text", mpd.MIME_TYPE_SUBTITLE_VTT, t.Label)
		role := "subtitle"
		if t.Captions {
			role = "caption"
		}
		set.Roles = append(set.Roles, mpd.NewRole(role))
		r := mpd.NewRepresentation()
		r.Id, r.Bandwidth = fmt.Sprintf("text-%d", i), textRate
		r.BaseURLs = []*mpd.BaseURLType{mpd.NewBaseURL(f.Link(t.WebVTT))}
		set.AppendRepresentation(r)
	}
}

// appendSet adds an AdaptationSet. What is not the default is told to be an
// alternative, but for text, which is one in any case.
func appendSet(p *mpd.Period, kind mpd.RFC6838ContentTypeType, mime string, l Label) *mpd.AdaptationSetType {
	set := mpd.NewAdaptationSet()
	set.Id = mpd.Ptr(uint32(len(p.AdaptationSets) + 1))
	set.ContentType, set.MimeType, set.Lang = kind, mime, l.Language
	switch {
	case l.Default:
		set.Roles = append(set.Roles, mpd.NewRole("main"))
	case kind != "text":
		set.Roles = append(set.Roles, mpd.NewRole("alternate"))
	}
	if name := quotable(l.Name); name != "" {
		set.Labels = []*mpd.LabelType{{Value: name}}
	}
	p.AppendAdaptationSet(set)
	return set
}

// representation tells of a track, whose pieces' names begin with part.
func (f Film) representation(t Track, rates Rates, times Timeline, part string) *mpd.RepresentationType {
	r := mpd.NewRepresentation()
	r.Id, r.Codecs, r.Bandwidth = t.ID, t.Codec, bits(rates.Peak)
	r.SegmentTemplate = mpd.NewSegmentTemplate()
	r.SegmentTemplate.Initialization = f.Link(t.Folder + InitName)
	r.SegmentTemplate.Media = f.Link(t.Folder + part + TimeName("$Time$") + PieceName)
	r.SegmentTemplate.SetTimescale(t.Timescale)
	r.SegmentTemplate.SegmentTimeline = &mpd.SegmentTimelineType{S: stretches(times)}
	return r
}

// stretches are the times of pieces, with those that follow each other and are
// of one length put together.
func stretches(times Timeline) []*mpd.S {
	var list []*mpd.S
	end := int64(-1)
	for _, p := range times {
		switch last := len(list) - 1; {
		case p.At != end:
			list = append(list, &mpd.S{T: mpd.Ptr(uint64(p.At)), D: uint64(p.Length)})
		case list[last].D == uint64(p.Length):
			list[last].R++
		default:
			list = append(list, &mpd.S{D: uint64(p.Length)})
		}
		end = p.At + p.Length
	}
	return list
}

// sap is the type of access point that all pieces begin with (ISO/IEC 14496-12,
// annex I): 1, or 3 where pictures follow the first that are shown before it,
// and need what came before.
func sap(times Timeline) uint32 {
	for _, p := range times {
		if p.Leading {
			return 3
		}
	}
	return 1
}

func picture(r *mpd.RepresentationType, p Picture, moves bool) *mpd.RepresentationType {
	if p.Width > 0 && p.Height > 0 {
		r.Width, r.Height = uint32(p.Width), uint32(p.Height)
	}
	if moves {
		r.FrameRate = frameRate(p.FPS)
	}
	return r
}

// frameRate is a rate as a fraction: those of television are of 1001.
func frameRate(fps float64) mpd.FrameRateType {
	whole, thousandths := math.Round(fps), math.Round(fps*1000)
	switch {
	case thousandths <= 0:
		return ""
	case thousandths == whole*1000:
		return mpd.FrameRateType(strconv.Itoa(int(whole)))
	case thousandths == math.Round(whole*1000*1000/1001):
		return mpd.FrameRateType(fmt.Sprintf("%d/1001", int(whole)*1000))
	}
	return mpd.FrameRateType(fmt.Sprintf("%d/1000", int(thousandths)))
}

// channelConfiguration is the usual layout of so many channels (ISO/IEC 23003-3);
// "" if there is none.
func channelConfiguration(n int) string {
	return map[int]string{1: "1", 2: "2", 3: "3", 4: "4", 5: "5", 6: "6", 8: "7"}[n]
}

// longest is how long the longest piece takes, in seconds.
func (f Film) longest() float64 {
	longest := 1.0
	for _, list := range [][]Track{f.Video, f.Audio} {
		for _, t := range list {
			for _, p := range t.Times {
				longest = max(longest, float64(p.Length)/float64(t.Timescale))
			}
		}
	}
	return longest
}

// end is when the last sample of all tracks is over, in seconds.
func (f Film) end() float64 {
	end := 0.0
	for _, list := range [][]Track{f.Video, f.Audio} {
		for _, t := range list {
			if k := len(t.Times) - 1; k >= 0 {
				end = max(end, mp4.Seconds(t.Times[k].At+t.Times[k].Length, t.Timescale))
			}
		}
	}
	return end
}

// length is in whole milliseconds, which is all that is written, and never too
// short.
func length(seconds float64) *mpd.Duration {
	ms := math.Ceil(seconds*1000 - 1e-6)
	return mpd.Ptr(mpd.Duration(time.Duration(ms) * time.Millisecond))
}

func instant(t time.Time) mpd.DateTime {
	return mpd.DateTime(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}
