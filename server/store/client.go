package store

import (
	"net"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

const (
	dialTimeout   = 5 * time.Second
	headerTimeout = 15 * time.Second // until an answer begins
	idleTimeout   = 60 * time.Second
	maxIdle       = 64
	// maxConnections bounds how many requests are under way at once.
	maxConnections = 256
)

// newClient makes a client of the store. It sends nothing yet: with a region it
// need not ask for one.
func newClient(l Location) (*minio.Core, *http.Transport, error) {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       idleTimeout,
		MaxIdleConnsPerHost:   maxIdle,
		MaxConnsPerHost:       maxConnections,
		DisableCompression:    true, // or ranges would be of something else
	}
	host, lookup := l.Host, minio.BucketLookupPath
	if host == "" {
		host, lookup = "s3."+l.Region+".amazonaws.com", minio.BucketLookupAuto
	}
	core, err := minio.NewCore(host, &minio.Options{
		Creds: credentials.NewStaticV4(l.Key, l.Secret, l.Token), Secure: l.Secure, Region: l.Region, BucketLookup: lookup,
		Transport: transport, MaxRetries: 1, // see persist
	})
	return core, transport, err
}
