package sim

import "slices"

// This file is memory in wide simulations: buffers, and the allocator of entry point functions.

// allocate has MAPI hand out a buffer.
func (t *thread) allocate(by string) *object {
	id := t.enter(by, "MAPIAllocateBuffer", nil, number("cbSize", 64))
	b := t.p.object(iBuffer, nil)
	b.held[sideOf(by)]++
	t.leave(id, ok, pointer("lppBuffer", b))
	return b
}

func (t *thread) freeBuffer(by string, b *object) {
	id := t.enter(by, "MAPIFreeBuffer", nil, pointer("lpBuffer", b))
	b.held[sideOf(by)]--
	t.p.gone(b)
	t.leave(id, ok)
}

// keepBuffer has a client keep a buffer, or free one that it has kept.
func (m *member) keepBuffer(t *thread) {
	if len(m.buffers) > 0 && t.p.choose(2) == 0 {
		m.freeBuffers(t)
		return
	}
	m.buffers = append(m.buffers, t.allocate("client"))
}

func (m *member) freeBuffers(t *thread) {
	for _, b := range m.buffers {
		t.freeBuffer("client", b)
	}
	m.buffers = nil
}

// outside is an object of which the simulation does not count the references: somebody else has made it.
func (p *process) outside(i *iface) *object {
	p.next += 0x40
	return &object{iface: i, address: p.next, at: -1}
}

// allocator is what entry point functions are passed, the same for all.
func (p *process) allocator() *object {
	if p.malloc == nil {
		p.malloc = p.outside(iMalloc)
		p.malloc.held[mapiSide]++
	}
	return p.malloc
}

// remove takes an element out of a list.
func remove[E comparable](list []E, gone E) []E {
	return slices.DeleteFunc(list, func(x E) bool { return x == gone })
}
