package dump

import "vodsrv/mp4/box"

// itemKinds are boxes of items, as in files of still pictures
// (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12, 6.5).
var itemKinds = map[string]kind{
	"iprp": container, "ipco": container, "grpl": {children: true},
	"iref": fullContainer,
	"pitm": {full: true, read: func(f *fields) { f.num("item_ID", f.itemSize(1)) }},
	"iinf": {full: true, children: true, read: func(f *fields) { f.num("entry_count", f.itemSize(1)) }},
	"infe": {full: true, read: readInfe},
	"iloc": {full: true, read: readIloc},
	"ipma": {full: true, read: readIpma},
	"ispe": {full: true, read: func(f *fields) { f.num("image_width", 4); f.num("image_height", 4) }},
	"pixi": {full: true, read: func(f *fields) { f.numbers("bits_per_channel", f.num("num_channels", 1), 1) }},
	"irot": {read: func(f *fields) { f.bits(1, bit{"", 6}, bit{"angle", 2}) }},
	"imir": {read: func(f *fields) { f.bits(1, bit{"", 7}, bit{"axis", 1}) }},
	"auxC": {full: true, read: func(f *fields) { f.cstring("aux_type"); f.hex("aux_subtype", f.left()) }},
}

// itemSize is the size of item numbers, which grew with a version.
func (f *fields) itemSize(long uint8) int {
	if f.version >= long {
		return 4
	}
	return 2
}

func readInfe(f *fields) {
	f.num("item_ID", f.itemSize(3))
	f.num("item_protection_index", 2)
	if f.version < 2 {
		f.cstring("item_name")
		f.cstring("content_type")
		f.location("content_encoding")
		return
	}
	kind := f.type4("item_type")
	f.cstring("item_name")
	switch kind {
	case box.T("mime"):
		f.cstring("content_type")
		f.location("content_encoding")
	case box.T("uri "):
		f.cstring("item_uri_type")
	}
}

func readIloc(f *fields) {
	sizes := f.bits(2, bit{"offset_size", 4}, bit{"length_size", 4}, bit{"base_offset_size", 4}, bit{"index_size", 4})
	for _, n := range sizes {
		if n > 8 {
			f.fault("has numbers of %d bytes, where there are at most 8", n)
			return
		}
	}
	offset, length, base, index := int(sizes[0]), int(sizes[1]), int(sizes[2]), int(sizes[3])
	if f.version == 0 {
		index = 0
	}
	f.counted("items", f.num("item_count", f.itemSize(2)), func() {
		f.num("item_ID", f.itemSize(2))
		if f.version > 0 {
			f.bits(2, bit{"", 12}, bit{"construction_method", 4})
		}
		f.num("data_reference_index", 2)
		f.num("base_offset", base)
		n := f.num("extent_count", 2)
		if index+offset+length == 0 {
			return
		}
		f.list("extents", n, int64(index+offset+length), func() {
			if index > 0 {
				f.num("index", index)
			}
			f.num("offset", offset)
			f.num("length", length)
		})
	})
}

func readIpma(f *fields) {
	f.counted("entries", f.num("entry_count", 4), func() {
		f.num("item_ID", f.itemSize(1))
		wide := 1 + int(f.flags&1)
		f.list("associations", f.num("association_count", 1), int64(wide), func() {
			f.bits(wide, bit{"essential", 1}, bit{"property_index", 8*wide - 1})
		})
	})
}

func readItemReference(f *fields) {
	size := 2
	if f.in != nil && f.longReferences() {
		size = 4
	}
	f.num("from_item_ID", size)
	f.numbers("to_item_IDs", f.num("reference_count", 2), size)
}

// longReferences tells whether the iref around has version 1.
func (f *fields) longReferences() bool {
	b, err := f.d.src.Bytes(f.in.box.Body(), 1)
	return err == nil && b[0] > 0
}
