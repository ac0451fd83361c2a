package live

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
)

const (
	// recordLeast is how many seconds a fragment of a file takes, where key frames
	// let it: a fragment for each that viewers get would be a lot to read later.
	recordLeast = 1.9
	// recordMost and recordSize are where a fragment ends without a key frame, in
	// seconds and bytes, and recordWait is how long one may wait to be written
	// where little comes.
	recordMost = 4.0
	recordSize = 4 << 20
	recordWait = 5 * time.Second
	// recordLongest is how many seconds a file may have.
	recordLongest = 12 * 3600.0
)

var errTaken = errors.New("the file that is recorded was moved away, or removed")

// recording is one file: it grows by whole fragments.
type recording struct {
	*recorder
	run    *run // the newest there is of
	init   []byte
	out    *fragment.LiveFile
	base   time.Duration // of the stream, where the file begins
	began  time.Time
	start  float64
	newest time.Time // when the newest fragment came

	dir   *os.Root
	file  *os.File // nil before the first fragment
	name  string
	wrote time.Time

	media    []fragment.LiveMedia // not written yet
	from, to float64              // presentation seconds of that
	size     int64
}

// newRecording begins a file with a fragment, which is to be added.
func newRecording(r *recorder, c chunk) *recording {
	f := &recording{
		recorder: r, run: c.run, init: fragment.LiveInit(c.run.tracks...), out: fragment.NewLiveFile(c.run.tracks...),
		began: c.at, newest: c.at, wrote: c.at, start: c.start,
	}
	for i, m := range c.media {
		if at := mediaTime(m.Track, m.Samples[0].DTS); i == 0 || at < f.base {
			f.base = at
		}
	}
	return f
}

func mediaTime(t *mp4.Track, ticks int64) time.Duration {
	return time.Duration(mp4.Rescale(ticks, t.Timescale, uint32(time.Second)))
}

// continues tells whether a fragment can go on with the file. It may be of
// another run, if that is decoded in the same way.
func (f *recording) continues(c chunk) bool {
	if len(c.media) == 0 {
		return true
	}
	if c.at.Sub(f.newest) > recordPause || c.key && c.end-f.start > recordLongest {
		return false
	}
	if c.run != f.run && !bytes.Equal(fragment.LiveInit(c.run.tracks...), f.init) {
		return false
	}
	f.run = c.run
	return true
}

// add takes in a fragment of the stream, and writes one of the file where it is
// long enough.
func (f *recording) add(c chunk) error {
	if c.key && f.to-f.from >= recordLeast {
		if err := f.write(); err != nil {
			return err
		}
	}
	if f.media == nil {
		f.from = c.start
	}
	f.to, f.size, f.newest = c.end, f.size+c.size, c.at
	for _, m := range c.media {
		f.append(m)
	}
	if f.to-f.from >= recordMost || f.size >= recordSize || c.at.Sub(f.wrote) >= recordWait {
		return f.write()
	}
	return nil
}

// append adds samples behind those of their track. Times in the file begin at 0.
func (f *recording) append(m fragment.LiveMedia) {
	k := 0
	for ; k < len(f.media) && f.media[k].Track.ID != m.Track.ID; k++ {
	}
	if k == len(f.media) {
		f.media = append(f.media, fragment.LiveMedia{Track: m.Track})
	}
	base := mp4.Rescale(int64(f.base), uint32(time.Second), m.Track.Timescale)
	for _, s := range m.Samples {
		s.DTS = max(s.DTS-base, 0)
		f.media[k].Samples = append(f.media[k].Samples, s)
	}
}

// write writes what there is as a fragment.
func (f *recording) write() error {
	if f.media == nil {
		return nil
	}
	media := f.media
	f.media, f.size, f.from, f.to = nil, 0, 0, 0
	if err := f.ready(); err != nil {
		return err
	}
	before := f.out.Size()
	if err := f.out.Write(f.file, media...); err != nil {
		return err
	}
	f.wrote = f.newest
	f.tell(func(t *Recording) { t.Bytes += f.out.Size() - before })
	if before == 0 {
		f.log.Info("recording begins", slog.String("file", f.name))
		f.tell(func(t *Recording) { t.Path, t.Reason = f.archive.Path+f.name, "" })
	}
	return nil
}

// ready makes the file, or looks whether it is where it was made.
func (f *recording) ready() error {
	if f.file == nil {
		return f.create()
	}
	mine, err := f.file.Stat()
	if err != nil {
		return err
	}
	if there, err := f.dir.Lstat(f.name); err != nil || !os.SameFile(there, mine) {
		return errTaken
	}
	return nil
}

// create makes the file. It has a name that no other has.
func (f *recording) create() error {
	dir, err := f.archive.Open()
	if err != nil {
		return err
	}
	f.dir = dir
	stem := f.recorder.name + "-" + f.began.UTC().Format("2006-01-02T15-04-05Z")
	f.name = stem + ".mp4"
	for n := 2; ; n++ {
		f.file, err = dir.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		f.name = fmt.Sprintf("%s-%d.mp4", stem, n)
	}
}

// end completes the file.
func (f *recording) end() error {
	if f.file == nil {
		return nil
	}
	err := f.out.Finish(f.file)
	if err != nil {
		err = errors.Join(err, f.file.Truncate(f.out.Size()))
	}
	f.log.Info("recording ends", slog.String("file", f.name), slog.Int64("bytes", f.out.Size()))
	return errors.Join(err, f.file.Sync(), f.file.Close(), f.dir.Close())
}

// abandon ends a file that something went wrong with: all fragments that are in
// it whole stay.
func (f *recording) abandon() error {
	if f.dir == nil {
		return nil
	}
	if f.file == nil {
		return f.dir.Close()
	}
	if f.out.Size() == 0 {
		return errors.Join(f.file.Close(), f.dir.Remove(f.name), f.dir.Close())
	}
	if err := f.file.Truncate(f.out.Size()); err != nil {
		return errors.Join(err, f.file.Close(), f.dir.Close())
	}
	return f.end()
}
