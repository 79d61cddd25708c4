package props

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

// readings draws how switches stand: mostly not at all, so that the software may do what any reading allows.
func readings(t *rapid.T) map[string]string {
	set := map[string]string{}
	for _, s := range model.Switches {
		if n := rapid.IntRange(0, 2*len(s.Readings)).Draw(t, s.Name); n > len(s.Readings) {
			set[s.Name] = s.Readings[n-len(s.Readings)-1]
		}
	}
	return set
}

// A session of the simulated software, which rapid drives action by action, and what the checker makes of it.
type driven struct {
	*walk
	*sim.Sim
	checker *trace.Checker
	look    func(*driven, *trace.Record) // after each record
}

// drive makes a simulation under drawn readings, and a checker under the same.
func drive(t *rapid.T, apart, wide bool) *driven {
	set := readings(t)
	c, err := trace.NewChecker(trace.Options{Profile: profileOf(t, set)})
	if err != nil {
		t.Fatal(err)
	}
	d := &driven{checker: c}
	config := sim.Config{Choice: tape(t, 200), Readings: set, Failures: rapid.Bool().Draw(t, "calls fail"), Apart: apart, Wide: wide}
	d.Sim = sim.New(config, func(r *trace.Record) error {
		if r.Kind == trace.HeaderRecord {
			d.walk = begin(c, r.Header)
			return nil
		}
		if err := d.step(r); err != nil {
			return err
		}
		if d.look != nil {
			d.look(d, r)
		}
		return nil
	})
	return d
}

// repeat has the software do what is drawn, and looks after each action.
func (d *driven) repeat(t *rapid.T, look func(t *rapid.T)) {
	actions := map[string]func(*rapid.T){"": look}
	for _, a := range d.Actions() {
		actions[a.Name] = func(t *rapid.T) {
			d.On(rapid.IntRange(0, 1).Draw(t, "thread"), a)
			d.sound(t)
		}
	}
	t.Repeat(actions)
}

func (d *driven) sound(t *rapid.T) {
	if err := d.Err(); err != nil {
		t.Fatal(err)
	}
}

// empty tells what a simulated process has left.
func empty(s sim.Snapshot) string {
	if s.Initialised == 0 && len(s.Threads)+len(s.Modules)+s.Sessions+len(s.Objects)+len(s.UIDs)+len(s.Rows)+s.Advised == 0 {
		return ""
	}
	return fmt.Sprintf("%+v", s)
}

// TestPropOrderlyEnd: whatever the software has done before, it can be ended in good order within a bound; then every count is zero, every
// MAPIUID and row is gone, every DLL is freed and nothing lives, for the software itself and for the checker, which has found nothing. The
// checker's counts have been the software's all the time.
func TestPropOrderlyEnd(t *testing.T) { rapid.Check(t, orderlyEnd(false)) }

func orderlyEnd(wide bool) func(*rapid.T) {
	return func(t *rapid.T) {
		d := drive(t, rapid.Bool().Draw(t, "objects are told apart"), wide)
		defer d.tellOf(t)
		d.repeat(t, func(t *rapid.T) {
			d.inOrder(t)
			d.sameCounts(t)
		})
		fast := d.FastShutdown()
		before, left := d.Line(), d.Snapshot()
		d.Close()
		d.sound(t)
		if !fast {
			if bound := int64(20 + 40*(len(left.Objects)+left.Initialised+left.Advised)); d.Line()-before > bound {
				t.Fatalf("it takes %d records to end %d objects: more than %d", d.Line()-before, len(left.Objects), bound)
			}
			if rest := empty(d.Snapshot()); rest != "" {
				t.Fatalf("the software has left %s", rest)
			}
			if alive := d.run.World().Alive(); len(alive) > 0 && !wide { // wide walks have objects of interfaces that it does not follow
				t.Fatalf("for the checker there are still:\n%s", strings.Join(alive, "\n"))
			}
		}
		d.Exit("exit")
		d.sound(t)
		if r := d.run.End(nil); r.Verdict != trace.Conforms && r.Verdict != trace.Unjudged || len(r.Findings) > 0 {
			t.Fatalf("%s: %v\n%s", r.Verdict, r.Err, told(r.Findings))
		}
	}
}

