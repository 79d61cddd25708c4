package model

import "slices"

// This file gives objects their births, their references and their deaths.

// MaxDepth and MaxOpen bound the calls that may be open at once, on one thread and in one process.
const (
	MaxDepth = 10_000
	MaxOpen  = 100_000
)

// entryArgument takes up an object that is passed to the call: a support object is born as the argument of a logon.
func (w *World) entryArgument(p *process, fr *frame, ev *Event) {
	o := ops.ops[fr.op]
	switch {
	case o.Class.Kind() == ProviderObject && (o.Method == "Logon" || o.Method == "TransportLogon" || o.Method == "SpoolerLogon"):
		typ := o.Class.Type()
		w.passSupport(p, fr, ev, typ)
		w.needService(fr)
	case o.Method == "MSGServiceEntry":
		w.passSupport(p, fr, ev, ConfigType)
	case passes[fr.op].param != 0:
		a, ok := addressOf(ev.Args, passes[fr.op].param)
		if !ok || a.Null() {
			return
		}
		fr.arg = p.byAddr[a.Key]
		if fr.arg != 0 && passes[fr.op].kinds == 1<<SinkObject {
			switch o := w.at(fr.arg); {
			case o.flags&dead != 0: // the client has made another one there
				fr.arg = 0
			case o.kind != SinkObject && w.total(o).lo == 0: // what was there is no sink, and may be gone
				w.replace(p, fr.arg)
				fr.arg = 0
			}
		}
		if fr.arg != 0 && passes[fr.op].kinds == 0 && passes[fr.op].param != pMalloc && w.total(w.at(fr.arg)).lo == 0 { // a stream that is made unseen, perhaps
			fr.arg = 0
		}
		if fr.arg == 0 && passes[fr.op].kinds == 1<<SinkObject { // the client's own: nothing hands it out
			fr.arg = w.place(p, a, SinkClass, NoType, sinkInterface)
			w.at(fr.arg).flags |= unborn
			w.begin(fr.arg, born)
			w.adopt(fr.arg, p.self)
		} else if fr.arg == 0 && passes[fr.op].param == pMalloc { // everybody's, in a process: how many references there are is not known
			fr.arg = w.place(p, a, SubClass, NoType, mallocInterface)
			w.at(fr.arg).flags |= ownPartial
			w.begin(fr.arg, 0)
			w.adopt(fr.arg, p.self)
		}
	}
}

// A passing is a parameter by which a call is told an object, and the kinds for which it is about that object instead of what belongs to
// the called one.
type passing struct {
	param Param
	kinds uint32
}

// passes is by operation.
var passes = func() []passing {
	list := make([]passing, len(ops.ops))
	for _, x := range []struct {
		ops, param string
		kinds      []Kind
	}{
		{"IMAPISupport::MakeInvalid", "lpObject", []Kind{LogonObject, StoreObject, Subobject}},
		{"IXPLogon::StartMessage IXPLogon::SubmitMessage IMAPISession::PrepareForm", "lpMessage", []Kind{Subobject}},
		{"IMAPISupport::IStorageFromStream", "lpUnkIn", nil},
		{"OpenTnefStream OpenTnefStreamEx", "lpStream", nil},
		{"HrThisThreadAdviseSink IMAPISession::Advise IMsgStore::Advise IABLogon::Advise IMSLogon::Advise subobject::Advise IMAPISupport::Subscribe", "lpAdviseSink", []Kind{SinkObject}},
		{"MAPIFreeBuffer", "lpBuffer", []Kind{BufferObject}},
		{"ABProviderInit MSProviderInit XPProviderInit", "lpMalloc", nil},
		{"registry functions", "lpMAPISup", []Kind{SupportObject}},
	} {
		y := passing{param: paramOf(x.param)}
		for _, k := range x.kinds {
			y.kinds |= 1 << k
		}
		for _, op := range matchAll(x.ops) {
			list[op] = y
		}
	}
	return list
}()

