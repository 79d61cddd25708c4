package props

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDoc: the package comment says in a sentence what each property states.
func TestDoc(t *testing.T) {
	comment, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	require.NoError(t, err)
	names, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	properties := 0
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "TestProp") {
				properties++
				require.Regexp(t, `\b`+f.Name.Name+`\b`, comment.Doc.Text(), "the package comment does not speak of a property")
			}
		}
	}
	require.Positive(t, properties)
}
