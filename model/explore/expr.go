package explore

import (
	"encoding/binary"
	"slices"
)

// A field is a small number in the state: a lifecycle's state, a count of references, a mark, the call that a thread is in.
type field struct {
	name   string
	number int
	max    int // it is 0 to max
	start  int // at the beginning

	word, shift, bits int // where it is packed
	live              bool
	moves             bool // something changes it
}

// An expr is a number as a function of a state; 0 and 1 are false and true. It is data, so that it can be evaluated, tabulated, and
// written as Promela. Equal exprs are one pointer.
type expr struct {
	code  code
	n     int
	field *field
	args  []*expr
	pick  *picks
	id    int
}

type code uint8

const (
	constantCode code = iota
	fieldCode
	addCode
	subCode // no less than zero
	equalCode
	leastCode // the first is at least the second
	andCode
	orCode
	notCode
	chooseCode // the second if the first holds, or else the third
	pickCode   // an entry of a list, by the number in a field
)

// picks is a list that a field's number picks from. It may be filled in later: those of calls, when all calls are known.
type picks struct {
	name string
	list []int
}

// A pool makes exprs, each once, and folds what is known.
type pool struct {
	byKey map[string]*expr
	yes   *expr
	no    *expr

	scratch []byte
}

func newPool() *pool {
	p := &pool{byKey: map[string]*expr{}}
	p.no, p.yes = p.number(0), p.number(1)
	return p
}

func (p *pool) make(e expr) *expr {
	b := append(p.scratch[:0], byte(e.code))
	b = binary.AppendVarint(b, int64(e.n))
	if e.field != nil {
		b = binary.AppendUvarint(b, uint64(e.field.number))
	}
	for _, a := range e.args {
		b = binary.AppendUvarint(b, uint64(a.id))
	}
	if e.pick != nil {
		b = append(b, e.pick.name...)
	}
	p.scratch = b
	key := string(b)
	if have := p.byKey[key]; have != nil {
		return have
	}
	e.id = len(p.byKey)
	p.byKey[key] = &e
	return &e
}

func (p *pool) number(n int) *expr { return p.make(expr{code: constantCode, n: n}) }

func (p *pool) truth(b bool) *expr {
	if b {
		return p.yes
	}
	return p.no
}

func (p *pool) load(f *field) *expr {
	if !f.moves {
		return p.number(f.start)
	}
	return p.make(expr{code: fieldCode, field: f})
}

func (p *pool) and(list ...*expr) *expr { return p.join(andCode, p.yes, p.no, list) }
func (p *pool) or(list ...*expr) *expr  { return p.join(orCode, p.no, p.yes, list) }

// join makes a conjunction or disjunction: neutral parts are left out, and a decisive one decides.
func (p *pool) join(c code, neutral, decisive *expr, list []*expr) *expr {
	var parts []*expr
	var add func(e *expr) bool
	add = func(e *expr) bool {
		switch {
		case e == decisive:
			return false
		case e == neutral || slices.Contains(parts, e):
		case e.code == c:
			for _, a := range e.args {
				if !add(a) {
					return false
				}
			}
		default:
			parts = append(parts, e)
		}
		return true
	}
	for _, e := range list {
		if !add(e) {
			return decisive
		}
	}
	for _, e := range parts {
		if slices.Contains(parts, p.not(e)) {
			return decisive
		}
	}
	switch len(parts) {
	case 0:
		return neutral
	case 1:
		return parts[0]
	}
	slices.SortFunc(parts, func(a, b *expr) int { return a.id - b.id })
	return p.make(expr{code: c, args: parts})
}

func (p *pool) not(e *expr) *expr {
	switch e.code {
	case constantCode:
		return p.truth(e.n == 0)
	case notCode:
		return e.args[0]
	}
	return p.make(expr{code: notCode, args: []*expr{e}})
}

func (p *pool) add(a, b *expr) *expr {
	switch {
	case a.code == constantCode && b.code == constantCode:
		return p.number(a.n + b.n)
	case a.code == constantCode && a.n == 0:
		return b
	case b.code == constantCode && b.n == 0:
		return a
	}
	return p.make(expr{code: addCode, args: []*expr{a, b}})
}

func (p *pool) sub(a, b *expr) *expr {
	switch {
	case a.code == constantCode && b.code == constantCode:
		return p.number(max(0, a.n-b.n))
	case b.code == constantCode && b.n == 0:
		return a
	}
	return p.make(expr{code: subCode, args: []*expr{a, b}})
}

