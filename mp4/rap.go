package mp4

import (
	"slices"

	"vodsrv/mp4/box"
	"vodsrv/mp4/codec"
)

// openGroups are the codes of codecs of which groups of pictures may be open: they
// begin with a picture that decoding can start at, behind which come a few that
// are shown before it and can't be decoded then. Browsers pass over these, and take the picture for a key frame.
// Of AVC, whose decoders need more, they don't.
var openGroups = []string{"hvc1", "hev1", "dvh1", "dvhe", "vvc1", "vvi1"}

var typeRap = box.T("rap ")

// addRandomAccess counts the samples in groups of type "rap " (section 10.4) as
// sync ones: stss may hold only those at which a closed group begins, as MP4Box
// writes it, and a film that has one such would be one group.
func (t *Track) addRandomAccess() {
	sync := &t.Index.sync
	open := slices.ContainsFunc(t.Entries, func(e codec.Entry) bool { return slices.Contains(openGroups, e.Original) })
	if !open || !sync.some {
		return
	}
	for k := range t.Groups {
		if g := &t.Groups[k]; g.Type == typeRap && len(g.Maps) > 0 {
			sync.list = g.Maps[0].appendMembers(sync.list)
		}
	}
	slices.Sort(sync.list)
	sync.list = slices.Compact(sync.list)
}

// appendMembers adds the samples that are in a group.
func (m *GroupMap) appendMembers(list []uint32) []uint32 {
	i := uint32(0)
	m.numbers.each(0, m.numbers.n, func(count, number uint32) {
		for range count {
			if number != 0 {
				list = append(list, i)
			}
			i++
		}
	})
	return list
}
