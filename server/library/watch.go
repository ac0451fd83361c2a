package library

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"vodsrv/mp4/info"
)

const (
	// gather is how long changes are gathered before they are told.
	gather = 150 * time.Millisecond
	// awayEvery is how often a folder that has gone is looked for, and whether
	// another has taken its place: of what is mounted there the system does not
	// tell, nor of the end of a folder that is still open.
	awayEvery = time.Second
	// reindexEvery bounds how often a file that is being written is indexed.
	reindexEvery = time.Second
	// restFactor keeps rescans from taking more than a twentieth of the time.
	restFactor = 20
)

// watcher follows what happens in the folder: it hears of changes from the
// system where that tells, and looks at everything now and then.
type watcher struct {
	l      *Library
	disk   *disk             // nil if the library is not on one
	root   string            // the folder there, as the system names it
	notify *fsnotify.Watcher // nil where the system can't tell
	stop   context.CancelFunc
	done   chan struct{}

	rescanEvery time.Duration // or less often, if it takes long

	mu    sync.Mutex
	dirty map[Path]bool // to be looked at
	nudge chan struct{} // something is

	// What follows is the one goroutine's.
	seen    map[Path]*seen
	watched map[Path]bool      // folders that the system tells of
	due     map[Path]time.Time // when to look at a file again
	flushAt time.Time          // zero if nothing is dirty
	scanAt  time.Time
	rootAt  time.Time   // when to look whether there is another folder
	there   fs.FileInfo // the one that was looked at; nil if there was none
	scans   int
	lost    []Path // folders that could not be read in this scan
	news    Changes
	told    Progress
	beside  besides
}

// seen is what listeners know of an entry.
type seen struct {
	fact fact
	scan int       // the last one that came by
	next time.Time // the film is not indexed before
}

// fact is what makes two looks at an entry differ.
type fact struct {
	id       identity
	kind     string
	state    info.State
	duration float64
	reason   string
	mime     string
}

func factOf(e Entry) fact {
	f := fact{e.id, e.Kind, e.State, e.Duration, e.Reason, e.MIME}
	if e.Kind == KindDir {
		f.id = identity{inode: e.id.inode} // what lies in it is told of by itself
	}
	return f
}

// newWatcher makes a watcher of a library's folder, to be started. Root is its
// path if it is on a disk.
func newWatcher(l *Library, root string, rescan time.Duration) *watcher {
	w := &watcher{
		l: l, root: root, rescanEvery: rescan, done: make(chan struct{}), nudge: make(chan struct{}, 1),
		dirty: map[Path]bool{}, seen: map[Path]*seen{}, watched: map[Path]bool{}, due: map[Path]time.Time{},
		beside: besides{seen: map[Path]*sidecar{}, touched: map[string]bool{}},
	}
	if d, ok := l.dir.Folder.(disk); ok {
		w.disk = &d
		if notify, err := fsnotify.NewWatcher(); err == nil {
			w.notify = notify
		}
	}
	return w
}

func (w *watcher) start() {
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	go w.run(ctx)
}

// close ends the following; nil is fine.
func (w *watcher) close() {
	if w == nil {
		return
	}
	w.stop()
	<-w.done
}

// mark has a path looked at soon; nil is fine.
func (w *watcher) mark(p Path) {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.dirty[p] = true
	w.mu.Unlock()
	select {
	case w.nudge <- struct{}{}:
	default:
	}
}

func (w *watcher) run(ctx context.Context) {
	defer close(w.done)
	var events chan fsnotify.Event
	var failures chan error
	if w.notify != nil {
		events, failures = w.notify.Events, w.notify.Errors
		defer func() { _ = w.notify.Close() }()
	}
	w.rescan(ctx)
	if len(w.seen) > 0 { // else it may not be mounted yet
		w.l.cache.prune(func(p Path) bool { return w.seen[p] != nil })
		w.l.shared.prune(w.identities())
	}
	w.news = Changes{Lost: true, Progress: w.news.Progress} // that it is new is told nobody
	clear(w.beside.touched)
	w.tell()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(w.wakeAt()))
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			w.heard(e)
		case err := <-failures:
			// Whatever it is, some events may be lost.
			if w.scanAt = time.Now(); !errors.Is(err, fsnotify.ErrEventOverflow) {
				w.scanAt = w.scanAt.Add(awayEvery)
			}
		case <-w.nudge:
			w.soon()
		case <-timer.C:
			w.work(ctx)
		}
	}
}

