package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"vodsrv/server/library"
)

// staticTypes are the kinds of files that pages load.
var staticTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".ico": "image/x-icon", ".png": "image/png", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// asset is the content of a static file, or a bundle that stands for several.
// Bundles are made when they are first asked for.
func (p pages) asset(name string) ([]byte, error) {
	entry, isBundle := strings.CutSuffix(name, bundleSuffix)
	if !isBundle {
		return fs.ReadFile(p.files, name)
	}
	if made, ok := p.bundles.Load(name); ok {
		return made.([]byte), nil
	}
	made, err := bundle(p.files, entry+".js")
	if err != nil {
		return nil, err
	}
	p.bundles.Store(name, made)
	return made, nil
}

// versionParameter is what a version of a static file goes by in its URL.
const versionParameter = "v"

// version is a hash of a static file.
func version(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// versioned is the name of a static file with its version. Browsers keep what
// has such a URL for good, and need not ask before they use it.
func (p pages) versioned(name string) (string, error) {
	content, err := p.asset(name)
	if err != nil {
		return "", err
	}
	return name + "?" + versionParameter + "=" + version(content), nil
}

// serveStatic sends what pages load. Embedded files have no time, so that
// browsers ask whether their hash is still the same, unless it is in the URL.
func (s *Server) serveStatic(w http.ResponseWriter, r *http.Request, p library.Path) error {
	kind := staticTypes[path.Ext(string(p))]
	if kind == "" {
		return errNoRoute
	}
	content, err := s.pages.asset(string(p))
	if err != nil {
		return errNoRoute
	}
	v := version(content)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", `"`+v+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get(versionParameter) == v {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Add("Vary", "Accept-Encoding")
	// A range is of the file, not of what it is packed into.
	if packs(kind) && r.Header.Get("Range") == "" && acceptsGzip(r) {
		content = s.pages.zipped(string(p), content)
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+v+`-gzip"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	return nil
}

// zipped is an asset packed by gzip, which is done when it is first asked for.
func (p pages) zipped(name string, content []byte) []byte {
	if made, ok := p.zips.Load(name); ok {
		return made.([]byte)
	}
	var packed bytes.Buffer
	// Neither the writer to memory nor the level can be at fault.
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = z.Write(content)
	_ = z.Close()
	p.zips.Store(name, packed.Bytes())
	return packed.Bytes()
}

// packs tells whether files of a type get smaller by packing.
func packs(kind string) bool { return strings.HasPrefix(kind, "text/") || kind == staticTypes[".svg"] }

// acceptsGzip tells whether a client takes what is packed by gzip (RFC 9110,
// section 12.5.3).
func acceptsGzip(r *http.Request) bool {
	for _, header := range r.Header.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(header, ",") {
			name, weight, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(coding, " ", "")), ";")
			if name == "gzip" {
				return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
			}
		}
	}
	return false
}
