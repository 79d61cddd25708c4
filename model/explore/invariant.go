package explore

// invariant is a statement about a state.
type invariant struct {
	name   string
	says   string
	holds  *expr
	tables []*table
}

func (m *Machine) state() {}
