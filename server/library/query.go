package library

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrBadQuery is what a query is refused with that is not understood.
var ErrBadQuery = errors.New("library: the query is not understood")

// Values of Query.Sort.
const (
	ByName     = "name"
	ByModified = "modified"
	BySize     = "size"
	ByDuration = "duration"
)

// Query chooses what of a folder is listed, and in which order.
type Query struct {
	Search     string // words that names must hold; "" for all
	Sort       string
	Descending bool
	Limit      int    // 0 for no limit
	After      string // percent-encoded path: begin behind that entry
}

// ParseQuery reads q, sort, order, limit and after. Errors are ErrBadQuery.
func ParseQuery(v url.Values) (Query, error) {
	q := Query{Search: strings.TrimSpace(v.Get("q")), Sort: ByName, After: v.Get("after")}
	switch sort := v.Get("sort"); sort {
	case "":
	case ByName, ByModified, BySize, ByDuration:
		q.Sort = sort
	default:
		return q, ErrBadQuery
	}
	switch v.Get("order") {
	case "", "asc":
	case "desc":
		q.Descending = true
	default:
		return q, ErrBadQuery
	}
	if v.Has("limit") {
		n, err := strconv.ParseUint(v.Get("limit"), 10, 31)
		if err != nil || n == 0 {
			return q, ErrBadQuery
		}
		q.Limit = int(n)
	}
	return q, nil
}

// matches tells whether a name holds every word of a search.
func matches(name, search string) bool {
	name = strings.ToLower(name)
	for word := range strings.FieldsSeq(strings.ToLower(search)) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}

// page sorts entries and cuts out those that are asked for. next is the value
// of After for those behind.
func (q Query) page(entries []Entry) (page []Entry, next string, err error) {
	slices.SortStableFunc(entries, q.compare)
	if q.After != "" {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Path == q.After })
		if i < 0 {
			return nil, "", ErrBadQuery
		}
		entries = entries[i+1:]
	}
	if q.Limit > 0 && len(entries) > q.Limit {
		entries = entries[:q.Limit]
		next = entries[q.Limit-1].Path
	}
	return entries, next, nil
}

// compare orders folders before films, and then as asked for; names decide
// between equals.
func (q Query) compare(a, b Entry) int {
	if (a.Kind == KindDir) != (b.Kind == KindDir) {
		if a.Kind == KindDir {
			return -1
		}
		return 1
	}
	var c int
	switch q.Sort {
	case ByModified:
		c = a.Modified.Compare(b.Modified)
	case BySize:
		c = cmp.Compare(a.Size, b.Size)
	case ByDuration:
		c = cmp.Compare(a.Duration, b.Duration)
	}
	if c == 0 {
		c = compareNames(a.Name, b.Name)
	}
	if c == 0 {
		c = cmp.Compare(a.Path, b.Path)
	}
	if q.Descending {
		return -c
	}
	return c
}

// compareNames orders names as people do: case counts little, and part 2 comes
// before part 10.
func compareNames(a, b string) int {
	for x, y := strings.ToLower(a), strings.ToLower(b); ; {
		if x == "" || y == "" {
			return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
		}
		m, n := digits(x), digits(y)
		if m > 0 && n > 0 {
			if c := compareNumbers(x[:m], y[:n]); c != 0 {
				return c
			}
			x, y = x[m:], y[n:]
			continue
		}
		r, rn := utf8.DecodeRuneInString(x)
		s, sn := utf8.DecodeRuneInString(y)
		if r != s {
			return cmp.Compare(r, s)
		}
		x, y = x[rn:], y[sn:]
	}
}

// digits is the number of digits that s begins with.
func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}

func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
