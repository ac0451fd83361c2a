package stream

import (
	"errors"
	"net/url"
	"reflect"
	"testing"
)

func TestParseQuery(t *testing.T) {
	cases := []struct {
		query string
		want  Query
		ok    bool
	}{
		{"", Query{Rate: 1}, true},
		{"t=12.5&rate=2&paused=1", Query{Time: 12.5, HasT: true, Rate: 2, Paused: true}, true},
		{"tracks=1,3&mode=split", Query{Tracks: []uint32{1, 3}, Split: true, Rate: 1}, true},
		{"mode=muxed&paused=0", Query{Rate: 1}, true},
		{"seq=4,5&etag=abc", Query{Rate: 1, Seq: []int{4, 5}, ETag: "abc"}, true},
		{"rate=0.1&cache=no", Query{Rate: 0.1}, true},
		{"rate=16", Query{Rate: 16}, true},
		{query: "t=-1"}, {query: "t="}, {query: "t=NaN"}, {query: "t=Inf"}, {query: "t=soon"},
		{query: "rate=0"}, {query: "rate=0.05"}, {query: "rate=17"}, {query: "rate=NaN"},
		{query: "tracks="}, {query: "tracks=1,"}, {query: "tracks=1,1"}, {query: "tracks=-1"}, {query: "tracks=4294967296"},
		{query: "mode=both"}, {query: "paused=yes"},
		{query: "seq=4"}, {query: "seq=x&etag=a"}, {query: "seq=-1&etag=a"}, {query: "seq=9999999999&etag=a"},
	}
	for _, c := range cases {
		values, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseQuery(values)
		if c.ok != (err == nil) {
			t.Errorf("%q: %v", c.query, err)
			continue
		}
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Code != BadRequest) {
			t.Errorf("%q gives %v", c.query, err)
		}
		if c.ok && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q gives %+v, want %+v", c.query, got, c.want)
		}
	}
}
