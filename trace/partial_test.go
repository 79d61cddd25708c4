package trace

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mapilife/model"
)

// A view is what a recorder would have seen of a recording: some interfaces, and of one of them perhaps the calls of one side only.
type view struct {
	observes string
	of, by   string // of this interface only the calls by this side
}

// The views of those who record only what is theirs.
var (
	ofClient    = view{observes: "MAPI IMAPISession IMsgStore IAddrBook", of: "IMsgStore", by: "client"}
	ofProvider  = view{observes: "entry IMSProvider IMSLogon IMsgStore IABProvider IABLogon IMAPISupport", of: "IMAPISupport", by: "provider"}
	ofSubsystem = view{observes: "MAPI IMAPISession IMAPISupport IAddrBook module entry IMSProvider IMSLogon IABProvider IABLogon"}
)

func (v view) has(name string) bool { return slices.Contains(strings.Fields(v.observes), name) }

// everything is what the recordings observe.
const everything = "MAPI entry module IMSProvider IMSLogon IMsgStore IABProvider IABLogon IMAPISupport IMAPISession IAddrBook"

// recordings are the records of each recording, the header first.
func recordings(t *testing.T) map[string][]*Record {
	t.Helper()
	files, err := filepath.Glob("testdata/recorded/*.jsonl")
	require.NoError(t, err)
	all := map[string][]*Record{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		r := NewReader(file, bytes.NewReader(data))
		for {
			var rec Record
			if r.Next(&rec) != nil {
				break
			}
			all[strings.TrimSuffix(filepath.Base(file), ".jsonl")] = append(all[strings.TrimSuffix(filepath.Base(file), ".jsonl")], rec.Clone())
		}
		r.Close()
	}
	require.NotEmpty(t, all)
	return all
}

// interfaceOf is the name under which a header lists a call.
func interfaceOf(call string) string {
	iface, _, isMethod := strings.Cut(call, "::")
	switch {
	case isMethod:
		return iface
	case strings.HasSuffix(call, "ProviderInit"), call == "MSGServiceEntry":
		return "entry"
	}
	return "MAPI"
}

