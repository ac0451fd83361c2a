package live

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vodsrv/internal/testmedia"
	"vodsrv/mp4"
	"vodsrv/mp4/fragment"
	"vodsrv/mp4/info"
	"vodsrv/mp4/mp4test"
)

// archiveIn is an archive in a folder of the disk.
func archiveIn(dir string) *Archive {
	return &Archive{Open: func() (*os.Root, error) { return os.OpenRoot(dir) }, Path: "rec/"}
}

// recorderInto is a recorder that a test lets work by hand.
func recorderInto(dir string) *recorder {
	return newRecorder("camera", *archiveIn(dir), slog.New(slog.DiscardHandler))
}

// work records all that is taken so far.
func (r *recorder) work() {
	for len(r.chunks) > 0 {
		c := <-r.chunks
		r.guard(func() error { return r.record(c) })
		r.queued.Add(-c.size)
	}
}

// recordings are the files in a folder, by name.
func recordings(t testing.TB, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// samePackets compares a recording with the stream that was recorded, up to where
// it goes, and returns how many seconds it has.
func samePackets(t testing.TB, path, stream string) float64 {
	t.Helper()
	split := func(all []testmedia.Packet) (by [2][]testmedia.Packet) {
		for _, p := range all {
			by[p.Stream] = append(by[p.Stream], p)
		}
		return by
	}
	got, want := split(testmedia.Packets(t, path)), split(testmedia.Packets(t, stream))
	m := open(t, read(t, path))
	end := 0.0
	for k, track := range m.Tracks {
		skip := slices.IndexFunc(want[k], func(p testmedia.Packet) bool { return p.Hash == got[k][0].Hash })
		if skip < 0 || skip > 2 || len(got[k]) > len(want[k])-skip {
			t.Fatalf("%s: %d packets, from the source's %d. of %d on", track.Kind, len(got[k]), skip, len(want[k]))
		}
		for i, g := range got[k] {
			w := want[k][skip+i]
			at := mp4.Seconds(*g.PTS-*got[k][0].PTS, track.Timescale)
			if g.Hash != w.Hash || g.Key() != w.Key() || math.Abs(at-float64(*w.PTS-*want[k][skip].PTS)/1000) > 0.0015 {
				t.Fatalf("%s: packet %d is %+v, want %+v", track.Kind, i, g, w)
			}
			end = max(end, at)
		}
	}
	return end
}

// What is recorded is a fragmented file like any other: it has all that the
// source sent, from time 0 on, in fragments of two seconds and more, and an index.
func TestRecordedFile(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"both": nil, "only sound": {"-vn"}, "a key frame every 10 s": {"-g", "250"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream := clip(t, 11, args...)
			source := filepath.Join(t.TempDir(), "source.flv")
			if err := os.WriteFile(source, stream, 0o600); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			r := recorderInto(dir)
			a := newAssembler(newWindow(time.Minute, DefaultBytes), Cutting{Low})
			a.record, a.end = r, time.Hour // the stream has run for long
			if err := feedAll(t, a, stream); err != nil {
				t.Fatal(err)
			}
			close(r.chunks)
			r.run()
			files := recordings(t, dir)
			if len(files) != 1 || !strings.HasPrefix(filepath.Base(files[0]), "camera-"+time.Now().UTC().Format("2006-01-02T")) {
				t.Fatalf("files %v", files)
			}
			if end := samePackets(t, files[0], source); end < 10.9 {
				t.Errorf("it ends at %v s", end)
			}
			file := read(t, files[0])
			m := open(t, file)
			if n := len(m.Fragments); !m.Complete || n < 3 || n > 6 {
				t.Errorf("complete %v, %d fragments", m.Complete, n)
			}
			for _, track := range m.Tracks {
				if at := mp4.Seconds(track.Index.At(0).DTS, track.Timescale); at > 0.15 {
					t.Errorf("%s begins at %v s", track.Kind, at)
				}
			}
			about := info.Describe(m)
			if about.State != info.Ready || math.Abs(about.Duration-11) > 0.2 {
				t.Errorf("described as %s, %v s", about.State, about.Duration)
			}
			madeWhole(t, file, m)
		})
	}
}

// madeWhole checks that a fragmented file can be made a plain one with the same
// samples.
func madeWhole(t *testing.T, file []byte, m *mp4.Movie) {
	t.Helper()
	var whole mp4test.Memory
	if err := fragment.Convert(&whole, bytes.NewReader(file), m, fragment.Options{Defragment: true}); err != nil {
		t.Fatal(err)
	}
	back := open(t, whole.Bytes())
	if back.Fragmented || len(back.Tracks) != len(m.Tracks) {
		t.Fatalf("made whole it has %d tracks, fragmented: %v", len(back.Tracks), back.Fragmented)
	}
	for k, track := range back.Tracks {
		if got, want := track.Index.Len(), m.Tracks[k].Index.Len(); got != want {
			t.Errorf("made whole it has %d samples of %s, not %d", got, track.Kind, want)
		}
	}
}

