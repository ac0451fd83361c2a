package server

import (
	"bytes"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/live"
)

const title = "vodsrv"

// maxRows is how many entries a page comes with, so that it is there at once.
// The script on it, or the link below, brings the others.
const maxRows = 100

// pagePolicy is the Content-Security-Policy of pages. MSE needs blob: as a
// media source.
const pagePolicy = "default-src 'self'; media-src 'self' blob:; connect-src 'self' ws: wss:; img-src 'self' data: blob:; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

// watchPolicy lets the controls of the player carry their styles in <style>
// elements of their shadow roots. Styles in attributes, which is what injected
// HTML would use, stay forbidden.
const watchPolicy = pagePolicy + "; style-src-elem 'self' 'unsafe-inline'"

// pages are the templates and the files that they load.
type pages struct {
	base                      string
	files                     fs.FS
	index, watch, login, live page
	bundles, zips             *sync.Map // by name, []byte
}

// page is a template that is parsed when it is first asked for: the program
// starts sooner without.
type page func() (*template.Template, error)

// playerModules is a template that the pages with a player have in common: it
// names the modules of the player.
const playerModules = "player-modules.html"

// crumb is one folder on the way to where a page is.
type crumb struct{ Name, URL string }

// indexData is what index.html is given.
type indexData struct {
	Base, Title string
	Listing     library.Listing
	Query       library.Query
	View        string // grid or table, if the address says so
	Crumbs      []crumb
	Live        []live.Status
	User        string // who can log out; "" for nobody
	Can         string // what the visitor may do, in words: "upload sign"
}

// More is the address of what lies behind the entries of this page, "" if
// nothing does.
func (d indexData) More() string {
	if d.Listing.Next == "" {
		return ""
	}
	v := d.Query.Values()
	v.Set("after", d.Listing.Next)
	if d.View != "" {
		v.Set("view", d.View)
	}
	return "?" + v.Encode()
}

// watchData is what watch.html is given.
type watchData struct {
	Base, Title string
	Path, Name  string
	Start       float64 // seconds
	Size        int64   // bytes of the file
	Crumbs      []crumb
	Token       string // of the link that the page was opened with; there is no list then
	Download    bool   // the file itself may be fetched
	Can         string // what the visitor may do, in words: "upload sign"
	Alone       bool   // it is the one film that there is, without a list
}

// HasList tells whether there is a list to go back to.
func (d watchData) HasList() bool { return d.Token == "" && !d.Alone }

// Media is the path of the file itself.
func (d watchData) Media() string {
	u := d.Base + "/media/" + d.Path
	if d.Token != "" {
		u += "?" + url.Values{access.TokenParameter: {d.Token}}.Encode()
	}
	return u
}

func newPages(files fs.FS, base string) pages {
	p := pages{base: base, files: files, bundles: &sync.Map{}, zips: &sync.Map{}}
	for to, names := range map[*page][]string{
		&p.index: {"index.html"}, &p.login: {"login.html"},
		&p.watch: {"watch.html", playerModules}, &p.live: {"live.html", playerModules},
	} {
		*to = sync.OnceValues(func() (*template.Template, error) {
			return template.New(names[0]).Funcs(template.FuncMap{"versioned": p.versioned}).ParseFS(files, names...)
		})
	}
	return p
}

// crumbs lists the way to p, from the library's folder on.
func (p pages) crumbs(at library.Path) []crumb {
	all := []crumb{{title, p.base + "/"}}
	for _, parent := range at.Parents() {
		all = append(all, crumb{parent.Name(), p.base + "/browse/" + parent.Escaped() + "/"})
	}
	return all
}

// serveRoot sends the list, or people to the one film that there is.
func (s *Server) serveRoot(w http.ResponseWriter, r *http.Request, p library.Path) error {
	if only := s.config.Library.Only(); only != "" {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, s.config.BasePath+"/watch/"+only.Escaped(), http.StatusFound)
		return nil
	}
	return s.serveFolder(w, r, p)
}

// serveBrowse sends folders without a slash at the end to where they have one,
// like all folders on the web.
func (s *Server) serveBrowse(w http.ResponseWriter, r *http.Request, p library.Path) error {
	if p != "" && !strings.HasSuffix(r.URL.EscapedPath(), "/") {
		http.Redirect(w, r, s.config.BasePath+"/browse/"+p.Escaped()+"/", http.StatusPermanentRedirect)
		return nil
	}
	return s.serveFolder(w, r, p)
}

func (s *Server) serveFolder(w http.ResponseWriter, r *http.Request, p library.Path) error {
	q, err := library.ParseQuery(r.URL.Query())
	if err != nil {
		return err
	}
	if q.Limit == 0 || q.Limit > maxRows {
		q.Limit = maxRows
	}
	listing, err := s.config.Library.List(r.Context(), p, q)
	if err != nil {
		return err
	}
	data := indexData{Base: s.config.BasePath, Title: title, Listing: listing, Query: q, Crumbs: s.pages.crumbs(p)}
	if view := r.URL.Query().Get("view"); view == "grid" || view == "table" {
		data.View = view
	}
	if p == "" {
		data.Listing.Name = "All files"
		data.Live = s.statuses()
	} else {
		data.Title = p.Name() + " – " + title
		data.Crumbs = append(data.Crumbs, crumb{p.Name(), s.config.BasePath + "/browse/" + p.Escaped() + "/"})
	}
	data.User, data.Can = visitorOf(r).who.User, s.abilities(r)
	return renderForm(w, s.pages.index, http.StatusOK, data)
}

// serveWatch shows the player for any film there is, also one that can't be
// played: the page says why.
func (s *Server) serveWatch(w http.ResponseWriter, r *http.Request, p library.Path) error {
	info, err := s.config.Library.Info(r.Context(), p)
	if err != nil {
		return err
	}
	data := watchData{
		Base: s.config.BasePath, Title: p.Name() + " – " + title, Path: p.Escaped(), Name: p.Name(), Crumbs: s.pages.crumbs(p), Download: true,
		Size: info.Size, Can: s.abilities(r), Alone: s.config.Library.Only() != "",
	}
	// What is no time begins at the start.
	data.Start, _ = seconds(r.URL.Query(), "t")
	if scope := visitorOf(r).who.Link; scope != "" {
		data.Token, data.Download = r.URL.Query().Get(access.TokenParameter), scope == access.Download
	}
	return render(w, s.pages.watch, http.StatusOK, watchPolicy, data)
}

// abilities are what a visitor may do besides watching, for the scripts on a
// page.
func (s *Server) abilities(r *http.Request) string {
	var all []string
	if s.uploads != nil && visitorOf(r).who.User != "" {
		all = append(all, "upload")
	}
	if s.canSign(visitorOf(r)) {
		all = append(all, "sign")
	}
	return strings.Join(all, " ")
}

// renderForm writes a page with a form. Under no-referrer a browser would send
// the form with the Origin null.
func renderForm(w http.ResponseWriter, p page, status int, data any) error {
	w.Header().Set("Referrer-Policy", "same-origin")
	return render(w, p, status, pagePolicy, data)
}

// render writes a page only when it is whole.
func render(w http.ResponseWriter, p page, status int, policy string, data any) error {
	t, err := p()
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := t.Execute(&body, data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	_, err = w.Write(body.Bytes())
	return sent(err)
}

// servePlayer sends the module with which a page, of this server or another,
// gets the player.
func (s *Server) servePlayer(w http.ResponseWriter, r *http.Request, _ library.Path) error {
	return s.serveStatic(w, r, "entry.js")
}
