package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"vodsrv/server/library"
)

const (
	// readTime is what one request for a range may take, lookTime one for
	// a name, and listTime all those of a list.
	readTime   = 30 * time.Second
	lookTime   = 5 * time.Second
	listTime   = 5 * time.Minute
	firstPause = 100 * time.Millisecond
	longPause  = 3 * time.Second
)

// How long to go on with what fails.
const (
	// readPatience is that of those who have begun to watch: a store that is
	// started again costs them a pause.
	readPatience = time.Minute
	// openPatience is that of those who wait for a film to begin.
	openPatience = 10 * time.Second
	// lookPatience is that of those who wait for a list.
	lookPatience = 4 * time.Second
)

// errGone says that there is no such object.
var errGone = fmt.Errorf("the store: %w", fs.ErrNotExist)

// persist tries something until it succeeds, fails for good, or has failed for
// long. Each try has the time of its kind; progress made begins that of all anew.
func (b *Bucket) persist(ctx context.Context, kind kind, patience time.Duration, try func(context.Context) (progress bool, err error)) error {
	began, pause := time.Now(), firstPause
	for {
		b.counts.begun[kind].Add(1)
		attempt, cancel := context.WithTimeout(ctx, kind.time())
		progress, err := try(attempt)
		cancel()
		final := judge(err)
		b.counts.ended[kind][outcomeOf(err, final)].Add(1)
		if err == nil || final != nil {
			return final
		}
		if progress {
			began, pause = time.Now(), firstPause
		}
		wait := pause/2 + rand.N(pause/2)
		if ctx.Err() != nil || time.Since(began)+wait > patience {
			b.counts.givenUp[kind].Add(1)
			return fmt.Errorf("the store %s: %w", b.at, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		b.counts.retries[kind].Add(1)
		pause = min(2*pause, longPause)
	}
}

// judge makes an error of it that trying again does not help; nil if it may, or
// if there was no error.
func judge(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, library.ErrChanged) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return nil // it did not answer, or not to the end
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		if answer.Code == minio.NoSuchBucket {
			return fmt.Errorf("there is no bucket %q: %w", answer.BucketName, fs.ErrNotExist)
		}
		return errGone
	case http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		return library.ErrChanged
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("the store refuses: %s: %w", answer.Message, fs.ErrPermission)
	case http.StatusRequestTimeout, http.StatusTooManyRequests, 0:
		return nil
	}
	if answer.StatusCode >= 500 {
		return nil
	}
	return fmt.Errorf("the store: %w", err)
}
