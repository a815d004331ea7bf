//go:build !amd64

package classify

func addTo(dst, src []float32) {
	for i, x := range src[:len(dst)] {
		dst[i] += x
	}
}

func dotRows(out, rows []float32, stride int, x []float32) {
	for i := range out {
		row, x, lanes := rows[i*stride:][:len(x)], x, [8]float32{}
		for ; len(x) >= 8; row, x = row[8:], x[8:] {
			for j := range lanes {
				lanes[j] += float32(row[j] * x[j])
			}
		}
		for j := range 4 {
			lanes[j] += lanes[j+4]
		}
		sum := (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
		for j, y := range x {
			sum += float32(row[j] * y)
		}
		out[i] = sum
	}
}

func learnRows(rows []float32, stride int, rates, grad, hidden []float32) {
	for i, rate := range rates {
		row := rows[i*stride:][:len(grad)]
		for j, x := range row {
			grad[j] += float32(rate * x)
			row[j] = x + float32(rate*hidden[j])
		}
	}
}
