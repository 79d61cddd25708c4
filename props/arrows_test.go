package props

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const module = "mapilife/"

// arrows says what each package may import of this module. A package that is not here is refused, so that who adds one thinks about it.
var arrows = map[string]string{
	"model":          "",
	"model/explore":  "model fsm trace",
	"fsm":            "model",
	"trace":          "model fsm",
	"trace/record":   "model trace",
	"trace/importer": "model trace",
	"trace/html":     "model trace",
	"trace/report":   "model trace trace/html",
	"trace/baseline": "model trace",
	"trace/chrome":   "model trace",
	"trace/sequence": "model trace",
	"trace/minimize": "model trace props/sim",
	"trace/tail":     "trace",
	"props/sim":      "model trace",
	"props":          "model model/explore fsm trace props/sim cmd/checker",
	"cmd/checker":    "model model/explore fsm trace trace/importer trace/report trace/baseline trace/chrome trace/sequence trace/minimize trace/tail props/sim",
}

// only names modules that one package alone may import, and modules that a package may import besides the standard library, where it is
// not free to choose. Tests may use testify everywhere.
var only = map[string]string{"github.com/looplab/fsm": "fsm", "pgregory.net/rapid": "props"}

var outside = map[string]string{"model": "", "model/explore": "", "fsm": "github.com/looplab/fsm", "props/sim": "", "trace/record": "", "trace/importer": "go.yaml.in/yaml/v3",
	"trace/baseline": "go.yaml.in/yaml/v3", "trace/chrome": "", "trace/sequence": "", "trace/minimize": "", "trace/tail": "github.com/fsnotify/fsnotify"}

// impure are packages of the standard library that the model has no use for: it reads and writes nothing, and knows no time, no chance and
// no other goroutine.
var impure = "os io io/fs io/ioutil bufio net net/http log log/slog time math/rand math/rand/v2 crypto/rand sync sync/atomic context runtime os/exec os/signal path/filepath syscall unsafe"

// refuses tells why a file of a package may not import something; "" if it may.
func refuses(pkg string, test bool, imported string) string {
	allowed, known := arrows[pkg]
	first, _, _ := strings.Cut(imported, "/")
	own, ours := strings.CutPrefix(imported, module)
	for name, home := range only {
		if imported == name || strings.HasPrefix(imported, name+"/") {
			if home != pkg {
				return "only " + home + " imports it"
			}
			return ""
		}
	}
	switch {
	case !known:
		return "the package is not in the list of arrows"
	case ours && own == pkg: // an external test
	case ours && !has(allowed, own):
		return "it is not below the package"
	case ours, !strings.Contains(first, "."):
		if pkg == "model" && !test && has(impure, imported) {
			return "the model is pure"
		}
	case test && strings.HasPrefix(imported, "github.com/stretchr/testify/"):
	default:
		if free, bound := outside[pkg]; bound && !has(free, imported) {
			return "the package needs the standard library only"
		}
	}
	return ""
}

func has(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}

