package classify

// Loops over rows. Every product is rounded before it is added, so that no
// processor fuses the two.

// addScaled adds factor times src to dst.
func addScaled(dst, src []float32, factor float32) {
	src = src[:len(dst)]
	for len(dst) >= 4 {
		d, s := dst[:4:4], src[:4:4]
		d[0] += float32(factor * s[0])
		d[1] += float32(factor * s[1])
		d[2] += float32(factor * s[2])
		d[3] += float32(factor * s[3])
		dst, src = dst[4:], src[4:]
	}
	for i, x := range src {
		dst[i] += float32(factor * x)
	}
}

func scaleBy(v []float32, factor float32) {
	for i := range v {
		v[i] *= factor
	}
}
