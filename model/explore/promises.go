package explore

import (
	"fmt"
	"slices"
	"strings"

	"mapilife/model"
)

// A Promise is what all states together are to keep.
type Promise struct {
	Name string
	Says string

	always []model.Invariant         // in every state
	atEnd  func(*model.World) string // where the process can end: what contradicts it
}

// The promises that are no invariants.
const (
	ends    = "ends"
	nothing = "nothing is held"
	kept    = "bookkeeping"
)

// late are the lawful invariants that the rules enforce at the end of the process only, and why.
var late = map[string]string{
	"support for a logon": "a provider whose logon has failed may give the support object back as long as the process lives",
}

// Promises are all of them: the model's lawful invariants but those that the rules enforce late, its bookkeeping, and what only a whole
// exploration can tell.
func Promises() []Promise {
	var list []Promise
	for _, i := range model.Lawful {
		if late[i.Name] == "" {
			list = append(list, Promise{Name: i.Name, Says: i.Says, always: []model.Invariant{i}})
		}
	}
	return append(list,
		Promise{Name: kept, Says: "The interpreter's own accounts are in order.", always: model.Bookkeeping},
		Promise{Name: nothing, Says: "Where the process ends and no rule is broken, no client holds anything.", atEnd: held},
		Promise{Name: ends, Says: "From every state a way leads to an end at which no rule is broken."})
}

// held names what a client still holds in a world.
func held(w *model.World) string {
	var list []string
	for _, k := range w.Census() {
		if k.Address != 0 && k.Client[0] > 0 {
			list = append(list, fmt.Sprintf("%s at %#x", k.Kind, k.Address))
		}
	}
	return strings.Join(list, ", ")
}

// PromiseNames lists the promises by name.
func PromiseNames() []string {
	var list []string
	for _, p := range Promises() {
		list = append(list, p.Name)
	}
	return list
}

// PromiseByName finds a promise.
func PromiseByName(name string) (Promise, bool) {
	all := Promises()
	n := slices.IndexFunc(all, func(p Promise) bool { return p.Name == name })
	if n < 0 {
		return Promise{}, false
	}
	return all[n], true
}
