package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCatalogue: every operation has a name of its own, is what a trace's call of that name means, and is found by that name in a pattern.
func TestCatalogue(t *testing.T) {
	names := map[string]bool{}
	for id, o := range ops.ops[1:] {
		name := o.Name()
		require.False(t, names[name], name)
		names[name] = true
		require.Equal(t, OpID(id+1), ops.byName[name])
		require.Equal(t, []OpID{OpID(id + 1)}, slices.DeleteFunc(matchAll(name), func(x OpID) bool {
			return o.Method == "*" && ops.ops[x].Method != "*" // as a pattern it stands for every method
		}), name)
		c := ParseCall(name)
		require.Equal(t, name, c.Name)
		switch {
		case isInstant(name): // an event, and no call
			require.Zero(t, c.op, name)
		case o.Class == SubClass: // all other interfaces share it
			for _, iface := range []string{"IMessage", "IMAPIOther", "IUnknown"} {
				require.Equal(t, OpID(id+1), ParseCall(iface+"::"+o.Method).op, iface+"::"+o.Method)
			}
		case o.Method == "*":
			require.Equal(t, OpID(id+1), ParseCall(classTable[o.Class].name+"::NoSuchMethod").op)
		default:
			require.Equal(t, OpID(id+1), c.op, name)
			require.Equal(t, strings.Contains(name, "::"), c.IsMethod(), name)
			require.Equal(t, o.Class, c.class(), name)
		}
	}
	for class := SessionClass; class < classes; class++ {
		for _, m := range []string{queryInterface, addRef, release} {
			require.True(t, names[classTable[class].name+"::"+m], "%s::%s", class, m)
		}
	}
}

// TestUnknownCalls: every text is a call of something.
func TestUnknownCalls(t *testing.T) {
	for _, name := range []string{"", "::", "HrQueryAllRows", "IMAPISession::", "A::B::C", "event-exit", "event-last-child", "IMAPISup::AddRef"} {
		c := ParseCall(name)
		require.Equal(t, name, c.Name)
		require.Equal(t, strings.Contains(name, "::"), c.IsMethod(), name)
	}
	require.Zero(t, ParseCall("HrQueryAllRows").op)
	require.Equal(t, ParseCall("IMAPISupport::AddRef").op, ParseCall("IMAPISup::AddRef").op, "what the C headers call it")
}

// TestPatterns: what the patterns of the specification stand for.
func TestPatterns(t *testing.T) {
	named := func(pattern string) []string {
		var names []string
		for _, o := range matchAll(pattern) {
			names = append(names, ops.ops[o].Name())
		}
		return names
	}
	require.Equal(t, []string{"IMAPIAdviseSink::*", "IMAPIAdviseSink::OnNotify"}, named("IMAPIAdviseSink::*"))
	require.Equal(t, []string{"IMAPIAdviseSink::*"}, named("IMAPIAdviseSink::* -IMAPIAdviseSink::OnNotify"))
	require.Equal(t, []string{"IABProvider::Shutdown", "IMSProvider::Shutdown", "IXPProvider::Shutdown"}, named("*::Shutdown"))
	require.Equal(t, []string{"ABProviderInit", "MSProviderInit", "XPProviderInit", "MSGServiceEntry"}, named("entry functions -PreprocessMessage -RemovePreprocessInfo"))
	require.Len(t, named("*::Release"), int(classes-SessionClass))
	require.Empty(t, named("IABProvider::Release -*::Release"))
	require.Empty(t, named("IABProviders::*"))
}

// TestParams: the table finds every parameter, under every name that it goes by, and nothing else.
func TestParams(t *testing.T) {
	for i, name := range params {
		if i == 0 {
			require.Empty(t, name, "number 0 is every other name")
			continue
		}
		require.Equal(t, Param(i), ParamOf(name), name)
		require.Equal(t, Param(i), paramOf(name), name)
		require.Equal(t, i, slices.Index(params, name), "%s is there once", name)
		for _, other := range []string{name + "x", "x" + name, strings.ToUpper(name), name[1:], name[:len(name)-1]} {
			if paramNumbers[other] == 0 {
				require.Zero(t, ParamOf(other), other)
			}
		}
		for at := range len(name) { // names with the same hash among them
			for c := byte('!'); c <= '~'; c++ {
				if other := name[:at] + string(c) + name[at+1:]; paramNumbers[other] == 0 {
					require.Zero(t, ParamOf(other), other)
				}
			}
		}
	}
	for name, number := range map[string]string{"lpulFlags": "ulFlags", "lpulConnection": "ulConnection", "lpulObjType": "ulObjType", "riid": "iid"} {
		require.Equal(t, ParamOf(number), ParamOf(name), name)
	}
	for _, name := range []string{"", "ulUIParam", "lplpParam", "x", "lpflFlags"} {
		require.Zero(t, ParamOf(name), name)
	}
	require.PanicsWithValue(t, "model: the specification reads the unknown parameter ulUIParam", func() { paramOf("ulUIParam") })
}

// TestInterfaces: interfaces are found by name and by identifier, in the ways in which recordings write them.
func TestInterfaces(t *testing.T) {
	require.Less(t, len(interfaces), 64, "a set of them is a word")
	for i, x := range interfaces {
		got, ok := interfaceOf(x.Name)
		require.True(t, ok)
		require.Equal(t, uint8(i), got, "%s is there once", x.Name)
		if x.IID == "" {
			continue
		}
		require.Regexp(t, `^[0-9a-f]{32}$`, x.IID, x.Name)
		for _, text := range []string{x.IID, strings.ToUpper(x.IID), x.Name, "IID_" + x.Name} {
			got, ok := interfaceByIID(text)
			require.True(t, ok, text)
			require.Equal(t, uint8(i), got, text)
		}
		for _, from := range strings.Fields(x.From) {
			_, ok := interfaceOf(from)
			require.True(t, ok, "%s is handed out by %s", x.Name, from)
		}
	}
	_, ok := interfaceByIID("")
	require.False(t, ok)
}