// identities are those of all films.
func (w *watcher) identities() map[Path]identity {
	all := map[Path]identity{}
	for p, s := range w.seen {
		if s.fact.kind != KindDir {
			all[p] = s.fact.id
		}
	}
	return all
}

// wakeAt is when there is something to do.
func (w *watcher) wakeAt() time.Time {
	at := w.scanAt
	if w.rootAt.Before(at) {
		at = w.rootAt
	}
	if !w.flushAt.IsZero() && w.flushAt.Before(at) {
		at = w.flushAt
	}
	for _, due := range w.due {
		if due.Before(at) {
			at = due
		}
	}
	return at
}

// soon begins to gather.
func (w *watcher) soon() {
	if w.flushAt.IsZero() {
		w.flushAt = time.Now().Add(gather)
	}
}

// heard takes in what the system tells.
func (w *watcher) heard(e fsnotify.Event) {
	name, err := filepath.Rel(w.root, e.Name)
	if err != nil || e.Op == fsnotify.Chmod && name == "." {
		return
	}
	if name == "." {
		w.unwatch()
		w.scanAt = time.Now().Add(gather) // the folder itself has gone
		return
	}
	w.mark(Path(filepath.ToSlash(name)))
}

// unwatch begins anew with all folders: what has gone, or was moved away, the
// system forgets, or tells of under a wrong name.
func (w *watcher) unwatch() {
	clear(w.watched)
	if w.notify == nil {
		return
	}
	for _, path := range w.notify.WatchList() {
		_ = w.notify.Remove(path) // it may have gone just now
	}
}

// work does what is due.
func (w *watcher) work(ctx context.Context) {
	now := time.Now()
	if !now.Before(w.rootAt) {
		w.rootAt = now.Add(awayEvery)
		if w.displaced() {
			w.unwatch()
			w.scanAt = now
		}
	}
	if !now.Before(w.scanAt) {
		w.rescan(ctx)
	}
	if !w.flushAt.IsZero() && !now.Before(w.flushAt) {
		w.flushAt = time.Time{}
		w.mu.Lock()
		dirty := w.dirty
		w.dirty = map[Path]bool{}
		w.mu.Unlock()
		// What has gone first: a folder that was moved is the same to the system
		// under both names, and not to be listened to under the old one.
		for p := range dirty {
			if w.seen[p] != nil {
				w.look(p)
			} else if w.wasMissed(p) {
				w.news.Removed = append(w.news.Removed, p)
			}
		}
		for p := range dirty {
			if w.look(p) && w.seen[p].fact.kind == KindDir && !w.watched[p] && (w.disk == nil || w.disk.isFolder(p)) {
				w.enter(ctx, p)
			}
		}
	}
	for p, at := range w.due {
		if !now.Before(at) {
			w.look(p)
		}
	}
	w.tell()
}

// rescan looks at everything. A folder that can't be read keeps what was seen
// in it: viewers go on with what they have open.
func (w *watcher) rescan(ctx context.Context) {
	begin := time.Now()
	if w.disk != nil {
		if err := w.disk.renew(); err != nil {
			w.unwatch()
			w.scanAt = begin.Add(awayEvery)
			return
		}
		w.there, _ = os.Stat(w.root) // it was there just now
	}
	w.scans++
	w.lost = nil
	w.enter(ctx, "")
	for p, s := range w.seen {
		if s.scan != w.scans && !w.isLost(p) {
			w.forget(p)
		}
	}
	for p, s := range w.beside.seen {
		if s.scan != w.scans && !w.isLost(p) {
			w.lookBeside(p)
		}
	}
	w.scanAt = time.Now().Add(max(w.rescanEvery, restFactor*time.Since(begin)))
}

// wasMissed tells whether a path may have named a film for so short a while that
// it was never seen here. A list that was asked for meanwhile has it.
func (w *watcher) wasMissed(p Path) bool {
	if w.disk == nil || !isFilm(string(p)) || !w.l.visible(p) {
		return false
	}
	_, err := w.disk.Lstat(p.local())
	return errors.Is(err, fs.ErrNotExist)
}

// isLost tells whether a path lies in a folder that could not be read.
func (w *watcher) isLost(p Path) bool {
	return slices.ContainsFunc(w.lost, func(at Path) bool { return at == "" || p.below(at) })
}

