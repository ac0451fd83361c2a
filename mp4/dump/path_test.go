package dump

import (
	"regexp"
	"strings"
	"testing"

	"vodsrv/mp4/mp4test"
)

func TestPaths(t *testing.T) {
	file := mp4test.Join(
		mp4test.Box("moov", mp4test.Box("trak", mp4test.Box("tref")), mp4test.Box("udta", mp4test.Box("\xa9nam")), mp4test.Box("trak", mp4test.Box("trak", mp4test.Box("tref")))),
		mp4test.Box("moof", mp4test.Box("traf")), mp4test.Box("free"), mp4test.Box("moof", mp4test.Box("traf"), mp4test.Box("traf")))
	tests := []struct{ path, want string }{
		{"moov/trak[2]", "trak@40"},
		{"trak", "trak@8 trak@40"},
		{"trak/tref", "tref@16 tref@56"},
		{"moov/trak/tref", "tref@16"},
		{"/trak", ""},
		{"/moof", "moof@64 moof@88"},
		{"moof[2]/traf", "traf@96 traf@104"},
		{"moof[2]/traf[2]", "traf@104"},
		{"*[2]", "trak@40 moof@88"},
		{"udta/©nam", "©nam@32"},
		{`\xa9nam`, "©nam@32"},
		{"free[2]", ""},
	}
	line := regexp.MustCompile(`(?m)^\[(.*?)\] offset=(\d+)`)
	for _, test := range tests {
		text, err := dumpOf(t, file, test.path, Options{})
		var got []string
		for _, m := range line.FindAllStringSubmatch(text, -1) {
			got = append(got, m[1]+"@"+m[2])
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s gives %v, want %s", test.path, got, test.want)
		}
		if (err != nil) != (test.want == "") {
			t.Errorf("%s: error %v", test.path, err)
		}
	}
}

func TestParsePath(t *testing.T) {
	for _, good := range []string{"moov", "/moov/trak[2]/mdia", "*/*[3]", `a\x2fb\x00/©nam`} {
		p, err := ParsePath(good)
		if err != nil || p.String() != good {
			t.Errorf("%q becomes %q, %v", good, p, err)
		}
	}
	for _, bad := range []string{"", "/", "moo", "moov/", "moov//trak", "trak[0]", "trak[-1]", "trak[x]", "trak[]", "mo\u2026", `\x`, "trak[99999999999]"} {
		if p, err := ParsePath(bad); err == nil {
			t.Errorf("%q is taken for %v", bad, p)
		}
	}
}