// TestResults: a result is printed under the first of its names, and each name stands for one result.
func TestResults(t *testing.T) {
	first := map[HResult]string{}
	for _, r := range resultNames {
		if first[r.value] == "" {
			first[r.value] = r.name
		}
		got, ok := ResultByName(r.name)
		require.True(t, ok)
		require.Equal(t, r.value, got, "%s stands for one result", r.name)
		require.Equal(t, first[r.value], r.value.String())
		require.Equal(t, strings.HasPrefix(r.name, "E_") || strings.HasPrefix(r.name, "MAPI_E_"), r.value.Failed(), r.name)
	}
	for name, value := range map[string]HResult{"S_OK": SOK, "MAPI_E_NO_SUPPORT": MAPI_E_NO_SUPPORT, "MAPI_E_INVALID_OBJECT": MAPI_E_INVALID_OBJECT,
		"MAPI_E_NOT_ENOUGH_RESOURCES": MAPI_E_NOT_ENOUGH_RES, "MAPI_E_VERSION": MAPI_E_VERSION, "MAPI_E_UNCONFIGURED": MAPI_E_UNCONFIGURED,
		"MAPI_E_FAILONEPROVIDER": MAPI_E_FAILONEPROVIDER, "MAPI_E_NOT_INITIALIZED": MAPI_E_NOT_INITIALIZED, "E_NOINTERFACE": E_NOINTERFACE,
		"MAPI_E_NOT_ENOUGH_MEMORY": MAPI_E_NOT_ENOUGH_MEMORY} {
		got, ok := ResultByName(name)
		require.True(t, ok, name)
		require.Equal(t, value, got, name)
	}
	_, ok := ResultByName("MAPI_E_NO_SUCH_THING")
	require.False(t, ok)
	require.Equal(t, "0x8004ffff", HResult(0x8004ffff).String())
	require.Equal(t, "S_OK", SOK.String())
}

// TestTri: the tables of Kleene's logic, and what follows from them.
func TestTri(t *testing.T) {
	all := []Tri{No, Unknown, Yes}
	and := [3][3]Tri{{No, No, No}, {No, Unknown, Unknown}, {No, Unknown, Yes}}
	or := [3][3]Tri{{No, Unknown, Yes}, {Unknown, Unknown, Yes}, {Yes, Yes, Yes}}
	for i, a := range all {
		require.Equal(t, a, a.Not().Not())
		for j, b := range all {
			require.Equal(t, and[i][j], a.And(b))
			require.Equal(t, or[i][j], a.Or(b))
			require.Equal(t, a.And(b).Not(), a.Not().Or(b.Not()))
		}
	}
	require.Equal(t, Unknown, Unknown.Not())
	require.Equal(t, Yes, No.Not())
	require.Equal(t, Yes, triOf(true))
	require.Equal(t, No, triOf(false))
}

// TestNames: what has names is found by them, and no two share one.
func TestNames(t *testing.T) {
	for s := NoSide + 1; s <= System; s <<= 1 {
		got, ok := ParseSide(s.String())
		require.True(t, ok)
		require.Equal(t, s, got)
	}
	require.Equal(t, "client, mapi", (Client | MAPI).String())
	_, ok := ParseSide("nobody")
	require.False(t, ok)
	for _, s := range []Severity{Note, Warning, Error} {
		got, ok := ParseSeverity(s.String())
		require.True(t, ok)
		require.Equal(t, s, got)
	}
	_, ok = ParseSeverity("fatal")
	require.False(t, ok)
	seen := map[string]string{}
	once := func(what string, name fmt.Stringer) {
		require.NotEmpty(t, name.String(), what)
		require.Empty(t, seen[what+" "+name.String()], "%s %s", what, name)
		seen[what+" "+name.String()] = "there"
	}
	for k := NoKind; k < kinds; k++ {
		once("kind", k)
	}
	for p := This; p < paths; p++ {
		once("path", p)
	}
	for v := NotExercised; v <= Violated; v++ {
		once("verdict", v)
	}
	for typ := ABType; typ < providerTypes; typ++ {
		once("type", typ)
	}
	for class := Functions; class < classes; class++ {
		once("class", class)
	}
}

// TestAddresses: numbers are equal however they are written, texts are equal when they are the same, and only zero is a null pointer.
func TestAddresses(t *testing.T) {
	require.Equal(t, ParseAddress("0x55D0"), ParseAddress("0X00055d0"))
	require.NotEqual(t, ParseAddress("0x55d0").Key, ParseAddress("0x55d1").Key)
	require.NotEqual(t, ParseAddress("a").Key, ParseAddress("b").Key)
	require.Equal(t, ParseAddress("0x55g0"), Address{Key: ParseAddress("0x55g0").Key, Text: "0x55g0", Set: true}, "no number, and so a text")
	require.Equal(t, "0x12345678123456789", ParseAddress("0x12345678123456789").Text, "too long for an address")
	for text, null := range map[string]bool{"0x0": true, "0x0000": true, "0": false, "null": false, "": false, "0x": false, "0x1": false} {
		require.Equal(t, null, ParseAddress(text).Null(), text)
	}
	require.False(t, Address{}.Null(), "none is given")
}
