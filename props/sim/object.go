package sim

// An iface is an interface, with the names of the methods that all have.
type iface struct{ name, addRef, release, query string }

func named(name string) *iface {
	return &iface{name, name + "::AddRef", name + "::Release", name + "::QueryInterface"}
}

var (
	iSession   = named("IMAPISession")
	iShutdown  = named("IMAPIClientShutdown")
	iABLogon   = named("IABLogon")
	iMSLogon   = named("IMSLogon")
	iXPLogon   = named("IXPLogon")
	iSupport   = named("IMAPISupport")
	iStore     = named("IMsgStore")
	iAddrBook  = named("IAddrBook")
	iFolder    = named("IMAPIFolder")
	iMessage   = named("IMessage")
	iTable     = named("IMAPITable")
	iContainer = named("IABContainer")
	iProfSect  = named("IProfSect")
	iStatus    = named("IMAPIStatus")
	iQuit      = named("IMAPIProviderShutdown")

	// What only wide simulations use.
	iSink          = named("IMAPIAdviseSink")
	iAttach        = named("IAttach")
	iProfAdmin     = named("IProfAdmin")
	iServiceAdmin  = named("IMsgServiceAdmin")
	iProviderAdmin = named("IProviderAdmin")
	iMonitor       = named("IMAPIInitMonitor")
	iTableData     = named("ITableData")
	iStream        = named("IStream")
	iStorage       = named("IStorage")
	iTnef          = named("ITnef")
	iMalloc        = named("IMalloc")
	iProxy         = named("IProxyStoreObject")
	iBuffer        = named("buffers") // no interface: what MAPIAllocateBuffer hands out
)

// A side holds references: the client, MAPI with its spooler, or the providers.
type side int

const (
	clientSide side = iota
	mapiSide
	providerSide
	sides
)

func sideOf(by string) side {
	switch by {
	case "client":
		return clientSide
	case "provider", "service":
		return providerSide
	}
	return mapiSide
}

// An object is something with reference counts, at an address.
type object struct {
	*iface
	address uint64
	module  *module // in which it lives; nil for what is MAPI's or a client's
	held    [sides]int
	at      int     // among the living objects of the process
	wraps   *object // of a sink that HrThisThreadAdviseSink has made: the one that it calls
}

func (o *object) refs() int { return o.held[clientSide] + o.held[mapiSide] + o.held[providerSide] }

// object makes an object on which nobody holds a reference yet.
func (p *process) object(i *iface, m *module) *object {
	o := &object{iface: i, module: m, at: len(p.objects)}
	n := len(p.free)
	again := n > 0 && p.choose(4) > 0
	if again {
		o.address = p.free[n-1]
		p.free = p.free[:n-1]
	}
	if !again || p.config.Fresh {
		p.next += 0x40
		o.address = p.next
	}
	if m != nil {
		m.users++
	}
	p.objects = append(p.objects, o)
	return o
}

// gone takes an object out of the world. Its address may be used again.
func (p *process) gone(o *object) {
	if o.at < 0 {
		return
	}
	last := p.objects[len(p.objects)-1]
	p.objects[o.at], last.at = last, o.at
	p.objects = p.objects[:len(p.objects)-1]
	o.at = -1
	if o.module != nil {
		o.module.users--
	}
	if p.fault == nil && !(p.config.Apart && o.opens()) { // a fault may use the object once more
		p.free = append(p.free, o.address)
	}
}

// opens tells whether other things are opened through an object, and may outlive it.
func (o *object) opens() bool {
	return o.iface == iSession || o.iface == iStore || o.iface == iFolder || o.iface == iContainer
}

// pass hands a reference from one side to another, when a call returns what a call inside it returned.
func (o *object) pass(from, to side) {
	o.held[from]--
	o.held[to]++
}

func (t *thread) addRef(by string, o *object) {
	id := t.enter(by, o.addRef, o)
	o.held[sideOf(by)]++
	t.counted(id, o.refs())
}

// release plays a Release. The last one ends the object; what it brings about before that is done inside the call.
func (t *thread) release(by string, o *object, last func()) {
	o.held[sideOf(by)]--
	id := t.enter(by, o.iface.release, o)
	if o.refs() == 0 {
		if last != nil {
			last()
		}
		t.p.gone(o)
	}
	t.counted(id, o.refs())
}

// query plays a QueryInterface on an object, which has the interface or not.
func (t *thread) query(by string, o *object, iid string, has bool) bool {
	id := t.enter(by, o.query, o, text("iid", iid))
	if !has {
		t.leave(id, eNoInterface, null("ppv"))
		return false
	}
	o.held[sideOf(by)]++
	t.leave(id, ok, pointer("ppv", o))
	return true
}