// displaced tells whether another folder is where the one was that was looked
// at.
func (w *watcher) displaced() bool {
	if w.disk == nil {
		return false
	}
	there, err := os.Stat(w.root)
	return err == nil && (w.there == nil || !os.SameFile(there, w.there))
}

// enter looks at all below a folder.
func (w *watcher) enter(ctx context.Context, p Path) {
	// What comes while the folder is read is heard of.
	if w.notify != nil && !w.watched[p] {
		w.watched[p] = w.notify.Add(filepath.Join(w.root, p.local())) == nil
	}
	names, err := w.l.names(ctx, p)
	if err != nil {
		w.lost = append(w.lost, p)
		return
	}
	// A store tells of a folder's films together with their names, and that is good
	// for a short while only: they are looked at before the folders below.
	var folders []Path
	for _, d := range names {
		at := p.join(d.Name())
		if !d.IsDir() && d.Type()&fs.ModeSymlink == 0 && !isFilm(d.Name()) && !isSubtitle(d.Name()) {
			continue
		}
		// A symbolic link to a folder is not followed: it may lead round.
		if w.look(at) && d.IsDir() {
			folders = append(folders, at)
		}
	}
	for _, at := range folders {
		w.enter(ctx, at)
	}
}

// look looks at one path, and tells whether it names something to be listed.
func (w *watcher) look(p Path) bool {
	if isSubtitle(string(p)) {
		w.lookBeside(p)
		return false
	}
	delete(w.due, p)
	e, ok := w.l.look(p)
	now := factOf(e)
	s := w.seen[p]
	if s != nil && (!ok || s.fact != now && (s.fact.kind == KindDir || now.kind == KindDir)) {
		w.forget(p)
		s = nil
	}
	switch {
	case !ok || s == nil && len(w.seen) >= maxSearched:
		return false
	case s == nil:
		s = &seen{fact: now}
		w.seen[p] = s
		w.count(now, 1)
		w.news.Added = append(w.news.Added, e)
	case s.fact != now:
		w.count(s.fact, -1)
		w.count(now, 1)
		s.fact = now
		w.news.Changed = append(w.news.Changed, e)
	}
	s.scan = w.scans
	if e.Kind != KindDir {
		w.follow(e, s)
	}
	return true
}

// follow has a film indexed that is not known as it is, and looked at again
// when it may be complete.
func (w *watcher) follow(e Entry, s *seen) {
	now := time.Now()
	switch {
	case e.exact:
	case now.Before(s.next):
		w.due[e.path] = s.next
	case w.news.Progress.Total <= maxInfos:
		s.next = now.Add(reindexEvery)
		w.l.indexer.add(e.path, false)
	}
	if at := w.l.since(e.path, e.id).Add(quiet); e.State == info.Growing && w.due[e.path].IsZero() {
		w.due[e.path] = at.Add(gather)
	}
}

// count keeps the progress.
func (w *watcher) count(f fact, by int) {
	if f.kind == KindDir {
		return
	}
	w.news.Progress.Total += by
	if f.state != info.Indexing {
		w.news.Progress.Indexed += by
	}
}

// forget takes back an entry, and all that lay below it.
func (w *watcher) forget(p Path) {
	s := w.seen[p]
	if s == nil {
		return
	}
	w.drop(p)
	w.news.Removed = append(w.news.Removed, p)
	if s.fact.kind != KindDir {
		return
	}
	for at := range w.seen {
		if at.below(p) {
			w.drop(at)
		}
	}
	w.forgetBeside(p)
	for at := range w.watched {
		if at == p || at.below(p) {
			delete(w.watched, at)
			_ = w.notify.Remove(filepath.Join(w.root, at.local())) // the system may have done so
		}
	}
}

func (w *watcher) drop(p Path) {
	w.count(w.seen[p].fact, -1)
	delete(w.seen, p)
	delete(w.due, p)
}

// tell tells what there is to tell.
func (w *watcher) tell() {
	w.noteBeside()
	n := w.news
	if !n.Lost && len(n.Added)+len(n.Changed)+len(n.Removed) == 0 && n.Progress == w.told {
		return
	}
	w.told = n.Progress
	w.l.hub.tell(n)
	w.news = Changes{Progress: n.Progress}
}
