package store

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// told are the metrics that are not zero, as name{labels} value.
func told(t *testing.T, c prometheus.Collector) (all []string) {
	t.Helper()
	r := prometheus.NewRegistry()
	must(t, r.Register(c))
	families, err := r.Gather()
	must(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			line := f.GetName()
			for _, l := range m.GetLabel() {
				line += " " + l.GetValue()
			}
			if n := m.GetCounter().GetValue(); n > 0 {
				all = append(all, fmt.Sprint(line, " ", n))
			}
		}
	}
	return all
}

func TestMetricsTellWhatTheStoreWasAsked(t *testing.T) {
	all := sample(t)
	f := newFake(t, map[string]content{"film.mp4": whole(all)})
	bucket, _ := f.open("s3://films", 0)
	file, err := bucket.Open("film.mp4")
	must(t, err)
	if _, err := bucket.Stat("none.mp4"); err == nil {
		t.Error("what is not there is there")
	}
	if _, err := bucket.ReadDir(t.Context(), ""); err != nil {
		t.Error(err)
	}
	answer := func(left, status int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.trouble = func(w http.ResponseWriter, _ *http.Request) bool {
			if left--; left >= 0 {
				refuse(w, status, "No")
			}
			return left >= 0
		}
	}
	read := func(patience time.Duration, works bool) {
		t.Helper()
		if _, err := file.(*object).readAt(make([]byte, 10), 0, patience); (err == nil) != works {
			t.Errorf("reading: %v", err)
		}
	}
	answer(100, http.StatusServiceUnavailable)
	read(time.Millisecond, false)
	answer(100, http.StatusForbidden)
	read(time.Millisecond, false)
	answer(1, http.StatusServiceUnavailable)
	read(time.Minute, true)
	f.put("film.mp4", content{etag: "another", size: 1 << 20})
	if _, err := file.(*object).readAt(make([]byte, 10), blockSize, time.Minute); err == nil {
		t.Error("another film is read as this one")
	}
	want := []string{
		"vodsrv_store_given_up_total read 1", fmt.Sprintf("vodsrv_store_read_bytes_total %d", blockSize),
		"vodsrv_store_requests_total list ok 1",
		"vodsrv_store_requests_total look missing 2", "vodsrv_store_requests_total look ok 2", // is it a folder? is there a bucket?
		"vodsrv_store_requests_total read changed 1", "vodsrv_store_requests_total read failed 2",
		"vodsrv_store_requests_total read ok 1", "vodsrv_store_requests_total read refused 1",
		"vodsrv_store_retries_total read 1",
	}
	if got := told(t, bucket); !slices.Equal(got, want) {
		t.Errorf("told is\n%q, not\n%q", got, want)
	}
	if got := bucket.Stats(); got != (Stats{Reads: 5, Looks: 4, Lists: 1, Bytes: blockSize, Failures: 6}) {
		t.Errorf("%+v", got)
	}
}
