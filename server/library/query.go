package library

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
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

// Values is what ParseQuery reads for an order and a search; what it takes
// for granted is left out.
func (q Query) Values() url.Values {
	v := url.Values{}
	if q.Search != "" {
		v.Set("q", q.Search)
	}
	if q.Sort != ByName {
		v.Set("sort", q.Sort)
	}
	if q.Descending {
		v.Set("order", "desc")
	}
	return v
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
	order := make([]ranked, len(entries))
	for i := range entries {
		order[i] = ranked{&entries[i], nameKey(entries[i].Name)}
	}
	slices.SortFunc(order, q.compare)
	if q.After != "" {
		if order, err = q.behind(order); err != nil {
			return nil, "", err
		}
	}
	if q.Limit > 0 && len(order) > q.Limit {
		order = order[:q.Limit]
		next = order[q.Limit-1].Path
	}
	page = make([]Entry, len(order))
	for i, r := range order {
		page[i] = *r.Entry
	}
	return page, next, nil
}

// behind cuts off what comes up to After. In the order of names that may be an
// entry which is not there any more, or not yet: where it would stand is known.
func (q Query) behind(order []ranked) ([]ranked, error) {
	if i := slices.IndexFunc(order, func(r ranked) bool { return r.Path == q.After }); i >= 0 {
		return order[i+1:], nil
	}
	after, err := ParsePath(q.After)
	if err != nil || q.Sort != ByName {
		return nil, ErrBadQuery
	}
	missing := ranked{&Entry{Path: q.After, Name: after.Name(), Kind: KindDir}, nameKey(after.Name())}
	if after.IsFilm() {
		missing.Kind = ""
	}
	i, _ := slices.BinarySearchFunc(order, missing, q.compare)
	return order[i:], nil
}

// ranked is an entry with what its name is compared by.
type ranked struct {
	*Entry
	key string
}

// compare orders folders before films, and then as asked for; names decide
// between equals.
func (q Query) compare(a, b ranked) int {
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
	c = cmp.Or(c, strings.Compare(a.key, b.key), strings.Compare(a.Name, b.Name), strings.Compare(a.Path, b.Path))
	if q.Descending {
		return -c
	}
	return c
}

// nameKey is a string whose order is that of names as people see it: case
// counts little, and part 2 comes before part 10. A number becomes its digits
// behind how many they are, and stays among what is not a number where it was.
func nameKey(name string) string {
	rest := strings.ToLower(name)
	if !strings.ContainsAny(rest, decimal) {
		return rest
	}
	key := make([]byte, 0, len(rest)+8)
	for rest != "" {
		n := digits(rest)
		if n == 0 {
			key, rest = append(key, rest[0]), rest[1:]
			continue
		}
		number := strings.TrimLeft(rest[:n], "0")
		key = append(key, '0', byte(len(number)>>8), byte(len(number)))
		key, rest = append(key, number...), rest[n:]
	}
	return string(key)
}

const decimal = "0123456789"

// digits is the number of digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
