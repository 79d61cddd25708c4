package sim

import (
	"strconv"

	"mapilife/trace"
)

// This file records calls.

// An arg is an argument or an out parameter.
type arg struct {
	name string
	kind trace.ValueKind
	n    uint64
	s    string
}

func number(name string, n int) arg { return arg{name: name, kind: trace.Number, n: uint64(n)} }
func text(name, s string) arg       { return arg{name: name, kind: trace.String, s: s} }
func null(name string) arg          { return arg{name: name, kind: trace.Null} }

// pointer is a pointer to an object, null for none.
func pointer(name string, o *object) arg {
	if o == nil {
		return null(name)
	}
	return number(name, int(o.address))
}

// A result is what a call returns.
type result uint32

// The results that are returned.
const (
	ok                  result = 0
	wErrorsReturned     result = 0x00040380
	eFail               result = 0x80004005
	eNoInterface        result = 0x80004002
	eOutOfMemory        result = 0x8007000e
	eNoSupport          result = 0x80040102
	eInvalidObject      result = 0x80040108
	eNotFound           result = 0x8004010f
	eVersion            result = 0x80040110
	eLogonFailed        result = 0x80040111
	eTimeout            result = 0x80040401
	eNoRecipients       result = 0x80040607
	eUserCancel         result = 0x80040113
	eNetworkError       result = 0x80040115
	eUnconfigured       result = 0x8004011c
	eFailOneProvider    result = 0x8004011d
	eUnknownCPID        result = 0x8004011e
	eUnknownLCID        result = 0x8004011f
	ePasswordChange     result = 0x80040120 // MAPI_E_PASSWORD_CHANGE_REQUIRED, and what follows it
	ePasswordExpired    result = 0x80040121
	eInvalidWorkstation result = 0x80040122
	eInvalidTime        result = 0x80040123
	eAccountDisabled    result = 0x80040124
	eUnknownEntryID     result = 0x80040201
	eNotInitialized     result = 0x80040605
	eSessionLimit       result = 0x80040112
	severityFailed      result = 0x80000000
	facilityOfResults          = 10 // characters of one, as text
)

func (r result) failed() bool { return r&severityFailed != 0 }

// enter records the beginning of a call. What it returns is for leave, void or counted, which record its end.
func (t *thread) enter(by, name string, on *object, args ...arg) int64 {
	return t.entry(by, name, on, "", args...)
}

// entry records the beginning of a call of a DLL's entry point.
func (t *thread) entry(by, name string, on *object, module string, args ...arg) int64 {
	t.p.ids++
	t.buf = t.buf[:0]
	t.rec = trace.Record{Kind: trace.CallRecord, TID: trace.Integer{N: t.id, Set: true}, ID: t.p.ids, Name: t.put(name),
		By: trace.Text{S: t.put(by), Set: true}, Args: t.members(args), HasArgs: len(args) > 0}
	if module != "" {
		t.rec.Module = trace.Text{S: t.put(module), Set: true}
	}
	if on != nil {
		t.rec.On = trace.Text{S: t.hex(on.address), Set: true}
	}
	id := t.p.ids
	t.open = append(t.open, id)
	if f := t.p.fault; f != nil {
		f.watch(t.p.line+1, name, on, id, false)
	}
	t.emit()
	return id
}

// leave records the return of a call, with its result and what it hands back.
func (t *thread) leave(id int64, hr result, out ...arg) {
	t.back(id, out)
	n := len(t.buf)
	t.buf = append(t.buf, "0x00000000"...)
	for i := range 8 {
		t.buf[n+9-i] = "0123456789abcdef"[hr>>(4*i)&15]
	}
	t.rec.HR = trace.Value{Kind: trace.String, S: t.buf[n:]}
	t.emit()
}

// void records the return of a call that has no result.
func (t *thread) void(id int64) {
	t.back(id, nil)
	t.emit()
}

// counted records the return of AddRef or Release.
func (t *thread) counted(id int64, n int) {
	t.back(id, nil)
	t.rec.Ref = trace.Integer{N: int64(n), Set: true}
	t.emit()
}

func (t *thread) back(id int64, out []arg) {
	t.open = t.open[:len(t.open)-1]
	if f := t.p.fault; f != nil {
		f.watch(t.p.line+1, "", nil, id, true)
	}
	t.buf = t.buf[:0]
	t.rec = trace.Record{Kind: trace.ReturnRecord, TID: trace.Integer{N: t.id, Set: true}, ID: id, Args: t.members(out), HasArgs: len(out) > 0}
}

// event records something that is no call.
func (t *thread) event(name string, module string) {
	t.buf = t.buf[:0]
	t.rec = trace.Record{Kind: trace.EventRecord, TID: trace.Integer{N: t.id, Set: true}, Name: t.put(name)}
	if module != "" {
		t.rec.Module = trace.Text{S: t.put(module), Set: true}
	}
	if f := t.p.fault; f != nil {
		f.watch(t.p.line+1, name, nil, 0, false)
	}
	t.emit()
}

func (t *thread) emit() {
	t.p.record(&t.rec)
	t.pause()
}

// put keeps a text until the thread's next record.
func (t *thread) put(s string) []byte {
	n := len(t.buf)
	t.buf = append(t.buf, s...)
	return t.buf[n:len(t.buf):len(t.buf)]
}

func (t *thread) hex(v uint64) []byte {
	n := len(t.buf)
	t.buf = strconv.AppendUint(append(t.buf, "0x"...), v, 16)
	return t.buf[n:len(t.buf):len(t.buf)]
}

func (t *thread) members(args []arg) []trace.Member {
	t.args = t.args[:0]
	for i := range args {
		a := &args[i]
		v := trace.Value{Kind: a.kind}
		switch a.kind {
		case trace.Number:
			v = trace.Value{Kind: trace.String, S: t.hex(a.n)}
		case trace.String:
			v.S = t.put(a.s)
		}
		t.args = append(t.args, trace.Member{Name: t.put(a.name), Value: v})
	}
	return t.args
}

// leaf records a call in which nothing happens that is recorded.
func (t *thread) leaf(by, name string, on *object, hr result, args ...arg) {
	t.leave(t.enter(by, name, on, args...), hr)
}

// hex is an address, or another number, as traces have it.
func hex(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }
