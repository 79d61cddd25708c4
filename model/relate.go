package model

// This file finds the objects that an event or an object has to do with.

// follow leads from the moment, or from what a rule speaks of, to an object; 0 if the recording does not tell.
func (w *World) follow(p Path) index {
	m := &w.cur
	switch p {
	case This:
		return m.this
	case On:
		return m.on
	case TheProcess:
		return m.p.self
	case TheThread:
		if m.t != nil {
			return m.t.self
		}
		return 0
	case TheSession:
		return w.currentSession()
	case TheModule:
		return m.module
	case TheService:
		return w.serviceOf(w.currentSession(), m.module, w.typeOf(m.on))
	case Passed:
		if m.fr != nil {
			return m.fr.arg
		}
		return 0
	case NewLogon, NewStore:
		kind := LogonObject
		if p == NewStore {
			kind = StoreObject
		}
		for _, b := range m.births[:m.nbirths] {
			if b.obj != 0 && b.was == No && w.at(b.obj).kind == kind {
				return b.obj
			}
		}
		return 0
	}
	if m.this == 0 {
		return 0
	}
	o := w.at(m.this)
	switch p {
	case ItsSession:
		return w.itsSession(m.this)
	case ItsProvider:
		if o.kind == SupportObject && o.logon != 0 { // that of its logon
			return w.at(o.logon).maker
		}
		return o.maker
	case ItsSupport:
		return o.support
	case ItsLogon:
		return o.logon
	case ItsStore:
		return o.store
	case ItsModule:
		return o.module
	case ItsParent:
		return o.parent
	case ItsService:
		return w.serviceOf(w.currentSession(), o.module, o.typ)
	}
	return 0
}

func (w *World) currentSession() index {
	m := &w.cur
	if m.fr == nil {
		return 0
	}
	return w.still(m.fr.session, m.fr.sessionSerial)
}

// itsSession is the session through which an object was opened, or which its provider's logon belongs to.
func (w *World) itsSession(i index) index {
	if s := w.sessionOf(i); s != 0 {
		return s
	}
	for _, j := range [...]index{w.at(i).logon, w.at(i).store} {
		if j != 0 {
			if s := w.sessionOf(j); s != 0 {
				return s
			}
		}
	}
	return 0
}

func (w *World) typeOf(i index) ProviderType {
	if i == 0 {
		return NoType
	}
	return w.at(i).typ
}

// serviceOf finds what a DLL's message service comes to for its providers of one type in a session.
func (w *World) serviceOf(session, module index, t ProviderType) index {
	if session == 0 || module == 0 {
		return 0
	}
	w.at(session)
	for i := w.children(session); i != 0; i = w.raw(i).next {
		if o := w.raw(i); o.kind == ServiceObject && o.module == module && o.typ == t {
			return i
		}
	}
	return 0
}

// A gathering is what gather found for a kind and type, kept while a moment lasts.
type gathering struct {
	moment uint32
	vague  bool
	list   []index
}

// concerned lists the objects of a kind that the moment concerns. They are vague where it concerns one of them, and the recording does
// not tell which.
func (w *World) concerned(k Kind, t ProviderType) (list []index, vague bool) {
	g := &w.gathered[k][t]
	if g.moment != w.moment {
		from := len(w.list)
		w.cur.vague = false
		w.gather(k, t)
		g.moment, g.vague, g.list = w.moment, w.cur.vague, append(g.list[:0], w.list[from:]...)
		w.list = w.list[:from]
	}
	return g.list, g.vague
}

// gather appends to w.list the objects of a kind that the moment concerns: what it hands out, what it is called on, or what belongs to that.
func (w *World) gather(k Kind, t ProviderType) {
	m := &w.cur
	if !m.entering {
		before := len(w.list)
		if k == BufferObject { // also what another call has handed out before
			for _, b := range m.births[:m.nbirths] {
				w.take(b.obj, k, t)
			}
			return
		}
		for _, again := range [...]bool{false, true} {
			for _, b := range m.births[:m.nbirths] {
				if b.obj != 0 && (b.was == Yes) == again && w.at(b.obj).kind == k {
					w.take(b.obj, k, t)
				}
			}
			if len(w.list) > before {
				return
			}
		}
	}
	if passes[m.op].kinds>>k&1 != 0 { // of all that belongs to the called object, the one passed
		if m.fr.arg != 0 && w.at(m.fr.arg).flags&dead == 0 {
			w.take(m.fr.arg, k, t)
		}
		return
	}
	if m.op == opServiceEntry && k == SupportObject {
		w.take(m.fr.arg, k, t)
		return
	}
	switch k {
	case CalledObject:
		if m.on != 0 {
			w.list = append(w.list, m.on)
		}
		return
	case CallingObject:
		if d := w.depth() - 1; d >= 0 {
			up := &m.t.frames[d]
			if i := w.still(up.on, up.onSerial); i != 0 && (t == NoType || w.at(i).typ == t) {
				w.list = append(w.list, i)
			}
		}
		return
	case ProcessObject:
		w.list = append(w.list, m.p.self)
		return
	case ThreadObject:
		if m.op == opExit {
			for _, tid := range m.p.tids() {
				w.list = append(w.list, m.p.threads[tid].self)
			}
		} else if m.t != nil {
			w.list = append(w.list, m.t.self)
		}
		return
	case ModuleObject:
		if m.op == opExit {
			w.gatherBelow(m.p.self, k, t)
		} else {
			w.take(m.module, k, t)
		}
		return
	case ServiceObject:
		if w.gatherServices() {
			return
		}
	case BufferObject:
		w.gatherBelow(m.p.self, k, t)
		return
	case AdviseObject:
		if m.op == opOnNotify { // the sink may be registered with any
			w.gatherBelow(m.p.self, k, t)
			return
		}
	case SubscriptionObject:
		if m.op == opUnsubscribe { // by whichever support object, the numbers are MAPI's
			w.gatherBelow(m.p.self, k, t)
			return
		}
	}
	if m.on != 0 {
		if k == SessionObject && w.at(m.on).kind != SessionObject {
			s := w.currentSession()
			if from := len(w.list); s == 0 && !w.observed(sessionInterface) { // it may be inside a method of any session
				w.gatherBelow(m.p.self, k, t)
				m.vague = len(w.list) > from
			}
			w.take(s, k, t)
			return
		}
		w.gatherFrom(m.on, k, t)
		return
	}
	switch group := interfaces[ops.ops[m.op].Group].Name; {
	case m.op == 0, ops.ops[m.op].Class != Functions: // a method on a null pointer concerns nothing
	case group == "entry" && k == SessionObject:
		w.take(w.currentSession(), k, t)
	case group == "registry": // the support object passed, taken above
	case group == "entry" || group == "module":
		if m.module != 0 {
			w.gatherFrom(m.module, k, t)
		}
	case group == "MAPI" || group == "process":
		w.gatherFrom(m.p.self, k, t)
	}
}

