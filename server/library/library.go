// Package library is the folder on disk: what lies in it, and the films in it
// opened and indexed.
package library

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"vodsrv/mp4/info"
)

const (
	// maxFilms is how many films stay open though nobody watches them.
	maxFilms = 256
	// maxInfos is how many descriptions are kept.
	maxInfos = 20_000
)

// Options choose what a library does.
type Options struct {
	FollowSymlinks bool     // symbolic links may lead out of the folder
	Identity       Identity // default InodeSizeMtime; what is not on a disk goes by its ETags
	CacheBytes     int64    // of memory for what films are made of; default DefaultCacheBytes
	// Watch follows what happens in the folder, and has all films indexed
	// before anyone asks for them.
	Watch bool
	// Rescan is how often all of the folder is looked at; default
	// DefaultRescan.
	Rescan time.Duration
	// CacheDir keeps descriptions of films from run to run; "" for none. Where
	// it can't be used the library does without, and says so to NoCache.
	CacheDir string
	NoCache  func(error)
	// Shared keeps them for other servers, and has theirs; nil for nobody. The
	// library closes it, and tells SharedTrouble once if it fails.
	Shared        Shared
	SharedTrouble func(error)
}

// DefaultRescan is often enough for network folders, which send no word of what
// others do in them.
const DefaultRescan = 30 * time.Second

// DefaultCacheBytes is room for the indexes of some hundred hours of film.
const DefaultCacheBytes = 256 << 20

// Library is one folder of films. It is safe for any number of goroutines.
type Library struct {
	dir     shelf
	remote  bool          // it is not on a disk
	only    Path          // the one film that there is; "" for all of the folder
	slots   chan struct{} // one for each film that may be indexed at once for viewers
	builds  builds
	indexer indexer
	made    *segments
	counts  counts
	hub     hub
	watcher *watcher // nil if the folder is not watched
	cache   *cache   // nil if there is none
	shared  *shared  // the same

	followers sync.WaitGroup // of films that grow

	mu     sync.Mutex
	films  *lru[Path, *Film]
	infos  *lru[Path, known]
	sights *lru[Path, sight]
	extras *lru[Path, extras]
	files  *lru[Path, files] // of folders
}

// known is the description of a file as it was.
type known struct {
	id       identity
	info     info.File
	complete bool   // nothing more can come to it
	again    bool   // it could not be read: that may pass without the file changing
	grown    string // the ETag that it was watched under while it grew; "" if it was not
}

// Open opens a folder of films, or one film.
func Open(path string, o Options) (*Library, error) {
	if o.CacheBytes < 0 {
		return nil, fmt.Errorf("the cache can't have %d bytes", o.CacheBytes)
	}
	identify, err := o.Identity.identifier()
	if err != nil {
		return nil, err
	}
	stat, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file or folder %s to serve", path)
	}
	if err != nil {
		return nil, err
	}
	var only Path
	if !stat.IsDir() {
		if path, only, err = oneFilm(path); err != nil {
			return nil, err
		}
	}
	dir, err := openDisk(path, o.FollowSymlinks)
	if err != nil {
		return nil, err
	}
	place, err := filepath.Abs(path)
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	l := &Library{dir: shelf{dir, identify}, only: only, slots: make(chan struct{}, max(2, runtime.NumCPU()))}
	l.indexer = newIndexer(backgroundWorkers(), l.index)
	l.begin(place, o)
	return l, nil
}

// remoteWorkers is how many films of a store are indexed at once for viewers,
// and as many again for nobody.
const remoteWorkers = 8

// OpenStore opens a folder that is not on a disk, or the one film in it that is
// named. Place tells it from others, for the cache. The folder is closed with the
// library.
func OpenStore(dir Folder, place string, only Path, o Options) (*Library, error) {
	if o.CacheBytes < 0 {
		return nil, fmt.Errorf("the cache can't have %d bytes", o.CacheBytes)
	}
	l := &Library{dir: shelf{dir, byInode}, remote: true, only: only, slots: make(chan struct{}, remoteWorkers)}
	l.indexer = newIndexer(remoteWorkers, l.index)
	l.begin(place, o)
	return l, nil
}

