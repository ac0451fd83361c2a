package store

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"vodsrv/server/library"
)

// scheme is what the URL of a bucket begins with.
const scheme = "s3://"

// defaultRegion is what stores go by that have no regions.
const defaultRegion = "us-east-1"

// Location says where a bucket is, and who asks.
type Location struct {
	Bucket string
	Prefix string // of all keys; "" or ends with a slash
	Name   string // behind the prefix, if the URL could be that of one film

	Host   string // host[:port] of the store; "" for Amazon's
	Secure bool
	Region string

	Key, Secret, Token string // none to ask as anyone
}

// IsURL tells whether a place is in a store: s3://BUCKET/PREFIX.
func IsURL(place string) bool { return strings.HasPrefix(place, scheme) }

// Locate reads the URL of a bucket, s3://BUCKET/PREFIX, which is not
// percent-encoded, and the variables that tools for S3 go by:
// AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION,
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
func Locate(place string, getenv func(string) string) (Location, error) {
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(place, scheme), "/")
	l := Location{
		Bucket: bucket, Secure: true, Region: cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"), defaultRegion),
		Key: getenv("AWS_ACCESS_KEY_ID"), Secret: getenv("AWS_SECRET_ACCESS_KEY"), Token: getenv("AWS_SESSION_TOKEN"),
	}
	if !IsURL(place) || bucket == "" {
		return l, fmt.Errorf("%q should be like s3://BUCKET or s3://BUCKET/PREFIX", place)
	}
	if (l.Key == "") != (l.Secret == "") {
		return l, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: set both, or none to read as anyone")
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		if path.Clean(prefix) != prefix || strings.HasPrefix(prefix, "..") {
			return l, fmt.Errorf("the prefix %q has empty names, or dots for names, in it", prefix)
		}
		if library.Path(prefix).IsFilm() {
			l.Name = path.Base(prefix)
		}
		l.Prefix = prefix + "/"
	}
	return l, l.endpoint(cmp.Or(getenv("AWS_ENDPOINT_URL_S3"), getenv("AWS_ENDPOINT_URL")))
}

// endpoint reads the address of a store.
func (l *Location) endpoint(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.User != nil {
		return fmt.Errorf("AWS_ENDPOINT_URL should be like https://store.example:9000, not %q", address)
	}
	l.Host, l.Secure = u.Host, u.Scheme == "https"
	return nil
}

// film is the location of one film by itself: its folder, and its name there.
func (l Location) film() Location {
	l.Prefix = strings.TrimSuffix(l.Prefix, l.Name+"/")
	return l
}

// String names the place, without what is secret.
func (l Location) String() string {
	place := strings.TrimSuffix(scheme+l.Bucket+"/"+l.Prefix, "/")
	if l.Host == "" {
		return place
	}
	return place + " at " + l.Host
}
