package library

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"vodsrv/mp4/codec"
	"vodsrv/mp4/info"
)

const (
	// listPatience is how long a listing waits for films to be indexed, so
	// that the first answer for a small folder is whole.
	listPatience = 300 * time.Millisecond
	// maxSearched bounds the entries that a search looks at.
	maxSearched = 200_000
)

// errImpatient ends the wait, but not the answer.
var errImpatient = errors.New("library: waited long enough")

// Listing is what lies in a folder.
type Listing struct {
	Path    string  `json:"path"` // percent-encoded
	Name    string  `json:"name"`
	Entries []Entry `json:"entries"`
	Total   int     `json:"total"`          // how many there are, on this page and others
	Next    string  `json:"next,omitempty"` // where there is more: the value for after
}

// Entry is a folder or a film.
type Entry struct {
	Name     string       `json:"name"`              // for showing
	Path     string       `json:"path"`              // percent-encoded
	Kind     string       `json:"kind"`              // dir, video or audio
	Size     int64        `json:"size"`              // bytes
	Modified time.Time    `json:"modified,omitzero"` // not known of folders of a store
	State    info.State   `json:"state"`
	Duration float64      `json:"duration"` // seconds
	MIME     string       `json:"mime"`
	Tracks   []info.Track `json:"tracks"`
	Reason   string       `json:"reason"`
	Cover    bool         `json:"cover,omitempty"` // there is cover art

	path  Path
	id    identity
	exact bool // the description is of the file as it is
}

// Folder is the folder that the entry lies in.
func (e Entry) Folder() Path { return e.path.Parent() }

// KindDir is the Kind of a folder.
const KindDir = "dir"

// List lists a folder, or searches below it. It indexes what is new, but does
// not wait for it long: what is not yet known has the state Indexing. Errors
// are fs.ErrNotExist, fs.ErrPermission, ErrBadQuery or trouble with the disk.
func (l *Library) List(ctx context.Context, p Path, q Query) (Listing, error) {
	listing := Listing{Path: p.Escaped(), Name: p.Name()}
	entries, err := l.scan(ctx, p, q.Search)
	if err != nil {
		return listing, err
	}
	listing.Total = len(entries)
	if q.Sort != ByDuration {
		// Only the page that is asked for has to be looked into.
		if entries, listing.Next, err = q.page(entries); err != nil {
			return listing, err
		}
	}
	if err := l.describe(ctx, entries); err != nil {
		return listing, err
	}
	if q.Sort == ByDuration {
		if entries, listing.Next, err = q.page(entries); err != nil {
			return listing, err
		}
	}
	listing.Entries = entries
	return listing, nil
}

// scan lists the entries of a folder, or those below it that match a search.
func (l *Library) scan(ctx context.Context, p Path, search string) ([]Entry, error) {
	found := []Entry{}
	folders := []Path{p}
	for looked := 0; len(folders) > 0; {
		at := folders[0]
		folders = folders[1:]
		names, err := l.names(ctx, at)
		if err != nil && at == p {
			return nil, err
		}
		looked += len(names)
		for _, name := range names {
			e, ok := l.entry(at.join(name.Name()), name)
			if !ok {
				continue
			}
			// A symbolic link to a folder is not searched: it may lead round.
			if search != "" && e.Kind == KindDir && name.IsDir() && looked < maxSearched {
				folders = append(folders, e.path)
			}
			if matches(e.Name, search) {
				found = append(found, e)
			}
		}
		if search == "" {
			break
		}
	}
	return found, ctx.Err()
}

// entry looks at one name in a folder; false for what is not listed. A name
// that vanished, or leads out of the library, is not there.
func (l *Library) entry(p Path, d fs.DirEntry) (Entry, bool) {
	link := d.Type()&fs.ModeSymlink != 0
	if !d.IsDir() && !link && !isFilm(string(p)) {
		return Entry{}, false
	}
	return l.see(p)
}

// look looks at what a path names, and what is known of it; false for what is
// not listed.
func (l *Library) look(p Path) (Entry, bool) {
	e, ok := l.see(p)
	if ok && e.Kind != KindDir {
		l.fill(&e)
	}
	return e, ok
}

// see looks at what a path names.
func (l *Library) see(p Path) (Entry, bool) {
	if !l.visible(p) {
		return Entry{}, false
	}
	stat, err := l.dir.Stat(p)
	if err != nil {
		return Entry{}, false
	}
	e := Entry{
		Name: p.Name(), Path: p.Escaped(), Modified: stat.ModTime().UTC(), Tracks: []info.Track{}, path: p, id: l.dir.identify(stat),
	}
	switch {
	case stat.IsDir():
		e.Kind, e.State, e.exact = KindDir, info.Ready, true
		return e, l.only == ""
	case stat.Mode().IsRegular() && isFilm(string(p)):
		e.Kind, e.State, e.Size = kindByName(p), info.Indexing, stat.Size()
		return e, true
	}
	return Entry{}, false
}

// kindByName guesses what a film is until it was looked into.
func kindByName(p Path) string {
	kind, _, _ := strings.Cut(p.ContentType(), "/")
	return kind
}

// fill fills in what is known of a film. A description of what it was before it
// grew will do until there is a newer one.
func (l *Library) fill(e *Entry) {
	since := l.since(e.path, e.id)
	k, ok := l.remember(e.path, e.id)
	if !ok || k.id.inode != e.id.inode || k.id.size > e.id.size || k.complete && k.id != e.id {
		return
	}
	f := k.info
	e.exact = k.id == e.id
	e.State, e.Duration, e.MIME, e.Reason, e.Tracks, e.Cover = f.State, f.Duration, f.MIME, f.Reason, f.Tracks, f.Cover
	if kind := kindByTracks(f.Tracks); kind != "" {
		e.Kind = kind
	}
	if k.grows(since) {
		e.State, e.Reason = info.Growing, ""
	}
}

func kindByTracks(tracks []info.Track) string {
	kind := ""
	for _, t := range tracks {
		switch t.Kind {
		case codec.Video:
			return string(codec.Video)
		case codec.Audio:
			kind = string(codec.Audio)
		}
	}
	return kind
}

// describe has the films that are not known indexed, and waits a little.
func (l *Library) describe(ctx context.Context, entries []Entry) error {
	waiting := map[int]<-chan struct{}{}
	for i := range entries {
		e := &entries[i]
		if e.Kind == KindDir {
			continue
		}
		if l.fill(e); !e.exact || l.isUnread(*e) {
			waiting[i] = l.indexer.add(e.path, true)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, listPatience, errImpatient)
	defer cancel()
	for _, done := range waiting {
		select {
		case <-done:
		case <-ctx.Done():
			if context.Cause(ctx) != errImpatient {
				return ctx.Err()
			}
		}
	}
	for i := range waiting {
		if e, ok := l.look(entries[i].path); ok {
			entries[i] = e
		}
	}
	return nil
}

// isUnread tells whether a file could not be read, and may be now.
func (l *Library) isUnread(e Entry) bool {
	k, ok := l.known(e.path, e.id)
	return ok && k.again
}
