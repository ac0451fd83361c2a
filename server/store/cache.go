package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/prometheus/client_golang/prometheus"
)

// maxValue bounds what a Cache keeps under one key.
const maxValue = 1 << 20

// Cache keeps small values in a bucket, for all servers that are given the same
// one: a library.Shared. It is safe for any number of goroutines.
type Cache struct {
	at        Location
	core      *minio.Core
	transport *http.Transport
	requests  *prometheus.CounterVec
}

// OpenCache opens the part of a bucket below a prefix. It asks for nothing yet:
// a store that can't be reached makes nobody wait.
func OpenCache(at Location) (*Cache, error) {
	core, transport, err := newClient(at)
	if err != nil {
		return nil, err
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "vodsrv", Name: "shared_cache_requests_total",
		Help: "Requests to the cache that servers share, by what was asked for and how that ended."}, []string{"kind", "outcome"})
	return &Cache{at, core, transport, requests}, nil
}

// Get returns the value of a key; fs.ErrNotExist if there is none.
func (c *Cache) Get(ctx context.Context, key string) (value []byte, err error) {
	err = c.ask("get", func() error {
		body, _, _, err := c.core.GetObject(ctx, c.at.Bucket, c.at.Prefix+key, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		value, err = io.ReadAll(io.LimitReader(body, maxValue))
		return err
	})
	return value, err
}

// Put keeps a value under a key, in place of what was there. One that is too
// large is not kept.
func (c *Cache) Put(ctx context.Context, key string, value []byte) error {
	if len(value) > maxValue {
		return nil
	}
	return c.ask("put", func() error {
		_, err := c.core.PutObject(ctx, c.at.Bucket, c.at.Prefix+key, bytes.NewReader(value), int64(len(value)), "", "",
			minio.PutObjectOptions{ContentType: "application/octet-stream"})
		return err
	})
}

// Prune removes what was put before then, but for the keys that are to stay. It
// asks that of all that lies below the prefix.
func (c *Cache) Prune(ctx context.Context, before time.Time, stay func(key string) bool) error {
	return c.ask("prune", func() error {
		for o := range c.core.ListObjectsIter(ctx, c.at.Bucket, minio.ListObjectsOptions{Prefix: c.at.Prefix, Recursive: true}) {
			if o.Err != nil {
				return o.Err
			}
			key := strings.TrimPrefix(o.Key, c.at.Prefix)
			if stay(key) || !o.LastModified.Before(before) {
				continue
			}
			if err := c.core.RemoveObject(ctx, c.at.Bucket, o.Key, minio.RemoveObjectOptions{}); err != nil {
				return err
			}
		}
		return ctx.Err() // the iteration ends without a word then
	})
}

// ask counts a request, and makes its error one that can be acted on.
func (c *Cache) ask(kind string, request func() error) error {
	err := request()
	final := judge(err)
	c.requests.WithLabelValues(kind, outcomeOf(err, final).String()).Inc()
	switch {
	case err == nil:
		return nil
	case final == nil:
		final = err
	case kind == "get" && final == errGone:
		return final
	case errors.Is(final, fs.ErrNotExist):
		final = errors.New(final.Error()) // there is no bucket: that is not just a key that is not there
	}
	return fmt.Errorf("%s: %w", c.at, final)
}

// Describe is for prometheus.Collector.
func (c *Cache) Describe(to chan<- *prometheus.Desc) { c.requests.Describe(to) }

// Collect tells Prometheus what the store was asked for.
func (c *Cache) Collect(to chan<- prometheus.Metric) { c.requests.Collect(to) }

// Close ends what is kept of connections.
func (c *Cache) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}
