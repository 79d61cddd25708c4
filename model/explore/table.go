package explore

import (
	"math/bits"
	"slices"
)

// words is how many the largest state takes.
const words = 8

// A state is every field, packed.
type state [words]uint64

// layout packs the fields into words, those of a component together.
func (m *Machine) layout() {
	word, shift := 0, 0
	for _, f := range slices.Concat(m.at, m.fields) {
		if !f.live || !f.moves || f.bits > 0 {
			continue
		}
		f.bits = bits.Len(uint(f.max))
		if shift+f.bits > 64 {
			word, shift = word+1, 0
		}
		f.word, f.shift = word, shift
		shift += f.bits
	}
	m.words = word + 1
	if m.words > words {
		panic("explore: the configuration has more to remember than there is room for") // Check keeps it small enough
	}
	m.every(func(a *action) { a.tables = m.tables(a) })
	for _, i := range m.invariants {
		i.tables = m.tables(&action{needs: i.holds, decided: m.pool.yes})
	}
}

func (s *state) get(f *field) int {
	if f.bits == 0 {
		return f.start
	}
	return int(s[f.word] >> f.shift & (1<<f.bits - 1))
}

func (s *state) put(f *field, n int) {
	s[f.word] = s[f.word]&^((1<<f.bits-1)<<f.shift) | uint64(n)<<f.shift
}

// first is the state before anything has happened.
func (m *Machine) first() state {
	var s state
	for _, f := range m.fields {
		if f.bits > 0 {
			s.put(f, f.start)
		}
	}
	return s
}

// A table says what conditions and changes come to for every combination of the few fields that they depend on. An entry is worked out when
// it is first asked for.
type table struct {
	where   []*expr
	changes []change
	reads   []*field
	keys    []extract
	out     []uint32 // 0: not worked out yet; 1: it can not be; else an index into deltas, plus 2
	deltas  []delta
}

// extract takes bits of a state and puts them into the key.
type extract struct {
	word  uint8
	shift uint8
	at    uint8
	mask  uint32
}

// delta is what changes in one word.
type delta struct {
	word int
	bits uint64
	next int // the next delta of the entry, or -1
}

const (
	unseen  = 0
	blocked = 1
	passes  = 2
)

// tableBits bounds the size of a table, but for conditions that depend on more.
const tableBits = 12

// tables makes the tables of an action. Each condition goes into one of them, with others that read the same fields, and so does each
// change.
func (m *Machine) tables(a *action) []*table {
	var list []*table
	var parts []*expr
	add := func(e *expr) {
		if e.code == andCode {
			parts = append(parts, e.args...)
		} else if e != m.pool.yes {
			parts = append(parts, e)
		}
	}
	add(a.needs)
	add(a.decided)
	for _, b := range a.broken {
		add(m.pool.not(b.where))
	}
	type item struct {
		reads map[*field]bool
		where *expr
		to    *change
	}
	var items []item
	for _, e := range parts {
		it := item{reads: map[*field]bool{}, where: e}
		e.reads(it.reads)
		items = append(items, it)
	}
	slices.SortStableFunc(items, func(a, b item) int { return width(a.reads) - width(b.reads) })
	for i := range a.changes {
		it := item{reads: map[*field]bool{a.changes[i].field: true}, to: &a.changes[i]}
		a.changes[i].to.reads(it.reads)
		items = append(items, it)
	}
	for _, it := range items {
		var in *table
		for _, t := range list {
			union := map[*field]bool{}
			for _, f := range t.reads {
				union[f] = true
			}
			for f := range it.reads {
				union[f] = true
			}
			if width(union) <= max(tableBits, width(it.reads)) {
				in = t
				break
			}
		}
		if in == nil {
			in = &table{}
			list = append(list, in)
		}
		for f := range it.reads {
			if !slices.Contains(in.reads, f) {
				in.reads = append(in.reads, f)
			}
		}
		if it.where != nil {
			in.where = append(in.where, it.where)
		} else {
			in.changes = append(in.changes, *it.to)
		}
	}
	for _, t := range list {
		t.prepare()
	}
	return list
}

func width(set map[*field]bool) int {
	n := 0
	for f := range set {
		n += f.bits
	}
	return n
}

// prepare finds out which bits make the key. Neighbours are taken together.
func (t *table) prepare() {
	slices.SortFunc(t.reads, func(a, b *field) int { return (a.word-b.word)*64 + a.shift - b.shift })
	at := 0
	for i := 0; i < len(t.reads); {
		f := t.reads[i]
		n, j := f.bits, i+1
		for j < len(t.reads) && t.reads[j].word == f.word && t.reads[j].shift == f.shift+n {
			n += t.reads[j].bits
			j++
		}
		if n > 0 {
			t.keys = append(t.keys, extract{uint8(f.word), uint8(f.shift), uint8(at), 1<<n - 1})
		}
		at, i = at+n, j
	}
	if at > 24 {
		return // it is worked out each time
	}
	t.out = make([]uint32, 1<<at)
}

// work works out an entry.
func (t *table) work(s *state) uint32 {
	for _, e := range t.where {
		if e.eval(s.get) == 0 {
			return blocked
		}
	}
	if len(t.changes) == 0 {
		return passes
	}
	var to state
	to = *s
	for _, c := range t.changes {
		to.put(c.field, c.to.eval(s.get))
	}
	first := len(t.deltas)
	for w := range to {
		if d := to[w] ^ s[w]; d != 0 {
			t.deltas = append(t.deltas, delta{w, d, -1})
			if n := len(t.deltas) - 1; n > first {
				t.deltas[n-1].next = n
			}
		}
	}
	if len(t.deltas) == first {
		return passes
	}
	return uint32(first) + passes + 1
}

// ask is what the table says of a state.
func (t *table) ask(s *state) uint32 {
	if t.out == nil {
		t.deltas = t.deltas[:0]
		return t.work(s)
	}
	key := uint64(0)
	for i := range t.keys {
		k := &t.keys[i]
		key |= s[k.word&(words-1)] >> (k.shift & 63) & uint64(k.mask) << (k.at & 63)
	}
	v := t.out[key]
	if v == unseen {
		v = t.work(s)
		t.out[key] = v
	}
	return v
}

// take takes an action's step, if it can be taken.
func (a *action) take(s, to *state) bool {
	*to = *s
	for _, t := range a.tables {
		v := t.ask(s)
		if v == blocked {
			return false
		}
		if v > passes {
			for d := int(v - passes - 1); d >= 0; d = t.deltas[d].next {
				to[t.deltas[d].word&(words-1)] ^= t.deltas[d].bits
			}
		}
	}
	return true
}
