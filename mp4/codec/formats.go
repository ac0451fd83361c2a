package codec

// format is what is known of the sample entries with one code.
type format struct {
	name     string
	kind     Kind
	playable bool
	config   string // box that holds the configuration
	read     func(*parser, child) error
}

func video(name string) format { return format{name: name, kind: Video} }
func audio(name string) format { return format{name: name, kind: Audio} }
func text(name string) format  { return format{name: name, kind: Text} }

var (
	avc     = format{"H.264", Video, true, "avcC", (*parser).avc}
	avcTier = format{"H.264", Video, false, "avcC", (*parser).avc}
	hevc    = format{"HEVC", Video, true, "hvcC", (*parser).hevc}
	vvc     = format{"VVC", Video, true, "vvcC", (*parser).vvc}
	dvAVC   = format{"Dolby Vision", Video, true, "avcC", (*parser).dolbyVision}
	dvHEVC  = format{"Dolby Vision", Video, true, "hvcC", (*parser).dolbyVision}
	dvAV1   = format{"Dolby Vision", Video, true, "av1C", (*parser).dolbyVision}
	prores  = video("Apple ProRes")
	jpeg    = video("Motion JPEG")
	h263    = video("H.263")
	pcm     = audio("PCM")
	adpcm   = audio("ADPCM")
	dts     = audio("DTS")
	mp3     = format{"MP3", Audio, true, "", (*parser).mp3}
	ttml    = text("TTML subtitles")
	cea     = text("closed captions")
)

// formats by the code of the sample entry, without encryption.
var formats = map[string]format{
	"avc1": avc,
	"avc2": avcTier, // only with extractors or aggregators, which browsers do not read
	"avc3": avc,
	"avc4": avcTier,
	"hvc1": hevc,
	"hev1": hevc,
	"vvc1": vvc,
	"vvi1": vvc,
	"dva1": dvAVC,
	"dvav": dvAVC,
	"dvh1": dvHEVC,
	"dvhe": dvHEVC,
	"dav1": dvAV1,
	"av01": {"AV1", Video, true, "av1C", (*parser).av1},
	"vp08": {"VP8", Video, true, "vpcC", (*parser).vp},
	"vp09": {"VP9", Video, true, "vpcC", (*parser).vp},
	"mp4v": {"MPEG-4", Video, false, "esds", (*parser).mpeg4Video},
	"s263": h263,
	"h263": h263,
	"H263": h263,
	"m1v ": video("MPEG-1"),
	"m2v1": video("MPEG-2"),
	"mjp2": video("Motion JPEG 2000"),
	"mjpa": jpeg,
	"mjpb": jpeg,
	"jpeg": jpeg,
	"png ": video("PNG"),
	"apch": prores,
	"apcn": prores,
	"apcs": prores,
	"apco": prores,
	"ap4h": prores,
	"ap4x": prores,
	"SVQ1": video("Sorenson Video"),
	"SVQ3": video("Sorenson Video 3"),
	"cvid": video("Cinepak"),
	"rle ": video("QuickTime Animation"),
	"rpza": video("Apple Video"),
	"smc ": video("Apple Graphics"),
	"dvc ": video("DV"),
	"dvcp": video("DV"),
	"AVdn": video("DNxHD"),
	"AVdh": video("DNxHR"),
	"vc-1": video("VC-1"),
	"raw ": {name: "uncompressed", kind: Video},
	"2vuy": video("uncompressed"),
	"v210": video("uncompressed"),

	"mp4a":         {"MPEG-4", Audio, true, "esds", (*parser).mpeg4Audio},
	"Opus":         {"Opus", Audio, true, "dOps", (*parser).opus},
	"fLaC":         {"FLAC", Audio, true, "dfLa", (*parser).flac},
	"ac-3":         {"AC-3", Audio, true, "dac3", (*parser).ac3},
	"ec-3":         {"E-AC-3", Audio, true, "dec3", (*parser).eac3},
	".mp3":         mp3,
	"ms\\x00U":     mp3, // WAVE format 0x55
	"ac-4":         audio("AC-4"),
	"alac":         {"ALAC", Audio, false, "alac", (*parser).alac},
	"samr":         {"AMR", Audio, false, "", (*parser).amr},
	"sawb":         {"AMR-WB", Audio, false, "", (*parser).amr},
	"sawp":         audio("AMR-WB+"),
	"dtsc":         dts,
	"dtse":         dts,
	"dtsh":         dts,
	"dtsl":         dts,
	"dtsx":         audio("DTS:X"),
	"mha1":         audio("MPEG-H 3D Audio"),
	"mhm1":         audio("MPEG-H 3D Audio"),
	"QDMC":         audio("QDesign Music"),
	"QDM2":         audio("QDesign Music 2"),
	"Qclp":         audio("QCELP"),
	"sqcp":         audio("QCELP"),
	"sevc":         audio("EVRC"),
	"MAC3":         audio("MACE 3:1"),
	"MAC6":         audio("MACE 6:1"),
	"agsm":         audio("GSM"),
	"ulaw":         audio("µ-law"),
	"alaw":         audio("A-law"),
	"mlpa":         audio("Dolby TrueHD"),
	"ima4":         adpcm,
	"ms\\x00\\x02": adpcm, // WAVE format 2
	"ms\\x00\\x11": adpcm, // WAVE format 17
	"lpcm":         pcm,
	"sowt":         pcm,
	"twos":         pcm,
	"in24":         pcm,
	"in32":         pcm,
	"fl32":         pcm,
	"fl64":         pcm,
	"ipcm":         pcm,
	"fpcm":         pcm,
	"NONE":         pcm,

	"tx3g": text("timed text"),
	"text": text("QuickTime text"),
	"wvtt": text("WebVTT subtitles"),
	"stpp": ttml,
	"sbtt": text("text subtitles"),
	"stxt": text("plain text"),
	"c608": cea,
	"c708": cea,
	"mp4s": text("MPEG-4 subpictures"),

	"tmcd": {name: "timecodes", kind: Timecode},
	"rtp ": {name: "RTP hints", kind: Hint},
	"srtp": {name: "SRTP hints", kind: Hint},
	"mebx": {name: "boxed metadata", kind: Meta},
	"mett": {name: "text metadata", kind: Meta},
	"metx": {name: "XML metadata", kind: Meta},
	"urim": {name: "URI metadata", kind: Meta},
}