// gatherServices finds the message services that an entry point or a logon concerns.
func (w *World) gatherServices() bool {
	m := &w.cur
	if m.on != 0 && w.at(m.on).kind == ProviderObject {
		w.take(w.follow(TheService), ServiceObject, NoType)
		return true
	}
	if ops.ops[m.op].Method != "MSGServiceEntry" {
		return false
	}
	from := len(w.list)
	w.gatherBelow(m.p.self, ServiceObject, NoType)
	if m.module == 0 { // of some DLL: one of them, perhaps
		m.vague = len(w.list) > from
		return true
	}
	kept := w.list[:from]
	for _, i := range w.list[from:] {
		if w.at(i).module == m.module {
			kept = append(kept, i)
		}
	}
	w.list = kept
	return true
}

func (w *World) take(i index, k Kind, t ProviderType) {
	if i == 0 {
		return
	}
	if o := w.raw(i); o.kind == k && (t == NoType || o.typ == t) {
		w.list = append(w.list, i)
	}
}

// gatherFrom appends the objects of a kind that belong to an object: itself, its partners, what was opened through it, what it made.
func (w *World) gatherFrom(root index, k Kind, t ProviderType) {
	o := w.at(root)
	if o.kind == k {
		w.take(root, k, t)
		if k != Subobject {
			return
		}
	}
	switch o.kind {
	case SupportObject:
		switch k {
		case LogonObject:
			w.take(o.logon, k, t)
		case StoreObject:
			w.take(o.store, k, t)
		case Subobject:
			if o.store != 0 {
				w.gatherBelow(o.store, k, t)
			}
		default:
			w.gatherBelow(root, k, t)
		}
		return
	case LogonObject:
		switch k {
		case SupportObject:
			w.take(o.support, k, t)
		case StoreObject:
			w.take(o.store, k, t)
		case ProviderObject:
			w.take(o.maker, k, t)
		case Subobject: // what the provider opened by means of its support object
			if o.support != 0 {
				w.gatherBelow(o.support, k, t)
			}
		case UIDObject, RowObject:
			if o.support != 0 {
				w.gatherBelow(o.support, k, t)
			}
		default:
			w.gatherBelow(root, k, t)
		}
		return
	case ProviderObject:
		switch k {
		case LogonObject:
			for i := w.makes(root); i != 0; i = w.raw(i).nextM {
				w.take(i, k, t)
			}
		case SupportObject:
			if w.cur.fr != nil {
				w.take(w.cur.fr.arg, k, t)
			}
		case UIDObject, RowObject: // registered through the support object that is passed
			if w.cur.fr != nil && w.cur.fr.arg != 0 {
				w.gatherBelow(w.cur.fr.arg, k, t)
			}
		}
		return
	case StoreObject:
		switch k {
		case SupportObject:
			w.take(o.support, k, t)
			return
		case LogonObject:
			w.take(o.logon, k, t)
			return
		}
	case ModuleObject:
		if k == LogonObject || k == SupportObject || k == StoreObject {
			for i := w.children(root); i != 0; i = w.raw(i).next {
				for l := w.makes(i); l != 0; l = w.raw(l).nextM {
					w.gatherFrom(l, k, t)
				}
			}
			return
		}
	}
	w.gatherBelow(root, k, t)
}

func (w *World) gatherBelow(root index, k Kind, t ProviderType) {
	if k == AdviseObject && w.cur.op != 0 {
		if m := ops.ops[w.cur.op].Method; m == "Advise" || m == "Unadvise" { // registrations with this source, not with what it opened
			w.at(root)
			for i := w.children(root); i != 0; i = w.raw(i).next {
				w.take(i, k, t)
			}
			return
		}
	}
	if k == SessionObject || k == ProviderObject { // which belong to the process itself, or to a DLL in it
		for i := w.children(root); i != 0; i = w.raw(i).next {
			if w.take(i, k, t); k == ProviderObject && w.raw(i).kind == ModuleObject {
				w.gatherBelow(i, k, t)
			}
		}
		return
	}
	own := isRegistration(k) || k == ServiceObject
	if own {
		w.at(root)
	}
	w.below(root, func(i index) {
		if own { // they stand with what they are registered with
			w.at(i)
		}
		w.take(i, k, t)
	})
}
