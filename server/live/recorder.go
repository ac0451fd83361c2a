package live

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"vodsrv/mp4/fragment"
)

const (
	// recordBytes and recordChunks bound what waits for the disk.
	recordBytes  = 32 << 20
	recordChunks = 1024
	// recordPause is how long nothing may come without the file ending. With what
	// waited to be written when it stopped coming (recordWait), it is less than the
	// time after which the library takes a file for complete.
	recordPause = 9 * time.Second
	// DefaultRetry is how long after trouble recording is tried again.
	DefaultRetry = 30 * time.Second
)

// Archive is the folder that streams are recorded into.
type Archive struct {
	Open  func() (*os.Root, error) // opens the folder, for each file anew
	Path  string                   // of the folder, percent-encoded, with a slash at the end; "" for the library's own
	Retry time.Duration            // how long after trouble recording is tried again; default DefaultRetry
}

// Recording is what is told of how a stream is recorded.
type Recording struct {
	Path   string `json:"path"`   // of the file, percent-encoded; "" while there is none
	Reason string `json:"reason"` // why it is not recorded; "" if nothing is wrong

	Bytes   int64 `json:"-"` // written to all files
	Errors  int   `json:"-"` // times that recording stopped
	Dropped int   `json:"-"` // fragments that were not recorded since the disk was too slow
}

// chunk is a fragment on its way to the disk; without media, the end of a run.
type chunk struct {
	run        *run
	media      []fragment.LiveMedia
	start, end float64 // presentation seconds
	size       int64   // bytes
	key        bool    // a file can begin with it
	lost       bool    // some before it were dropped
	at         time.Time
}

// recorder writes a stream into files, by a goroutine of its own: viewers never
// wait for a disk.
type recorder struct {
	name    string
	archive Archive
	log     *slog.Logger

	chunks chan chunk
	queued atomic.Int64 // bytes in chunks
	losing bool         // what comes before the next key frame is dropped; of who calls take

	file    *recording // nil while there is none; of who calls run
	retryAt time.Time  // not before

	mu   sync.Mutex
	told Recording
}

func newRecorder(name string, a Archive, log *slog.Logger) *recorder {
	if a.Retry == 0 {
		a.Retry = DefaultRetry
	}
	return &recorder{name: name, archive: a, log: log.With(slog.String("name", name)), chunks: make(chan chunk, recordChunks)}
}

// take has a fragment recorded, or drops it: it does not wait.
func (r *recorder) take(c chunk) {
	c.at, c.lost = time.Now(), r.losing
	if r.losing && !c.key || r.queued.Load()+c.size > recordBytes {
		r.drop(c)
		return
	}
	r.queued.Add(c.size)
	select {
	case r.chunks <- c:
		r.losing = false
	default:
		r.queued.Add(-c.size)
		r.drop(c)
	}
}

func (r *recorder) drop(c chunk) {
	if len(c.media) == 0 {
		return // the next run shows that this one is over
	}
	r.losing = true
	r.tell(func(t *Recording) { t.Dropped++ })
}

func (r *recorder) tell(change func(*Recording)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.told)
}

// status is how recording does now.
func (r *recorder) status() Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told
}

// run records what is taken, until there will be no more.
func (r *recorder) run() {
	for {
		var pause <-chan time.Time
		if r.file != nil {
			pause = time.After(recordPause)
		}
		select {
		case c, more := <-r.chunks:
			if !more {
				r.guard(r.finish)
				return
			}
			r.guard(func() error { return r.record(c) })
			r.queued.Add(-c.size)
		case <-pause:
			r.guard(r.finish)
		}
	}
}

// guard does some work. Trouble with it stops recording for a while, and
// nothing else.
func (r *recorder) guard(work func() error) {
	defer func() {
		if fault := recover(); fault != nil {
			r.fail(fmt.Errorf("%w: %v\n%s", errFault, fault, debug.Stack()))
		}
	}()
	if err := work(); err != nil {
		r.fail(err)
	}
}

// record puts a fragment into the file, or begins another.
func (r *recorder) record(c chunk) error {
	if c.lost {
		r.log.Warn("recording was too slow: the file ends, and another begins", slog.Int("dropped", r.status().Dropped))
	}
	if r.file != nil && (c.lost || !r.file.continues(c)) {
		if err := r.finish(); err != nil {
			return err
		}
	}
	switch {
	case len(c.media) == 0:
		if r.file == nil {
			return nil
		}
		return r.file.write()
	case r.file == nil && (!c.key || c.at.Before(r.retryAt)):
		return nil
	case r.file == nil:
		r.file = newRecording(r, c)
	}
	return r.file.add(c)
}

// finish ends the file.
func (r *recorder) finish() error {
	f := r.file
	if f == nil {
		return nil
	}
	if err := f.write(); err != nil {
		return err
	}
	r.file = nil
	r.tell(func(t *Recording) { t.Path = "" })
	return f.end()
}

// fail ends the file as it is, and has recording tried again later.
func (r *recorder) fail(err error) {
	if f := r.file; f != nil {
		r.file = nil
		err = errors.Join(err, f.abandon())
	}
	r.retryAt = time.Now().Add(r.archive.Retry)
	r.log.Error("recording stopped", slog.String("error", err.Error()), slog.Duration("again in", r.archive.Retry))
	r.tell(func(t *Recording) { t.Path, t.Reason = "", recordReason(err); t.Errors++ })
}

// recordReason is what people are told of why a stream is not recorded.
func recordReason(err error) string {
	var file *fs.PathError
	switch {
	case errors.Is(err, errFault):
		return "something went wrong in the server"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "there is no room on the disk"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "the folder can't be written to"
	case errors.Is(err, fs.ErrNotExist):
		return "the folder is not there"
	case errors.As(err, &file):
		return "the disk fails: " + file.Err.Error()
	}
	return err.Error()
}