// begin readies a library that has a folder.
func (l *Library) begin(place string, o Options) {
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	l.films = newLRU[Path](o.CacheBytes*3/4, func(f *Film) int64 { return max(f.memory(), o.CacheBytes*3/4/maxFilms) }, func(f *Film) { _ = f.Close() })
	l.made = newSegments(o.CacheBytes / 4)
	l.infos = newLRU[Path](maxInfos, func(known) int64 { return 1 }, func(known) {})
	l.sights = newLRU[Path](maxInfos, func(sight) int64 { return 1 }, func(sight) {})
	l.extras = newLRU[Path](maxExtras, extras.memory, func(extras) {})
	l.files = newLRU[Path](maxNames, func(f files) int64 { return int64(1 + len(f.names)) }, func(files) {})
	l.openCache(o, place)
	l.shared = newShared(o.Shared, o.SharedTrouble)
	if o.Watch {
		if l.only == "" { // else the film is the one that a viewer comes for
			l.builds.hold(headStart)
		}
		l.watcher = newWatcher(l, place, cmp.Or(o.Rescan, DefaultRescan))
		l.watcher.start()
	}
}

// oneFilm splits the path of a film into its folder and name. Of a symbolic link
// it is what the link leads to: nothing else may lead out of the folder.
func oneFilm(path string) (folder string, name Path, err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", "", err
	}
	name = Path(filepath.Base(path))
	switch {
	case !isFilm(path):
		return "", "", fmt.Errorf("%s is not a film by its name, which should end with .mp4 or the like", path)
	case name.hidden():
		return "", "", fmt.Errorf("%s is hidden by its name: one that begins with a dot is not served", path)
	}
	return filepath.Dir(path), name, nil
}

// OnDisk tells whether the library is a folder of this machine, which files can
// be put into.
func (l *Library) OnDisk() bool { return !l.remote }

// Only is the one film that is served; "" where there is a folder.
func (l *Library) Only() Path { return l.only }

func (l *Library) openCache(o Options, place string) {
	if o.CacheDir == "" {
		return
	}
	c, err := openCache(o.CacheDir, place)
	if err != nil {
		if o.NoCache != nil {
			o.NoCache(err)
		}
		return
	}
	c.rebuilt = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for p, k := range l.infos.all() {
			c.put(p, k)
		}
	}
	l.cache = c
}

// Close waits for what is being indexed and closes all films that nobody
// watches. No other method may be called after it.
func (l *Library) Close() error {
	l.watcher.close()
	l.indexer.close()
	l.followers.Wait()
	l.cache.close()
	err := l.shared.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.films.clear()
	return errors.Join(err, l.dir.Close())
}

// visible tells whether a path may be served: not hidden, and the one film and
// what lies beside it if there is only one.
func (l *Library) visible(p Path) bool {
	return !p.hidden() && (l.only == "" || p == l.only || p == "" || p.isBeside(l.only))
}

// Film opens a film, or shares the one that is open. It indexes a file once,
// however many ask for it. Errors are fs.ErrNotExist, fs.ErrPermission,
// *BadFileError, or trouble with the disk.
func (l *Library) Film(ctx context.Context, p Path) (*Film, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id, err := l.identity(p)
		if err != nil {
			return nil, err
		}
		if film := l.open(p, id); film != nil {
			l.counts.hits.Add(1)
			return film, nil
		}
		l.counts.misses.Add(1)
		if k, ok := l.known(p, id); ok && k.info.State == info.Invalid && !k.again {
			return nil, &BadFileError{Info: k.info}
		}
		film, err := l.build(p, id)
		if err != nil {
			return nil, err
		}
		if film.acquire() {
			return film, nil
		}
	}
}

// Look finds out about a film without indexing it: its ETag, unless it grows,
// and the film, if it is open already; else nil. Errors are fs.ErrNotExist,
// fs.ErrPermission, or trouble with the disk.
func (l *Library) Look(p Path) (film *Film, etag string, err error) {
	id, err := l.identity(p)
	if err != nil {
		return nil, "", err
	}
	return l.open(p, id), id.etag(), nil
}

// Has tells whether there is a film of that name, whatever is in it. Errors are
// fs.ErrNotExist, fs.ErrPermission, or trouble with the disk.
func (l *Library) Has(p Path) error {
	_, err := l.identity(p)
	return err
}

// identity looks at the file of a film.
func (l *Library) identity(p Path) (identity, error) {
	if !isFilm(string(p)) || !l.visible(p) {
		return identity{}, fs.ErrNotExist
	}
	stat, err := l.dir.Stat(p)
	if err != nil {
		return identity{}, err
	}
	if !stat.Mode().IsRegular() {
		return identity{}, fs.ErrNotExist
	}
	return l.dir.identify(stat), nil
}

