package trace

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNesting: returns are paired by id within a process, and what never returned is over where the format says so.
func TestNesting(t *testing.T) {
	r := NewReader("nesting", strings.NewReader(`mapitrace 1

P1 T1 #7 A {
P1 T1 #8 B {
P1 T2 #9 C {
P2 T1 #7 D -> S_OK
P1 T1 ret #7 -> S_OK
P1 T1 #8 E {
P1 T2 thread-exit
P1 T1 #6 F {
gap
P1 T1 ret #6 -> S_OK
P1 T1 #1 G {
`))
	type step struct {
		call, parent int
		over         []int
	}
	var got []step
	var n Nesting
	for {
		var rec Record
		err := r.Next(&rec)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		at := n.Next(&rec)
		got = append(got, step{at.Call, at.Parent, append([]int(nil), at.Over...)})
	}
	require.Equal(t, []step{
		{-1, -1, nil},         // the header
		{0, -1, nil},          // A
		{1, 0, nil},           // B, within A
		{2, -1, nil},          // C, on another thread
		{3, -1, nil},          // D, in another process, where the id is free
		{3, -1, nil},          // which returns
		{0, -1, []int{1}},     // A returns: B never did
		{4, -1, nil},          // E has the id of B
		{-1, 2, []int{2}},     // the thread of C ends
		{5, 4, nil},           // F, within E
		{-1, -1, []int{4, 5}}, // the gap
		{-1, -1, nil},         // behind which the return of F is skipped
		{6, -1, nil},          // G
	}, got)
	require.Equal(t, []int{6}, n.Open())
}
