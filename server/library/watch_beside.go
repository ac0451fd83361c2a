package library

import "slices"

// besides is what the watcher knows of files with subtitles. They are not
// listed: that one changed is told as a change of its film.
type besides struct {
	seen    map[Path]*sidecar
	touched map[string]bool // paths of films, without extension, beside which something changed
}

// sidecar is a file with subtitles as it was seen.
type sidecar struct {
	id   identity
	scan int // the last one that came by
}

// lookBeside looks at a file with subtitles, or at where there was one.
func (w *watcher) lookBeside(p Path) {
	old := w.beside.seen[p]
	stat, err := w.l.dir.Stat(p)
	switch {
	case err != nil || !stat.Mode().IsRegular() || !w.l.visible(p):
		if old == nil {
			return
		}
		delete(w.beside.seen, p)
	case old == nil && len(w.beside.seen) >= maxSearched:
		return
	default:
		now := &sidecar{w.l.dir.identify(stat), w.scans}
		w.beside.seen[p] = now
		if old != nil && old.id == now.id {
			return
		}
	}
	// It goes with any film whose name its own begins with.
	name := len(p.Parent())
	for i := name + 1; i < len(p); i++ {
		if p[i] == '.' {
			w.beside.touched[string(p[:i])] = true
		}
	}
}

// noteBeside adds the films to the news beside which something changed.
func (w *watcher) noteBeside() {
	if len(w.beside.touched) == 0 {
		return
	}
	told := map[Path]bool{}
	for _, e := range slices.Concat(w.news.Added, w.news.Changed) {
		told[e.path] = true
	}
	for p, s := range w.seen {
		if s.fact.kind == KindDir || told[p] || !w.beside.touched[stem(string(p))] {
			continue
		}
		if e, ok := w.l.look(p); ok {
			w.news.Changed = append(w.news.Changed, e)
		}
	}
	clear(w.beside.touched)
}

// forgetBeside forgets what lay below a folder that has gone.
func (w *watcher) forgetBeside(folder Path) {
	for p := range w.beside.seen {
		if p.below(folder) {
			delete(w.beside.seen, p)
		}
	}
}
