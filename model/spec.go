package model

// This file is the grammar of the specification: what an entry may say. Entries are values; validate.go refuses bad ones and
// compile.go turns the good ones into what step.go runs.

// A Spec is the whole specification.
type Spec struct {
	Lifecycles []*Lifecycle
	Rules      []*Rule
}

// A Lifecycle is the life of one kind of object: its states, and one table with every transition.
type Lifecycle struct {
	Name   string
	Of     Kind
	Type   ProviderType // NoType: of every type
	Says   string
	States []State
	Rows   []Row

	Counters []Counter
	Marks    []Mark
	Values   []Memory
}

// A State is one stage of a life.
type State struct {
	Name string
	Says string
}

// A Row says what an event does to an object in one of the states From. It is either legal, and moves the object, or it breaks a rule,
// and then To is where the object is taken to be afterwards, so that one fault gives one finding. An event without a row leaves a state
// as it is. From "new" is a birth; To "" stays.
type Row struct {
	From   string
	On     Trigger
	If     Cond // the row is for objects for which this holds; the others stay as they are
	To     string
	Holds  string  // rules that this row shows to be kept
	Breaks string  // the rule that this event breaks in this state; more than one: the first is reported, the others it implies
	Under  Reading // the row is there under this reading only
	Soft   Reading // under this reading breaking it is a warning
	Early  bool    // an overlapping call on another thread could still make it right
	Wrong  string  // what happened, for a finding
	Legal  string  // what was allowed instead
}

// A Phase says whether an operation is looked at when it begins or when it returns.
type Phase uint8

// The phases.
const (
	Entering Phase = iota
	Returning
)

// An Outcome narrows a return.
type Outcome uint8

// The outcomes. A call without a result, a void function's or a Release's, succeeds.
const (
	AnyOutcome Outcome = iota
	Success
	Failure
)

// A Trigger selects moments of a trace: one of the operations entered or returned, where a condition holds. Trigger conditions speak of
// On, TheProcess and TheThread, not of This.
type Trigger struct {
	Name    string
	Ops     string // patterns, separated by spaces; a leading "-" takes operations out again
	Phase   Phase
	Outcome Outcome
	Codes   []HResult // returned with one of these
	Cond    Cond
}

// When narrows a trigger and gives it a name of its own.
func (t Trigger) When(name string, c ...Cond) Trigger {
	t.Name = name
	if !t.Cond.zero() {
		c = append([]Cond{t.Cond}, c...)
	}
	t.Cond = All(c...)
	return t
}

// With narrows a return to results.
func (t Trigger) With(name string, codes ...HResult) Trigger {
	t.Name, t.Codes, t.Outcome = name, codes, AnyOutcome
	return t
}

// An Operator stands for one or more operations of the catalogue, and has the moments at which they can be looked at.
type Operator struct {
	Ops      string
	Enters   Trigger
	Returns  Trigger
	Succeeds Trigger
	Fails    Trigger
}

// operation names operations, and what their moments are called.
func operation(name, patterns string) Operator {
	at := func(verb string, p Phase, o Outcome) Trigger {
		return Trigger{Name: name + " " + verb, Ops: patterns, Phase: p, Outcome: o}
	}
	return Operator{
		Ops: patterns, Enters: at("enters", Entering, AnyOutcome), Returns: at("returns", Returning, AnyOutcome),
		Succeeds: at("succeeds", Returning, Success), Fails: at("fails", Returning, Failure),
	}
}

// A Counter is a number that grows when Up takes effect and falls when Down does. Requests take effect when the call begins and grants
// when it returns successfully, so while one of them runs the number is known as an interval only.
type Counter struct {
	Name string
	Up   Operator
	Down Operator
	Says string
}

// Born is the birth of an object: a call that succeeded handed it out, or it appeared with its process, thread, module or session.
var Born = Trigger{Name: "it is handed out"}

// BornOfFailure is what a call handed out although it failed.
var BornOfFailure = Trigger{Name: "it is handed out by a call that failed"}

