package dump

import "vodsrv/mp4/box"

// pictureKinds say how pictures are to be shown: shape, colour, brightness,
// projection (ISO/IEC 14496-12, 12.1.4 to 12.1.8; Google's Spherical Video V2).
var pictureKinds = map[string]kind{
	"pasp": {read: func(f *fields) { f.num("hSpacing", 4); f.num("vSpacing", 4) }},
	"clap": {read: func(f *fields) {
		for _, name := range []string{"cleanApertureWidth", "cleanApertureHeight", "horizOff", "vertOff"} {
			f.signed(name+"N", 4)
			f.signed(name+"D", 4)
		}
	}},
	"colr": {read: readColr},
	"fiel": {read: func(f *fields) { f.num("fieldCount", 1); f.named("fieldOrdering", 1, fieldOrders) }},
	"mdcv": {read: func(f *fields) {
		f.list("display_primaries", 3, 4, func() { f.put("x", share(f.uint(2), 50000)); f.put("y", share(f.uint(2), 50000)) })
		f.put("white_point_x", share(f.uint(2), 50000))
		f.put("white_point_y", share(f.uint(2), 50000))
		f.put("max_display_mastering_luminance", share(f.uint(4), 10000))
		f.put("min_display_mastering_luminance", share(f.uint(4), 10000))
	}},
	"clli": {read: readLightLevel},
	"CoLL": {full: true, read: readLightLevel},
	"SmDm": {full: true, read: func(f *fields) {
		f.list("primaries", 3, 4, func() { f.ufixed("x", 2, 16); f.ufixed("y", 2, 16) })
		f.ufixed("white_point_x", 2, 16)
		f.ufixed("white_point_y", 2, 16)
		f.ufixed("luminance_max", 4, 8)
		f.ufixed("luminance_min", 4, 14)
	}},
	"amve": {read: func(f *fields) {
		f.put("ambient_illuminance", share(f.uint(4), 10000))
		f.put("ambient_light_x", share(f.uint(2), 50000))
		f.put("ambient_light_y", share(f.uint(2), 50000))
	}},
	"st3d": {full: true, read: func(f *fields) { f.named("stereo_mode", 1, stereoModes) }},
	"sv3d": container, "proj": container,
	"svhd": {full: true, read: func(f *fields) { f.cstring("metadata_source") }},
	"prhd": {full: true, read: func(f *fields) {
		f.fixed("pose_yaw_degrees", 4, 16)
		f.fixed("pose_pitch_degrees", 4, 16)
		f.fixed("pose_roll_degrees", 4, 16)
	}},
	"equi": {full: true, read: func(f *fields) {
		for _, name := range []string{"top", "bottom", "left", "right"} {
			f.put("projection_bounds_"+name, share(f.uint(4), 1<<32))
		}
	}},
	"cbmp": {full: true, read: func(f *fields) { f.num("layout", 4); f.num("padding", 4) }},
	"ccst": {full: true, read: func(f *fields) {
		f.bits(4, bit{"all_ref_pics_intra", 1}, bit{"intra_pred_used", 1}, bit{"max_ref_per_pic", 4}, bit{"", 26})
	}},
	"auxi": {full: true, read: func(f *fields) { f.cstring("aux_track_type") }},
	// Apple's stereo video.
	"vexu": container, "eyes": container, "cams": container, "cmfy": container,
	"eyes/stri": {full: true, read: func(f *fields) {
		f.bits(1, bit{"", 4}, bit{"eye_views_reversed", 1}, bit{"has_additional_views", 1}, bit{"has_right_eye_view", 1}, bit{"has_left_eye_view", 1})
	}},
	"hero": {full: true, read: func(f *fields) { f.num("hero_eye_indicator", 1) }},
	"blin": {full: true, read: func(f *fields) { f.num("baseline_um", 4) }},
	"dadj": {full: true, read: func(f *fields) { f.signed("disparity_adjustment", 4) }},
	"hfov": {read: func(f *fields) { f.num("field_of_view_millidegrees", 4) }},
}

// share is a number in units of one so-manieth.
func share(v, unit uint64) value { return decimal(float64(v) / float64(unit)) }

func readLightLevel(f *fields) {
	f.num("max_content_light_level", 2)
	f.num("max_pic_average_light_level", 2)
}

var (
	fieldOrders = map[uint64]string{0: "progressive", 1: "top field first, each stored whole", 6: "bottom field first, each stored whole", 9: "top field first, interleaved", 14: "bottom field first, interleaved"}
	stereoModes = map[uint64]string{0: "monoscopic", 1: "top-bottom", 2: "left-right", 3: "custom mesh", 4: "right-left"}

	// ISO/IEC 23091-2, tables 2 to 4.
	primaries = map[uint64]string{1: "BT.709", 2: "unspecified", 4: "BT.470 M", 5: "BT.601 625", 6: "BT.601 525", 7: "SMPTE 240M", 8: "film", 9: "BT.2020", 10: "XYZ", 11: "DCI-P3", 12: "Display P3", 22: "EBU 3213"}
	transfers = map[uint64]string{1: "BT.709", 2: "unspecified", 4: "gamma 2.2", 5: "gamma 2.8", 6: "BT.601", 7: "SMPTE 240M", 8: "linear", 13: "sRGB", 14: "BT.2020 10 bit", 15: "BT.2020 12 bit", 16: "PQ", 17: "SMPTE 428", 18: "HLG"}
	matrices  = map[uint64]string{0: "RGB", 1: "BT.709", 2: "unspecified", 4: "FCC", 5: "BT.601 625", 6: "BT.601 525", 7: "SMPTE 240M", 8: "YCgCo", 9: "BT.2020", 10: "BT.2020 constant luminance", 14: "ICtCp"}
)

// readColr reads a colour description. QuickTime's nclc lacks the last byte.
func readColr(f *fields) {
	kind := f.type4("colour_type")
	switch kind {
	case box.T("nclx"), box.T("nclc"):
		f.named("colour_primaries", 2, primaries)
		f.named("transfer_characteristics", 2, transfers)
		f.named("matrix_coefficients", 2, matrices)
		if kind == box.T("nclx") {
			f.bits(1, bit{"full_range_flag", 1}, bit{"", 7})
		}
	case box.T("rICC"), box.T("prof"):
		f.hex("ICC_profile", f.left())
	}
}