// A source that comes back soon goes on in the same file if it is decoded in the
// same way, whatever its times are. One that does not begins another; so does a
// long pause.
func TestRecordingOfRuns(t *testing.T) {
	t.Parallel()
	one, other := clip(t, 4), clip(t, 4, "-s", "160x90")
	tests := []struct {
		name   string
		second []byte
		pause  time.Duration
		files  []float64 // seconds
	}{
		{"the same", one, recordPause / 2, []float64{8}},
		{"another size", other, 0, []float64{4, 4}},
		{"a long pause", one, recordPause + time.Second, []float64{4, 4}},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		r := recorderInto(dir)
		a := newAssembler(newWindow(time.Minute, DefaultBytes), Cutting{Normal})
		a.record = r
		for k, stream := range [][]byte{one, tt.second} {
			if err := feedAll(t, a, stream); err != nil {
				t.Fatal(err)
			}
			for len(r.chunks) > 0 {
				c := <-r.chunks
				c.at = c.at.Add(time.Duration(k) * tt.pause)
				r.guard(func() error { return r.record(c) })
			}
		}
		r.guard(r.finish)
		files := recordings(t, dir)
		if len(files) != len(tt.files) {
			t.Errorf("%s: files %v", tt.name, files)
			continue
		}
		for k, path := range files {
			m := open(t, read(t, path))
			if about := info.Describe(m); math.Abs(about.Duration-tt.files[k]) > 0.2 || !m.Complete {
				t.Errorf("%s: file %d takes %v s, want %v", tt.name, k, about.Duration, tt.files[k])
			}
		}
		if status := r.status(); status.Path != "" || status.Reason != "" || status.Errors != 0 {
			t.Errorf("%s: in the end %+v", tt.name, status)
		}
	}
}