var (
	pSupport = paramOf("lpMAPISup")
	pObjType = paramOf("ulObjType")
	pPpv     = paramOf("ppv")
	pIID     = paramOf("iid")
	pUnk     = paramOf("lppUnk")
	pEntry   = paramOf("lppEntry")
	pMalloc  = paramOf("lpMalloc")

	pUnwrapped = paramOf("ppvObject")
	pLogFlags  = paramOf("flFlags")
)

// gifts is outParams by parameter number.
var giftParams = func() (list []struct {
	is    bool
	class Class
	iface uint8
}) {
	list = make([]struct {
		is    bool
		class Class
		iface uint8
	}, len(params))
	for name, o := range outParams {
		g := &list[paramOf(name)]
		g.is, g.class, g.iface = true, o.class, unlisted
		if o.iface != "" {
			g.iface, _ = interfaceOf(o.iface)
		}
	}
	return list
}()

func addressOf(args []Argument, p Param) (Address, bool) {
	for i := range args {
		if args[i].Param == p {
			return args[i].Value.address(), args[i].Value.Kind != Absent
		}
	}
	return Address{}, false
}

func (v Value) address() Address {
	switch v.Kind {
	case TextValue:
		return ParseAddress(v.Text)
	case Number:
		return Address{Key: v.Num, Set: true}
	}
	return Address{Set: true}
}

