package dump

// quickTimeKinds are boxes of the QuickTime File Format that ISO does not
// have.
var quickTimeKinds = map[string]kind{
	"gmhd": container, "wave": container, "tapt": container, "rmra": container, "rmda": container,
	"cmov": container, "matt": container, "clip": container, "imap": container,
	"gmin": {full: true, read: func(f *fields) {
		f.named("graphicsmode", 2, graphicsModes)
		f.row("opcolor", 3, 2, func() { f.num("", 2) })
		f.fixed("balance", 2, 8)
		f.skip(2)
	}},
	"gmhd/tmcd": container,
	"gmhd/text": {read: func(f *fields) { f.matrix() }},
	"gmhd/gpmd": {},
	"tcmi": {full: true, read: func(f *fields) {
		f.num("text_font", 2)
		f.num("text_face", 2)
		f.num("text_size", 2)
		f.skip(2)
		f.colour("text_color")
		f.colour("background_color")
		f.pascal("font_name", 0)
	}},
	"clef": {full: true, read: readAperture}, "prof": {full: true, read: readAperture}, "enof": {full: true, read: readAperture},
	"chan": {full: true, read: readChan},
	"load": {read: func(f *fields) {
		f.span("preload_start_time", 4, f.d.scale)
		f.span("preload_duration", 4, f.d.scale)
		f.num("preload_flags", 4)
		f.num("default_hints", 4)
	}},
	"wave/mp4a": {},
	"wave/frma": {read: readFrma},
	"enda":      {read: func(f *fields) { f.num("little_endian", 2) }},
	"gama":      {read: func(f *fields) { f.fixed("gamma", 4, 16) }},
	"rdrf":      {full: true, read: func(f *fields) { f.type4("data_ref_type"); f.hex("data_ref", int64(f.num("data_ref_size", 4))) }},
	"dcom":      {read: func(f *fields) { f.type4("compression") }},
	"cmvd":      {read: func(f *fields) { f.num("uncompressed_size", 4); f.hex("data", f.left()) }},
	"crgn":      {},
	"WLOC":      {read: func(f *fields) { f.signed("x", 2); f.signed("y", 2) }},
	"LOOP":      {read: func(f *fields) { f.num("looping", 4) }},
	"SelO":      {read: func(f *fields) { f.num("selection_only", 1) }},
	"AllF":      {read: func(f *fields) { f.num("play_all_frames", 1) }},
	"udta/name": {read: readAllText},
	"tmcd/name": {read: readString},
}

// colour tells red, green and blue of 16 bits each.
func (f *fields) colour(name string) {
	f.row(name, 3, 2, func() { f.num("", 2) })
}

func readAperture(f *fields) {
	f.ufixed("width", 4, 16)
	f.ufixed("height", 4, 16)
}

// readChan reads a Core Audio channel layout.
func readChan(f *fields) {
	f.hexNum("channel_layout_tag", 4)
	f.hexNum("channel_bitmap", 4)
	f.list("channel_descriptions", f.num("number_channel_descriptions", 4), 20, func() {
		f.num("channel_label", 4)
		f.hexNum("channel_flags", 4)
		f.float32("x")
		f.float32("y")
		f.float32("z")
	})
}

// readString reads a text with its length and language, as QuickTime's user
// data has it.
func readString(f *fields) {
	n := int64(f.uint(2))
	f.put("language", language(f.uint(2)))
	f.text("text", min(n, f.left()))
}

// readStrings reads texts in several languages.
func readStrings(f *fields) {
	f.rows("texts", func(uint64) bool { return f.left() >= 4 }, func() { readString(f) })
}
