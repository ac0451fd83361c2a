package dump

import (
	"maps"

	"vodsrv/mp4/box"
)

// kind is what is known of a type of box.
type kind struct {
	full     bool               // it begins with version and flags
	plain    func(*fields) bool // it does not after all; nil is never
	flags    []flagName         // what its flags mean
	read     func(*fields)      // reads the fields; nil if there are none
	children bool               // boxes follow the fields
	facts    bool               // fields of other boxes depend on it
	media    bool               // the payload is not shown
	name     string             // of a uuid box
}

var (
	container     = kind{children: true}
	fullContainer = kind{full: true, children: true}
	emptyFull     = kind{full: true}
)

// kinds knows boxes by type, or by the type of their container and their own
// where that makes a difference.
var kinds = merge(fileKinds, movieKinds, quickTimeKinds, tableKinds, fragmentKinds, protectionKinds, metaKinds, itemKinds,
	codecKinds, audioKinds, pictureKinds, textKinds)

func merge(all ...map[string]kind) map[string]kind {
	merged := map[string]kind{}
	for _, m := range all {
		maps.Copy(merged, m)
	}
	return merged
}

// kindOf is what is known of the box there.
func kindOf(p *place) kind {
	t, outer := p.box.Type, p.container()
	if t == box.T("uuid") {
		return uuidKinds[uuidText(p.box.UserType)]
	}
	var name [9]byte
	copy(name[:], outer[:])
	name[4] = '/'
	copy(name[5:], t[:])
	if k, ok := kinds[string(name[:])]; ok {
		return k
	}
	switch string(outer[:]) {
	case "stsd":
		return entryKind(p)
	case "tref":
		return kind{read: readTrackReference}
	case "iref":
		return kind{read: readItemReference}
	case "trgr":
		return kind{full: true, read: readTrackGroup}
	case "grpl":
		return kind{full: true, read: readEntityGroup}
	case "ilst", "keys":
		return container
	case "udta":
		if t[0] == 0xa9 {
			return kind{read: readStrings}
		}
	}
	return kinds[string(t[:])]
}