// ParseAddress reads the name of an object: a hexadecimal number, or any other text.
func ParseAddress(text string) Address {
	if len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && len(text) <= 18 {
		key, ok := uint64(0), true
		for i := 2; i < len(text) && ok; i++ {
			switch c := text[i]; {
			case '0' <= c && c <= '9':
				key = key<<4 | uint64(c-'0')
			case 'a' <= c && c <= 'f':
				key = key<<4 | uint64(c-'a'+10)
			case 'A' <= c && c <= 'F':
				key = key<<4 | uint64(c-'A'+10)
			default:
				ok = false
			}
		}
		if ok {
			return Address{Key: key, Set: true}
		}
	}
	h := uint64(14695981039346656037) // FNV-1a
	for i := 0; i < len(text); i++ {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return Address{Key: h | 1, Text: text, Set: true}
}

func (w *World) passSupport(p *process, fr *frame, ev *Event, typ ProviderType) {
	a, ok := addressOf(ev.Args, pSupport)
	if !ok || a.Null() {
		return
	}
	if i := p.byAddr[a.Key]; i != 0 {
		if o := w.at(i); o.kind == SupportObject && o.flags&(dead|dying) == 0 &&
			(o.provider >= 1 && (w.total(o).lo >= 1 || o.typ == typ && o.flags&ownObserved == 0) || typ == ConfigType && w.isPassed(i)) {
			fr.arg = i
			return
		}
		w.replace(p, i)
	}
	i := w.place(p, a, SupportClass, typ, supportInterface)
	w.at(i).mapi = 1
	w.begin(i, born)
	w.adoptInSession(p, i, fr)
	fr.arg = i
}

// isPassed tells whether a call that is open on the thread was passed the object.
func (w *World) isPassed(i index) bool {
	for d := w.depth() - 1; d >= 0; d-- {
		if w.cur.t.frames[d].arg == i {
			return true
		}
	}
	return false
}

var (
	sessionInterface, _ = interfaceOf("IMAPISession")
	supportInterface, _ = interfaceOf("IMAPISupport")
	sinkInterface, _    = interfaceOf("IMAPIAdviseSink")
	storeInterface, _   = interfaceOf("IMsgStore")
	tnefInterface, _    = interfaceOf("ITnef")
	mallocInterface, _  = interfaceOf("IMalloc")
	bufferInterface, _  = interfaceOf("buffers")
)

func (w *World) adoptInSession(p *process, i index, fr *frame) {
	if s := w.still(fr.session, fr.sessionSerial); s != 0 && w.at(s).flags&dead == 0 {
		w.adopt(i, s)
		return
	}
	w.adopt(i, p.self)
}

// needService makes the message service of the called provider in the current session.
func (w *World) needService(fr *frame) {
	s, typ := w.still(fr.session, fr.sessionSerial), w.typeOf(fr.on)
	if s == 0 || fr.module == 0 || w.at(s).flags&dead != 0 || w.serviceOf(s, fr.module, typ) != 0 {
		return
	}
	i := w.newObject(w.cur.p, ServiceObject, NoClass, typ, unlisted)
	w.totalBorn--
	o := w.at(i)
	o.module, o.born = fr.module, pastOf(w.cur.ev.Line, 0, NoSide, false)
	w.begin(i, born)
	w.adopt(i, s)
}

// replace gives up what was known at an address that now belongs to something newly born.
func (w *World) replace(p *process, i index) {
	if w.at(i).flags&dead == 0 && w.at(i).flags&dying == 0 {
		w.lose(p, i)
	}
	w.unmap(p, i)
}

// handOut gives birth to, or grants a reference on, every object whose pointer the call handed back.
func (w *World) handOut(p *process, fr *frame, ev *Event) {
	m := &w.cur
	if fr.op == opGetMalloc { // the allocator that entry point functions are passed, with a reference for whoever calls
		for i := w.children(p.self); i != 0; i = w.raw(i).next {
			if w.at(i).iface == mallocInterface {
				w.at(i).flags |= unborn
				w.change(i)
			}
		}
	}
	if g := fr.call.gift; g.param != 0 && m.ok {
		if _, listed := addressOf(ev.Args, g.param); !listed {
			p.gifts |= 1 << g.iface
		}
	}
	for i := range ev.Args {
		a := &ev.Args[i]
		g := &giftParams[a.Param]
		if !g.is || a.Value.Kind == NullValue || a.Value.Kind == Absent || a.Value.Kind == BoolValue {
			continue
		}
		at := a.Value.address()
		if at.Null() || m.nbirths == len(m.births) {
			continue
		}
		class, iface := g.class, g.iface
		if class == BufferClass { // the function's error may be handed out with a failure, and what MAPIAllocateMore adds is freed with the rest
			if w.observed(bufferInterface) && fr.op != opAllocateMore {
				w.handOutOne(p, fr, at, class, iface, a.Param)
			}
			continue
		}
		if a.Param == pPpv {
			if m.ok {
				w.queried(p, fr, at)
			}
			continue
		}
		if a.Param == pUnwrapped {
			if m.ok {
				w.unwrapped(p, fr, at)
			}
			continue
		}
		if a.Param == pUnk || a.Param == pEntry {
			class, iface = kindOfUnk(ev.Args)
		}
		if !m.ok {
			if class.Kind() == SessionObject || class.Kind() == ProviderObject {
				w.bornOfFailure(p, fr, at, class, iface, a.Param)
			}
			continue
		}
		w.handOutOne(p, fr, at, class, iface, a.Param)
	}
	w.pair(fr)
}

// unwrapped takes up a store that is handed out without a reference of its own. How many MAPI holds on it is not known.
func (w *World) unwrapped(p *process, fr *frame, at Address) {
	m := &w.cur
	i := p.byAddr[at.Key]
	if i != 0 && (w.at(i).kind != StoreObject || w.at(i).flags&dead != 0) {
		w.replace(p, i)
		i = 0
	}
	if i == 0 {
		i = w.place(p, at, StoreClass, NoType, storeInterface)
		w.at(i).flags |= ownPartial
		w.begin(i, born)
		w.adoptInSession(p, i, fr)
	}
	m.births[m.nbirths] = birth{pUnwrapped, i, Yes}
	m.nbirths++
}

func kindOfUnk(args []Argument) (Class, uint8) {
	for i := range args {
		if args[i].Param == pObjType && args[i].Value.Kind == Number {
			if t, ok := objTypes[args[i].Value.Num]; ok {
				iface, _ := interfaceOf(t.iface)
				return t.class, iface
			}
		}
	}
	return SubClass, unlisted
}

func (w *World) bornOfFailure(p *process, fr *frame, at Address, class Class, iface uint8, param Param) {
	m := &w.cur
	if p.late && p.byAddr[at.Key] == 0 { // of a living object from before the recording, perhaps
		m.births[m.nbirths] = birth{param: param, was: Unknown}
		m.nbirths++
		return
	}
	if i := p.byAddr[at.Key]; i != 0 {
		if w.at(i).flags&(dead|dying) == 0 {
			m.births[m.nbirths] = birth{param, i, Yes}
			m.nbirths++
			return // the variable still held the pointer of a living object
		}
		w.replace(p, i)
	}
	i := w.place(p, at, class, class.Type(), iface)
	w.begin(i, bornOfFailure)
	w.adopt(i, p.self)
}

func (w *World) handOutOne(p *process, fr *frame, at Address, class Class, iface uint8, param Param) {
	m := &w.cur
	i, was := p.byAddr[at.Key], No
	if i != 0 {
		was = w.same(i, class, iface, fr)
		switch was {
		case No:
			w.replace(p, i)
			i = 0
		case Unknown: // the old one again, or a new one at its address
			old := w.at(i).states
			blurred := w.at(i).class == class
			if blurred {
				w.loosen(i)
			}
			w.replace(p, i)
			i = w.birth(p, fr, at, class, iface)
			if o := w.at(i); blurred {
				w.perhapsOld(o)
				o.flags |= forgotten
				for s := range o.states {
					o.states[s] |= old[s]
				}
			}
		}
	}
	if i == 0 {
		i = w.birth(p, fr, at, class, iface)
		if o := w.at(i); p.late { // it may be older than the recording, or than the gap in it
			switch {
			case o.kind == StoreObject, o.kind == Subobject, o.kind == LogonObject && o.typ == MSType:
				w.doubt(i)
				was = Unknown
			case o.kind == SessionObject && o.flags&(newSession|maybeShared) != newSession:
				w.perhapsOld(o)
				was = Unknown
			}
		}
	}
	m.births[m.nbirths] = birth{param, i, was}
	m.nbirths++
	w.grant(i, fr, was)
}

// loosen unties an object from the others of its logon: it is forgotten, or they may belong to the one that is handed out at its address.
func (w *World) loosen(i index) {
	o := w.at(i)
	o.flags |= forgotten
	for _, j := range [...]index{o.logon, o.store, o.support} {
		if j == 0 {
			continue
		}
		q := w.at(j)
		q.flags |= forgotten
		if q.logon == i {
			q.logon = 0
		}
		if q.store == i {
			q.store = 0
		}
		if q.support == i {
			q.support = 0
		}
	}
	o.logon, o.store, o.support = 0, 0, 0
}

// perhapsOld takes back what a birth tells of an object that may have been alive, and held, before.
func (w *World) perhapsOld(o *object) {
	o.flags |= unborn
	o.no = 0
	o.born = pastOf(w.cur.ev.Line, w.cur.op, NoSide, false)
}

// handsOut tells whether the return has handed the object out already, by another parameter.
func (m *moment) handsOut(i index) bool {
	return slices.ContainsFunc(m.births[:m.nbirths], func(b birth) bool { return b.obj == i })
}

// same tells whether what is handed out at an address is the object known there: Unknown where that one may have died unseen.
func (w *World) same(i index, class Class, iface uint8, fr *frame) Tri {
	o := w.at(i)
	switch {
	case o.flags&dead != 0 || o.flags&dying != 0 && !w.diesElsewhere(i):
		return No
	case o.class != class && !(o.kind == Subobject && class == SubClass):
		return No
	case class == BufferClass: // what it was has been freed, unless the call passes on what another has just handed out
		return triOf(w.grantedInside(o, fr) || w.cur.handsOut(i))
	case o.kind == Subobject && ownInterface(o.iface) && ownInterface(iface) && o.iface != iface:
		return No
	case o.flags&dying != 0: // got hold of before its last Release took effect, perhaps
		return Unknown
	case w.total(o).lo >= 1 || w.grantedInside(o, fr) || w.cur.handsOut(i):
		return Yes
	case o.flags&keptAlive != 0: // by what was opened through it, or gone, as the provider likes
		return Unknown
	case o.kind == StoreObject || o.kind == Subobject && o.flags&ownObserved != 0:
		return Unknown
	case o.kind == LogonObject && o.flags&ownObserved == 0:
		return Unknown
	}
	return No
}

// ownInterface tells an interface that no object has beside another one.
func ownInterface(iface uint8) bool { return iface != unlisted && !interfaces[iface].Shared }

// birth makes the object that is handed out and ties it to what it belongs to.
func (w *World) birth(p *process, fr *frame, at Address, class Class, iface uint8) index {
	i := w.place(p, at, class, class.Type(), iface)
	o := w.at(i)
	w.begin(i, born)
	if o.kind == ProviderObject {
		p.types |= 1 << o.typ
	}
	o.module = fr.module
	switch o.kind {
	case SessionObject:
		w.adopt(i, p.self)
		w.takeOver(p, i, fr)
		for _, a := range fr.args[:fr.nargs] {
			if a.param == pLogFlags && a.kind == Number {
				o.flags |= newSession
				if a.num&mapiNewSession == 0 || a.num&mapiAllowOthers != 0 {
					o.flags |= maybeShared
				}
			}
		}
	case ProviderObject:
		if fr.module != 0 {
			w.adopt(i, fr.module)
		} else {
			w.adopt(i, p.self)
		}
	case BufferObject:
		w.adopt(i, p.self)
	case LogonObject, SupportObject:
		w.adoptInSession(p, i, fr)
		if on := w.cur.on; on != 0 && w.at(on).kind == ProviderObject && w.at(on).flags&dead == 0 {
			w.makeBy(i, on)
		}
	default:
		on := w.cur.on
		switch {
		case fr.arg != 0 && o.iface == tnefInterface && w.at(fr.arg).kind == Subobject && w.at(fr.arg).flags&dead == 0: // which it reads or writes
			w.adopt(i, fr.arg)
		case on == 0 || w.at(on).flags&(dead|transient) != 0 || w.at(on).kind == ProviderObject:
			w.adoptInSession(p, i, fr)
		case w.at(on).kind == LogonObject && w.at(on).store != 0 && w.at(w.at(on).store).flags&dead == 0:
			w.adopt(i, w.at(on).store)
		default:
			w.adopt(i, on)
		}
	}
	return i
}

// takeOver gives a session the logons that MAPI made for it inside MAPILogonEx.
func (w *World) takeOver(p *process, session index, fr *frame) {
	for c := w.children(p.self); c != 0; {
		o, next := w.raw(c), w.raw(c).next
		if (o.kind == LogonObject || o.kind == SupportObject) && w.at(c) == o && w.inside(o.born.line(), fr) && o.grantedOn == w.cur.t.self {
			w.orphan(c)
			w.adopt(c, session)
		}
		c = next
	}
}

const (
	mapiNewSession  = 0x2
	mapiAllowOthers = 0x8
)

// pair ties the logon object, the store and the support object of one logon together.
func (w *World) pair(fr *frame) {
	m := &w.cur
	o := ops.ops[fr.op]
	if o.Class.Kind() != ProviderObject || !m.ok {
		return
	}
	var logon, store index
	vague := flags(0)
	for _, b := range m.births[:m.nbirths] {
		if b.was == Yes {
			continue
		}
		if w.at(b.obj).flags&forgotten != 0 { // it may be an old one, which belongs to its own logon
			vague = forgotten
			continue
		}
		switch w.at(b.obj).kind {
		case LogonObject:
			logon = b.obj
		case StoreObject:
			store = b.obj
		}
	}
	if logon != 0 {
		w.at(logon).store, w.at(logon).support = store, fr.arg
		w.at(logon).flags |= vague
	}
	if store != 0 {
		w.at(store).logon, w.at(store).support = logon, fr.arg
		w.at(store).flags |= vague
	}
	if fr.arg != 0 {
		w.at(fr.arg).flags |= vague
	}
	if fr.arg != 0 && (logon != 0 || store != 0) {
		for _, old := range [...]index{w.at(fr.arg).logon, w.at(fr.arg).store} {
			if old != 0 { // a support object that is passed again serves the new logon; what the old one does with it is not known any more
				w.at(old).support = 0
				w.at(old).flags |= forgotten
			}
		}
		w.at(fr.arg).logon, w.at(fr.arg).store = logon, store
		w.at(fr.arg).module = fr.module
	}
}

// grantedInside tells whether a call nested in the one that returns has handed out a reference on the object.
func (w *World) grantedInside(o *object, fr *frame) bool {
	return w.inside(o.lastGrant, fr) && o.grantedOn == w.cur.t.self
}

// inside tells whether a line lies between a call's beginning and the event being stepped, such as its return. In the text notation they
// may share a line, and then nothing is inside.
func (w *World) inside(line int64, fr *frame) bool { return fr.line < line && line < w.cur.ev.Line }

// grant counts the reference that an out pointer is. If a call nested inside gave the same pointer to the side that answers, that
// reference is passed on.
func (w *World) grant(i index, fr *frame, was Tri) {
	m := &w.cur
	o := w.at(i)
	to, from := o.granted(m.maker), o.granted(m.answerer)
	if was != No && to != from && w.grantedInside(o, fr) {
		switch {
		case *from >= 1:
			*from--
		case o.soft >= 1:
			o.soft--
		}
	}
	if s := w.currentSession(); s != 0 && m.maker == Client && was == Yes && (o.kind == StoreObject || o.kind == Subobject) {
		if owner := w.sessionOf(i); owner != 0 && owner != s || o.session != 0 && o.session != w.at(s).serial {
			o.flags |= severalClients
		}
	}
	*to++
	w.revive(o)
	o.lastGrant, o.grantedOn = m.ev.Line, m.t.self
	if o.kind == StoreObject && m.maker == Client && o.session == 0 {
		if s := w.currentSession(); s != 0 {
			o.session = w.at(s).serial
		}
	}
	w.note(o, true)
}

// queried is a successful QueryInterface: the same object, maybe at another address.
func (w *World) queried(p *process, fr *frame, at Address) {
	m := &w.cur
	if m.on == 0 {
		return
	}
	o := w.at(m.on)
	if at.Key != o.address && p.byAddr[at.Key] != m.on {
		if old := p.byAddr[at.Key]; old != 0 {
			w.replace(p, old)
		}
		p.byAddr[at.Key] = m.on
		if !slices.Contains(w.aliases[m.on], at.Key) { // another object may have had the address in between
			w.aliases[m.on] = append(w.aliases[m.on], at.Key)
		}
	}
	w.rescue(m.on)
	if o.flags&(dead|dying) != 0 {
		o.teardown++
		return
	}
	if fr.asksUnobserved {
		o.soft++
	} else {
		*o.granted(m.maker)++
	}
	w.revive(o)
	o.lastGrant, o.grantedOn = m.ev.Line, m.t.self
}

// revive: a store, or what was opened through one, that only the things opened through it may have kept alive is held again, and in use
// as it was when it was handed out first.
func (w *World) revive(o *object) {
	lingered := o.flags&keptAlive != 0
	o.flags &^= keptAlive
	l := w.prog.lifeOf(o.kind, o.typ, 0)
	if !lingered || l == nil {
		return
	}
	was := o.states[0]
	o.states[0] = 0
	for s, to := range l.again {
		if was>>s&1 != 0 {
			o.states[0] |= 1 << to
		}
	}
	if o.states[0] != was {
		w.taken(l, HeldAgain.Name, o, was, o.states[0], false)
	}
	if o.flags&unborn != 0 {
		o.states[0] = l.all
	}
	w.widen(o, 0, l)
}

// requestEffects are those of a call that acts when it begins.
func (w *World) requestEffects(fr *frame, ev *Event) {
	if fr.on == 0 {
		return
	}
	o := w.at(fr.on)
	switch ops.ops[fr.op].Method {
	case queryInterface:
		iface, ok := w.asked(ev)
		fr.asksUnobserved = !ok || !interfaces[iface].Base && !w.observed(iface)
		if fr.asksUnobserved && o.kind == SessionObject {
			w.at(w.cur.p.self).flags |= askedElse
		}
		o.running++
	case addRef:
		o.running++
	case release:
		w.releasing(fr, o)
	}
	w.note(o, false)
}

// asked is the interface that QueryInterface is called for.
func (w *World) asked(ev *Event) (uint8, bool) {
	for i := range ev.Args {
		if ev.Args[i].Param == pIID && ev.Args[i].Value.Kind == TextValue {
			return interfaceByIID(ev.Args[i].Value.Text)
		}
	}
	return 0, false
}

// asksOther tells a QueryInterface whose interface the recording gives, and which no rule knows.
func (w *World) asksOther() bool {
	for i := range w.cur.ev.Args {
		if w.cur.ev.Args[i].Param == pIID {
			return w.cur.ev.Args[i].Value.Kind != TextValue
		}
	}
	return true
}

func isGrant(op OpID) bool {
	m := ops.ops[op].Method
	return m == queryInterface || m == addRef
}

// releasing takes a reference away. The last one kills the object, unless something opened through it lives.
func (w *World) releasing(fr *frame, o *object) {
	m := &w.cur
	if o.flags&dying != 0 {
		o.teardown = max(0, o.teardown-1)
	}
	if o.flags&(dead|dying|keptAlive) != 0 {
		return
	}
	fr.last = w.lastReference(o)
	children := w.childrenLive(fr.on, 0)
	n := o.granted(m.maker)
	*n--
	if m.maker == Client {
		o.flags |= clientReleased
	}
	switch {
	case *n < 0 && o.soft > 0 && o.client+o.mapi+o.provider < 0: // else it may be one that another side was given
		*n, o.soft = *n+1, o.soft-1
	case *n < 0 && o.flags&(unborn|ownObserved) != ownObserved: // it was there before, or another side has handed it over
		*n = 0
		for _, s := range [...]Side{Client, MAPI, Provider} {
			if other := o.granted(s); *other > 0 {
				*other--
				break
			}
		}
	case *n < 0:
		if _, more := w.debts[fr.on]; !more {
			w.debts[fr.on] = debt{m.ev.Line, m.ev.Seq, m.maker}
		}
	}
	if fr.last == Yes {
		switch children {
		case Yes:
			o.flags |= keptAlive
			fr.last = No
		case Unknown:
			fr.last = Unknown
		}
	}
	if fr.last == Yes {
		o.flags |= dying
		w.lastChild(o.parent, fr.on)
	}
	if o.flags&dying == 0 && w.total(o).lo == 0 {
		o.flags |= maybeDead
		w.remember(m.p, fr.on)
	}
}

// diesElsewhere tells whether the last Release of a dying object runs on another thread than the current call, so that the two are not
// ordered.
func (w *World) diesElsewhere(i index) bool {
	for n := range w.cur.t.frames {
		if f := &w.cur.t.frames[n]; f.last == Yes {
			for j := w.still(f.on, f.onSerial); j != 0; j = w.at(j).parent {
				if j == i {
					return false
				}
			}
		}
	}
	return true
}

// rescue takes back a death that someone who got a reference meanwhile may have prevented: the last Release runs on another thread, and may
// have come after.
func (w *World) rescue(i index) {
	if w.at(i).flags&dying != 0 && w.diesElsewhere(i) {
		w.survive(i)
	}
}

// survive takes back the death of an object, and of what would have died with it.
func (w *World) survive(i index) {
	for ; i != 0; i = w.at(i).parent {
		o := w.at(i)
		o.flags = o.flags&^(dying|keptAlive|withChild) | unborn
		for s := range o.states {
			if l := w.prog.lifeOf(o.kind, o.typ, s); l != nil {
				o.states[s] = l.all
				if l.gone >= 0 {
					o.states[s] &^= 1 << l.gone
				}
			}
		}
		if up := o.parent; up == 0 || w.at(up).flags&withChild == 0 { // dying with the child
			return
		}
	}
}

// lastChild kills a parent that only this child kept alive.
func (w *World) lastChild(parent, child index) {
	m := &w.cur
	for parent != 0 {
		o := w.at(parent)
		if o.flags&keptAlive == 0 || w.childrenLive(parent, child) != No {
			return
		}
		o.flags = o.flags&^keptAlive | dying | withChild
		saved := *m
		m.on, m.op, m.fr = parent, opLastChild, nil
		w.happen()
		*m = saved
		w.moment++
		parent, child = o.parent, parent
	}
}

var (
	opLastChild = ops.byName["event-last-child"]
	opExit      = ops.byName["event-exit"]

	opServiceEntry = ops.byName["MSGServiceEntry"]
	opUnsubscribe  = ops.byName["IMAPISupport::Unsubscribe"]
	opAllocateMore = ops.byName["MAPIAllocateMore"]
	opFreeBuffer   = ops.byName["MAPIFreeBuffer"]
	opGetMalloc    = ops.byName["CoGetMalloc"]
	opOnNotify     = ops.byName["IMAPIAdviseSink::OnNotify"]
)

// grantEffects are those of a call that acts when it returns.
func (w *World) grantEffects(fr *frame, ev *Event) {
	m := &w.cur
	if fr.op == opFreeBuffer && fr.arg != 0 && w.at(fr.arg).kind == BufferObject {
		w.bury(m.p, fr.arg)
	}
	if m.on == 0 {
		return
	}
	o := w.at(m.on)
	switch ops.ops[fr.op].Method {
	case "Advise":
		m.p.advised = m.p.advised || m.ok
	case queryInterface:
		o.running = max(0, o.running-1)
	case addRef:
		o.running = max(0, o.running-1)
		w.rescue(m.on)
		switch {
		case o.flags&(dead|dying) == 0:
			*o.granted(m.maker)++
			w.revive(o)
			o.lastGrant, o.grantedOn = ev.Line, m.t.self
		case o.flags&dying != 0:
			o.teardown++
		}
	case release:
		if ev.HasRef && ev.Ref > 0 { // it was not the last
			o.flags &^= maybeDead
		}
		if fr.last == Yes && o.running > 0 { // AddRef or QueryInterface runs on another thread
			w.survive(m.on)
		}
		if fr.last == Yes && o.flags&dying != 0 {
			for i := m.on; i != 0; {
				up := w.at(i).parent
				w.bury(m.p, i)
				if i = up; i != 0 && w.at(i).flags&withChild == 0 {
					break
				}
			}
		}
	}
}

// note adds the operation to the object's history. Where there is no room, the oldest AddRef, QueryInterface or Release goes, or else the
// oldest of all.
func (w *World) note(o *object, handedOut bool) {
	m := &w.cur
	line, begun := m.ev.Line, m.ev.Line
	if m.fr != nil && !m.entering {
		begun = m.fr.line
	}
	if born := o.born.line(); ops.ops[m.op].Method == "*" || born == line || born == begun {
		return
	}
	n := int(o.pastN)
	for _, q := range o.past[:n] {
		if at := q.line(); q.op() == m.op && (at == line || at == begun) { // the same call, when it began or seen from another side
			return
		}
	}
	p := pastOf(line, m.op, m.maker, handedOut)
	if n == pastLen {
		out := slices.IndexFunc(o.past[:], func(q past) bool { return ops.ops[q.op()].isUnknown() })
		out = max(out, 0)
		copy(o.past[out:], o.past[out+1:])
		n--
	}
	o.past[n] = p
	o.pastN = uint8(n + 1)
}