// HeldAgain is a reference on an object on which none was left, but which something opened through it, or its provider, has kept alive.
var HeldAgain = Trigger{Name: "it is held again"}

// A Mark is a fact that Set makes true and Clear makes false again.
type Mark struct {
	Name  string
	Set   Trigger
	Clear Trigger
	Says  string
}

// A Memory is a value of a call that later rules compare with.
type Memory struct {
	Name string
	Set  Trigger
	From Term
	Says string
}

// A Rule is one demand of the documentation.
type Rule struct {
	ID    string
	Owes  Side
	Level Level
	Says  string // the demand, in our own words
	Pages string // where it is demanded: "page#Section", the most telling first, separated by "; "
	Needs string // interfaces to be observed: "IMAPISupport, IABProvider|IXPProvider"
	Keys  string // what a recorder has to add, since no page has it: keys, or calls that are no calls of MAPI
	About string // conflicts of the pages that touch it: "CG-05 CG-39"

	Guards []Guard
	Duties []Duty

	Excluded string // why no trace can show it broken
}

// A Guard says: when this operation is entered or returned, this holds.
type Guard struct {
	Of        Kind // what This is; NoKind: the process
	Type      ProviderType
	When      Trigger
	If        Cond // judged only where this holds
	Holds     Cond
	Under     Reading
	Soft      Reading
	Severe    *Severity // instead of the rule's level
	Implies   string    // rules that are broken with it, always
	Doubts    bool      // what becomes of the object afterwards follows from the fault: it is not judged
	Cause     string    // guards with one cause on one object give one finding
	Overdrawn bool      // a Release too many: owed by the side that released more than it was given
	Owes      Side      // instead of whoever made the call, or of whoever answers it where a return is judged
	Wrong     string
	Legal     string
}

// A Duty says: what is owed for an object, as long as Owed holds, is paid by the time of each of the moments Due. Paid is the event
// that usually pays it; where it is left out, what is not owed at a moment Due counts as paid.
type Duty struct {
	Of      Kind
	Type    ProviderType
	If      Cond // which of these objects it is about
	Owed    Cond
	Paid    Trigger
	Due     []Due
	Proof   Trigger // where the moment itself can not show it: this, later, on the same object, does
	Doubts  bool    // what becomes of the object afterwards follows from the fault: it is not judged
	Cause   string  // duties with one cause on one object give one finding
	Under   Reading
	Implies string
	Owes    Side
	Wrong   string
	Legal   string
}

// Due is a moment by which a duty is paid.
type Due struct {
	At     Trigger
	If     Cond
	Soft   Reading // under this reading, late is a warning
	Proven bool    // broken only if Proof follows
	Severe *Severity
}

// A Path leads from the event, or from the object that a rule speaks of, to an object.
type Path uint8

// The paths. An object that is not known makes every condition about it unknown.
const (
	This        Path = iota // what the rule or the lifecycle is about
	On                      // the object that the method was called on
	ItsSession              // of This
	ItsProvider             // of This
	ItsSupport              // of This
	ItsLogon                // of This
	ItsStore                // of This
	ItsModule               // of This
	ItsParent               // what This was opened through, or is registered with
	TheProcess
	TheThread
	TheSession // the session in whose call this one is nested, or on which it is made
	TheModule  // of the entry point, or of On
	TheService // of TheModule in TheSession
	ItsService // of the module of This in TheSession
	NewLogon   // the logon object that this call returned
	NewStore   // the store object that this call returned
	Passed     // the object passed to this call: see passes
	paths
)

var pathNames = [paths]string{
	This: "it", On: "the called object", ItsSession: "its session", ItsProvider: "its provider", ItsSupport: "its support object",
	ItsLogon: "its logon object", ItsStore: "its store", ItsModule: "its module", ItsParent: "its parent", TheProcess: "the process",
	TheThread: "the thread", TheSession: "the session", TheModule: "the module", TheService: "the message service", ItsService: "its message service",
	NewLogon: "the new logon object", NewStore: "the new store", Passed: "the object passed",
}