// seen is what the view leaves of a recording. Lines stay what they are.
func (v view) seen(records []*Record) []*Record {
	head := *records[0]
	header := *head.Header
	header.Observes = strings.Fields(v.observes)
	header.Partial = slices.DeleteFunc(slices.Clone(header.Partial), func(name string) bool { return !v.has(name) })
	if v.of != "" && !slices.Contains(header.Partial, v.of) {
		header.Partial = append(header.Partial, v.of)
	}
	head.Header = &header
	out := []*Record{&head}
	hidden := map[int64]bool{}
	for _, r := range records[1:] {
		switch r.Kind {
		case CallRecord:
			iface := interfaceOf(string(r.Name))
			hidden[r.ID] = !v.has(iface) || v.of == iface && string(r.By.S) != v.by
			if hidden[r.ID] {
				continue
			}
		case ReturnRecord:
			if hidden[r.ID] {
				continue
			}
		case EventRecord:
			if (string(r.Name) == "load" || string(r.Name) == "unload") && !v.has("module") {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// judge judges records as they are, the header first.
func judgeRecords(t *testing.T, c *Checker, records []*Record) *Result {
	t.Helper()
	run := c.Start("x", records[0].Header)
	for _, r := range records[1:] {
		require.NoError(t, run.Step(r))
	}
	return run.End(nil)
}

// restsOn says which interfaces are enough to show a finding of the recordings: what the calls are that make the fault, and those that show where
// the objects come from.
func restsOn(f *model.Finding, v view) string {
	object, _, _ := strings.Cut(f.Object, " ")
	handedToMAPI := " IMSProvider" // it is MAPI that a logon hands the store to, and that releases it, too
	if v == ofClient {             // which sees nothing of that
		handedToMAPI = ""
	}
	switch f.Rule.ID {
	case "INI-01": // a function without MAPIInitialize before it
		return "MAPI"
	case "SES-14", "SES-15": // from MAPILogonEx through Logoff to what comes, or does not, after it
		return "MAPI IMAPISession"
	case "SES-16", "ADV-07": // what is held, or registered with the store, when the session is logged off
		return "MAPI IMAPISession " + strings.NewReplacer("store", "IMsgStore", "registration", "IMsgStore").Replace(object) + handedToMAPI
	case "STO-14": // what StoreLogoff hands back
		return "IMsgStore" + handedToMAPI
	case "PRV-13": // from the entry point through a logon to the last Release
		return "entry " + object
	case "UID-01": // a logon, and no SetProviderUID in it
		return "IMAPISupport IMSProvider IABProvider"
	case "SUP-07": // a logon makes it a message store provider's support object
		return "IMSProvider IMAPISupport"
	case "STO-05", "STO-06": // a store's logoff, and its provider's calls, or none, of StoreLogoffTransports and Release
		return "IMSProvider IMSLogon IMsgStore IMAPISupport"
	case "REF-02": // the same, from the start of the process, and no fast shutdown
		return "MAPI IMAPISession entry IMSProvider IMsgStore IMAPISupport"
	}
	return "what nobody thought of: " + f.Rule.ID
}

// same tells whether a finding is one of the whole recording. It may come later, where that shows only then, be less severe, where it does not show
// how bad it is, and be of a rule that the whole recording shows to be broken as well.
func same(f, whole *model.Finding) bool {
	return (f.Rule == whole.Rule || slices.Contains(whole.Implied, f.Rule.ID)) && f.Party == whole.Party && f.Object == whole.Object &&
		f.Line >= whole.Line && f.Severity <= whole.Severity
}

func isAmong(f *model.Finding, list []model.Finding, is func(f, g *model.Finding) bool) bool {
	return slices.ContainsFunc(list, func(g model.Finding) bool { return is(f, &g) })
}

// TestViews hides interfaces from the recordings: all but one, all but two, one, two, and what the client, the providers and the subsystem can not
// see; and what is left where only what MAPI answers is seen. No finding comes by that, and a finding stays as long as what it rests on is seen; in the
// views of one side no other is left.
func TestViews(t *testing.T) {
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	all := strings.Fields(everything)
	exact := []view{ofClient, ofProvider, ofSubsystem, {observes: "MAPI IMAPISession IMAPISupport IAddrBook module"}}
	views := slices.Clone(exact)
	for i, one := range all {
		views = append(views, view{observes: one}, view{observes: strings.Join(slices.Delete(slices.Clone(all), i, i+1), " ")})
		for j := i + 1; j < len(all); j++ {
			less := slices.Delete(slices.Clone(all), j, j+1)
			views = append(views, view{observes: one + " " + all[j]}, view{observes: strings.Join(slices.Delete(less, i, i+1), " ")})
		}
	}
	left := map[view]int{}
	for name, records := range recordings(t) {
		whole := judgeRecords(t, c, records)
		for _, v := range views {
			got := judgeRecords(t, c, v.seen(records)).Findings
			for i := range got {
				if !isAmong(&got[i], whole.Findings, same) {
					t.Errorf("%s, where %s are seen: %s is new", name, v.observes, told(&got[i]))
				}
			}
			for i := range whole.Findings {
				f := &whole.Findings[i]
				shown := !slices.ContainsFunc(strings.Fields(restsOn(f, v)), func(iface string) bool { return !v.has(iface) })
				found := isAmong(f, got, func(f, g *model.Finding) bool { return same(g, f) })
				if shown != found && (shown || slices.Contains(exact, v)) {
					t.Errorf("%s, where %s are seen: %s is found: %v", name, v.observes, told(f), found)
				}
				if found {
					left[v]++
				}
			}
		}
	}
	for _, v := range exact {
		require.NotZero(t, left[v], v.observes)
	}
}

func told(f *model.Finding) string {
	return fmt.Sprintf("%d %s %s %s of %s", f.Line, f.Rule.ID, f.Severity, f.Party, f.Object)
}

// TestOwnRecordings: what somebody learns who has recorded what is his and nothing else, such as the developer of a provider its methods and his
// calls on the support object.
func TestOwnRecordings(t *testing.T) {
	c, err := NewChecker(Options{Explain: true})
	require.NoError(t, err)
	all := recordings(t)
	for whose, v := range map[string]view{"client": ofClient, "provider": ofProvider, "subsystem": ofSubsystem} {
		files, err := filepath.Glob("testdata/recorded/*." + whose + ".want")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			name, _, _ := strings.Cut(filepath.Base(file), ".")
			t.Run(name+" of the "+whose, func(t *testing.T) {
				want := readWant(t, file)
				r := judgeRecords(t, c, v.seen(all[name]))
				got := r.Told()
				slices.Sort(got)
				require.Equal(t, want.findings, got)
				broken := map[string]bool{}
				for _, f := range r.Findings {
					broken[f.Rule.ID] = true
				}
				for _, v := range r.Rules {
					switch verdict := want.verdicts[v.Rule.ID]; {
					case verdict != "":
						if verdict != v.Verdict.String() {
							t.Errorf("%s is %s, not %s: %s", v.Rule.ID, v.Verdict, verdict, v.Why.Text)
						}
					case v.Verdict == model.Held, v.Verdict == model.Violated && !broken[v.Rule.ID]:
						t.Errorf("%s is judged, and not listed: %s", v.Rule.ID, v.Why.Text)
					}
				}
			})
		}
	}
}

// TestPartsOfRecordings: a recording that begins late, that is cut off, or that has a gap shows nothing that the whole one does not, wherever that is;
// and what is shown before a cut is found.
func TestPartsOfRecordings(t *testing.T) {
	c, err := NewChecker(Options{})
	require.NoError(t, err)
	gap := &Record{Kind: EventRecord, Name: []byte("gap")}
	found := map[string]int{}
	for name, records := range recordings(t) {
		step := max(1, len(records)/20) // of long ones only some
		whole := judgeRecords(t, c, records)
		judge := func(kind string, at int, part ...[]*Record) []model.Finding {
			got := judgeRecords(t, c, slices.Concat(part...)).Findings
			for i := range got {
				if !isAmong(&got[i], whole.Findings, same) {
					t.Errorf("%s, %s at line %d: %s is new", name, kind, records[at].Line, told(&got[i]))
				}
			}
			found[kind] += len(got)
			return got
		}
		for at := 1; at < len(records); at += step {
			judge("late", at, records[:1], []*Record{gap}, records[at:])
			got := judge("cut off", at, records[:at])
			for i := range whole.Findings {
				f := &whole.Findings[i]
				later := f.Rule.ID == "SES-16" && strings.HasPrefix(f.Object, "IMAPIFolder") // its Release, later, shows that it was held
				if f.Line < records[at].Line && !later && !isAmong(f, got, func(f, g *model.Finding) bool { return same(g, f) }) {
					t.Errorf("%s, cut off at line %d: %s is not found", name, records[at].Line, told(f))
				}
			}
			for to := at + step; to < len(records); to += 6 * step {
				judge("gapped", at, records[:at], []*Record{gap}, records[to:])
			}
		}
	}
	for _, kind := range []string{"late", "cut off", "gapped"} {
		require.NotZero(t, found[kind], "no %s recording shows anything", kind)
	}
}