func (p *pool) equal(a, b *expr) *expr {
	switch {
	case a == b:
		return p.yes
	case a.code == constantCode && b.code == constantCode:
		return p.truth(a.n == b.n)
	case b.code == constantCode && (b.n < 0 || b.n > a.most()):
		return p.no
	case b.code == constantCode && a.code == chooseCode: // so that what was just assigned folds away
		return p.choose(a.args[0], p.equal(a.args[1], b), p.equal(a.args[2], b))
	}
	return p.make(expr{code: equalCode, args: []*expr{a, b}})
}

func (p *pool) is(f *expr, n int) *expr { return p.equal(f, p.number(n)) }

func (p *pool) atLeast(a, b *expr) *expr {
	switch {
	case a == b:
		return p.yes
	case a.code == constantCode && b.code == constantCode:
		return p.truth(a.n >= b.n)
	case b.code == constantCode && b.n <= 0:
		return p.yes
	case b.code == constantCode && b.n > a.most():
		return p.no
	case a.code == constantCode && a.n >= b.most():
		return p.yes
	case b.code == constantCode && a.code == chooseCode:
		return p.choose(a.args[0], p.atLeast(a.args[1], b), p.atLeast(a.args[2], b))
	}
	return p.make(expr{code: leastCode, args: []*expr{a, b}})
}

func (p *pool) choose(c, a, b *expr) *expr {
	switch {
	case c == p.yes || a == b:
		return a
	case c == p.no:
		return b
	case a == p.yes && b == p.no:
		return c
	case a == p.no && b == p.yes:
		return p.not(c)
	case a.boolean() && b == p.no:
		return p.and(c, a)
	case b.boolean() && a == p.yes:
		return p.or(c, b)
	case b.boolean() && a == p.no:
		return p.and(p.not(c), b)
	}
	return p.make(expr{code: chooseCode, args: []*expr{c, a, b}})
}

func (p *pool) pick(e *expr, l *picks) *expr {
	if e.code == constantCode {
		return p.number(l.list[e.n])
	}
	if e.code == chooseCode {
		return p.choose(e.args[0], p.pick(e.args[1], l), p.pick(e.args[2], l))
	}
	return p.make(expr{code: pickCode, args: []*expr{e}, pick: l})
}

func (e *expr) boolean() bool {
	switch e.code {
	case equalCode, leastCode, andCode, orCode, notCode:
		return true
	}
	return false
}

// most is no less than what the expr can come to.
func (e *expr) most() int {
	switch e.code {
	case constantCode:
		return e.n
	case fieldCode:
		return e.field.max
	case addCode:
		return e.args[0].most() + e.args[1].most()
	case subCode:
		return e.args[0].most()
	case chooseCode:
		return max(e.args[1].most(), e.args[2].most())
	case pickCode:
		if len(e.pick.list) == 0 {
			return 1 << 20
		}
		return slices.Max(e.pick.list)
	}
	return 1
}

// reads gathers the fields that the expr depends on.
func (e *expr) reads(into map[*field]bool) {
	if e.code == fieldCode {
		into[e.field] = true
	}
	for _, a := range e.args {
		a.reads(into)
	}
}

// eval is what the expr comes to.
func (e *expr) eval(get func(*field) int) int {
	truth := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	switch e.code {
	case constantCode:
		return e.n
	case fieldCode:
		return get(e.field)
	case addCode:
		return e.args[0].eval(get) + e.args[1].eval(get)
	case subCode:
		return max(0, e.args[0].eval(get)-e.args[1].eval(get))
	case equalCode:
		return truth(e.args[0].eval(get) == e.args[1].eval(get))
	case leastCode:
		return truth(e.args[0].eval(get) >= e.args[1].eval(get))
	case andCode:
		for _, a := range e.args {
			if a.eval(get) == 0 {
				return 0
			}
		}
		return 1
	case orCode:
		for _, a := range e.args {
			if a.eval(get) != 0 {
				return 1
			}
		}
		return 0
	case notCode:
		return truth(e.args[0].eval(get) == 0)
	case chooseCode:
		if e.args[0].eval(get) != 0 {
			return e.args[1].eval(get)
		}
		return e.args[2].eval(get)
	case pickCode:
		return e.pick.list[e.args[0].eval(get)]
	}
	panic("explore: an expression without a meaning")
}