// Nothing that is there is overwritten.
func TestRecordingKeepsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := recorderInto(dir)
	began := time.Date(2026, 3, 4, 5, 6, 7, 0, time.FixedZone("east", 3600))
	for k, name := range []string{"camera-2026-03-04T04-06-07Z.mp4", "camera-2026-03-04T04-06-07Z-2.mp4", "camera-2026-03-04T04-06-07Z-3.mp4"} {
		f := &recording{recorder: r, began: began}
		if err := f.create(); err != nil || f.name != name || len(recordings(t, dir)) != k+1 {
			t.Errorf("the %d. file: %v, %s", k+1, err, f.name)
		}
		if err := errors.Join(f.file.Close(), f.dir.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A disk that is too slow costs fragments of the recording, and nobody waits for
// it: the file ends, and another begins with a key frame.
func TestRecordingOnASlowDisk(t *testing.T) {
	t.Parallel()
	stream := clip(t, 4)
	dir := t.TempDir()
	r := recorderInto(dir)
	r.chunks = make(chan chunk, 16) // of 4 s there are 40
	w := newWindow(time.Minute, DefaultBytes)
	a := newAssembler(w, Cutting{Low})
	a.record = r
	for range 3 { // the disk takes nothing meanwhile
		if err := feedAll(t, a, stream); err != nil {
			t.Fatal(err)
		}
	}
	if _, to := w.Bounds(); to < 11.5 || len(r.chunks) != cap(r.chunks) {
		t.Errorf("viewers have %v s, %d fragments wait", to, len(r.chunks))
	}
	dropped := r.status().Dropped
	if dropped < 80 {
		t.Errorf("%d fragments were dropped", dropped)
	}
	r.work()
	r.chunks = make(chan chunk, recordChunks)
	if err := feedAll(t, a, stream); err != nil {
		t.Fatal(err)
	}
	r.work()
	r.guard(r.finish)
	files := recordings(t, dir)
	if len(files) != 2 {
		t.Fatalf("files %v", files)
	}
	for k, path := range files {
		m := open(t, read(t, path))
		if first := m.Tracks[0].Index.At(0); !m.Complete || !first.Sync || m.Tracks[0].Index.Len() < 30 {
			t.Errorf("file %d: complete %v, begins with a key frame: %v, %d pictures", k, m.Complete, first.Sync, m.Tracks[0].Index.Len())
		}
	}
	r.queued.Store(recordBytes)
	r.take(chunk{media: []fragment.LiveMedia{{}}, size: 1, key: true})
	if len(r.chunks) != 0 {
		t.Error("more waits for the disk than may")
	}
}

// A full disk stops the recording alone. What was recorded stays whole, and when
// there is room again, another file begins.
func TestRecordingOnAFullDisk(t *testing.T) {
	stream := clip(t, 4)
	dir := testmedia.SmallDisk(t, len(stream)*3/2)
	r := recorderInto(dir)
	r.archive.Retry = time.Hour
	w := newWindow(time.Minute, DefaultBytes)
	a := newAssembler(w, Cutting{Low})
	a.record = r
	feed := func() {
		t.Helper()
		if err := feedAll(t, a, stream); err != nil {
			t.Fatal(err)
		}
		r.work()
	}
	feed()
	if status := r.status(); !strings.HasPrefix(status.Path, "rec/camera-") || status.Reason != "" {
		t.Fatalf("%+v", status)
	}
	feed()
	feed()
	status := r.status()
	if status.Path != "" || status.Reason != "there is no room on the disk" || status.Errors != 1 {
		t.Fatalf("%+v", status)
	}
	if _, to := w.Bounds(); to < 11.5 {
		t.Errorf("viewers have %v s", to)
	}
	files := recordings(t, dir)
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	// What did not fit is cut off; so there is room for the index.
	if m := open(t, read(t, files[0])); !m.Complete || m.Tracks[0].Index.Len() < 95 {
		t.Errorf("complete %v, %d pictures are left", m.Complete, m.Tracks[0].Index.Len())
	}
	// Not even a name is left of what there is no room for.
	r.retryAt = time.Time{}
	testmedia.Fill(t, filepath.Join(dir, "filler"))
	feed()
	if status := r.status(); status.Errors != 2 || len(recordings(t, dir)) != 2 {
		t.Errorf("%+v, %v", status, recordings(t, dir))
	}
	if err := errors.Join(os.Remove(files[0]), os.Remove(filepath.Join(dir, "filler"))); err != nil {
		t.Fatal(err)
	}
	r.retryAt = time.Time{}
	feed()
	r.guard(r.finish)
	files = recordings(t, dir)
	if status := r.status(); status.Reason != "" || len(files) != 1 {
		t.Fatalf("%+v, files %v", status, files)
	}
	if m := open(t, read(t, files[0])); !m.Complete || m.Tracks[0].Index.Len() < 95 {
		t.Errorf("complete %v, %d pictures", m.Complete, m.Tracks[0].Index.Len())
	}
}

// Who moves the file away that is recorded gets a new one.
func TestRecordingIsMovedAway(t *testing.T) {
	t.Parallel()
	stream := clip(t, 4)
	dir, away := t.TempDir(), filepath.Join(t.TempDir(), "mine.mp4")
	r := recorderInto(dir)
	a := newAssembler(newWindow(time.Minute, DefaultBytes), Cutting{Low})
	a.record = r
	for range 3 {
		if err := feedAll(t, a, stream); err != nil {
			t.Fatal(err)
		}
		r.work()
		r.retryAt = time.Time{}
		if _, err := os.Stat(away); err != nil {
			if err := os.Rename(recordings(t, dir)[0], away); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.guard(r.finish)
	if files := recordings(t, dir); len(files) != 1 || r.status().Errors != 1 {
		t.Errorf("files %v, %+v", files, r.status())
	}
	if m := open(t, read(t, away)); !m.Complete || m.Tracks[0].Index.Len() < 95 {
		t.Errorf("complete %v, %d pictures", m.Complete, m.Tracks[0].Index.Len())
	}
}

func TestRecordReason(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"there is no room on the disk":       &fs.PathError{Op: "write", Path: "/secret", Err: syscall.ENOSPC},
		"the folder can't be written to":     &fs.PathError{Op: "open", Path: "/secret", Err: syscall.EROFS},
		"the folder is not there":            fs.ErrNotExist,
		"the disk fails: input/output error": &fs.PathError{Op: "write", Path: "/secret", Err: syscall.EIO},
		"something went wrong in the server": errFault,
	} {
		if got := recordReason(err); got != want {
			t.Errorf("of %v people are told %q", err, got)
		}
	}
}

// A stream that is recorded is read whether someone watches or not.
func TestRecordingOnDemand(t *testing.T) {
	t.Parallel()
	s, err := New("camera", "clip.flv", Options{OnDemand: true, Record: archiveIn(t.TempDir())})
	if err != nil || s.options.OnDemand {
		t.Errorf("%v, it is on demand still", err)
	}
}
