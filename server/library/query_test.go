package library

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPage(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	entries := []Entry{
		{Name: "b", Path: "b", Kind: "video", Size: 1, Duration: 5, Modified: at(3)},
		{Name: "A", Path: "A", Kind: "audio", Size: 2, Duration: 5, Modified: at(1)},
		{Name: "part 10", Path: "part%2010", Kind: "video", Size: 3, Modified: at(2)},
		{Name: "part 2", Path: "part%202", Kind: "video", Size: 3, Duration: 1, Modified: at(2)},
		{Name: "z", Path: "z", Kind: KindDir, Modified: at(9)},
		{Name: "y", Path: "y", Kind: KindDir, Modified: at(8)},
	}
	cases := []struct {
		q    Query
		want string
		next string
	}{
		{Query{Sort: ByName}, "y z A b part%202 part%2010", ""},
		{Query{Sort: ByName, Descending: true}, "z y part%2010 part%202 b A", ""},
		{Query{Sort: BySize}, "y z b A part%202 part%2010", ""},
		{Query{Sort: ByModified}, "y z A part%202 part%2010 b", ""},
		{Query{Sort: ByDuration, Descending: true}, "z y b A part%202 part%2010", ""},
		{Query{Sort: ByName, Limit: 3}, "y z A", "A"},
		{Query{Sort: ByName, Limit: 3, After: "A"}, "b part%202 part%2010", ""},
		{Query{Sort: ByName, Limit: 2, After: "A"}, "b part%202", "part%202"},
		{Query{Sort: ByName, Limit: 6}, "y z A b part%202 part%2010", ""},
		{Query{Sort: ByName, After: "part%2010"}, "", ""},
		{Query{Sort: ByName, After: "yy"}, "z A b part%202 part%2010", ""}, // a folder
		{Query{Sort: ByName, After: "part%209.mp4"}, "part%2010", ""},
		{Query{Sort: ByName, After: "part%209.mp4", Descending: true}, "part%202 b A", ""},
		{Query{Sort: ByName, After: "zz.mp4"}, "", ""},
	}
	for _, c := range cases {
		page, next, err := c.q.page(slices.Clone(entries))
		var paths []string
		for _, e := range page {
			paths = append(paths, e.Path)
		}
		if got := strings.Join(paths, " "); err != nil || got != c.want || next != c.next {
			t.Errorf("%+v: %q, next %q, %v", c.q, got, next, err)
		}
	}
	for _, q := range []Query{{Sort: BySize, After: "gone"}, {Sort: ByName, After: "a%zz"}} {
		if _, _, err := q.page(entries); !errors.Is(err, ErrBadQuery) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func TestNamesAreInHumanOrder(t *testing.T) {
	ordered := []string{"", "0", "00", "01", "1", "2", "10", "10a", "99999999999999999998", "99999999999999999999", "a", "a1", "a1b2", "a1b10", "a2", "ab", "B", "b1", "\xff"}
	for i, a := range ordered {
		for j, b := range ordered {
			got := Query{}.compare(rank(a), rank(b))
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q and %q compare as %d", a, b, got)
			}
		}
	}
}

func rank(name string) ranked {
	return ranked{&Entry{Name: name}, nameKey(name)}
}

func TestMatches(t *testing.T) {
	for search, want := range map[string]bool{"": true, "film": true, "FILM two": true, "two  my": true, "three": false, "film three": false} {
		if matches("My Film Two.mp4", search) != want {
			t.Errorf("%q: %v", search, !want)
		}
	}
}

func TestParseQuery(t *testing.T) {
	good, err := ParseQuery(url.Values{"q": {" a b "}, "sort": {"size"}, "order": {"desc"}, "limit": {"20"}, "after": {"x"}})
	if want := (Query{Search: "a b", Sort: BySize, Descending: true, Limit: 20, After: "x"}); err != nil || good != want {
		t.Errorf("%+v, %v", good, err)
	}
	if q, err := ParseQuery(nil); err != nil || q != (Query{Sort: ByName}) {
		t.Errorf("%+v, %v", q, err)
	}
	for _, q := range []Query{{Sort: ByName}, {Search: "a b", Sort: BySize, Descending: true}} {
		if again, err := ParseQuery(q.Values()); err != nil || again != q {
			t.Errorf("%+v comes back as %+v, %v", q, again, err)
		}
	}
	for _, bad := range []url.Values{{"sort": {"up"}}, {"order": {"name"}}, {"limit": {"0"}}, {"limit": {"many"}}, {"limit": {""}}, {"limit": {"4294967296"}}} {
		if _, err := ParseQuery(bad); !errors.Is(err, ErrBadQuery) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
