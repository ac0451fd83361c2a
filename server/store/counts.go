package store

import (
	"errors"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vodsrv/server/library"
)

// kind is what the store is asked for.
type kind int

const (
	kindRead kind = iota // a range of an object
	kindLook             // a single object or folder
	kindList             // a folder; more than 1,000 entries take several requests
	kinds
)

func (k kind) String() string { return [kinds]string{"read", "look", "list"}[k] }

// time is what one try may take.
func (k kind) time() time.Duration { return [kinds]time.Duration{readTime, lookTime, listTime}[k] }

// outcome is how a request ended.
type outcome int

const (
	outcomeOK outcome = iota
	outcomeMissing
	outcomeChanged
	outcomeRefused
	outcomeFailed // it may be tried again
	outcomes
)

func (o outcome) String() string {
	return [outcomes]string{"ok", "missing", "changed", "refused", "failed"}[o]
}

// outcomeOf tells how a request ended by its error, and by what judge made of it.
func outcomeOf(err, final error) outcome {
	switch {
	case err == nil:
		return outcomeOK
	case final == nil:
		return outcomeFailed
	case errors.Is(final, library.ErrChanged):
		return outcomeChanged
	case errors.Is(final, fs.ErrNotExist):
		return outcomeMissing
	}
	return outcomeRefused
}

// counts are a bucket's own, for any goroutine.
type counts struct {
	begun   [kinds]atomic.Uint64
	ended   [kinds][outcomes]atomic.Uint64
	retries [kinds]atomic.Uint64
	givenUp [kinds]atomic.Uint64
	bytes   atomic.Uint64
}

// Stats are what a bucket has asked its store for since it was opened.
type Stats struct {
	Reads    uint64 // ranges of objects
	Looks    uint64 // at single objects and folders
	Lists    uint64 // of folders; one with more than 1,000 entries takes several requests
	Bytes    uint64 // of objects
	Failures uint64 // requests that failed, with those that were tried again
}

// Stats tells what the store was asked for.
func (b *Bucket) Stats() Stats {
	c := &b.counts
	s := Stats{Reads: c.begun[kindRead].Load(), Looks: c.begun[kindLook].Load(), Lists: c.begun[kindList].Load(), Bytes: c.bytes.Load()}
	for kind := range c.ended {
		for outcome := outcomeOK + 1; outcome < outcomes; outcome++ {
			s.Failures += c.ended[kind][outcome].Load()
		}
	}
	return s
}

var (
	requestsDesc = prometheus.NewDesc("vodsrv_store_requests_total", "Requests to the store, by what was asked for and how that ended.", []string{"kind", "outcome"}, nil)
	retriesDesc  = prometheus.NewDesc("vodsrv_store_retries_total", "Requests to the store that failed, and were sent again.", []string{"kind"}, nil)
	givenUpDesc  = prometheus.NewDesc("vodsrv_store_given_up_total", "Requests to the store that were not sent again after they had failed for long.", []string{"kind"}, nil)
	bytesDesc    = prometheus.NewDesc("vodsrv_store_read_bytes_total", "Bytes of objects read from the store.", nil, nil)
)

// Describe is for prometheus.Collector.
func (b *Bucket) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{requestsDesc, retriesDesc, givenUpDesc, bytesDesc} {
		to <- d
	}
}

// Collect tells Prometheus what the store was asked for.
func (b *Bucket) Collect(to chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n *atomic.Uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n.Load()), labels...)
	}
	c := &b.counts
	for kind := range kinds {
		for outcome := range outcomes {
			count(requestsDesc, &c.ended[kind][outcome], kind.String(), outcome.String())
		}
		count(retriesDesc, &c.retries[kind], kind.String())
		count(givenUpDesc, &c.givenUp[kind], kind.String())
	}
	count(bytesDesc, &c.bytes)
}
