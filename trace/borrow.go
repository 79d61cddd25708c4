package trace

import "unsafe"

// borrow makes a string of bytes without copying them. It is good only until the reader's next record; the model keeps none of the
// texts of an event.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
