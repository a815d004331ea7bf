package classify

// addTo adds as much of src as dst has room for.
//
//go:noescape
func addTo(dst, src []float32)

// dotRows writes the products of x with rows that begin stride numbers apart, one
// for each number of out. Each is the sum of eight sums, so that none waits for
// another; see dotSlow in the tests for the order.
//
//go:noescape
func dotRows(out, rows []float32, stride int, x []float32)

// learnRows pulls rows that begin stride numbers apart: for each rate, grad receives
// rate times the row as it was, and then the row rate times hidden.
//
//go:noescape
func learnRows(rows []float32, stride int, rates, grad, hidden []float32)