func (p Path) String() string { return pathNames[p] }

// A Cond is a condition, as data. Its truth may be unknown.
type Cond struct {
	Is    condKind
	Parts []Cond
	Left  Term
	Right Term
	Path  Path
	Other Path
	Names string // states, operations, an interface, a mark or a parameter
	Sides Side
	Typ   ProviderType
	Kind  Kind
	Read  Reading
}

type condKind uint8

const (
	always condKind = iota
	allOf
	anyOf
	notOf
	inState
	atLeast
	atMost
	equal
	onlyBits
	anyBit
	oneBit
	isNull
	isGiven
	marked
	within
	directly
	withinOn
	outermost
	madeBy
	saidBy
	firstInside
	atEntry
	observed
	leaksCount
	wasAlive
	isType
	sameObject
	known
	lastReference
	reading
	hasChildren
	individual
	heldByOthers
	hasInterface
	bornInside
	passedIn
	asks
	calledAs
	undisturbed
	isDying
	isDead
	balanced
	ofKind
	ofSeveralSessions
	recognised
	noSinks
	handedOutAs
)

func (c Cond) zero() bool { return c.Is == always }

// All holds when every part does.
func All(parts ...Cond) Cond {
	if len(parts) == 1 {
		return parts[0]
	}
	return Cond{Is: allOf, Parts: parts}
}

// Any holds when one of the parts does.
func Any(parts ...Cond) Cond { return Cond{Is: anyOf, Parts: parts} }

// Not turns a condition round.
func Not(c Cond) Cond { return Cond{Is: notOf, Parts: []Cond{c}} }

// In holds when the object is in one of the states.
func (p Path) In(states string) Cond { return Cond{Is: inState, Path: p, Names: states} }

// Marked holds when the mark of that name is set on the object.
func (p Path) Marked(name string) Cond { return Cond{Is: marked, Path: p, Names: name} }

// Is holds when the object belongs to that type of provider.
func (p Path) Is(t ProviderType) Cond { return Cond{Is: isType, Path: p, Typ: t} }

// HasInterface holds when the object was handed out as that interface.
func (p Path) HasInterface(name string) Cond { return Cond{Is: hasInterface, Path: p, Names: name} }

// BornInside holds, at a return, when the object was handed out during the call that returns.
func (p Path) BornInside() Cond { return Cond{Is: bornInside, Path: p} }

// HandedOutAs holds, at a return, when the call has handed the object out in that parameter.
func (p Path) HandedOutAs(param string) Cond { return Cond{Is: handedOutAs, Path: p, Names: param} }

// IsDying holds while the object's last Release runs.
func (p Path) IsDying() Cond { return Cond{Is: isDying, Path: p} }

// BalancedInDeath holds, while the object's last Release runs, when the calls nested in it have taken a reference that they have not given
// back yet.
func (p Path) BalancedInDeath() Cond { return Cond{Is: balanced, Path: p} }

// IsDead holds when the object's last Release has returned.
func (p Path) IsDead() Cond { return Cond{Is: isDead, Path: p} }

// OfSeveralSessions may hold where the object, or one that it was opened through, was handed out in the calls of several sessions; the
// recording does not tell for which of them a reference is held.
func (p Path) OfSeveralSessions() Cond { return Cond{Is: ofSeveralSessions, Path: p} }

// Recognised holds when the call can only be meant for the object known at the address, and not for one that was born there unseen.
func (p Path) Recognised() Cond { return Cond{Is: recognised, Path: p} }

// IsKind holds for objects of a kind.
func (p Path) IsKind(k Kind) Cond { return Cond{Is: ofKind, Path: p, Kind: k} }

// PassedIn holds inside the logon call that the support object was passed to.
func PassedIn(p Path) Cond { return Cond{Is: passedIn, Path: p} }