// open shares a film that is open already; nil if there is none, or if the file
// has become another.
func (l *Library) open(p Path, id identity) *Film {
	l.mu.Lock()
	film, ok := l.films.get(p)
	ok = ok && film.acquire()
	l.mu.Unlock()
	if !ok {
		return nil
	}
	film.catchUp()
	if film.growth == nil && film.now.Load().id == id || film.growth != nil && film.Unchanged() == nil {
		return film
	}
	l.mu.Lock()
	if there, _ := l.films.get(p); there == film {
		l.films.remove(p)
	}
	l.mu.Unlock()
	_ = film.Close()
	return nil
}

// learn keeps the description that indexing a file brought.
func (l *Library) learn(p Path, film *Film, err error) {
	var bad *BadFileError
	switch {
	case err == nil:
		l.keep(p, film.known())
	case errors.As(err, &bad):
		l.keep(p, known{id: bad.id, info: bad.Info})
	}
}

// keep keeps a description that was made here. That of a file which may still
// grow is of no use to others.
func (l *Library) keep(p Path, k known) {
	if _, ok := l.known(p, k.id); !ok && (k.complete || l.remote) {
		l.shared.put(p, k)
	}
	l.keepHere(p, k)
}

// keepHere keeps a description.
func (l *Library) keepHere(p Path, k known) {
	l.mu.Lock()
	if old, ok := l.infos.get(p); ok && k.grown == "" && old.id.inode == k.id.inode && old.id.size <= k.id.size {
		k.grown = old.grown
	}
	l.infos.put(p, k)
	l.mu.Unlock()
	l.cache.put(p, k)
	l.watcher.mark(p)
}

// unwrapPath leaves out names of the file system and our own faults, which are
// not for viewers.
func unwrapPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("the file can't be read: %w", path.Err)
	}
	return errors.New("the file can't be read")
}

// known is what is known of a file that has not changed.
func (l *Library) known(p Path, id identity) (known, bool) {
	k, ok := l.remember(p, id)
	return k, ok && k.id == id
}

// remember is what is known of a file as it is, or else as it was.
func (l *Library) remember(p Path, id identity) (known, bool) {
	l.mu.Lock()
	k, ok := l.infos.get(p)
	l.mu.Unlock()
	if ok && k.id == id {
		return k, true
	}
	kept, found := l.cache.get(p, id)
	if !found {
		return k, ok
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now, ok := l.infos.get(p); ok && now.id == id {
		return now, true
	}
	l.infos.put(p, kept)
	return kept, true
}

// Info describes a film, also one that is invalid. Errors are fs.ErrNotExist,
// fs.ErrPermission or trouble with the disk.
func (l *Library) Info(ctx context.Context, p Path) (info.File, error) {
	film, err := l.Film(ctx, p)
	var bad *BadFileError
	if errors.As(err, &bad) {
		return bad.Info, nil
	}
	if err != nil {
		return info.File{}, err
	}
	defer func() { _ = film.Close() }()
	e := film.now.Load()
	f := e.info
	f.Extras = l.extrasOf(film, e)
	f.Subtitles = append(slices.Clip(f.Subtitles), l.beside(ctx, p)...)
	if film.known().grows(l.since(p, e.id)) {
		f.State, f.Reason = info.Growing, ""
	}
	return f, nil
}

// Raw opens the file itself, a film or a subtitle. Errors are those of Film;
// *BadFileError is for a file that does not begin like a film.
func (l *Library) Raw(p Path) (*Raw, error) {
	if !l.visible(p) || p.ContentType() == "" {
		return nil, fs.ErrNotExist
	}
	file, stat, err := l.dir.openRegular(p)
	if err != nil {
		return nil, err
	}
	if isFilm(string(p)) && !LooksLikeFilm(file) {
		err := errors.New("this is not an MP4 file")
		return nil, &BadFileError{Info: unreadable(p, stat.Size(), err), err: errors.Join(err, file.Close())}
	}
	return &Raw{File: file, Info: stat, ETag: l.dir.identify(stat).etag()}, nil
}

// names lists a folder's entries. It gives up when ctx is done.
func (l *Library) names(ctx context.Context, p Path) ([]fs.DirEntry, error) {
	if !l.visible(p) {
		return nil, fs.ErrNotExist
	}
	return l.dir.ReadDir(ctx, p)
}
