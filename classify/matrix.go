package classify

import "slices"

// A matrix is dense or quantised.
type matrix struct {
	rows, cols int64
	dense      []float32 // row by row; nil where quantised
	quant      *quantised
}

// quantised rows are a code for each part of a row, and perhaps one for its norm.
type quantised struct {
	codes     []byte
	parts     quantiser
	hasNorms  bool
	normCodes []byte
	norms     quantiser
}

// A quantiser replaces each part of a vector by one of 256 centroids.
type quantiser struct {
	dim, parts, width, last int32 // the last part may be narrower
	centroids               []float32
}

// centroid returns centroid code of part s.
func (q *quantiser) centroid(s int, code byte) []float32 {
	start := s * 256 * int(q.width)
	width := int(q.width)
	if s == int(q.parts)-1 {
		width = int(q.last)
	}
	start += int(code) * width
	return q.centroids[start : start+width]
}

func readMatrix(d *decoder, quant bool) matrix {
	if quant {
		return readQuantised(d)
	}
	at := d.off
	m := matrix{rows: d.i64("the rows of a matrix"), cols: d.i64("the columns of a matrix")}
	if !d.shape(at, m.rows, m.cols, 4) {
		return m
	}
	m.dense = d.floats("numbers of a matrix", m.rows*m.cols)
	return m
}

// keep copies the numbers of a matrix that are a part of its file.
func (m *matrix) keep() {
	if m.dense != nil {
		dense := makeLarge[float32](len(m.dense))
		copy(dense, m.dense)
		m.dense = dense
	}
}

// shape refuses a matrix whose numbers the rest of the file cannot hold, without
// multiplying what might overflow. Nor is a row wider than the whole file, even where
// there is none.
func (d *decoder) shape(at int, rows, cols, size int64) bool {
	if d.err != nil {
		return false
	}
	left := int64(len(d.data)-d.off) / size
	if rows < 0 || cols < 1 || cols > int64(len(d.data)) || rows > left/cols {
		d.fail(at, "a matrix of %d x %d is more than the %d bytes that are left", rows, cols, len(d.data)-d.off)
		return false
	}
	return true
}

func readQuantised(d *decoder) matrix {
	q := &quantised{hasNorms: d.flag("the flag of the norms")}
	at := d.off
	m := matrix{rows: d.i64("the rows of a matrix"), cols: d.i64("the columns of a matrix"), quant: q}
	size := int64(d.i32("the size of the codes"))
	if d.err == nil && (m.rows < 0 || m.cols < 1) {
		d.fail(at, "a matrix of %d x %d", m.rows, m.cols)
	}
	if !d.fits(at, "bytes of codes", size, 1) {
		return m
	}
	q.codes = append([]byte{}, d.take("the codes", int(size))...)
	q.parts = readQuantiser(d, m.cols)
	if d.err == nil && (m.rows > size || size != m.rows*int64(q.parts.parts)) {
		d.fail(at, "%d bytes of codes for %d rows in %d parts", size, m.rows, q.parts.parts)
	}
	if !q.hasNorms || d.err != nil {
		return m
	}
	q.normCodes = append([]byte{}, d.take("the codes of the norms", int(m.rows))...)
	q.norms = readQuantiser(d, 1)
	return m
}

func readQuantiser(d *decoder, dim int64) quantiser {
	at := d.off
	q := quantiser{dim: d.i32("a quantiser"), parts: d.i32("a quantiser"), width: d.i32("a quantiser"), last: d.i32("a quantiser")}
	if d.err == nil && !q.sound(dim) {
		d.fail(at, "a quantiser of %d parts of %d, the last of %d, for rows of %d (matrix: %d)", q.parts, q.width, q.last, q.dim, dim)
	}
	q.centroids = slices.Clone(d.floats("centroids", int64(q.dim)*256))
	return q
}

// sound reports whether the parts make up a row.
func (q *quantiser) sound(dim int64) bool {
	if int64(q.dim) != dim || q.width < 1 || q.parts < 1 || q.last < 1 || q.last > q.width {
		return false
	}
	return int64(q.parts-1)*int64(q.width)+int64(q.last) == dim
}

// addRow adds row i to v, number by number: 32-bit sums in the order of the
// features are what the original prints.
func (m *matrix) addRow(v []float32, i int) {
	if m.quant != nil {
		m.quant.addRow(v, i)
		return
	}
	addTo(v, m.dense[i*len(v):][:len(v)])
}

// dot is the product of row i and v.
func (m *matrix) dot(v []float32, i int) float32 {
	if m.quant != nil {
		return m.quant.dot(v, i)
	}
	sum := float32(0)
	row := m.dense[i*len(v):][:len(v)]
	for j, x := range row {
		sum += float32(x * v[j])
	}
	return sum
}

// products are those of the first rows and v, for each number of out, added up in any
// order.
func (m *matrix) products(out, v []float32) {
	if m.quant == nil {
		dotRows(out, m.dense, len(v), v)
		return
	}
	for i := range out {
		out[i] = m.quant.dot(v, i)
	}
}

func (q *quantised) norm(i int) float32 {
	if !q.hasNorms {
		return 1
	}
	return q.norms.centroid(0, q.normCodes[i])[0]
}

func (q *quantised) addRow(v []float32, i int) {
	norm, at := q.norm(i), 0
	n := int(q.parts.parts)
	for s, code := range q.codes[i*n : (i+1)*n] {
		for _, x := range q.parts.centroid(s, code) {
			v[at] += float32(norm * x)
			at++
		}
	}
}

func (q *quantised) dot(v []float32, i int) float32 {
	sum, at := float32(0), 0
	n := int(q.parts.parts)
	for s, code := range q.codes[i*n : (i+1)*n] {
		for _, x := range q.parts.centroid(s, code) {
			sum += float32(v[at] * x)
			at++
		}
	}
	return float32(sum * q.norm(i))
}