// Asks holds when QueryInterface is called for the interface.
func Asks(iface string) Cond { return Cond{Is: asks, Names: iface} }

// CalledAs holds when the recording names the method by that interface.
func CalledAs(iface string) Cond { return Cond{Is: calledAs, Names: iface} }

// Undisturbed holds, at a return, when no other thread of the process has begun a call since the call was entered.
var Undisturbed = Cond{Is: undisturbed}

// NoSinks holds when nothing in the process can be called on a thread of MAPI's: no Advise has been seen, and none can have been made unseen.
var NoSinks = Cond{Is: noSinks}

// Never does not hold: where the condition of a guard holds, the rule is broken.
var Never = Not(All())

// Same holds when both paths lead to one object.
func (p Path) Same(q Path) Cond { return Cond{Is: sameObject, Path: p, Other: q} }

// Known holds when the recording tells which object that is.
func (p Path) Known() Cond { return Cond{Is: known, Path: p} }

// LastReference holds when exactly one reference to the object is left.
func (p Path) LastReference() Cond { return Cond{Is: lastReference, Path: p} }

// HasChildren holds when something that was opened through the object still lives.
func (p Path) HasChildren() Cond { return Cond{Is: hasChildren, Path: p} }

// Individual holds when the session is certainly not shared with another client: MAPI_NEW_SESSION without MAPI_ALLOW_OTHERS.
func (p Path) Individual() Cond { return Cond{Is: individual, Path: p} }

// HeldByOthers holds when another client than the one that opened the object first certainly holds it too.
func (p Path) HeldByOthers() Cond { return Cond{Is: heldByOthers, Path: p} }

// Within holds inside a call of one of the operations on the same thread, however deep.
func Within(operations string) Cond { return Cond{Is: within, Names: operations} }

// Directly holds when the innermost enclosing call is one of the operations.
func Directly(operations string) Cond { return Cond{Is: directly, Names: operations} }

// WithinCallOn holds inside a call of one of the operations on that object.
func WithinCallOn(p Path, operations string) Cond {
	return Cond{Is: withinOn, Path: p, Names: operations}
}

// Outermost holds when no other call on the thread encloses this one.
var Outermost = Cond{Is: outermost}

// MadeBy holds when one of the sides made the call.
func MadeBy(s Side) Cond { return Cond{Is: madeBy, Sides: s} }

// SaidBy holds when the recorder believed that one of the sides made the call. It may be wrong: no rule rests on it alone.
func SaidBy(s Side) Cond { return Cond{Is: saidBy, Sides: s} }

// FirstInside holds, at a return, when the first call made inside was of one of the operations.
func FirstInside(operations string) Cond { return Cond{Is: firstInside, Names: operations} }

// AtEntry is what held when the call that now returns was entered.
func AtEntry(c Cond) Cond { return Cond{Is: atEntry, Parts: []Cond{c}} }

// Observed holds when every call of the interface was recorded.
func Observed(iface string) Cond { return Cond{Is: observed, Names: iface} }

// LeaksCount holds when what is left at the end of the process is a leak: no fast shutdown can have come before.
var LeaksCount = Cond{Is: leaksCount}

// WasAlive holds when the pointer handed out was that of a living object before the call.
func WasAlive(param string) Cond { return Cond{Is: wasAlive, Names: param} }

// A Term is a number or a value, as data.
type Term struct {
	Ops   string
	What  termKind
	Path  Path
	Name  string
	Sides Side
	Kind  Kind
	Where *Cond
	N     uint64
	Mask  uint64
	UID   bool // the MAPIUID in it
}

type termKind uint8

const (
	noTerm termKind = iota
	callerArgument
	serial
	constant
	argument
	output
	result
	returned
	references
	counter
	remembered
	population
	offspring
	running
)

// Arg is an argument of the call, by its parameter's name.
func Arg(param string) Term { return Term{What: argument, Name: param} }

// CallerArg is an argument of the enclosing call, if that is one of the operations.
func CallerArg(operations, param string) Term {
	return Term{What: callerArgument, Name: param, Ops: operations}
}

