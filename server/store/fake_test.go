package store

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vodsrv/server/library"
)

// fake is a store in memory: the part of S3 that a reader needs.
type fake struct {
	t *testing.T

	mu      sync.Mutex
	objects map[string]content
	asked   []string // requests, "GET key 0-99", "HEAD key", "LIST prefix"
	// trouble is asked before each request; what it answers true for it has
	// answered by itself.
	trouble func(w http.ResponseWriter, r *http.Request) bool
	heedsNo bool                  // If-Match
	page    int                   // entries of a list at once
	hold    func(r *http.Request) // called before all else
}

// content is an object: size bytes, of which head and tail are what they are,
// and all between is zero.
type content struct {
	head, tail []byte
	size       int64
	etag       string
}

func (c content) ReadAt(p []byte, offset int64) (int, error) {
	clear(p)
	n := int(min(int64(len(p)), c.size-offset))
	if offset < int64(len(c.head)) {
		copy(p, c.head[offset:])
	}
	if from := c.size - int64(len(c.tail)); offset+int64(n) > from {
		copy(p[max(from-offset, 0):n], c.tail[max(offset-from, 0):])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// whole is an object that is all there.
func whole(b []byte) content {
	sum := md5.Sum(b)
	return content{head: b, size: int64(len(b)), etag: hex.EncodeToString(sum[:])}
}

// newFake starts a store, and opens a bucket of it.
func newFake(t *testing.T, objects map[string]content) *fake {
	t.Helper()
	return &fake{t: t, objects: objects, page: 1000}
}

// open opens what is below a place in the store.
func (f *fake) open(place string, bytes int64) (*Bucket, library.Path) {
	f.t.Helper()
	server := httptest.NewServer(f)
	f.t.Cleanup(server.Close)
	at, err := Locate(place, func(name string) string { return map[string]string{"AWS_ENDPOINT_URL": server.URL}[name] })
	must(f.t, err)
	b, only, err := Open(at, bytes)
	must(f.t, err)
	f.t.Cleanup(func() { must(f.t, b.Close()) })
	return b, only
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fake) put(key string, c content) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.etag == "" {
		delete(f.objects, key)
		return
	}
	f.objects[key] = c
}

// requests returns those that begin with something, and forgets all.
func (f *fake) requests(prefix string) (some []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.asked {
		if strings.HasPrefix(r, prefix) {
			some = append(some, r)
		}
	}
	f.asked = nil
	return some
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	f.mu.Lock()
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		hold(r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	line := r.Method + " " + key
	if key == "" {
		line = "LIST " + r.URL.Query().Get("prefix")
	}
	if span, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
		line += " " + span
	}
	f.asked = append(f.asked, line)
	if f.trouble != nil && f.trouble(w, r) {
		return
	}
	object, ok := f.objects[key]
	switch {
	case bucket != "films":
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case key == "":
		f.list(w, r.URL.Query())
	case !ok:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	case !f.heedsNo && r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != `"`+object.etag+`"`:
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
	default:
		r.Header.Del("If-Match")
		w.Header().Set("ETag", `"`+object.etag+`"`)
		w.Header().Set("Last-Modified", time.Unix(1e9, 0).UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "video/mp4")
		http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(object, 0, object.size))
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
}

// list answers ListObjectsV2 with the delimiter /.
func (f *fake) list(w http.ResponseWriter, q url.Values) {
	type object struct {
		Key, ETag    string
		Size         int64
		LastModified string
	}
	type prefix struct{ Prefix string }
	var answer struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		EncodingType          string
		IsTruncated           bool
		NextContinuationToken string
		Contents              []object
		CommonPrefixes        []prefix
	}
	answer.EncodingType = q.Get("encoding-type")
	most := f.page
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil {
		most = min(most, n)
	}
	last, n := q.Get("continuation-token"), 0
	for _, key := range slices.Sorted(maps.Keys(f.objects)) {
		rest, ok := strings.CutPrefix(key, q.Get("prefix"))
		name, _, folder := strings.Cut(rest, "/")
		at := key
		if folder {
			at = strings.TrimSuffix(key, rest) + name + "/"
		}
		if !ok || at <= last {
			continue
		}
		if n++; n > most {
			answer.IsTruncated, answer.NextContinuationToken = true, last
			break
		}
		last = at
		if folder {
			answer.CommonPrefixes = append(answer.CommonPrefixes, prefix{encodeKey(at)})
			continue
		}
		o := f.objects[key]
		answer.Contents = append(answer.Contents, object{encodeKey(at), `"` + o.etag + `"`, o.size, "2001-09-09T01:46:40.000Z"})
	}
	w.Header().Set("Content-Type", "application/xml")
	if err := xml.NewEncoder(w).Encode(answer); err != nil {
		f.t.Error(err)
	}
}

// encodeKey does what encoding-type=url asks for.
func encodeKey(key string) string {
	return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
}
