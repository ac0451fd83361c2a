package dump

// textKinds are the configurations of subtitles (3GPP TS 26.245, 5.16;
// ISO/IEC 14496-30).
var textKinds = map[string]kind{
	"ftab": {read: func(f *fields) {
		f.counted("fonts", f.num("entry_count", 2), func() { f.num("font_ID", 2); f.pascal("font_name", 0) })
	}},
	"vttC": {read: func(f *fields) { f.text("config", f.left()) }},
	"vlab": {read: func(f *fields) { f.text("source_label", f.left()) }},
	"mime": {full: true, read: func(f *fields) { f.cstring("content_type") }},
	"txtC": {full: true, read: func(f *fields) { f.cstring("text_config") }},
	"uri ": {full: true, read: func(f *fields) { f.cstring("theURI") }},
	"tims": {read: func(f *fields) { f.num("timescale", 4) }},
	"tsro": {read: func(f *fields) { f.signed("offset", 4) }},
	"snro": {read: func(f *fields) { f.signed("offset", 4) }},
	// Apple's timed metadata: what the numbers that samples begin with mean.
	"mebx/keys": container,
	"keyd":      {read: func(f *fields) { f.type4("namespace"); f.text("value", f.left()) }},
	"dtyp": {read: func(f *fields) {
		if f.num("namespace", 4) == 0 {
			f.named("well_known_type", 4, dataTypes)
			return
		}
		f.text("value", f.left())
	}},
	"loca": {read: func(f *fields) { f.cstring("locale") }},

	// Totals of hint tracks.
	"hinf/trpy": {read: readTotal8}, "hinf/nump": {read: readTotal8}, "hinf/tpyl": {read: readTotal8}, "hinf/dmed": {read: readTotal8},
	"hinf/dimm": {read: readTotal8}, "hinf/drep": {read: readTotal8},
	"hinf/totl": {read: readTotal4}, "hinf/npck": {read: readTotal4}, "hinf/tpay": {read: readTotal4}, "hinf/tmin": {read: readTotal4},
	"hinf/tmax": {read: readTotal4}, "hinf/pmax": {read: readTotal4}, "hinf/dmax": {read: readTotal4},
	"hinf/maxr": {read: func(f *fields) { f.num("period", 4); f.num("bytes", 4) }},
	"hinf/payt": {read: func(f *fields) { f.num("payload_ID", 4); f.pascal("rtpmap_string", 0) }},
}

func readTotal8(f *fields) { f.num("total", 8) }

func readTotal4(f *fields) { f.num("total", 4) }
