package props

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mapilife/props/sim"
	"mapilife/trace"
)

// Figures of `go test -run xxx -bench . ./props` on two cores of an AMD EPYC, with all rules on and JSON lines of 117 bytes on average; the
// machine is noisy, so that only what was measured in turns compares:
//
//	the whole check, in times of the rate of encoding/json     2.9 to 3.0 on two cores, one of which reads ahead; about 2 on one
//	decode 0.3 µs an event, step 0.7 µs, the whole check 0.6 µs; of a wide walk 1.2 to 1.5 µs
//	memory in use while 1 million events are checked 16 MiB, 20 million 20 MiB
//	each of 500,000 living objects, beyond 32 MiB            195 bytes
//
// Stepping allocates next to nothing: some hundred times in 300,000 events. The last two are held by tests, in memory_test.go.

// recording is a played trace as JSON Lines, and how many lines it has.
func recording(tb testing.TB, threads, sessions, uses int) ([]byte, int) {
	tb.Helper()
	var out bytes.Buffer
	w := trace.NewWriter(&out, trace.JSONNotation)
	rng := rand.New(rand.NewPCG(1, 1))
	lines := 0
	err := sim.Play(sim.Config{Choice: rng.IntN, Threads: threads, Sessions: sessions, Uses: uses, Open: 12}, func(r *trace.Record) error {
		lines++
		return w.Write(r)
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return out.Bytes(), lines
}

// A line is what someone would have encoding/json decode a line of a trace into.
type line struct {
	Seq    *int64         `json:"seq"`
	T      *int64         `json:"t"`
	PID    *int64         `json:"pid"`
	TID    *int64         `json:"tid"`
	ID     *int64         `json:"id"`
	Ret    *int64         `json:"ret"`
	Call   string         `json:"call"`
	On     *string        `json:"on"`
	By     string         `json:"by"`
	Module string         `json:"module"`
	HR     any            `json:"hr"`
	Ref    *int64         `json:"ref"`
	Args   map[string]any `json:"args"`
	Out    map[string]any `json:"out"`
	Event  string         `json:"event"`
	Reason string         `json:"reason"`
}

func perEvent(b *testing.B, events int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkEncodingJSON(b *testing.B) {
	data, n := recording(b, 8, 20, 400)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		decodeWithEncodingJSON(b, data)
	}
	perEvent(b, n)
}

func decodeWithEncodingJSON(b *testing.B, data []byte) {
	b.Helper()
	for rest := data; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		var l line
		if err := json.Unmarshal(rest[:end], &l); err != nil {
			b.Fatal(err)
		}
		rest = rest[end+1:]
	}
}

func BenchmarkDecode(b *testing.B) {
	data, n := recording(b, 8, 20, 400)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var rec trace.Record
	for b.Loop() {
		r := trace.NewReader("bench", bytes.NewReader(data))
		for {
			if err := r.Next(&rec); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	perEvent(b, n)
}

func BenchmarkStep(b *testing.B) {
	data, n := recording(b, 8, 20, 400)
	r := trace.NewReader("bench", bytes.NewReader(data))
	var recs []*trace.Record
	for {
		var rec trace.Record
		if err := r.Next(&rec); err != nil {
			break
		}
		recs = append(recs, rec.Clone())
	}
	c := checker(b)
	b.ReportAllocs()
	for b.Loop() {
		run := c.Start("bench", recs[0].Header)
		for _, rec := range recs[1:] {
			if err := run.Step(rec); err != nil {
				b.Fatal(err)
			}
		}
	}
	perEvent(b, n)
}

func BenchmarkCheck(b *testing.B) {
	data, n := recording(b, 8, 20, 400)
	c := checker(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if r := c.Check("bench", bytes.NewReader(data)); r.Verdict != trace.Conforms {
			b.Fatal(r.Verdict, r.Err)
		}
	}
	perEvent(b, n)
}

// BenchmarkCheckWide checks a walk in which the software does all that any rule speaks of.
func BenchmarkCheckWide(b *testing.B) {
	var out bytes.Buffer
	w := trace.NewWriter(&out, trace.JSONNotation)
	n := 0
	s := sim.Walk(sim.Config{Choice: rand.New(rand.NewPCG(1, 1)).IntN, Failures: true, Wide: true}, 10_000, func(r *trace.Record) error {
		n++
		return w.Write(r)
	})
	if err := errors.Join(s.Err(), w.Close()); err != nil {
		b.Fatal(err)
	}
	c := checker(b)
	b.SetBytes(int64(out.Len()))
	for b.Loop() {
		if r := c.Check("bench", bytes.NewReader(out.Bytes())); r.Verdict != trace.Conforms {
			b.Fatal(r.Verdict, r.Err)
		}
	}
	perEvent(b, n)
}

// BenchmarkCheckAgainstEncodingJSON takes turns, and compares the best turn of each, so that a noisy machine disturbs little. Its figure is
// how many times the rate of default encoding/json the whole check reaches.
func BenchmarkCheckAgainstEncodingJSON(b *testing.B) {
	data, _ := recording(b, 8, 20, 400)
	c := checker(b)
	decoding, checking := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		decodeWithEncodingJSON(b, data)
		between := time.Now()
		if r := c.Check("bench", bytes.NewReader(data)); r.Verdict != trace.Conforms {
			b.Fatal(r.Verdict, r.Err)
		}
		checking = min(checking, time.Since(between))
		decoding = min(decoding, between.Sub(start))
	}
	b.ReportMetric(float64(decoding)/float64(checking), "times")
	b.ReportMetric(0, "ns/op")
}

func checker(tb testing.TB) *trace.Checker {
	tb.Helper()
	c, err := trace.NewChecker(trace.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