// TestArrows: model <- fsm <- trace <- cmd/checker, and nobody imports props.
func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != ".." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		pkg, err := filepath.Rel("..", filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg = filepath.ToSlash(pkg)
		seen[pkg] = true
		test := strings.HasSuffix(name, "_test.go")
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if why := refuses(pkg, test, imported); why != "" {
				t.Errorf("%s imports %s: %s", file, imported, why)
			}
		}
		if pkg == "model" && !test {
			ast.Inspect(parsed, func(n ast.Node) bool {
				if _, starts := n.(*ast.GoStmt); starts {
					t.Errorf("%s starts a goroutine: the model is pure", file)
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range []string{"model", "fsm", "trace", "props", "props/sim"} {
		if !seen[pkg] {
			t.Errorf("no file of package %s was found", pkg)
		}
	}
}

// TestArrowsRefuse: the arrows that must not be are refused.
func TestArrowsRefuse(t *testing.T) {
	for _, x := range []struct {
		pkg, imported string
		test, may     bool
	}{
		{pkg: "model", imported: "slices", may: true},
		{pkg: "model", imported: "os"},
		{pkg: "model", imported: "time"},
		{pkg: "model", imported: "os", test: true, may: true},
		{pkg: "model", imported: "mapilife/fsm"},
		{pkg: "model", imported: "mapilife/trace", test: true},
		{pkg: "model", imported: "mapilife/model/explore"},
		{pkg: "model", imported: "github.com/stretchr/testify/require"},
		{pkg: "model", imported: "github.com/stretchr/testify/require", test: true, may: true},
		{pkg: "model", imported: "github.com/looplab/fsm"},
		{pkg: "fsm", imported: "github.com/looplab/fsm", may: true},
		{pkg: "fsm", imported: "github.com/spf13/cobra"},
		{pkg: "fsm", imported: "mapilife/model", may: true},
		{pkg: "fsm", imported: "mapilife/trace"},
		{pkg: "fsm", imported: "mapilife/fsm", test: true, may: true},
		{pkg: "trace", imported: "mapilife/fsm", may: true},
		{pkg: "trace", imported: "github.com/looplab/fsm"},
		{pkg: "trace", imported: "github.com/klauspost/compress/zstd", may: true},
		{pkg: "trace", imported: "mapilife/props/sim", test: true},
		{pkg: "trace", imported: "pgregory.net/rapid", test: true},
		{pkg: "trace", imported: "mapilife/trace/record", test: true},
		{pkg: "trace/record", imported: "mapilife/trace", test: true, may: true},
		{pkg: "trace/record", imported: "github.com/spf13/cobra"},
		{pkg: "trace/importer", imported: "go.yaml.in/yaml/v3", may: true},
		{pkg: "trace/importer", imported: "mapilife/fsm"},
		{pkg: "trace", imported: "mapilife/trace/importer"},
		{pkg: "props", imported: "pgregory.net/rapid", test: true, may: true},
		{pkg: "props/sim", imported: "mapilife/trace", may: true},
		{pkg: "props/sim", imported: "mapilife/fsm"},
		{pkg: "props/sim", imported: "pgregory.net/rapid"},
		{pkg: "cmd/checker", imported: "mapilife/props/sim", may: true},
		{pkg: "cmd/checker", imported: "mapilife/props"},
		{pkg: "cmd/checker", imported: "pgregory.net/rapid", test: true},
		{pkg: "cmd/other", imported: "fmt"},
	} {
		if why := refuses(x.pkg, x.test, x.imported); (why == "") != x.may {
			t.Errorf("%s imports %s (in a test: %t): %q", x.pkg, x.imported, x.test, why)
		}
	}
}

// topLevel is what the first folder holds, besides dot files and what git ignores.
const topLevel = "go.mod go.sum README.md model fsm props trace cmd"

// TestTopLevel: anything else goes inside one of the folders.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := os.ReadFile(filepath.Join("..", ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	there := ""
	for _, e := range entries {
		if !belongs(e.Name(), string(ignored)) {
			t.Errorf("%s does not belong on the top level", e.Name())
		}
		there += e.Name() + " "
	}
	for _, name := range strings.Fields(topLevel) {
		if !has(there, name) {
			t.Errorf("%s is missing", name)
		}
	}
	for name, may := range map[string]bool{".golangci.yml": true, "props.test": true, "cpu.prof": true, "README.md": true, "main.go": false, "docs": false, "test": false} {
		if belongs(name, string(ignored)) != may {
			t.Errorf("%s belongs there: %t", name, !may)
		}
	}
}

func belongs(name, ignored string) bool {
	if strings.HasPrefix(name, ".") || has(topLevel, name) {
		return true
	}
	for _, pattern := range strings.Fields(ignored) {
		if ok, err := path.Match(strings.TrimPrefix(pattern, "/"), name); ok && err == nil {
			return true
		}
	}
	return false
}
