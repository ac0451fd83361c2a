package server

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

func modules(sources map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, source := range sources {
		files[name] = &fstest.MapFile{Data: []byte(source)}
	}
	return files
}

func TestBundleRunsAsItsModulesDo(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node")
	}
	made, err := bundle(modules(map[string]string{
		"main.js": "import './effect.js';\nimport { add, Sum as S } from './sub/sum.js';\nimport {\n  twice,\n} from './twice.js';\nconst own = 1;\n" +
			"console.log(add(1, 2), new S().value, twice(4), own, globalThis.effects, typeof import.meta.url);\n",
		"effect.js":  "// Counts.\n\n/**\n * import nothing of 'this'\n */\nglobalThis.effects = (globalThis.effects ?? 0) + 1;\n",
		"sub/sum.js": "import { twice } from '../twice.js';\nimport '../effect.js';\nconst own = 2;\nexport function add(a, b) {\n  return a + b;\n}\nexport class Sum {\n  value = twice(own);\n}\n",
		"twice.js":   "export const twice = (n) => 2 * n;\nexport async function later() {}\n",
	}), "main.js")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node)
	cmd.Stdin = strings.NewReader("globalThis.document = { currentScript: { src: 'http://x/' } };\n" + string(made))
	out, err := cmd.CombinedOutput()
	if string(out) != "3 4 8 1 1 string\n" || err != nil {
		t.Errorf("%v %s\nof\n%s", err, out, made)
	}
}

func TestBundleRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for name, source := range map[string]string{
		"a default export": "export default 1;\n", "names that are handed on": "export { a } from './b.js';\n", "a cycle": "import './b.js';\nimport './a.js';\n",
		"no such module": "import './none.js';\n", "all names": "import * as b from './b.js';\n",
		"a text of several lines": "const a = `one` + `\n  two`;\n",
	} {
		if made, err := bundle(modules(map[string]string{"a.js": source, "b.js": "export const a = 1;\n"}), "a.js"); err == nil {
			t.Errorf("%s: %s", name, made)
		}
	}
}

func TestBundleHasNoComments(t *testing.T) {
	made, err := bundle(modules(map[string]string{"a.js": "// One.\n/** Two. */\nconst a = 'http://x/'; // three\n  /*\n   * Four.\n   */\n  a();\n"}), "a.js")
	if want := "const $0 = (() => {\nconst a = 'http://x/'; // three\na();\nreturn {  };\n})();\n"; err != nil || !strings.Contains(string(made), want) {
		t.Errorf("%v\n%s", err, made)
	}
}

func TestThePagesBundles(t *testing.T) {
	if _, err := bundle(os.DirFS("../public"), "start.js"); err != nil {
		t.Error(err)
	}
}
