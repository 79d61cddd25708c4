package trace

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mapilife/model"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// ProfileNames are the profiles that are built in, the default first.
func ProfileNames() []string {
	names := slices.Clone(model.ProfileNames)
	files, _ := fs.Glob(profiles, "profiles/*")
	for _, f := range files {
		names = append(names, strings.TrimSuffix(path.Base(f), ".yaml"))
	}
	return names
}

// Profile finds a profile that is built in, or reads it from a file of that name.
func Profile(name string) (model.Profile, error) {
	if slices.Contains(ProfileNames(), name) {
		return builtIn(name)
	}
	in, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return model.Profile{}, fmt.Errorf("there is no profile %q, and no file of that name: write %s, or the name of a file", name, strings.Join(ProfileNames(), ", "))
	}
	if err != nil {
		return model.Profile{}, fileError(name, err)
	}
	defer in.Close()
	return ReadProfile(name, in)
}

func builtIn(name string) (model.Profile, error) {
	if p, ok := model.ProfileByName(name); ok {
		return p, nil
	}
	text, err := profiles.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		return model.Profile{}, err
	}
	return ReadProfile(name, bytes.NewReader(text))
}

// ReadProfile reads a profile in YAML, or in JSON, which is YAML too. All keys but the reason of a waiver may be left out:
//
//	base: lenient                  # or strict, or another profile that is built in
//	set: {openAtLogoff: wrong}     # how switches stand
//	strengths: {SES-16: should, should: must}
//	waive:
//	  - {rule: PRV-13, party: mapi, reason: It never calls Shutdown.}
//
// A strength is given to one rule, even where pages differ, or to all rules of another strength. The error, if any, is an *Error.
func ReadProfile(file string, in io.Reader) (model.Profile, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return model.Profile{}, fileError(file, err)
	}
	f := profileFile{file: file}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); err == io.EOF {
		return model.Profile{}, &Error{File: file, Line: 1, Column: 1, Text: "the profile is empty: write base, set, strengths or waive"}
	} else if err != nil {
		return model.Profile{}, f.syntax(text, err)
	}
	if err := decoder.Decode(&more); err == nil {
		return model.Profile{}, f.fault(&more, "a profile is one document: this is another one")
	} else if err != io.EOF {
		return model.Profile{}, f.syntax(text, err)
	}
	return f.read(doc.Content[0])
}

// A profileFile reads what the nodes of a profile say.
type profileFile struct{ file string }

func (f profileFile) fault(at *yaml.Node, text string, args ...any) error {
	return &Error{File: f.file, Line: int64(at.Line), Column: int64(at.Column), Text: fmt.Sprintf(text, args...)}
}

var syntaxLine = regexp.MustCompile(`^line (\d+): `)

// syntax has the place of an error in the notation: the library tells the line only, and not that it is the first.
func (f profileFile) syntax(text []byte, err error) error {
	told := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{File: f.file, Line: 1, Column: 1, Text: told}
	if at := syntaxLine.FindStringSubmatch(told); at != nil {
		e.Line, _ = strconv.ParseInt(at[1], 10, 64)
		e.Text = strings.TrimPrefix(told, at[0])
	}
	if lines := strings.Split(string(text), "\n"); e.Line <= int64(len(lines)) {
		line := lines[e.Line-1]
		e.Column += int64(len(line) - len(strings.TrimLeft(line, " \t")))
	}
	return e
}

func (f profileFile) read(top *yaml.Node) (p model.Profile, err error) {
	keys, err := f.mapping(top, "base", "set", "strengths", "waive")
	if err != nil {
		return p, err
	}
	p = model.Lenient()
	if base := keys["base"]; base != nil {
		name, err := f.text(base)
		if err != nil {
			return p, err
		}
		if !slices.Contains(ProfileNames(), name) {
			return p, f.fault(base, "there is no profile %q to begin with: write %s", name, strings.Join(ProfileNames(), ", "))
		}
		if p, err = builtIn(name); err != nil {
			return p, err
		}
	}
	if err := f.pairs(keys["set"], func(key, value *yaml.Node) (err error) {
		p, err = p.With(key.Value + "=" + value.Value)
		return err
	}); err != nil {
		return p, err
	}
	p.Name = f.file
	if err := f.pairs(keys["strengths"], func(key, value *yaml.Node) (err error) {
		strength, ok := model.ParseLevel(value.Value)
		if !ok {
			return f.fault(value, "there is no strength %q: write must, should or may", value.Value)
		}
		p, err = p.WithStrength(key.Value, strength)
		return err
	}); err != nil {
		return p, err
	}
	list := keys["waive"]
	if list == nil {
		return p, nil
	}
	if list = followed(list); list.Kind != yaml.SequenceNode {
		return p, f.fault(list, "a list is wanted here: - {rule: …, reason: …}")
	}
	for _, n := range list.Content {
		if p, err = f.waiver(p, n); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (f profileFile) waiver(p model.Profile, n *yaml.Node) (model.Profile, error) {
	keys, err := f.mapping(n, "rule", "party", "reason")
	if err != nil {
		return p, err
	}
	var v model.Waiver
	for name, to := range map[string]*string{"rule": &v.Rule, "reason": &v.Reason} {
		if keys[name] == nil {
			continue
		}
		if *to, err = f.text(keys[name]); err != nil {
			return p, err
		}
	}
	if v.Rule == "" {
		return p, f.fault(n, "the rule that is waived is missing")
	}
	if party := keys["party"]; party != nil {
		name, err := f.text(party)
		if err != nil {
			return p, err
		}
		side, ok := model.ParseSide(name)
		if !ok || side == model.System {
			return p, f.fault(party, "there is no party %q: write client, mapi, spooler, provider or service", name)
		}
		v.Party = side
	}
	q, err := p.WithWaiver(v)
	if err != nil {
		return p, f.fault(n, "%v", err)
	}
	return q, nil
}

// mapping reads the values of a mapping with these keys.
func (f profileFile) mapping(n *yaml.Node, keys ...string) (map[string]*yaml.Node, error) {
	values := map[string]*yaml.Node{}
	err := f.each(n, func(key, value *yaml.Node) error {
		if !slices.Contains(keys, key.Value) {
			return f.fault(key, "there is no key %q here: write %s", key.Value, strings.Join(keys, ", "))
		}
		values[key.Value] = value
		return nil
	})
	return values, err
}

// pairs reads a mapping of texts to texts, if it is there. What the function finds wrong is said of the key.
func (f profileFile) pairs(n *yaml.Node, pair func(key, value *yaml.Node) error) error {
	if n == nil {
		return nil
	}
	return f.each(n, func(key, value *yaml.Node) error {
		if _, err := f.text(value); err != nil {
			return err
		}
		err := pair(key, followed(value))
		if told := (*Error)(nil); err == nil || errors.As(err, &told) {
			return err
		}
		return f.fault(key, "%v", err)
	})
}

func (f profileFile) each(n *yaml.Node, pair func(key, value *yaml.Node) error) error {
	if n = followed(n); n.Kind != yaml.MappingNode {
		return f.fault(n, "keys with values are wanted here")
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key := followed(n.Content[i])
		if _, err := f.text(key); err != nil {
			return err
		}
		if seen[key.Value] {
			return f.fault(key, "%s is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := pair(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (f profileFile) text(n *yaml.Node) (string, error) {
	if n = followed(n); n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", f.fault(n, "a text is wanted here")
	}
	return n.Value, nil
}

// followed is the node that an alias stands for.
func followed(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
