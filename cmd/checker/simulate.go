package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mapilife/model"
	"mapilife/props/sim"
	"mapilife/trace"
)

// simulation is what 'checker simulate' plays.
type simulation struct {
	seed                     uint64
	clients, sessions, steps int
	failures, wide           bool
	fault                    string
	set                      []string
}

// triedSeeds is after how many walks a fault that has not come up is given up.
const triedSeeds = 40_000

func simulateCommand() *cobra.Command {
	var s simulation
	var to, output string
	var faults bool
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Write the trace of a simulated subsystem, right or with one fault",
		Long: `Write the trace of a MAPI subsystem in memory, with clients, providers and a spooler that keep to the reference pages, or do one thing
wrong. The same flags write the same trace. Without --fault and --wide every client is a thread, and all go on at once. With them one thing
happens after the other. With --fault the seed is the first, from the given one on, with which it comes to the fault, and the header's
note says where that is.`,
		Example: `  checker simulate --seed 7 --clients 2 | checker check -
  checker simulate --fault client-logs-off-twice --output twice.trace
  checker simulate --faults`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if faults {
				return listFaults(cmd.OutOrStdout())
			}
			if to != "json" && to != "text" {
				return fmt.Errorf("there is no notation %q: write json or text", to)
			}
			var played bytes.Buffer
			if err := s.play(&played, map[string]trace.Notation{"json": trace.JSONNotation, "text": trace.TextNotation}[to]); err != nil {
				return err
			}
			write := func(w io.Writer) error { _, err := played.WriteTo(w); return err }
			if output == "" || output == "-" {
				return write(cmd.OutOrStdout())
			}
			return replace(output, write)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&s.seed, "seed", 1, "which of the many traces")
	f.IntVar(&s.clients, "clients", 2, "client threads, 1 to 100")
	f.IntVar(&s.sessions, "sessions", 2, "sessions of each client, one after the other, 1 to 1000; not with --fault or --wide")
	f.IntVar(&s.steps, "steps", 40, "about how much is done, 1 to 1000000: in a session, or with --fault or --wide in all")
	f.BoolVar(&s.failures, "failures", false, "let calls fail now and then")
	f.BoolVar(&s.wide, "wide", false, "do more than ordinary recordings have, one thing after the other: notifications, profiles, registries, buffers")
	f.StringVar(&s.fault, "fault", "", "what goes wrong, once: a name that --faults lists")
	f.StringArrayVar(&s.set, "set", nil, "have the software follow one reading of a conflict, as SWITCH=READING; else it may follow any")
	f.BoolVar(&faults, "faults", false, "list the faults, with the rule that each breaks and who does it")
	f.StringVar(&to, "to", "text", "json or text")
	f.StringVarP(&output, "output", "o", "", "write to this file instead of the standard output")
	var names []string
	for _, x := range sim.Faults {
		names = append(names, x.Name)
	}
	for flag, words := range map[string][]string{"to": {"json", "text"}, "fault": names} {
		if err := cmd.RegisterFlagCompletionFunc(flag, completes(words...)); err != nil {
			panic(err) // a flag that does not exist
		}
	}
	return cmd
}

func listFaults(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, x := range sim.Faults {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.Name, x.Rule, x.Party, x.Says)
	}
	return w.Flush()
}

// check refuses what can not be played.
func (s *simulation) check() error {
	for _, n := range []struct {
		flag       string
		is, lo, hi int
	}{{"clients", s.clients, 1, 100}, {"sessions", s.sessions, 1, 1000}, {"steps", s.steps, 1, 1_000_000}} {
		if n.is < n.lo || n.is > n.hi {
			return fmt.Errorf("--%s is %d: write %d to %d", n.flag, n.is, n.lo, n.hi)
		}
	}
	return nil
}

// play writes the trace.
func (s *simulation) play(out io.Writer, notation trace.Notation) error {
	if err := s.check(); err != nil {
		return err
	}
	config := sim.Config{Readings: map[string]string{}, Failures: s.failures, Wide: s.wide, Threads: s.clients, Sessions: s.sessions, Uses: s.steps, Open: 3}
	for _, set := range s.set {
		if _, err := model.Lenient().With(set); err != nil {
			return err
		}
		name, value, _ := strings.Cut(set, "=")
		config.Readings[name] = value
	}
	if s.fault == "" {
		config.Choice = rand.New(rand.NewPCG(1, s.seed)).IntN
		w := trace.NewWriter(out, notation)
		play := sim.Play
		if s.wide {
			play = func(c sim.Config, emit func(*trace.Record) error) error { return sim.Walk(c, s.steps, emit).Err() }
		}
		if err := play(config, w.Write); err != nil {
			return err
		}
		return w.Close()
	}
	return s.playFault(config, out, notation)
}

// playFault looks for a walk that comes to the fault, and writes it.
func (s *simulation) playFault(config sim.Config, out io.Writer, notation trace.Notation) error {
	n := slices.IndexFunc(sim.Faults, func(x sim.Fault) bool { return x.Name == s.fault })
	if n < 0 {
		return fmt.Errorf("there is no fault %q: see 'checker simulate --faults'", s.fault)
	}
	x := sim.Faults[n]
	judge := ""
	for _, name := range slices.Sorted(maps.Keys(x.Readings)) {
		value := x.Readings[name]
		judge += fmt.Sprintf(" --set %s=%s", name, value)
		if set, fixed := config.Readings[name]; fixed && set != value {
			return fmt.Errorf("%s is no fault with --set %s=%s: leave that away", x.Name, name, set)
		}
		config.Readings[name] = value
	}
	config.Fault, config.Apart, config.Failures = x.Name, true, config.Failures || x.Failures
	config.Wide = config.Wide || x.Wide
	for seed := s.seed; seed-s.seed < triedSeeds; seed++ {
		config.Choice = rand.New(rand.NewPCG(1, seed)).IntN
		var list []*trace.Record
		walk := sim.Walk(config, s.steps, func(r *trace.Record) error {
			list = append(list, r.Clone())
			return nil
		})
		if walk.Fault() == 0 {
			continue
		}
		header := *list[0].Header
		note := fmt.Sprintf("%s: %s; the record with seq %d breaks %s, owed by %s (seed %d)", x.Name, x.Says, walk.Fault(), x.Rule, x.Party, seed)
		if judge != "" {
			note += "; judge it with" + judge
		}
		header.Note = &note
		list[0].Header = &header
		w := trace.NewWriter(out, notation)
		for _, r := range list {
			if err := w.Write(r); err != nil {
				return err
			}
		}
		return w.Close()
	}
	return fmt.Errorf("in %d walks of %d steps it does not come to the fault: allow more --steps", triedSeeds, s.steps)
}
