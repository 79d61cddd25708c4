package explore

import "slices"

// A table has the rows of all states, each once, and finds them.
type table struct {
	width int
	n     int
	pages [][]uint32 // rows, one after the other
	slots []uint32   // 1 more than the state's number, where its hash leads
}

const pageRows = 1 << 14

func newTable(width int) table { return table{width: width, slots: make([]uint32, 1<<10)} }

func (t *table) row(n int) []uint32 {
	at := n % pageRows * t.width
	return t.pages[n/pageRows][at : at+t.width : at+t.width]
}

// growth is how many bytes the next row may need at once.
func (t *table) growth() uint64 {
	if t.n+reports < len(t.slots)/2 {
		return 0
	}
	return uint64(len(t.slots)) * 8
}

func hash(row []uint32) uint64 {
	h := uint64(len(row))
	for _, v := range row {
		h = (h ^ uint64(v)) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	return h
}

// find is the number of a state, and tells whether it is new.
func (t *table) find(row []uint32) (n int, fresh bool) {
	if 2*t.n >= len(t.slots) {
		t.slots = make([]uint32, 2*len(t.slots))
		for n := range t.n {
			t.slots[t.slot(t.row(n))] = uint32(n + 1)
		}
	}
	at := t.slot(row)
	if t.slots[at] != 0 {
		return int(t.slots[at] - 1), false
	}
	if t.n%pageRows == 0 {
		t.pages = append(t.pages, make([]uint32, 0, pageRows*t.width))
	}
	last := &t.pages[len(t.pages)-1]
	*last = append(*last, row...)
	t.n++
	t.slots[at] = uint32(t.n)
	return t.n - 1, true
}

// slot is where a row stands, or would.
func (t *table) slot(row []uint32) uint64 {
	mask := uint64(len(t.slots) - 1)
	at := hash(row) & mask
	for t.slots[at] != 0 && !slices.Equal(t.row(int(t.slots[at]-1)), row) {
		at = (at + 1) & mask
	}
	return at
}
