package server

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// bundleSuffix is what the name of a bundle ends with: "start.bundle.js" is
// start.js together with the modules it imports.
const bundleSuffix = ".bundle.js"

// Modules are written plainly: an import or an export stands at the start of a
// line.
var (
	importLine = line(`import (?:\{([^}]*)\} from )?'([^']+)';\n`)
	exportLine = line(`export ((?:async )?(?:const|let|function|class)) (\w+)`)
	foreign    = line(`(?:import|export)\b.*`)
	openText   = line("[^`\n]*(?:`[^`\n]*`[^`\n]*)*`[^`\n]*$")
	// A browser reads what is not there sooner. No line of a module begins inside of a text.
	comments = line(`[ \t]*(?://.*|/\*(?s:.*?)\*/[ \t]*)\n`)
	indents  = line(`[ \t]+`)
)

// line is what a line begins with. It is compiled when it is first used: the
// program starts sooner without.
func line(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^` + pattern) })
}

// bundler puts modules into one classic script, each into a function of its
// own. A browser that fetches some twenty small modules to begin a film needs
// longer for that than for the film, and has a module wait for the whole page.
type bundler struct {
	files fs.FS
	names []string // of modules, those that others import first
	open  []string // modules whose imports are being looked at
	out   bytes.Buffer
}

// bundle answers the module called entry with all that it imports.
func bundle(files fs.FS, entry string) ([]byte, error) {
	b := bundler{files: files}
	if err := b.add(entry); err != nil {
		return nil, fmt.Errorf("bundling %s: %w", entry, err)
	}
	return fmt.Appendf(nil, "(() => {\n'use strict';\nconst $url = document.currentScript.src;\n%s})();\n", b.out.Bytes()), nil
}

func (b *bundler) add(name string) error {
	if slices.Contains(b.names, name) {
		return nil
	}
	if slices.Contains(b.open, name) {
		return fmt.Errorf("%s imports itself, by way of %s", name, strings.Join(b.open, ", "))
	}
	b.open = append(b.open, name)
	source, err := fs.ReadFile(b.files, name)
	if err != nil {
		return err
	}
	for _, m := range importLine().FindAllSubmatch(source, -1) {
		if err := b.add(path.Join(path.Dir(name), string(m[2]))); err != nil {
			return err
		}
	}
	b.open = b.open[:len(b.open)-1]
	return b.write(name, source)
}

// write appends a module whose imports are there already.
func (b *bundler) write(name string, source []byte) error {
	var exports []string
	source = importLine().ReplaceAllFunc(source, func(line []byte) []byte {
		m := importLine().FindSubmatch(line)
		if len(m[1]) == 0 {
			return nil
		}
		from := slices.Index(b.names, path.Join(path.Dir(name), string(m[2])))
		return fmt.Appendf(nil, "const {%s} = $%d;\n", bytes.ReplaceAll(m[1], []byte(" as "), []byte(": ")), from)
	})
	source = exportLine().ReplaceAllFunc(source, func(line []byte) []byte {
		m := exportLine().FindSubmatch(line)
		exports = append(exports, string(m[2]))
		return line[len("export "):]
	})
	source = bytes.ReplaceAll(source, []byte("import.meta.url"), []byte("$url"))
	source = indents().ReplaceAll(comments().ReplaceAll(source, nil), nil)
	for _, not := range []func() *regexp.Regexp{foreign, openText} {
		if left := not().Find(source); left != nil {
			return fmt.Errorf("%s has %q, which is not understood here", name, left)
		}
	}
	fmt.Fprintf(&b.out, "// %s\nconst $%d = (() => {\n%sreturn { %s };\n})();\n", name, len(b.names), source, strings.Join(exports, ", "))
	b.names = append(b.names, name)
	return nil
}