// Serial tells the object from every other one of the trace.
func (p Path) Serial() Term { return Term{What: serial, Path: p} }

// MAPIUID is the identifier in an argument of a call that begins, or in what one that returns has handed back: the 16 bytes behind the flags
// of an entry identifier, or the whole of a text that has no more. It is not given where that is not written in hexadecimal digits.
func (t Term) MAPIUID() Term { t.UID = true; return t }

// Word is a text, to be compared with an argument.
func Word(text string) Term {
	t := N(Value{Kind: TextValue, Text: text}.hash())
	t.Name = text
	return t
}

// Out is what the call handed back in a parameter.
func Out(param string) Term { return Term{What: output, Name: param} }

// Result is the HRESULT of the call.
var Result = Term{What: result}

// Returned is the number that AddRef or Release returned.
var Returned = Term{What: returned}

// N is a number.
func N(n uint64) Term { return Term{What: constant, N: n} }

// References is the number of references that the sides together hold on the object; of all sides when none is named.
func (p Path) References(sides ...Side) Term {
	t := Term{What: references, Path: p}
	for _, s := range sides {
		t.Sides |= s
	}
	return t
}

// Count is a counter of the object.
func (p Path) Count(name string) Term { return Term{What: counter, Path: p, Name: name} }

// Value is a remembered value of the object.
func (p Path) Value(name string) Term { return Term{What: remembered, Path: p, Name: name} }

// Number counts the objects of a kind that belong to the object and for which the condition holds; This is each of them in turn.
func (p Path) Number(k Kind, where Cond) Term {
	return Term{What: population, Path: p, Kind: k, Where: &where}
}

// Opened counts the objects of a kind that were opened through the object itself, or registered with it, and for which the condition holds;
// This is each of them in turn.
func (p Path) Opened(k Kind, where Cond) Term {
	return Term{What: offspring, Path: p, Kind: k, Where: &where}
}

// Running is the number of calls of the operations that have not returned yet in the process, this one included.
func Running(operations string) Term { return Term{What: running, Name: operations} }

// Without takes bits out of a number.
func (t Term) Without(mask uint64) Term { t.Mask |= mask; return t }

// Is compares with a number.
func (t Term) Is(n uint64) Cond { return Cond{Is: equal, Left: t, Right: N(n)} }

// Equals compares two values.
func (t Term) Equals(u Term) Cond { return Cond{Is: equal, Left: t, Right: u} }

// AtLeast compares with a number.
func (t Term) AtLeast(n uint64) Cond { return Cond{Is: atLeast, Left: t, Right: N(n)} }

// AtMost compares with a number.
func (t Term) AtMost(n uint64) Cond { return Cond{Is: atMost, Left: t, Right: N(n)} }

// NotBelow compares two numbers.
func (t Term) NotBelow(u Term) Cond { return Cond{Is: atLeast, Left: t, Right: u} }

// Only holds when no bit outside the mask is set.
func (t Term) Only(mask uint64) Cond { return Cond{Is: onlyBits, Left: t, Right: N(mask)} }

// Has holds when a bit of the mask is set.
func (t Term) Has(mask uint64) Cond { return Cond{Is: anyBit, Left: t, Right: N(mask)} }

// OneOf holds when exactly one bit of the mask is set, and no other bit.
func (t Term) OneOf(mask uint64) Cond { return Cond{Is: oneBit, Left: t, Right: N(mask)} }

// Null holds for a null pointer.
func (t Term) Null() Cond { return Cond{Is: isNull, Left: t} }

// Given holds when the recording has the value.
func (t Term) Given() Cond { return Cond{Is: isGiven, Left: t} }

// Returns compares the HRESULT with one of several.
func Returns(codes ...HResult) Cond {
	var parts []Cond
	for _, c := range codes {
		parts = append(parts, Result.Is(uint64(c)))
	}
	return Any(parts...)
}
