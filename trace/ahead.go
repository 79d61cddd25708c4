package trace

// A long trace is read on one core while it is judged on another.

// A batch is some records, read ahead, and the error behind them, if there is one.
type batch struct {
	records []Record
	bytes   []byte
	err     error
}

const (
	aheadAfter   = 4096 // records that are judged as they are read: more are worth another goroutine
	batchRecords = 512
	batches      = 4 // bounds what is read ahead
)

// fill reads the next records.
func (b *batch) fill(r *Reader, rec *Record) {
	b.bytes, b.err = b.bytes[:0], nil
	keep := func(s []byte) []byte {
		if s == nil {
			return nil
		}
		from := len(b.bytes)
		b.bytes = append(b.bytes, s...)
		return b.bytes[from:len(b.bytes):len(b.bytes)]
	}
	n := 0
	for ; n < batchRecords; n++ {
		if b.err = r.Next(rec); b.err != nil {
			break
		}
		if n == cap(b.records) {
			b.records = append(b.records[:n], Record{})
		}
		b.records = b.records[:n+1]
		rec.copyTo(&b.records[n], keep)
	}
	b.records = b.records[:n]
}

// ahead has each record that the reader still has judged, in order, and closes the reader. The error is the first of either.
func ahead(r *Reader, judge func(*Record) error) error {
	full, empty := make(chan *batch, batches), make(chan *batch, batches) // there is room for all, so that nobody waits to hand one over
	done, closed := make(chan struct{}), make(chan struct{})
	for range batches {
		empty <- &batch{}
	}
	go func() {
		defer close(closed)
		defer r.Close()
		var rec Record
		for {
			select {
			case <-done:
				return
			case b := <-empty:
				b.fill(r, &rec)
				full <- b
				if b.err != nil {
					return
				}
			}
		}
	}()
	defer func() {
		close(done)
		<-closed // whoever called may close what is read from
	}()
	for {
		b := <-full
		for i := range b.records {
			if err := judge(&b.records[i]); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
		empty <- b
	}
}