// sameCounts compares the references that the software holds with those that the checker counts.
func (d *driven) sameCounts(t *rapid.T) {
	known := map[uint64]model.Known{}
	for _, k := range d.run.World().Census() {
		if k.Total[0] > 0 || known[k.Address].Total[0] == 0 {
			known[k.Address] = k
		}
	}
	within := func(n int, b [2]int32) bool { return b[0] <= int32(n) && int32(n) <= b[1] }
	for _, o := range d.Snapshot().Objects {
		if o.Interface == "IMAPIAdviseSink" { // whose maker held it before it was seen: how often is not known
			continue
		}
		address, err := strconv.ParseUint(strings.TrimPrefix(o.Address, "0x"), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum := o.Client + o.MAPI + o.Provider
		k, ok := known[address]
		if sum == 0 && !ok {
			continue // kept alive by what was opened through it, or not handed out yet
		}
		if !ok || !within(sum, k.Total) || !within(o.Client, k.Client) || !within(o.MAPI, k.MAPI) || !within(o.Provider, k.Provider) {
			t.Fatalf("%s %s is held %d times by clients, %d by MAPI, %d by providers; the checker counts %+v", o.Interface, o.Address, o.Client, o.MAPI, o.Provider, k)
		}
	}
}

// TestPropPrefix: every beginning of a legal walk conforms, or shows nothing: what is still owed is open.
func TestPropPrefix(t *testing.T) { rapid.Check(t, prefixes(false)) }

func prefixes(wide bool) func(*rapid.T) {
	return func(t *rapid.T) {
		d := drive(t, false, wide)
		defer d.tellOf(t)
		d.repeat(t, func(*rapid.T) {})
		d.End()
		d.sound(t)
		for range 3 {
			n := rapid.IntRange(min(1, len(d.records)), len(d.records)).Draw(t, "records")
			if r := d.again(t, d.header, d.records[:n]); len(r.Findings) > 0 || r.Err != nil && !strings.HasPrefix(r.Err.Text, "no judgement") {
				t.Fatalf("%d records: %v\n%s", n, r.Err, told(r.Findings))
			}
		}
	}
}

// again has other records judged by the same checker. What can not follow is left out.
func (d *driven) again(t *rapid.T, h *trace.Header, records []*trace.Record) *trace.Result {
	w := begin(d.checker, h)
	for _, r := range records {
		_ = w.step(r.Clone())
	}
	return w.run.End(nil)
}

// blinded draws what is left of a recording: some interfaces hidden, a beginning or an end cut off, some of it dropped behind a gap.
func blinded(t *rapid.T, h *trace.Header, records []*trace.Record) (*trace.Header, []*trace.Record) {
	less := *h
	hidden := rapid.SliceOfDistinct(rapid.SampledFrom(h.Observes), rapid.ID[string]).Draw(t, "hidden")
	if slices.Contains(hidden, "MAPI") {
		hidden = append(hidden, "buffers") // which are seen in its functions only
	}
	less.Observes = slices.DeleteFunc(slices.Clone(h.Observes), func(name string) bool { return slices.Contains(hidden, name) })
	from, to := 0, len(records)
	if rapid.Bool().Draw(t, "starts late") {
		from = rapid.IntRange(0, len(records)).Draw(t, "from")
	}
	if rapid.Bool().Draw(t, "is cut off") {
		to = rapid.IntRange(from, len(records)).Draw(t, "to")
	}
	gapFrom, gapTo := to, to
	if rapid.Bool().Draw(t, "has a gap") {
		gapFrom = rapid.IntRange(from, to).Draw(t, "gap from")
		gapTo = rapid.IntRange(gapFrom, to).Draw(t, "gap to")
	}
	gap := func() *trace.Record { return &trace.Record{Kind: trace.EventRecord, Name: []byte("gap")} }
	var left []*trace.Record
	if from > 0 {
		left = append(left, gap())
	}
	hide := hider{hidden, map[int64]bool{}}
	for n, r := range records[from:to] {
		if at := from + n; gapFrom <= at && at < gapTo {
			if at == gapFrom {
				left = append(left, gap())
				clear(hide.gone)
			}
			continue
		}
		if !hide.hides(r) {
			left = append(left, r)
		}
	}
	return &less, left
}

// A hider leaves out what a recording that does not observe some interfaces lacks.
type hider struct {
	hidden []string
	gone   map[int64]bool // the calls that it has left out
}

func (h *hider) hides(r *trace.Record) bool {
	switch r.Kind {
	case trace.CallRecord:
		if seen(string(r.Name), r.Module.Set, h.hidden) {
			return false
		}
		h.gone[r.ID] = true
		return true
	case trace.ReturnRecord:
		was := h.gone[r.ID]
		delete(h.gone, r.ID)
		return was
	}
	name := string(r.Name)
	return (name == "load" || name == "unload") && slices.Contains(h.hidden, "module")
}

// seen tells whether a call is recorded when some interfaces are hidden.
func seen(call string, entry bool, hidden []string) bool {
	return !slices.Contains(hidden, group(call, entry))
}

// group is the interface, or the group of functions, that a call belongs to.
func group(call string, entry bool) string {
	name, _, method := strings.Cut(call, "::")
	switch {
	case method:
		return name
	case call == "DllMain":
		return "module"
	case entry || strings.HasSuffix(call, "ProviderInit") || call == "MSGServiceEntry":
		return "entry"
	case strings.HasPrefix(call, "Ole"), strings.HasPrefix(call, "Co"):
		return "OLE"
	case strings.HasPrefix(call, "OpenTnef"), call == "UlRelease":
		return "utility"
	case call == "CallerRelease":
		return "callback"
	case strings.HasSuffix(call, "StatusRow"), strings.HasSuffix(call, "ProviderUID"):
		return "registry"
	}
	return "MAPI"
}

// TestPropBlinded: hiding interfaces, cutting the recording anywhere and dropping records behind a gap never makes the checker accuse
// anybody; and as far as it still knows an object, it does not exclude what the whole recording shows.
func TestPropBlinded(t *testing.T) { rapid.Check(t, blindedWalk(false)) }

func blindedWalk(wide bool) func(*rapid.T) {
	return func(t *rapid.T) {
		d := drive(t, false, wide)
		defer d.tellOf(t)
		d.repeat(t, func(*rapid.T) {})
		d.End()
		d.sound(t)
		if r := d.run.End(nil); len(r.Findings) > 0 {
			t.Fatalf("the whole recording does not conform:\n%s", told(r.Findings))
		}
		h, left := blinded(t, d.header, d.records)
		whole, part := begin(d.checker, d.header), begin(d.checker, h)
		n := 0
		step := func() {
			_ = part.step(left[n].Clone()) // what can not follow is left out
			n++
		}
		for _, r := range d.records {
			d.must(t, whole.step(r.Clone()))
			for n < len(left) && left[n] != r && string(left[n].Name) == "gap" {
				step()
			}
			if n == len(left) || left[n] != r {
				continue
			}
			step()
			if r.Kind == trace.CallRecord && r.On.Set {
				if lost := excluded(whole, part, r); lost != "" {
					t.Fatalf("of a conforming recording there is left\n%s\nwhich at its end excludes that %s", part, lost)
				}
			}
		}
		if r := part.run.End(nil); len(r.Findings) > 0 {
			t.Fatalf("of a conforming recording there is left\n%s\nin which is found\n%s", part, told(r.Findings))
		}
	}
}

func (d *driven) must(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// on is what is known about the living object that a call is made on, if there is one: the youngest at the address, where an older one is
// not known to be dead.
func (w *walk) on(r *trace.Record) (known model.Known, ok bool) {
	address := model.ParseAddress(string(r.On.S)).Key
	for _, k := range w.run.World().Census() {
		if k.Address == address && k.Kind != model.UIDObject && k.Kind != model.RowObject && k.Kind != model.AdviseObject && k.Serial >= known.Serial {
			known, ok = k, true
		}
	}
	return known, ok
}

// excluded tells a state that an object may be in by the whole of a recording, and not by what is left of it.
func excluded(whole, part *walk, r *trace.Record) string {
	all, known := whole.on(r)
	some, left := part.on(r)
	if !known || !left || all.Kind != some.Kind || all.Type != some.Type {
		return ""
	}
	for life, states := range all.States {
		if len(states) > 1 { // nor does the whole one show it
			continue
		}
		for _, s := range states {
			if !slices.Contains(some.States[life], s) {
				return fmt.Sprintf("%s %#x is %s: it knows of %v", life, all.Address, s, some.States[life])
			}
		}
	}
	return ""
}

// TestPropWideWalks: the same holds of wide walks, with what ordinary recordings lack.
func TestPropWideWalks(t *testing.T) {
	t.Run("orderly end", rapid.MakeCheck(orderlyEnd(true)))
	t.Run("prefixes", rapid.MakeCheck(prefixes(true)))
	t.Run("blinded", rapid.MakeCheck(blindedWalk(true)))
}
