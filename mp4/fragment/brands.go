package fragment

// brands are those of libavformat's mov muxer (ftyp, section 4.3), but that a
// file without fragments in the end does not claim to be CMAF.
func (c *converter) brands() []string {
	f := c.o.Movflags
	has := c.formats()
	major := majorBrand(f)
	list := []string{major}
	add := func(brand string) {
		if brand != major {
			list = append(list, brand)
		}
	}
	if f&CMAF != 0 && f&HybridFragmented == 0 {
		add("cmfc")
	}
	if f&CMAF == 0 || f&NegativeCTSOffsets == 0 {
		add("iso6")
	}
	if has["av01"] {
		add("av01")
	}
	if f&DefaultBaseMoof == 0 {
		add("isom")
		add("iso2")
		if has["avc1"] {
			add("avc1")
		}
	}
	if has["ac-3"] || has["ec-3"] || has["dvh1"] || has["dvhe"] {
		add("dby1")
	}
	add("mp41")
	if f&Dash != 0 && f&GlobalSidx != 0 {
		add("dash")
	}
	if c.o.Brand != "" {
		major, list[0] = c.o.Brand, c.o.Brand
	}
	return append([]string{major}, list...)
}

func majorBrand(f Movflags) string {
	switch {
	case f&NegativeCTSOffsets != 0:
		return "iso6"
	case f&DefaultBaseMoof != 0:
		return "iso5"
	}
	return "isom"
}

// formats are the sample entry codes of the tracks.
func (c *converter) formats() map[string]bool {
	has := map[string]bool{}
	for _, p := range c.tracks {
		for _, e := range p.track.Entries {
			has[e.Original] = true
		}
	}
	return has
}
